package runner_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// desk is a person at a terminal in which goagi try runs.
type desk struct {
	t      *testing.T
	person *os.File
	hold   *os.File // keeps the terminal after the program's end
	before unix.Termios
	cmd    *exec.Cmd
	stderr output

	mu      sync.Mutex
	vt      *vt
	changed chan struct{} // holds one: the screen has changed
}

// sit starts the program in a new terminal of 80 columns and 24 rows.
func sit(t *testing.T, env []string, words ...string) *desk {
	t.Helper()
	person, tty := terminal(t)
	d := &desk{t: t, person: person, hold: tty, vt: newVT(80, 24), changed: make(chan struct{}, 1)}
	t.Cleanup(func() { tty.Close() })
	d.resize(80, 24)
	state, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	check(t, err)
	d.before = *state
	ctx, cancel := context.WithTimeout(context.Background(), tooLong)
	d.cmd = exec.CommandContext(ctx, testBinary(t), append([]string{"try"}, words...)...)
	d.cmd.Args[0] = "goagi"
	d.cmd.Stdin, d.cmd.Stdout, d.cmd.Stderr = tty, tty, &d.stderr
	d.cmd.Env = append([]string{"GOAGI_TEST_MAIN=1", "PATH=" + os.Getenv("PATH"), "TERM=xterm", "GORACE=atexit_sleep_ms=0"}, env...)
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	check(t, d.cmd.Start())
	go d.look()
	t.Cleanup(func() {
		d.cmd.Process.Kill()
		d.cmd.Wait()
		cancel()
	})
	return d
}

// output is what a program has written so far.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// look feeds the screen until the terminal is closed.
func (d *desk) look() {
	buffer := make([]byte, 4096)
	for {
		n, err := d.person.Read(buffer)
		d.mu.Lock()
		d.vt.Write(buffer[:n])
		d.mu.Unlock()
		select {
		case d.changed <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// until waits until the terminal is as wanted.
func (d *desk) until(what string, is func(*vt) bool) {
	d.t.Helper()
	for late := time.After(tooLong); ; {
		d.mu.Lock()
		ok, text := is(d.vt), d.vt.text()
		d.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-d.changed:
		case <-time.After(10 * time.Millisecond): // a state of the terminal has no bell
		case <-late:
			d.t.Fatalf("it never showed %s, but\n%s", what, text)
		}
	}
}

// sees waits until a text is on the screen.
func (d *desk) sees(text string) {
	d.t.Helper()
	d.until(fmt.Sprintf("%q", text), func(v *vt) bool { return strings.Contains(v.text(), text) })
}

// writes waits until a text has been sent to the terminal, as a line or on the
// screen.
func (d *desk) writes(text string) {
	d.t.Helper()
	d.until(fmt.Sprintf("%q", text), func(v *vt) bool { return strings.Contains(v.raw.String(), text) })
}

// shows waits until the screen is this one, whose digits of times are N.
func (d *desk) shows(want string) {
	d.t.Helper()
	want = strings.TrimPrefix(want, "\n")
	d.until("\n"+want, func(v *vt) bool { return timeless(v.text()) == want })
}

// timeless has N for the digits of times.
func timeless(text string) string {
	return regexp.MustCompile(`(?m)\d+(\.\d(?:  | s$| /)|:\d\d$)`).ReplaceAllStringFunc(text, func(found string) string {
		return regexp.MustCompile(`\d`).ReplaceAllString(found, "N")
	})
}

func (d *desk) types(text string) {
	d.t.Helper()
	_, err := d.person.WriteString(text)
	check(d.t, err)
}

// resize gives the terminal another size, as a person who pulls at its corner.
func (d *desk) resize(width, height int) {
	d.t.Helper()
	d.mu.Lock()
	d.vt.resize(width, height)
	d.mu.Unlock()
	check(d.t, unix.IoctlSetWinsize(int(d.person.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(width), Row: uint16(height)}))
}

// restored waits until the terminal is what it was before.
func (d *desk) restored() {
	d.t.Helper()
	for late := time.Now().Add(tooLong); ; {
		state, err := unix.IoctlGetTermios(int(d.hold.Fd()), unix.TCGETS)
		check(d.t, err)
		d.mu.Lock()
		mended := *state == d.before && !d.vt.whole && !d.vt.hidden
		d.mu.Unlock()
		if mended {
			return
		}
		if time.Now().After(late) {
			d.t.Fatalf("the terminal is %+v, was %+v; whole screen %v, hidden cursor %v", *state, d.before, d.vt.whole, d.vt.hidden)
		}
		select {
		case <-d.changed:
		case <-time.After(10 * time.Millisecond): // a state of the terminal has no bell
		}
	}
}

// echoes reports whether the terminal shows what is typed.
func (d *desk) echoes() bool {
	state, err := unix.IoctlGetTermios(int(d.hold.Fd()), unix.TCGETS)
	check(d.t, err)
	return state.Lflag&unix.ECHO != 0
}

// stopped waits until the program stands still, as the shell does, and has given
// the terminal back.
func (d *desk) stopped() {
	d.t.Helper()
	d.until("a program that stands still", func(*vt) bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.cmd.Process.Pid))
		return err == nil && bytes.Contains(stat, []byte(") T "))
	})
	d.restored()
}

// leaves waits for the program's end, and gives its exit code.
func (d *desk) leaves() int {
	d.t.Helper()
	d.cmd.Wait()
	d.restored()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.vt.faults) > 0 {
		d.t.Errorf("the screen: %q", d.vt.faults)
	}
	return d.cmd.ProcessState.ExitCode()
}

// raw gives all that the program has sent.
func (d *desk) raw() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.vt.raw.String()
}

// welcome is a folder of sounds with one prompt of ten minutes, so that its bar
// stands still in a test.
func welcome(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	check(t, os.Mkdir(filepath.Join(dir, "en"), 0o755))
	file := filepath.Join(dir, "en", "welcome.sln")
	check(t, os.WriteFile(file, nil, 0o644))
	check(t, os.Truncate(file, 600*16000))
	check(t, os.WriteFile(filepath.Join(dir, "en", "bye.gsm"), make([]byte, 33), 0o644))
	check(t, os.WriteFile(filepath.Join(dir, "en", "core-sounds-en.txt"), []byte("; texts\nwelcome: Welcome to the  show.\n"), 0o644))
	return dir
}

// What a person in front of a room shows: what the caller hears and its bar, the
// keys, the variables, the wire, at the usual size and at others.
func TestScreen(t *testing.T) {
	t.Parallel()
	script := own(t, `agi.answer() agi.get_data("welcome", 60000, 3) agi.say_number(1121) agi.var.A = "x\27[2J" agi.wait_for_digit(60000)`)
	d := sit(t, nil, "--sounds", welcome(t), "--as=callerid=5551234,extension=200", "--db=a/b=c", script, "one")
	d.shows(`
 goagi try own.lua one                            5551234 → 200  answered  N:NN
────────────────────────────────────────────────────────────────────────────────
   N.N  answered
   N.N  hears      welcome
                   Welcome to the show.














────────────────────────────────────────────────────────────────────────────────
 ▶ welcome ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ N.N / NNN.N s
   Welcome to the show.
 keys
 0-9 * # press  space skip  h hang up  v variables  w wire  ? help  q leave`)
	d.types("12#")
	d.sees("WAIT FOR DIGIT")
	d.types("v")
	d.shows(`
 goagi try own.lua one                            5551234 → 200  answered  N:NN
────────────────────────────────────────────────────────────────────────────────
   N.N  answered                           │ variables
   N.N  hears      welcome                 │ A = x\x1b[2J
                   Welcome to the show.    │ database
   N.N  presses    1                       │ a/b = c
   N.N  presses    2                       │
   N.N  presses    #                       │
   N.N  hears      number 1121             │
                   one thousand one        │
                   hundred twenty one      │
                                           │
                                           │
                                           │
                                           │
                                           │
                                           │
                                           │
                                           │
────────────────────────────────────────────────────────────────────────────────
 · silence
   WAIT FOR DIGIT "60000"
 keys  1 2 #
 0-9 * # press  space skip  h hang up  v variables  w wire  ? help  q leave`)
	d.types("w")
	d.resize(100, 16)
	d.shows(`
 goagi try own.lua one                                                5551234 → 200  answered  N:NN
────────────────────────────────────────────────────────────────────────────────────────────────────
   N.N  answered                                      │ AGI wire
   N.N  hears      welcome                            │ < 200 result=0
                   Welcome to the show.               │ > GET DATA "welcome" "60000" "3"
   N.N  presses    1                                  │ < 200 result=12
   N.N  presses    2                                  │ > SAY NUMBER "1121" ""
   N.N  presses    #                                  │ < 200 result=0
   N.N  hears      number 1121                        │ > SET VARIABLE "A" "x\x1b[2J"
                   one thousand one hundred twenty    │ < 200 result=1
                   one                                │ > WAIT FOR DIGIT "60000"
────────────────────────────────────────────────────────────────────────────────────────────────────
 · silence
   WAIT FOR DIGIT "60000"
 keys  1 2 #
 0-9 * # press  space skip  h hang up  v variables  w wire  ? help  q leave`)
	d.types("?")
	d.resize(40, 12)
	d.shows(`
 goagi t… 5551234 → 200  answered  N:NN
────────────────────────────────────────
keys
0-9 * # A-D  press a phone key
space        skip what plays
h            hang up
r            place the call again
────────────────────────────────────────
 · silence
   WAIT FOR DIGIT "60000"
 keys  1 2 #
 v variables  w wire  ? help  q leave`)
	d.types("\x1b")
	d.resize(20, 6)
	d.sees("thousand")
	d.sees("\n ? help  q leave")
	d.resize(80, 24)
	d.types("h")
	d.sees(" ■ the call is over: HANGUP (AGISTATUS HANGUP)\n\n keys  1 2 #\n r again")
	d.types("q")
	if code := d.leaves(); code != 0 || d.stderr.String() != "" {
		t.Errorf("exit code %d, %s", code, d.stderr.String())
	}
	d.until("what is left of it", func(v *vt) bool { return strings.Contains(v.raw.String(), "A = x\\x1b[2J\r\n") })
	_, after, _ := strings.Cut(d.raw(), "\x1b[?1049l")
	contains(t, "the terminal", after, "Asterisk's database:\r\n  a/b = c\r\n", "a call to "+script+" one\r\n", "presses   2\r\n", "the call is over: HANGUP (AGISTATUS HANGUP)\r\n", "A = x\\x1b[2J\r\n")
}

// A person in a hurry skips a prompt, and places the call again; NO_COLOR takes
// the colours and nothing else.
func TestScreenSkips(t *testing.T) {
	t.Parallel()
	d := sit(t, []string{"NO_COLOR=1"}, "--sounds", welcome(t), own(t, `agi.answer() agi.stream_file("welcome") pcall(agi.stream_file, "none") agi.stream_file("bye")`))
	d.sees("▶ welcome")
	d.types("5")
	d.sees(" keys  5")
	d.types("r") // in the call
	d.until("a new call", func(v *vt) bool {
		return !strings.Contains(v.text(), "keys  5") && strings.Contains(v.text(), "▶ welcome")
	})
	d.types(" ")
	d.sees("■ the call is over: OK")
	d.sees("no file    none")
	d.types("r")
	d.sees("▶ welcome")
	d.types(" ")
	d.sees("■ the call is over: OK")
	d.types("q")
	if code := d.leaves(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if colours := regexp.MustCompile(`\x1b\[3\dm`).FindAllString(d.raw(), -1); colours != nil {
		t.Errorf("colours: %q", colours)
	}
}

// An edit while the call waits is seen, and the next call runs it; what is wrong
// with it is said on the screen, and again where it stays.
func TestScreenSeesEdits(t *testing.T) {
	t.Parallel()
	script := own(t, `agi.answer() agi.wait_for_digit(-1)`)
	d := sit(t, nil, script)
	d.sees("WAIT FOR DIGIT")
	check(t, os.WriteFile(script, []byte("agi.answer()\nerror('odd')"), 0o644))
	d.sees(" own.lua has been edited: r places the call again")
	d.types("r")
	d.sees("2 | error('odd')")
	d.types("q")
	if code := d.leaves(); code != 1 {
		t.Errorf("exit code %d", code)
	}
	contains(t, "stderr", d.stderr.String(), "goagi: error: "+script+":2: odd\n     2 | error('odd')\n")
}
