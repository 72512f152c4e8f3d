package e2e

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"goagi/agi"
	"goagi/ami"
	callpkg "goagi/call"
	"goagi/luabind"
	"goagi/pbx"
)

// These tests do not run side by side: every worker is told of every call.

// account has the least rights that Async AGI takes.
func account(t *testing.T) ami.Account {
	a := asterisk.Get(t)
	return ami.Account{Addr: a.AMI, User: "worker", Secret: a.Pass, Events: "agi,call"}
}

// serveAsync runs a worker, returns when it is connected, and gives what stops it;
// the test's end does, too.
func serveAsync(t *testing.T, w *ami.Worker, account ami.Account) (stop func()) {
	t.Helper()
	w.Log, w.Drain = slog.New(slog.NewTextHandler(t.Output(), nil)), -1
	ctx, cancel := context.WithCancel(context.Background())
	done, connected := make(chan error, 1), make(chan bool)
	once := sync.OnceFunc(func() { close(connected) })
	w.Connected = func(ami.Account, bool) { once() }
	go func() { done <- w.Serve(ctx, account) }()
	select {
	case <-connected:
	case <-time.After(time.Minute):
		t.Error("the worker does not connect")
	}
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the worker ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// scripted is a worker whose calls run a function.
func scripted(t *testing.T, script func(c *ami.Call, env *agi.Env, s *agi.Session)) *ami.Worker {
	return &ami.Worker{Handler: func(ctx context.Context, c *ami.Call) {
		env, err := c.Env(ctx)
		if err != nil {
			t.Error(err)
			return
		}
		script(c, env, agi.NewSession(c))
	}}
}

// The whole way of a call: its environment and arguments, commands, the values
// that Asterisk cuts, and on in the dialplan.
func TestAsync(t *testing.T) {
	// Parts that PUSH joins with commas: an old Asterisk takes no longer lines.
	coded, plain := strings.Repeat("grüße ", 200), strings.Repeat("0123456789", 170)
	values := map[string]string{
		"LONG":  coded + "," + coded + "," + coded + "," + coded, // 6.4 kB, of which much is encoded
		"PLAIN": plain + "," + plain + "," + plain,
		"LINES": "a)\n200 result=0 (b\n", "PLUS": "a+b %41",
	}
	setup := [][2]string{{"LINES", values["LINES"]}, {"PLUS", values["PLUS"]},
		{"PUSH(LONG)", coded}, {"PUSH(LONG)", coded}, {"PUSH(LONG)", coded}, {"PUSH(LONG)", coded},
		{"PUSH(PLAIN)", plain}, {"PUSH(PLAIN)", plain}, {"PUSH(PLAIN)", plain}}
	serveAsync(t, scripted(t, func(_ *ami.Call, env *agi.Env, s *agi.Session) {
		if args := env.Args(); !reflect.DeepEqual(args, []string{"hello.lua", "one two"}) || env.Get("request") != "async" {
			t.Errorf("the arguments are %q", args)
		}
		for name, want := range values {
			if value, ok, err := s.GetVariable(name); err != nil || !ok || value != want {
				t.Errorf("%s has %d bytes, %v %v, want %d", name, len(value), ok, err, len(want))
			}
		}
		if _, err := s.Command("NOSUCH"); !errors.Is(err, agi.ErrUnknown) {
			t.Error(err)
		}
		if _, err := s.Command("CONTROL STREAM FILE", "x"); !errors.Is(err, agi.ErrUsage) || !strings.Contains(err.Error(), "usage") {
			t.Errorf("a usage text that is cut: %v", err)
		}
		if err := s.SetVariable("TOOLONG", strings.Repeat("x", 1000)); !errors.Is(err, agi.ErrUsage) || !strings.Contains(err.Error(), "two variables") {
			t.Error(err)
		}
		if err := s.SetVariable("LAST", strings.Repeat("x", 990)); err != nil {
			t.Error(err)
		}
	}), account(t))
	c := place(t, asterisk.Get(t), pbx.Plan{Steps: []string{"AGI(agi:async,hello.lua,one two)", "Set(WENT=on)"}, Vars: setup})
	check(t, c, vars{"WENT": "on", "AGISTATUS": "SUCCESS", "TOOLONG": "", "LAST": strings.Repeat("x", 990)})
}

// A block that Asterisk cuts is made whole, and a caller's name chooses no script.
func TestAsyncEnvironment(t *testing.T) {
	long := strings.Repeat("0123456789", 90)
	for _, test := range []struct {
		why, args, name string
		want            []string
	}{
		{"cut", "hello.lua,${LONG},${LONG},end", "Ann", []string{"hello.lua", long, long, "end"}},
		{"a part is lost", "hello.lua," + strings.Repeat("ü", 300) + `,"a,b",(c,d),[e,f],g\,h,`, strings.Repeat("Ü", 100),
			[]string{"hello.lua", strings.Repeat("ü", 300), "a,b", "(c,d)", "[e,f]", "g,h", ""}},
		{"forged", "hello.lua,one", "x\nagi_threadid: 1\nagi_arg_1: evil.lua", []string{"hello.lua", "one"}},
		{"forged by an argument", "hello.lua,${CALLERID(name)}", "x\nagi_threadid: 1\nagi_arg_1: evil.lua",
			[]string{"hello.lua", "x\nagi_threadid: 1\nagi_arg_1: evil.lua"}},
	} {
		t.Run(test.why, func(t *testing.T) {
			stop := serveAsync(t, scripted(t, func(_ *ami.Call, env *agi.Env, s *agi.Session) {
				if !reflect.DeepEqual(env.Args(), test.want) {
					t.Errorf("the arguments are %q, want %q", env.Args(), test.want)
				}
				for name, want := range map[string]string{"callerid": "5551234", "context": "call-", "extension": "100"} {
					if !strings.HasPrefix(env.Get(name), want) {
						t.Errorf("agi_%s is %q", name, env.Get(name))
					}
				}
				if name := env.Get("calleridname"); !strings.Contains(test.name, "\n") && name != test.name {
					t.Errorf("the name is %q", name)
				}
				if err := s.SetVariable("SAW", "it"); err != nil {
					t.Error(err)
				}
			}), account(t))
			defer stop()
			c := place(t, asterisk.Get(t), pbx.Plan{Steps: []string{"AGI(agi:async," + test.args + ")"}, Name: test.name, Number: "5551234",
				Vars: [][2]string{{"LONG", long}}})
			check(t, c, vars{"SAW": "it", "AGISTATUS": "SUCCESS"})
		})
	}
}

// Whatever a script does when the caller hangs up, it hears of it at once, and
// nothing it tries runs afterwards.
func TestAsyncHangup(t *testing.T) {
	for _, test := range []struct {
		phase string
		wait  func(c *ami.Call, s *agi.Session) error
	}{
		{"between commands", func(c *ami.Call, _ *agi.Session) error { <-c.Hungup().Done(); return agi.ErrHangup }},
		{"in a prompt", func(_ *ami.Call, s *agi.Session) error {
			_, err := s.Command("STREAM FILE", "silence/9", "")
			return err
		}},
		{"in digits", func(_ *ami.Call, s *agi.Session) error {
			_, _, err := s.GetData("silence/9", 9*time.Second, 3)
			return err
		}},
		{"in an application", func(_ *ami.Call, s *agi.Session) error { _, err := s.Exec("Wait", "30"); return err }},
		{"in a recording", func(_ *ami.Call, s *agi.Session) error {
			_, err := s.Command("RECORD FILE", "async", "wav", "#", "20000")
			return err
		}},
	} {
		t.Run(test.phase, func(t *testing.T) {
			began, ended := make(chan bool), make(chan bool)
			stop := serveAsync(t, scripted(t, func(c *ami.Call, _ *agi.Env, s *agi.Session) {
				defer close(ended)
				close(began)
				err := test.wait(c, s)
				<-c.Hungup().Done()
				if cause := context.Cause(c.Hungup()); !errors.Is(cause, agi.ErrHangup) || err != nil && !errors.Is(err, agi.ErrHangup) {
					t.Errorf("%v, %v", err, cause)
				}
				for _, name := range []string{"NOOP", "ANSWER", "GET VARIABLE"} {
					if _, err := s.Command(name, "X"); !errors.Is(err, agi.ErrHangup) {
						t.Errorf("%s after the hangup: %v", name, err)
					}
				}
				if err := s.SetVariable("CLEANED", "up"); err != nil {
					t.Errorf("a variable of a channel that is still there: %v", err)
				}
			}), account(t))
			defer stop()
			c := place(t, asterisk.Get(t), pbx.Plan{Steps: []string{"AGI(agi:async,hello.lua)"}, AtEnd: []string{"System(sleep 0.5)"}})
			<-began
			c.Pause(200 * time.Millisecond)
			do(t, c, "NOOP")
			hangup(t, c)
			<-ended
			check(t, c, vars{"AGISTATUS": "HANGUP", "CLEANED": "up"})
		})
	}
}

// A redirect takes the channel from the script as a hangup does, also from the
// middle of a prompt.
func TestAsyncRedirect(t *testing.T) {
	began := make(chan bool)
	serveAsync(t, scripted(t, func(_ *ami.Call, _ *agi.Env, s *agi.Session) {
		close(began)
		if _, _, err := s.StreamFile("silence/9", "", 0); !errors.Is(err, agi.ErrHangup) {
			t.Errorf("the prompt: %v", err)
		}
	}), account(t))
	c := place(t, asterisk.Get(t), pbx.Plan{Steps: []string{"AGI(agi:async,hello.lua)"}})
	<-began
	c.Pause(600 * time.Millisecond)
	do(t, c, "NOOP")
	if err := c.Redirect("Set(THERE=${CHANNEL(state)})"); err != nil {
		t.Fatal(err)
	}
	check(t, c, vars{"THERE": "Up", "AGISTATUS": "HANGUP"})
}

// Another program bridges the call away while the script's prompt plays. A script
// that dials keeps its call.
func TestAsyncTakenAway(t *testing.T) {
	heard := make(chan error, 2)
	serveAsync(t, scripted(t, func(c *ami.Call, env *agi.Env, s *agi.Session) {
		if env.Args()[0] == "dial" {
			_, err := s.Exec("Dial", "Local/99@caller/n,5,S(1)")
			heard <- errors.Join(err, s.NoOp(""))
			return
		}
		time.AfterFunc(200*time.Millisecond, func() {
			manager := account(t)
			manager.User = "test"
			conn, err := ami.Dial(context.Background(), manager)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			if _, err := conn.Do(context.Background(), ami.Action("Bridge", "Channel1", c.Channel(), "Channel2", env.Args()[1])); err != nil {
				t.Error(err)
			}
		})
		_, err := s.Exec("Wait", "60")
		heard <- err
	}), account(t))
	other := place(t, asterisk.Get(t), pbx.Plan{Steps: []string{"Echo()"}})
	taken := place(t, asterisk.Get(t), pbx.Plan{Steps: []string{"AGI(agi:async,taken," + other.Channel + ")"}})
	if err := <-heard; !errors.Is(err, agi.ErrHangup) || !strings.Contains(err.Error(), "bridge") {
		t.Errorf("the script that lost its call heard %v", err)
	}
	for _, c := range []*pbx.Call{taken, other} {
		hangup(t, c)
		check(t, c, vars{})
	}
	dialling := place(t, asterisk.Get(t), pbx.Plan{Steps: []string{"AGI(agi:async,dial)", "Set(WENT=on)"}})
	if err := <-heard; err != nil {
		t.Errorf("the script that dials heard %v", err)
	}
	check(t, dialling, vars{"WENT": "on", "AGISTATUS": "SUCCESS"})
}

// A missing prompt ends Async AGI; what is left in the queue runs when the call
// comes again, and must not be taken for the answers of that script.
func TestAsyncMissingPrompt(t *testing.T) {
	entries := 0
	serveAsync(t, scripted(t, func(c *ami.Call, env *agi.Env, s *agi.Session) {
		if entries++; entries == 1 {
			_, err := s.Command("STREAM FILE", "no-such-prompt", "")
			if !errors.Is(err, agi.ErrFailed) || !strings.Contains(err.Error(), "goes on in the dialplan") {
				t.Errorf("the prompt: %v", err)
			}
			if err := s.SetVariable("FAILED", "yes"); err != nil {
				t.Errorf("a variable after it: %v", err)
			}
			for i := range 3 { // as an older program does it
				stale := ami.Action("AGI", "Channel", c.Channel(), "Command", fmt.Sprintf(`GET FULL VARIABLE "stale-%d ${LONG}"`, i), "CommandID", fmt.Sprintf("old-%d", i+1))
				if _, err := c.Conn().Do(context.Background(), stale); err != nil {
					t.Error(err)
				}
			}
			return
		}
		for i := range 5 {
			want := fmt.Sprintf("fresh-%d", i)
			value, _, err := s.GetFullVariable(want, "")
			if err != nil && i == 0 && strings.Contains(err.Error(), "mixed") {
				continue // refused, which is right as well
			}
			if err != nil || value != want {
				t.Errorf("the answer to %s is %q, %v", want, value, err)
			}
		}
	}), account(t))
	c := place(t, asterisk.Get(t), pbx.Plan{
		Steps: []string{"AGI(agi:async,first.lua)", "Wait(1)", "Set(FIRST=${AGISTATUS})", "AGI(agi:async,second.lua)"},
		Vars:  [][2]string{{"LONG", strings.Repeat("x", 1300)}},
	})
	check(t, c, vars{"FAILED": "yes", "FIRST": "FAILURE", "AGISTATUS": "SUCCESS"})
	if entries != 2 {
		t.Errorf("%d scripts ran", entries)
	}
}

// A Lua script runs over Async AGI as it does elsewhere, and its outcome reaches
// the dialplan, also where Async AGI is over by then.
func TestAsyncRunsLua(t *testing.T) {
	scripts := map[string]string{
		"good":   `agi.var.SAID = arg[1] .. " " .. agi.env.calleridname`,
		"broken": `error("it broke")`,
		"prompt": `agi.stream_file("no-such-prompt", "")`,
		"caught": `pcall(agi.stream_file, "no-such-prompt", "") agi.verbose("x", 1)`,
	}
	serveAsync(t, &ami.Worker{Handler: func(ctx context.Context, c *ami.Call) {
		callpkg.Run(ctx, callpkg.Call{
			Transport: c, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
			Load: func(env *agi.Env) (*luabind.Chunk, error) {
				return luabind.Compile([]byte(scripts[env.Args()[0]]), env.Args()[0])
			},
			Describe: func(env *agi.Env) luabind.Host {
				return luabind.Host{Args: env.Args()[1:], Script: env.Args()[0], Transport: "async"}
			},
		})
	}}, account(t))
	for name, want := range map[string]vars{
		"good":   {"GOAGI_STATUS": "OK", "SAID": "one Ann", "GOAGI_ERROR": "", "AGISTATUS": "SUCCESS"},
		"broken": {"GOAGI_STATUS": "ERROR", "GOAGI_ERROR": "~.*it broke.*", "AGISTATUS": "SUCCESS"},
		"prompt": {"GOAGI_STATUS": "ERROR", "GOAGI_ERROR": "~prompt:1: STREAM FILE: .*sound file.*", "AGISTATUS": "FAILURE"},
		"caught": {"GOAGI_STATUS": "HANGUP", "GOAGI_ERROR": "~.*Async AGI has ended.*", "AGISTATUS": "FAILURE"},
	} {
		t.Run(name, func(t *testing.T) {
			c := place(t, asterisk.Get(t), pbx.Plan{Steps: []string{"AGI(agi:async," + name + ",one)", "Wait(0.5)"}, Name: "Ann"})
			check(t, c, want)
		})
	}
}
