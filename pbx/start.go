package pbx

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Variable is the environment variable that names the Asterisk to use.
const Variable = "GOAGI_TEST_ASTERISK"

// ErrNone: Variable is not set.
var ErrNone = errors.New("no Asterisk here: set " + Variable + " to what test/asterisk.sh prints")

// deadline bounds every wait on Asterisk that a caller has not bounded itself.
const deadline = 30 * time.Second

// Options of an Asterisk. The zero value is what most tests want.
type Options struct {
	Where   string   // the folder of a chroot, or "host"; what Variable says when empty
	Null    bool     // stdin, stdout and stderr on /dev/null, as its service unit has them
	Env     []string // NAME=VALUE, what the programs it starts find in their environment
	Modules []string // loaded besides the usual ones, such as "app_queue"
	Debug   bool     // the log has every AGI line

	// Sounds is a folder of more prompts, "" for none: en/NAME.gsm and the like. They
	// take the place of Asterisk's own of the same name.
	Sounds string

	// Nameserver is the address of the DNS server that it asks, in place of
	// the machine's: Nameserver.Addr. It takes root; see ErrNoNameserver.
	Nameserver string
}

// Asterisk is one running Asterisk. Its methods may be used from any goroutine.
type Asterisk struct {
	Root    string // "/" or the chroot's folder
	Dir     string // its own folder, as seen from here
	AMI     string // host:port of its manager
	User    string // of the manager, with all rights; "worker" has only what Async AGI takes
	Pass    string // of both
	Version string // as agi_version has it, such as "22.10.1~dfsg"

	cmd    *exec.Cmd
	exited chan struct{} // closed when the process is gone
	uid    int           // of its files, -1 when it runs as ourselves
	gid    int
	hub    *hub
	ami    *manager
	calls  atomic.Int64
}

// Start starts an Asterisk of its own and returns when it takes calls, after
// about two seconds. It must be stopped by Stop; should the test binary die
// first, the kernel ends it. ErrNone when Variable is not set.
func Start(o Options) (*Asterisk, error) {
	word := o.Where
	if word == "" {
		word = os.Getenv(Variable)
	}
	if word == "" {
		return nil, ErrNone
	}
	var err error
	for range 3 { // the manager's port may be taken by another between choice and use
		var a *Asterisk
		if a, err = start(word, o); err == nil {
			return a, nil
		}
	}
	return nil, err
}

func start(word string, o Options) (_ *Asterisk, err error) {
	a := &Asterisk{Root: "/", uid: -1, gid: -1, exited: make(chan struct{}), User: "test", Pass: strings.ToLower(rand.Text())}
	binary := "/usr/sbin/asterisk"
	if word == "host" {
		if binary, err = exec.LookPath("asterisk"); err != nil {
			return nil, err
		}
	} else if a.Root, err = filepath.EvalSymlinks(word); err != nil {
		return nil, fmt.Errorf("the folder of its chroot: %w", err)
	}
	if os.Geteuid() != 0 {
		if word != "host" {
			return nil, fmt.Errorf("%s=%s: a chroot takes root", Variable, word)
		}
	} else if a.uid, a.gid, err = user(a.Root, "asterisk"); err != nil {
		return nil, err
	}
	if a.Dir, err = folder(filepath.Join(a.Root, "tmp")); err != nil {
		return nil, err
	}
	if a.hub, err = newHub(); err != nil {
		os.RemoveAll(a.Dir)
		return nil, err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("start asterisk: %w%s", err, a.tail())
			a.Stop()
		}
	}()
	if a.AMI, err = freePort(); err != nil {
		return nil, err
	}
	if err = a.configure(o); err != nil {
		return nil, err
	}
	ready := a.hub.expect("up")
	if err = a.run(binary, o); err != nil {
		return nil, err
	}
	select {
	case c := <-ready:
		a.Version = c.Get("version")
		c.End()
	case <-a.exited:
		return nil, errors.New("it ended at once")
	case <-time.After(deadline):
		return nil, errors.New("it did not come up")
	}
	if a.ami, err = login(a.AMI, a.User, a.Pass); err != nil {
		return nil, err
	}
	return a, nil
}

// run starts the process, which lives no longer than this one.
func (a *Asterisk) run(binary string, o Options) error {
	a.cmd = &exec.Cmd{
		Path: binary,
		Args: []string{"asterisk", "-f", "-C", a.Inside("etc/asterisk.conf")},
		Dir:  "/",
		Env: append([]string{
			"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			"HOME=" + a.Inside("lib"), "LANG=C.UTF-8", "TERM=dumb",
		}, o.Env...),
		SysProcAttr: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	}
	if a.Root != "/" {
		a.cmd.SysProcAttr.Chroot = a.Root
	}
	if a.uid >= 0 {
		a.cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	if !o.Null {
		stderr, err := os.Create(filepath.Join(a.Dir, "stderr"))
		if err != nil {
			return err
		}
		defer stderr.Close()
		a.cmd.Stdout, a.cmd.Stderr = stderr, stderr
	}
	started := make(chan error)
	go func() { // ends with the process
		// The death signal comes when the thread that started the process
		// goes, so that thread must stay.
		runtime.LockOSThread()
		err := a.useNameserver(o.Nameserver)
		if err == nil {
			err = a.cmd.Start()
		}
		started <- err
		if err == nil {
			a.cmd.Wait()
			close(a.exited)
		}
	}()
	if err := <-started; err != nil {
		a.cmd = nil
		return err
	}
	return nil
}

// Stop ends Asterisk, waits until it is gone and removes its folder.
func (a *Asterisk) Stop() {
	if a.cmd != nil {
		a.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-a.exited:
		case <-time.After(deadline):
			a.cmd.Process.Kill()
			<-a.exited
		}
	}
	if a.ami != nil {
		a.ami.close()
	}
	a.hub.close()
	os.RemoveAll(a.Dir)
}

// Release is the first number of Version, such as 22; 0 where it has none.
func (a *Asterisk) Release() int {
	major, _, _ := strings.Cut(a.Version, ".")
	n, _ := strconv.Atoi(major)
	return n
}

// UID is the user that it runs as.
func (a *Asterisk) UID() int {
	if a.uid < 0 {
		return os.Geteuid()
	}
	return a.uid
}

// Pid is the process.
func (a *Asterisk) Pid() int { return a.cmd.Process.Pid }

// Inside gives a path of Dir, such as "agi/hello.lua", as Asterisk sees it.
func (a *Asterisk) Inside(path string) string {
	return "/" + strings.TrimPrefix(strings.TrimPrefix(filepath.Join(a.Dir, path), a.Root), "/")
}

// Log is the text of Asterisk's log from a place in it, 0 for all.
func (a *Asterisk) Log(from int64) string { return read(filepath.Join(a.Dir, "log/full"), from) }

// Stderr is what Asterisk and the programs it started wrote to stdout and
// stderr. Empty with Options.Null.
func (a *Asterisk) Stderr() string { return read(filepath.Join(a.Dir, "stderr"), 0) }

// tail is the end of the log, to be added to an error.
func (a *Asterisk) tail() string {
	text := strings.TrimSpace(a.Stderr() + a.Log(0))
	if text == "" {
		return ""
	}
	lines := strings.Split(text, "\n")
	return "\n\t| " + strings.Join(lines[max(0, len(lines)-25):], "\n\t| ")
}

func read(file string, from int64) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	text, _ := io.ReadAll(io.NewSectionReader(f, from, 1<<40))
	return string(text)
}

// folder makes a folder of our own, and removes those of test binaries that
// died before they could.
func folder(tmp string) (string, error) {
	old, _ := filepath.Glob(filepath.Join(tmp, "pbx-*-*"))
	for _, dir := range old {
		pid, err := strconv.Atoi(strings.Split(filepath.Base(dir), "-")[1])
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			os.RemoveAll(dir)
		}
	}
	return os.MkdirTemp(tmp, fmt.Sprintf("pbx-%d-", os.Getpid()))
}

// freePort chooses a port of 127.0.0.1 that nobody listens on.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// user finds a user in the passwd file under root.
func user(root, name string) (uid, gid int, err error) {
	text, err := os.ReadFile(filepath.Join(root, "etc/passwd"))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(line, ":")
		if len(f) < 4 || f[0] != name {
			continue
		}
		if uid, err = strconv.Atoi(f[2]); err == nil {
			gid, err = strconv.Atoi(f[3])
		}
		return uid, gid, err
	}
	return 0, 0, fmt.Errorf("no user %s under %s", name, root)
}
