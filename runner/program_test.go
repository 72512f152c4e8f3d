package runner_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"goagi/runner"
	"goagi/sim"
	"goagi/test/leaks"
)

// TestMain is the program itself where a test has started it as that.
func TestMain(m *testing.M) {
	if os.Getenv("GOAGI_TEST_MAIN") != "" {
		os.Exit(runner.Main("v0-test"))
	}
	flag.Set("test.parallel", "8") // most tests wait for a program that waits
	leaks.Main(m)
}

// tooLong is when a program that has not ended counts as hung.
const tooLong = 30 * time.Second

// asterisk plays Asterisk as the parent of the program: an agi-bin, pipes on
// fds 0 and 1, and a caller at the far end.
//
//	caller ─ sim.Call ═ pipes ═ goagi (this test binary once more)
//	             └── SIGHUP ────▶
type asterisk struct {
	t    *testing.T
	bin  string                    // agi-bin; "" for a shell's environment
	env  []string                  // variables beside those that Asterisk sets
	call sim.Call                  // the call that comes next
	hear func(*program, sim.Event) // told what happens in the call, may be nil
	fd3  *os.File                  // the audio pipe of EAGI, may be nil
	path string                    // the program, "" for this test binary
}

func newAsterisk(t *testing.T) *asterisk {
	t.Helper()
	a := &asterisk{t: t, bin: t.TempDir()}
	a.file("scripts/.keep", "")
	return a
}

// file writes a file of agi-bin and gives its path.
func (a *asterisk) file(name, text string) string {
	a.t.Helper()
	path := filepath.Join(a.bin, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		a.t.Fatal(err)
	}
	// A program that another test starts just now would hold the file open for
	// writing, and then it cannot be executed.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		a.t.Fatal(err)
	}
	return path
}

// program is one goagi that runs. stderr may be read once it has ended.
type program struct {
	t       *testing.T
	cmd     *exec.Cmd
	in, out *os.File // our ends of the pipes on its fds 0 and 1
	stderr  bytes.Buffer
	drained chan struct{} // closed when nobody holds its stderr any more
	once    sync.Once
}

// start starts the program with pipes on fds 0, 1 and 2.
func (a *asterisk) start(words ...string) *program {
	a.t.Helper()
	stdin, in := pipe(a.t)
	out, stdout := pipe(a.t)
	return a.startOn(stdin, stdout, in, out, words...)
}

// startOn starts it on these files, which it then owns; in and out are what
// the test keeps.
func (a *asterisk) startOn(stdin, stdout, in, out *os.File, words ...string) *program {
	a.t.Helper()
	t := a.t
	path := a.path
	if path == "" {
		path = testBinary(t)
	}
	errs, stderr := pipe(t)
	ctx, cancel := context.WithTimeout(context.Background(), tooLong)
	p := &program{t: t, in: in, out: out, drained: make(chan struct{})}
	p.cmd = exec.CommandContext(ctx, path, words...)
	p.cmd.Args[0] = "goagi"
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = stdin, stdout, stderr
	if a.fd3 != nil {
		p.cmd.ExtraFiles = []*os.File{a.fd3}
	}
	p.cmd.Env = append([]string{"GOAGI_TEST_MAIN=1", "PATH=" + os.Getenv("PATH"), "GORACE=atexit_sleep_ms=0"}, a.env...)
	if a.bin != "" {
		p.cmd.Env = append(p.cmd.Env, "AST_AGI_DIR="+a.bin)
	}
	if dir := flag.Lookup("test.gocoverdir"); dir != nil && dir.Value.String() != "" {
		p.cmd.Env = append(p.cmd.Env, "GOCOVERDIR="+dir.Value.String())
	}
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGQUIT) } // says where it hangs
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for _, theirs := range []*os.File{stdin, stdout, stderr} {
		theirs.Close()
	}
	go func() {
		defer close(p.drained)
		io.Copy(&p.stderr, errs)
		errs.Close()
	}()
	t.Cleanup(func() {
		p.close()
		p.exit()
		cancel()
	})
	return p
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}

func testBinary(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// close closes both pipes, as Asterisk does at the end of a session.
func (p *program) close() {
	p.in.Close()
	p.out.Close()
}

func (p *program) signal(s os.Signal) { p.cmd.Process.Signal(s) }

// exit waits for the program's end and gives its exit code. What must never
// be is said here: a signal's death, a panic, a race, a process left behind.
func (p *program) exit() int {
	p.once.Do(func() {
		p.cmd.Wait()
		select {
		case <-p.drained:
		case <-time.After(5 * time.Second):
			p.t.Errorf("%v: a process was left behind, it holds stderr", p.cmd.Args)
			return
		}
		if !p.cmd.ProcessState.Exited() {
			p.t.Errorf("%v: %v", p.cmd.Args, p.cmd.ProcessState)
		}
		if said := p.stderr.String(); broken.MatchString(said) {
			p.t.Errorf("%v: %.3000s", p.cmd.Args, said)
		}
	})
	return p.cmd.ProcessState.ExitCode()
}

// broken finds what the Go runtime says of a program that has a fault.
var broken = regexp.MustCompile(`(?m)^(panic|fatal error|goroutine \d+|WARNING: DATA RACE|SIGQUIT)`)

// placed is a call that is over.
type placed struct {
	code      int
	stderr    string
	said      string // all that the program wrote to fd 1
	replied   string // all that it got on fd 0, the environment too
	agistatus string
	vars      map[string]string
	heard     string // events as "kind text", joined by bars
	pipes     string // what the dialog's pipes are called in /proc
	took      time.Duration
}

// agi is AGI(goagi,words...) in the dialplan, up to its end.
func (a *asterisk) agi(words ...string) *placed {
	a.t.Helper()
	p := a.start(words...)
	c := &a.call
	if len(words) > 0 {
		c.Script, c.Args = words[0], words[1:]
	}
	c.Signal = func() { p.signal(syscall.SIGHUP) }
	c.Exit = p.exit
	var heard []string
	c.Hear = func(e sim.Event) {
		heard = append(heard, strings.TrimSpace(string(e.Kind)+" "+e.Text))
		if a.hear != nil {
			a.hear(p, e)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), tooLong)
	defer cancel()
	in, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", p.in.Fd()))
	out, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", p.out.Fd()))
	begin := time.Now()
	d := &dialog{program: p}
	result := c.Run(ctx, d)
	if result.Err != nil {
		a.t.Errorf("%v: Asterisk's end: %v", words, result.Err)
	}
	over := &placed{code: p.exit(), said: d.said.String(), replied: d.replied.String(), took: time.Since(begin), pipes: in + " " + out}
	over.stderr, over.agistatus, over.vars = p.stderr.String(), result.Status, c.Vars
	over.heard = strings.Join(heard, "|")
	return over
}

// run is agi for a script of this text.
func (a *asterisk) run(source string, words ...string) *placed {
	a.t.Helper()
	a.file("scripts/t.lua", source)
	return a.agi(append(words, "t.lua")...)
}

// dialog is Asterisk's end of the pipes; it keeps what goes over them.
type dialog struct {
	*program
	said, replied bytes.Buffer
}

func (d *dialog) Read(b []byte) (int, error) {
	n, err := d.out.Read(b)
	d.said.Write(b[:n])
	return n, err
}

func (d *dialog) Write(b []byte) (int, error) {
	n, err := d.in.Write(b)
	d.replied.Write(b[:n])
	return n, err
}

func (d *dialog) Close() error {
	d.close()
	return nil
}

func (d *dialog) SetWriteDeadline(t time.Time) error { return d.in.SetWriteDeadline(t) }

// shell runs the program as from a shell's prompt, with no Asterisk about, and
// gives what it says.
func shell(t *testing.T, env []string, stdin string, words ...string) (code int, stdout, stderr string) {
	t.Helper()
	a := &asterisk{t: t, env: env}
	p := a.start(words...)
	if stdin != "" {
		fmt.Fprint(p.in, stdin)
	}
	p.in.Close()
	out, err := io.ReadAll(p.out)
	if err != nil {
		t.Error(err)
	}
	return p.exit(), string(out), p.stderr.String()
}

// contains says which of the wanted texts are missing.
func contains(t *testing.T, what, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %q:\n%s", what, want, text)
		}
	}
}

// onlyHello are the sounds of an Asterisk that has one, of no length.
func onlyHello(name string) (time.Duration, bool) { return 0, name == "hello-world" }
