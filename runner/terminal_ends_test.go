package runner_test

import (
	"strings"
	"syscall"
	"testing"
)

// However the program ends, the shell finds its terminal as it was, and what a
// crash says can be read.
func TestScreenRestoresTheTerminal(t *testing.T) {
	t.Parallel()
	script := own(t, `agi.answer() pcall(agi.wait_for_digit, -1) while true do end`)
	for _, row := range []struct {
		what string
		end  func(*desk)
		code int // -1 by a signal
		said string
	}{
		{"SIGTERM", func(d *desk) { d.cmd.Process.Signal(syscall.SIGTERM) }, 0, ""},
		{"Ctrl-C twice", func(d *desk) {
			d.types("\x03")
			d.until("a hint", func(v *vt) bool { return strings.Contains(v.text()+d.stderr.String(), "Ctrl-C") })
			d.types("\x03")
		}, -1, ""},
		{"SIGKILL", func(d *desk) { d.cmd.Process.Kill() }, -1, ""},
		{"Ctrl-\\", func(d *desk) { d.types("\x1c") }, 2, "SIGQUIT: quit"},
		{"a crash", func(d *desk) { d.cmd.Process.Signal(syscall.SIGSEGV) }, 2, "SIGSEGV: segmentation violation"},
	} {
		for _, kind := range []string{"xterm", "dumb"} {
			t.Run(row.what+" "+kind, func(t *testing.T) {
				t.Parallel()
				grace := "GOAGI_GRACE=0.5"
				if row.code < 0 { // by then the script must not have ended by itself
					grace = "GOAGI_GRACE=60"
				}
				d := sit(t, []string{grace, "TERM=" + kind}, script)
				d.writes(map[string]string{"xterm": "WAIT FOR DIGIT", "dumb": "answered"}[kind])
				row.end(d)
				if code := d.leaves(); code != row.code {
					t.Errorf("exit code %d, want %d", code, row.code)
				}
				if row.said != "" {
					contains(t, "stderr", d.stderr.String(), row.said)
				}
			})
		}
	}
}

// Where a call is shown in lines, Ctrl-Z gives the shell its terminal too.
func TestLinesStop(t *testing.T) {
	t.Parallel()
	d := sit(t, []string{"TERM=dumb"}, own(t, `agi.answer() agi.wait_for_digit(-1)`))
	d.writes("answered")
	d.types("\x1a")
	d.stopped()
	d.cmd.Process.Signal(syscall.SIGCONT)
	d.until("typing keys", func(*vt) bool { return !d.echoes() })
	d.types("1")
	d.writes("the call is over: OK")
	if code := d.leaves(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// A stopped program that is killed has nothing to mend: the shell has gone on.
func TestScreenKilledWhileStopped(t *testing.T) {
	t.Parallel()
	d := sit(t, nil, own(t, `agi.answer() agi.wait_for_digit(-1)`))
	d.sees("WAIT FOR DIGIT")
	d.types("\x1a")
	d.stopped()
	_, err := d.hold.WriteString("\x1b[?25l") // the shell's own program hides the cursor
	check(t, err)
	d.until("no cursor", func(v *vt) bool { return v.hidden })
	d.cmd.Process.Kill()
	d.cmd.Wait() // for the second process too, which has the other end of stderr
	if d.mu.Lock(); !d.vt.hidden {
		t.Error("it writes to a terminal that is not its own any more")
	}
	d.mu.Unlock()
}

// Ctrl-Z gives the terminal to the shell, and fg takes it back.
func TestScreenStops(t *testing.T) {
	t.Parallel()
	d := sit(t, nil, own(t, `agi.answer() agi.wait_for_digit(-1)`))
	d.sees("WAIT FOR DIGIT")
	d.types("\x1a")
	d.stopped()
	d.cmd.Process.Signal(syscall.SIGCONT)
	d.until("the whole screen", func(v *vt) bool { return v.whole && v.hidden })
	d.sees("WAIT FOR DIGIT")
	d.types("1")
	d.sees("the call is over: OK")
	d.types("\x03")
	if code := d.leaves(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// Who is in a hurry still has the call, as far as it came, in the terminal.
func TestScreenLeftInAHurry(t *testing.T) {
	t.Parallel()
	d := sit(t, nil, own(t, `agi.answer() agi.stream_file("hello") pcall(agi.wait_for_digit, -1) while true do end`))
	d.sees("WAIT FOR DIGIT")
	d.types("\x03")
	d.sees("Ctrl-C ends it now")
	d.sees(" v variables  w wire  ? help  Ctrl-C now")
	d.types("\x03")
	if code := d.leaves(); code != -1 {
		t.Errorf("exit code %d", code)
	}
	d.writes("hung up\r\n")
	_, after, _ := strings.Cut(d.raw(), "\x1b[?1049l")
	contains(t, "the terminal", after, "a call to ", "hears     hello\r\n", "hung up\r\n")
}
