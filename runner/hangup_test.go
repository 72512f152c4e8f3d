package runner_test

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"goagi/sim"
)

// on does something when an event of a kind happens, the first time.
func on(kind sim.Kind, do func(*program)) func(*program, sim.Event) {
	done := false
	return func(p *program, e sim.Event) {
		if e.Kind == kind && !done {
			done = true
			do(p)
		}
	}
}

func long(string) (time.Duration, bool) { return time.Minute, true }

// hungUp says what is not as after a hangup.
func hungUp(t *testing.T, p *placed, most time.Duration) {
	t.Helper()
	if p.code != 0 || p.agistatus != "HANGUP" || p.vars["GOAGI_STATUS"] != "HANGUP" {
		t.Errorf("exit code %d, AGISTATUS %s, %q; %s", p.code, p.agistatus, p.vars, p.stderr)
	}
	if p.took > most {
		t.Errorf("it took %v", p.took)
	}
	onlyAGI(t, p)
}

// moment is what a script is given to be in the midst of what it does: nothing
// outside tells that it is.
const moment = 250 * time.Millisecond

// The caller hangs up, and what the script waits in ends.
func TestHangupEndsTheScript(t *testing.T) {
	t.Parallel()
	for what, wait := range map[string]string{
		"a prompt":                 `agi.stream_file("long")`,
		"keys":                     `agi.get_data("long", 60000, 4)`,
		"a key":                    `agi.wait_for_digit(60000)`,
		"a sleep":                  `agi.sleep(60)`,
		"a program":                `os.execute("sleep 60")`,
		"an application":           `agi.app.Wait(60)`,
		"a sleep in a coroutine":   `coroutine.wrap(function() agi.sleep(60) end)()`,
		"commands over and over":   `while true do agi.channel_status() end`,
		"no command, then another": `local t = os.time() while os.time() < t + 2 do end agi.stream_file("long")`,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			a := newAsterisk(t)
			a.call.Sounds = long
			a.hear = on(sim.Verbose, func(*program) { time.AfterFunc(moment, a.call.Hangup) })
			p := a.run(`agi.on_hangup(function() agi.var.CLEAN = tostring(agi.hungup()) end) agi.answer() print("ready")
				local ok, e = pcall(function() `+wait+` end)
				agi.var.KIND = type(e) == "table" and e.kind or tostring(e)
				error(e, 0)`, "--log-level=warn")
			hungUp(t, p, 5*time.Second)
			if p.vars["KIND"] != "hangup" || p.vars["CLEAN"] != "true" || p.stderr != "" {
				t.Errorf("%q, stderr %q", p.vars, p.stderr)
			}
		})
	}
}

// The hangup comes in the middle of what the caller hears.
func TestHangupInAPrompt(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	a.call.Sounds = long
	a.hear = on(sim.Prompt, func(*program) { a.call.Hangup() })
	hungUp(t, a.run(`agi.answer() agi.stream_file("long")`), 5*time.Second)
}

// Asterisk sends SIGHUP once more at the session's end; no number of them
// does harm.
func TestManySIGHUPs(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	a.hear = on(sim.Verbose, func(p *program) {
		a.call.Hangup()
		for range 50 {
			p.signal(syscall.SIGHUP)
		}
	})
	p := a.run(`agi.on_hangup(function() agi.var.TIMES = (agi.var.TIMES or "") .. "1" end) agi.answer() print("ready") agi.stream_file("long")`)
	hungUp(t, p, 5*time.Second)
	if p.vars["TIMES"] != "1" {
		t.Errorf("on_hangup ran %q times", p.vars["TIMES"])
	}
}

// The first hangup that can do harm comes with the first command: the program
// says nothing before it catches the signal.
func TestHangupAtTheFirstCommand(t *testing.T) {
	t.Parallel()
	for range 10 {
		p := dialled(t, `agi.on_hangup(function() os.execute("echo cleaned up >&2") end) agi.answer() agi.answer()`)
		p.expect("ANSWER")
		p.signal(syscall.SIGHUP)
		io.WriteString(p.in, "200 result=0\n")
		p.all("511 Command Not Permitted on a dead channel or intercept routine\n")
		if code := p.exit(); code != 0 || p.stderr.String() != "cleaned up\n" {
			t.Errorf("exit code %d, stderr %q", code, p.stderr.String())
		}
	}
}

// Asterisk may close the pipes with the hangup.
func TestPipesCloseWithTheHangup(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	a.call.Vars = map[string]string{"AGIEXITONHANGUP": "yes"}
	a.hear = on(sim.Verbose, func(*program) { a.call.Hangup() })
	done := filepath.Join(t.TempDir(), "done")
	p := a.run(`agi.on_hangup(function() io.open("`+done+`", "w"):close() end) agi.answer() print("ready")
		while true do agi.channel_status() end`, "--log-level=warn")
	if p.code != 0 || p.agistatus != "HANGUP" || p.stderr != "" || p.took > 5*time.Second {
		t.Errorf("exit code %d, AGISTATUS %s after %v; %s", p.code, p.agistatus, p.took, p.stderr)
	}
	if _, err := os.Stat(done); err != nil {
		t.Errorf("on_hangup did not run: %v", err)
	}
}

// Without the signal the replies tell.
func TestHangupWithoutTheSignal(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	a.call.Vars = map[string]string{"AGISIGHUP": "no"}
	a.call.Sounds = long
	a.hear = on(sim.Prompt, func(*program) { a.call.Hangup() })
	hungUp(t, a.run(`agi.answer() agi.stream_file("long")`), 5*time.Second)
}

// Nothing that a script does outlives its grace time.
func TestGraceTime(t *testing.T) {
	t.Parallel()
	for what, busy := range map[string]string{
		"a loop":                  `while true do end`,
		"a loop in pcall in one":  `while true do pcall(function() while true do end end) end`,
		"a loop in a coroutine":   `coroutine.wrap(function() while true do pcall(error) end end)()`,
		"a stuck pattern match":   `local s = ("a"):rep(28) s:find((".-"):rep(14) .. "b")`,
		"sleeps":                  `while true do pcall(agi.sleep, 60) end`,
		"sleeps behind the loop":  `pcall(agi.sleep, 60) agi.sleep(60)`,
		"commands":                `while true do pcall(agi.stream_file, "f") end`,
		"commands that are safe":  `while true do pcall(agi.verbose, "x") end`,
		"an application":          `pcall(agi.sleep, 60) agi.app.Wait(2)`,
		"a program":               `while true do pcall(os.execute, "sleep 60") end`,
		"a program to read from":  `io.popen("sleep 60"):read("*a")`,
		"a FIFO nobody writes to": `io.open("FIFO"):read("*a")`,
		"an on_hangup handler":    `agi.on_hangup(function() while true do end end) agi.sleep(60)`,
		"a sort that never ends":  `table.sort({3, 1, 2}, function() while true do pcall(error) end end)`,
		"a memory hog":            `local t = {} while true do t[#t % 1000 + 1] = ("x"):rep(100) end`,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			a := newAsterisk(t)
			fifo := filepath.Join(a.bin, "scripts/FIFO")
			check(t, unix.Mkfifo(fifo, 0o644))
			a.hear = on(sim.Verbose, func(*program) { a.call.Hangup() })
			p := a.run(`agi.answer() print("ready") local open = io.open io.open = function(f) return open(f == "FIFO" and "`+fifo+`" or f) end
				`+busy, "--grace", "0.2", "--log-level=error")
			if p.code != 0 || p.agistatus != "HANGUP" || p.took > 8*time.Second {
				t.Errorf("exit code %d, AGISTATUS %s after %v; %s", p.code, p.agistatus, p.took, p.stderr)
			}
			onlyAGI(t, p)
		})
	}
}

// A program that the script waits for ends with the call.
func TestProgramsEndWithTheCall(t *testing.T) {
	t.Parallel()
	for what, run := range map[string]string{
		"execute":           `os.execute(CMD)`,
		"execute of a pipe": `os.execute("(" .. CMD .. ") | cat")`,
		"popen":             `io.popen(CMD):read("*a")`,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			a := newAsterisk(t)
			path := filepath.Join(t.TempDir(), "fifo")
			check(t, unix.Mkfifo(path, 0o644))
			// The program holds the FIFO; its end is the FIFO's end.
			begun, err := os.OpenFile(path, os.O_RDWR, 0)
			check(t, err)
			fifo, err := os.Open(path)
			check(t, err)
			defer fifo.Close()
			go func() { // ends when the program has begun, or at the Close below
				begun.Read(make([]byte, 1))
				a.call.Hangup()
			}()
			p := a.run(`agi.answer() CMD = "exec 9>'`+path+`'; echo >&9; exec sleep 20" `+run, "--grace", "0.2", "--log-level=error")
			begun.Close()
			if p.code != 0 || p.agistatus != "HANGUP" {
				t.Errorf("exit code %d, AGISTATUS %s; %s", p.code, p.agistatus, p.stderr)
			}
			fifo.SetReadDeadline(time.Now().Add(time.Second))
			if _, err := io.ReadAll(fifo); err != nil {
				t.Errorf("the program runs on: %v", err)
			}
		})
	}
}

// SIGTERM and SIGINT end a call as a hangup does; the channel lives. They are
// caught a little after the first command, so the script waits for that.
func TestStopSignals(t *testing.T) {
	t.Parallel()
	for what, row := range map[string]struct {
		signal syscall.Signal
		wait   string
	}{
		"SIGTERM in a prompt": {syscall.SIGTERM, `agi.stream_file("long")`},
		"SIGTERM in a sleep":  {syscall.SIGTERM, `agi.sleep(60)`},
		"SIGTERM in keys":     {syscall.SIGTERM, `agi.get_data("long", 60000, 4)`},
		"SIGTERM for a key":   {syscall.SIGTERM, `agi.wait_for_digit(60000)`},
		"SIGTERM in a loop":   {syscall.SIGTERM, `while true do end`},
		"SIGINT in a prompt":  {syscall.SIGINT, `agi.stream_file("long")`},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			a := newAsterisk(t)
			a.call.Sounds = long
			a.hear = on(sim.Verbose, func(p *program) { p.signal(row.signal) })
			p := a.run(`agi.on_hangup(function() agi.var.CLEAN = "yes" end) agi.answer() agi.app.Wait(0.1) print("ready") `+row.wait,
				"--grace=0.2", "--log-level=error")
			if p.code != 0 || p.agistatus != "SUCCESS" || p.vars["GOAGI_STATUS"] != "HANGUP" || p.vars["CLEAN"] != "yes" || p.took > 5*time.Second {
				t.Errorf("exit code %d, AGISTATUS %s, %q after %v; %s", p.code, p.agistatus, p.vars, p.took, p.stderr)
			}
			onlyAGI(t, p)
		})
	}
}

// A session that begins dead works without a hangup.
func TestDeadFromTheStart(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	a.call.Dead = true
	p := a.run(`agi.on_hangup(function() agi.var.CLEAN = "yes" end)
		agi.var.A = "1"
		local ok, e = pcall(agi.answer) agi.var.KIND = e.kind
		agi.sleep(0.01) os.execute("true") agi.var.GONE = tostring(agi.hungup())`)
	if p.code != 0 || p.agistatus != "SUCCESS" || p.vars["GOAGI_STATUS"] != "OK" || p.vars["KIND"] != "dead" || p.vars["GONE"] != "false" || p.vars["CLEAN"] != "" {
		t.Errorf("exit code %d, AGISTATUS %s, %q; %s", p.code, p.agistatus, p.vars, p.stderr)
	}
}
