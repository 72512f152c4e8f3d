package call_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"goagi/agi"
	"goagi/call"
	"goagi/luabind"
	"goagi/sim"
)

// placed is one call of a script to the simulated Asterisk, over.
type placed struct {
	call.Result
	asterisk sim.Result
	*sim.Call
	heard string // events as "kind text", joined by bars
	log   string
	took  time.Duration
}

// place runs a script's text in a bubble: caller is told when the call begins
// and may press keys and hang up in goroutines of its own.
func place(t *testing.T, source string, change func(*call.Call, *sim.Call)) (p placed) {
	t.Helper()
	return placeUnder(t, t.Context(), source, change)
}

func placeUnder(t *testing.T, ctx context.Context, source string, change func(*call.Call, *sim.Call)) (p placed) {
	t.Helper()
	asterisk, program := sim.Pipe()
	stream := agi.NewStream(program, program, program.Close)
	var log bytes.Buffer
	var heard []string
	p.Call = &sim.Call{
		Script: "t.lua", Signal: stream.HangUp,
		Hear: func(e sim.Event) { heard = append(heard, strings.TrimSpace(string(e.Kind)+" "+e.Text)) },
	}
	c := call.Call{
		Transport: stream,
		Load:      func(*agi.Env) (*luabind.Chunk, error) { return luabind.Compile([]byte(source), "t.lua") },
		Describe: func(*agi.Env) luabind.Host {
			return luabind.Host{Script: "t.lua", Transport: "process"}
		},
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	}
	if change != nil {
		change(&c, p.Call)
	}
	ended := make(chan sim.Result, 1)
	go func() { ended <- p.Call.Run(context.Background(), asterisk) }()
	begin := time.Now()
	p.Result = call.Run(ctx, c)
	p.took = time.Since(begin)
	stream.Close()
	p.asterisk = <-ended
	p.heard, p.log = strings.Join(heard, "|"), log.String()
	return p
}

// after makes the caller do something at a time of the call.
func after(d time.Duration, do func()) func(*call.Call, *sim.Call) {
	return func(_ *call.Call, _ *sim.Call) { time.AfterFunc(d, do) }
}

func hangupAfter(d time.Duration) func(*call.Call, *sim.Call) {
	return func(_ *call.Call, c *sim.Call) { time.AfterFunc(d, c.Hangup) }
}

func TestScriptEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := place(t, `agi.answer() agi.stream_file("hello-world")`, nil)
		if p.Status != call.OK || p.Err != nil || p.Vars["GOAGI_STATUS"] != "OK" || p.asterisk.Status != "SUCCESS" {
			t.Errorf("%+v, %q, %+v", p.Result, p.Vars, p.asterisk)
		}
		if p.heard != "answer|prompt hello-world" {
			t.Errorf("heard %q", p.heard)
		}
	})
}

// Thirty seconds of silence take no time: all waits are ones that a bubble
// can see.
func TestSilenceIsVirtual(t *testing.T) {
	begin := time.Now()
	synctest.Test(t, func(t *testing.T) {
		p := place(t, `agi.answer()
			local digits, why = agi.get_data("silence/1", 29000, 4)
			assert(digits == nil and why == "timeout")
			agi.sleep(30)`, nil)
		if p.Status != call.OK || p.took != 60*time.Second {
			t.Errorf("%+v after %v", p.Result, p.took)
		}
	})
	if real := time.Since(begin); real > 20*time.Second {
		t.Errorf("a minute of silence took %v", real)
	}
}

func TestKeysOfTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := place(t, `agi.answer() agi.var.PIN = agi.get_data("conf-getpin", 5000, 8)`,
			func(_ *call.Call, c *sim.Call) { time.AfterFunc(time.Second/2, func() { c.Press("0042#") }) })
		if p.Vars["PIN"] != "0042" {
			t.Errorf("PIN is %q: %+v", p.Vars["PIN"], p.Result)
		}
	})
}

// Each row waits in another way when the caller hangs up after a second.
func TestHangupEndsTheWait(t *testing.T) {
	for _, wait := range []string{
		`agi.stream_file("long")`, `agi.get_data("long", 20000, 4)`, `agi.wait_for_digit(20000)`, `agi.get_option("silence/1", "1", 20000)`,
		`agi.say_number(5) agi.wait_for_digit()`, `agi.sleep(20)`, `agi.app.Wait(20)`, `agi.control_stream_file("long")`,
	} {
		synctest.Test(t, func(t *testing.T) {
			p := place(t, `agi.answer()
				agi.on_hangup(function() agi.var.CLEAN = "yes" agi.var.GONE = tostring(agi.hungup()) end)
				local ok, e = pcall(function() `+wait+` end)
				agi.var.KIND = e.kind
				error(e)`,
				func(c *call.Call, s *sim.Call) {
					s.Sounds = func(name string) (time.Duration, bool) {
						if name == "long" {
							return 30 * time.Second, true
						}
						return time.Second, true
					}
					time.AfterFunc(2*time.Second, s.Hangup)
				})
			if p.Status != call.Hangup || p.Vars["KIND"] != "hangup" || p.Vars["CLEAN"] != "yes" || p.Vars["GONE"] != "true" ||
				p.Vars["GOAGI_STATUS"] != "HANGUP" || p.asterisk.Status != "HANGUP" {
				t.Errorf("%s: %+v %v, %q, %+v", wait, p.Result, p.Err, p.Vars, p.asterisk)
			}
			if p.took > 3*time.Second {
				t.Errorf("%s went on for %v", wait, p.took)
			}
		})
	}
}

// After the hangup what needs no channel works on, under the grace time.
func TestWorkAfterTheHangup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := place(t, `agi.answer()
			pcall(agi.sleep, 20)
			agi.sleep(5)                               -- under the grace time now
			assert(agi.database_put("calls", "last", agi.env.callerid))
			local ok, e = pcall(agi.stream_file, "f")
			agi.var.KIND = e.kind`, hangupAfter(time.Second))
		if p.Status != call.Hangup || p.Vars["KIND"] != "hangup" || p.DB["calls/last"] == "" || p.took != 6*time.Second {
			t.Errorf("%+v %v after %v, %q %q", p.Result, p.Err, p.took, p.Vars, p.DB)
		}
	})
}

// Nothing outlasts the grace time, waiting or not.
func TestGraceTime(t *testing.T) {
	for _, stubborn := range []string{
		`while true do pcall(agi.sleep, 60) agi.sleep(60) end`,
		`pcall(agi.sleep, 60) agi.sleep(60)`,
		`pcall(agi.sleep, 60) agi.app.Wait(600)`,
	} {
		synctest.Test(t, func(t *testing.T) {
			p := place(t, "agi.answer() "+stubborn, hangupAfter(time.Second))
			if p.Status != call.Hangup || p.Abandoned || p.took > 12*time.Second {
				t.Errorf("%s: %+v %v after %v", stubborn, p.Result, p.Err, p.took)
			}
		})
	}
}

// A script that is busy lets no virtual time pass, so these run in real time.
func TestGraceTimeOfABusyScript(t *testing.T) {
	for _, busy := range []string{
		`while true do end`,
		`while true do pcall(agi.stream_file, "f") end`,
		`while true do pcall(function() while true do end end) end`,
		`coroutine.wrap(function() while true do pcall(error) end end)()`,
	} {
		p := place(t, "agi.answer() "+busy, func(c *call.Call, s *sim.Call) {
			c.Grace = 20 * time.Millisecond
			s.Hear = func(e sim.Event) {
				if e.Kind == sim.Answer {
					s.Hangup()
				}
			}
		})
		if p.Status != call.Hangup || p.Abandoned || p.Vars["GOAGI_STATUS"] != "HANGUP" {
			t.Errorf("%s: %+v %v, %q", busy, p.Result, p.Err, p.Vars)
		}
	}
}

// A pattern match that would run for minutes ends with the grace time.
func TestEndlessMatchEnds(t *testing.T) {
	p := place(t, `agi.answer() local s = ("a"):rep(28) s:find((".-"):rep(14) .. "b")`, func(c *call.Call, s *sim.Call) {
		c.Grace = 20 * time.Millisecond
		s.Hear = func(e sim.Event) {
			if e.Kind == sim.Answer {
				s.Hangup()
			}
		}
	})
	if p.Status != call.Hangup || p.Abandoned || p.Vars["GOAGI_STATUS"] != "HANGUP" {
		t.Errorf("%+v %v, %q", p.Result, p.Err, p.Vars)
	}
}

// A script that was given up may end all the same, and must hurt nobody then: no
// other call of a server, and not what the dialplan was told.
func TestStuckScriptEndsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		module := luabind.Module{Name: "stuck", Funcs: []luabind.Func{{Name: "wait", Call: func(*luabind.VM, luabind.Args) int { <-release; return 0 }}}}
		p := place(t, `agi.answer() pcall(require("stuck").wait) agi.var.LATER = "ran"`, func(c *call.Call, s *sim.Call) {
			c.Describe = func(*agi.Env) luabind.Host {
				return luabind.Host{Script: "t.lua", Library: func(string) *luabind.Module { return &module }}
			}
			time.AfterFunc(time.Second, s.Hangup)
		})
		close(release)
		time.Sleep(time.Minute) // in which a timer that was left running would end the program
		if !p.Abandoned || p.Vars["GOAGI_STATUS"] != "HANGUP" || !strings.Contains(p.Vars["GOAGI_ERROR"], "stuck") || p.Vars["LATER"] != "" || p.took > 12*time.Second {
			t.Errorf("%+v, %q after %v", p.Result, p.Vars, p.took)
		}
	})
}

// The time limit says where it met the script, also in Asterisk's log.
func TestTimeLimitSaysWhere(t *testing.T) {
	for _, wait := range []string{`agi.sleep(60)`, `while true do pcall(agi.sleep, 1) end`, `agi.stream_file("f") agi.wait_for_digit()`} {
		synctest.Test(t, func(t *testing.T) {
			p := place(t, "agi.answer()\n"+wait, func(c *call.Call, _ *sim.Call) { c.Limit = 5 * time.Second })
			text := p.Vars["GOAGI_ERROR"]
			if p.Status != call.Timeout || !strings.Contains(text, "t.lua:2:") || !strings.Contains(text, "the call's time limit is over") || !strings.Contains(p.heard, text) {
				t.Errorf("%s: %+v, %q, heard %s", wait, p.Result, p.Vars, p.heard)
			}
		})
	}
}

func TestHandlersRunInOrderAndGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := place(t, `
			ORDER = ""
			agi.on_hangup(function() ORDER = ORDER .. "a" agi.var.ORDER = ORDER end)
			agi.on_hangup(function() ORDER = ORDER .. "b" error("in b") end)
			agi.on_hangup(function() ORDER = ORDER .. "c" agi.sleep(9) agi.var.ORDER = ORDER end)
			agi.answer()
			agi.sleep(20)`, hangupAfter(time.Second))
		if p.Vars["ORDER"] != "abc" || p.Status != call.Hangup || !strings.Contains(p.log, "in b") || !strings.Contains(p.heard, "in b") {
			t.Errorf("%+v, order %q, log %s, heard %s", p.Result, p.Vars["ORDER"], p.log, p.heard)
		}
	})
}

// What was begun before the hangup can be gone on with in a handler.
func TestCoroutineInHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := place(t, `local co = coroutine.create(function() coroutine.yield(1) agi.var.DONE = "yes" end)
			coroutine.resume(co)
			agi.on_hangup(function() assert(coroutine.resume(co)) end)
			agi.on_hangup(function() os.exit(0) end)
			agi.on_hangup(function() agi.var.AFTER = "ran" end)
			agi.answer() agi.sleep(20)`, hangupAfter(time.Second))
		if p.Vars["DONE"] != "yes" || p.Vars["AFTER"] != "" || p.log != "" {
			t.Errorf("%+v, %q, log %s", p.Result, p.Vars, p.log)
		}
	})
}

func TestHandlersAreStoppedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := place(t, `agi.on_hangup(function() agi.sleep(60) end)
			agi.on_hangup(function() agi.var.SECOND = "ran" end)
			agi.answer() agi.sleep(20)`, hangupAfter(time.Second))
		if p.took != 11*time.Second || p.Vars["SECOND"] != "" || p.Vars["GOAGI_STATUS"] != "HANGUP" {
			t.Errorf("%+v after %v, %q", p.Result, p.took, p.Vars)
		}
	})
}

func TestNoHandlersWhileTheCallerIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := place(t, `agi.on_hangup(function() agi.var.RAN = "yes" end) agi.answer()`, nil)
		if p.Status != call.OK || p.Vars["RAN"] != "" {
			t.Errorf("%+v, %q", p.Result, p.Vars)
		}
	})
}

// A session that begins dead is no hangup: nothing is cut short.
func TestDeadFromTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := place(t, `agi.on_hangup(function() agi.var.RAN = "yes" end)
			agi.var.A = "1"
			local ok, e = pcall(agi.answer)
			agi.var.KIND = e.kind
			agi.sleep(20)
			agi.var.GONE = tostring(agi.hungup())`,
			func(_ *call.Call, s *sim.Call) { s.Dead = true })
		if p.Status != call.OK || p.Vars["KIND"] != "dead" || p.Vars["RAN"] != "" || p.Vars["GONE"] != "false" || p.took < 20*time.Second {
			t.Errorf("%+v %v after %v, %q", p.Result, p.Err, p.took, p.Vars)
		}
	})
}

func TestDeadUncaughtIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := place(t, `agi.answer()`, func(_ *call.Call, s *sim.Call) { s.Dead, s.Extension = true, "h" })
		if p.Status != call.Failed || !errors.Is(p.Err, agi.ErrDead) {
			t.Errorf("%+v", p.Result)
		}
	})
}

// A caller who hangs up before the program has started leaves a dead session.
func TestHangupBeforeTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := place(t, `agi.answer()`, func(_ *call.Call, s *sim.Call) { s.Dead, s.Extension = true, "100" })
		if p.Status != call.Hangup || p.Vars["GOAGI_STATUS"] != "HANGUP" {
			t.Errorf("%+v, %q", p.Result, p.Vars)
		}
	})
}

// The script's own hangup is known at once, whenever Asterisk tells of it.
func TestOwnHangup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := place(t, `agi.on_hangup(function() agi.var.CLEAN = "yes" end) agi.answer() agi.hangup()`, nil)
		if p.Status != call.Hangup || p.Vars["CLEAN"] != "yes" {
			t.Errorf("%+v, %q", p.Result, p.Vars)
		}
	})
}

func TestErrorsReachTheDialplanAndTheLog(t *testing.T) {
	for _, row := range []struct {
		source  string
		status  call.Status
		message string
	}{
		{"\nnil_value.x = 1", call.Failed, "t.lua:2: attempt to index"},
		{"x = = 1", call.Failed, "t.lua:1: syntax error"},
		{`agi.stream_file("gone")`, call.Failed, `t.lua:1: STREAM FILE: "gone" could not be played`},
		{`error("${SHELL(rm)}\r\nforged")`, call.Failed, "t.lua:1: ${SHELL(rm)}  forged"},
		{`os.exit(3)`, call.Failed, "os.exit(3)"},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := place(t, row.source, func(_ *call.Call, s *sim.Call) {
				s.Sounds = func(string) (time.Duration, bool) { return 0, false }
			})
			if p.Status != row.status || p.Vars["GOAGI_STATUS"] != string(row.status) || !strings.Contains(p.Vars["GOAGI_ERROR"], row.message) {
				t.Errorf("%s: %+v, %q", row.source, p.Result, p.Vars)
			}
			if !strings.Contains(p.heard, "log goagi: ") || strings.Contains(p.heard, "${") {
				t.Errorf("%s: heard %q", row.source, p.heard)
			}
		})
	}
}

func TestNoSuchScript(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := place(t, "", func(c *call.Call, _ *sim.Call) {
			c.Load = func(*agi.Env) (*luabind.Chunk, error) { return nil, fs.ErrNotExist }
		})
		if p.Status != call.NotFound || p.Vars["GOAGI_STATUS"] != "NOTFOUND" {
			t.Errorf("%+v, %q", p.Result, p.Vars)
		}
	})
}

func TestTimeLimit(t *testing.T) {
	for _, wait := range []string{`agi.sleep(100)`, `agi.stream_file("long")`, `agi.wait_for_digit()`, `agi.app.Wait(8) agi.sleep(1)`} {
		synctest.Test(t, func(t *testing.T) {
			p := place(t, `agi.on_hangup(function() agi.var.CLEAN = "yes" end) agi.answer() `+wait, func(c *call.Call, s *sim.Call) {
				c.Limit = 3 * time.Second
				s.Sounds = func(string) (time.Duration, bool) { return time.Minute, true }
			})
			if p.Status != call.Timeout || p.Vars["GOAGI_STATUS"] != "TIMEOUT" || p.Vars["CLEAN"] != "yes" || p.took > 9*time.Second {
				t.Errorf("%s: %+v %v after %v, %q", wait, p.Result, p.Err, p.took, p.Vars)
			}
		})
	}
}

func TestShutdownIsAHangup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		p := placeUnder(t, ctx, `agi.answer() agi.var.KIND = select(2, pcall(agi.sleep, 100)).kind`, after(time.Second, stop))
		if p.Status != call.Hangup || p.Vars["KIND"] != "hangup" || p.took != time.Second {
			t.Errorf("%+v %v after %v, %q", p.Result, p.Err, p.took, p.Vars)
		}
	})
}

// Asterisk may close the dialog at the hangup instead of keeping it.
func TestDialogClosedAtHangup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := place(t, `agi.on_hangup(function() agi.log("warn", "cleaned") end) agi.answer() agi.sleep(20)`,
			func(_ *call.Call, s *sim.Call) {
				s.Vars = map[string]string{"AGIEXITONHANGUP": "yes", "AGISIGHUP": "no"}
				time.AfterFunc(time.Second, s.Hangup)
			})
		if p.Status != call.Hangup || p.took != time.Second || !strings.Contains(p.log, "cleaned") {
			t.Errorf("%+v %v after %v, log %s", p.Result, p.Err, p.took, p.log)
		}
	})
}

func TestEnvironmentThatNeverComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, program := sim.Pipe()
		stream := agi.NewStream(program, program, program.Close)
		result := call.Run(t.Context(), call.Call{Transport: stream, Log: slog.New(slog.DiscardHandler)})
		if result.Status != call.Failed || !strings.Contains(result.Err.Error(), "came within 5s") {
			t.Errorf("%+v", result)
		}
	})
}
