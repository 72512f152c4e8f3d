package servers

import (
	"bufio"
	"bytes"
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
	"sync"
	"syscall"
	"testing"
)

// Server is a server of a test's own. Its methods are for one goroutine at a time.
type Server struct {
	URL  string // as clients take it, with user and password
	Addr string // 127.0.0.1:port
	Dir  string // its files
	// CA is the file of the certificate that it shows over TLS, which is its own
	// authority and names 127.0.0.1 and localhost. "" where it speaks no TLS.
	CA string

	tb    testing.TB
	path  string
	args  []string
	ready string         // part of the line by which it says that it takes connections
	end   syscall.Signal // ends it, and its clients' connections, at once

	process *os.Process
	exited  chan struct{} // closed when it is gone

	mu  sync.Mutex
	log bytes.Buffer
}

// nobody is the user that servers run as where the tests run as root, which
// most refuse.
const nobody = 65534

// prepare makes a server's folder and chooses its port. The server is started
// by Start.
func prepare(tb testing.TB, path string) *Server {
	tb.Helper()
	removeOld()
	// Not tb.TempDir, which another user cannot enter.
	dir, err := os.MkdirTemp("", fmt.Sprintf("goagi-server-%d-", os.Getpid()))
	check(tb, err)
	tb.Cleanup(func() { os.RemoveAll(dir) })
	s := &Server{Addr: freePort(tb), Dir: dir, tb: tb, path: path, end: syscall.SIGTERM}
	check(tb, s.own(dir))
	return s
}

// removeOld removes the folders of test binaries that died before they could.
func removeOld() {
	old, _ := filepath.Glob(filepath.Join(os.TempDir(), "goagi-server-*-*"))
	for _, dir := range old {
		pid, err := strconv.Atoi(strings.Split(filepath.Base(dir), "-")[2])
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			os.RemoveAll(dir)
		}
	}
}

// find gives the path of the first of some programs that is here. The test is
// skipped where none is.
func find(tb testing.TB, names ...string) string {
	tb.Helper()
	for _, name := range names {
		for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/usr/lib/postgresql/*/bin") {
			found, _ := filepath.Glob(filepath.Join(dir, name))
			if len(found) > 0 {
				path := found[len(found)-1] // the newest release
				if real, err := filepath.EvalSymlinks(path); err == nil && strings.Contains(real, "/postgresql/") {
					return real // beside it are its tools
				}
				return path
			}
		}
	}
	missing := fmt.Sprintf("no %s here: test/servers.sh installs it", strings.Join(names, " or "))
	if os.Getenv("CI") != "" {
		tb.Fatal(missing)
	}
	tb.Skip(missing)
	return ""
}

// freePort chooses a port of 127.0.0.1 that nobody listens on.
func freePort(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(tb, err)
	defer l.Close()
	return l.Addr().String()
}

// port is that of Addr.
func (s *Server) port() string {
	_, port, _ := net.SplitHostPort(s.Addr)
	return port
}

// own gives a file to the user that the server runs as.
func (s *Server) own(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return os.Chown(path, nobody, nobody)
}

// file writes a file for the server, and gives its path.
func (s *Server) file(name, text string) string {
	s.tb.Helper()
	path := filepath.Join(s.Dir, name)
	check(s.tb, os.WriteFile(path, []byte(text), 0o600))
	check(s.tb, s.own(path))
	return path
}

// command makes a command that runs as the server does.
func (s *Server) command(path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Dir = s.Dir
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + s.Dir, "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: s.end}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	return cmd
}

// run runs a command to its end.
func (s *Server) run(cmd *exec.Cmd) {
	s.tb.Helper()
	runtime.LockOSThread() // whose end would end it
	defer runtime.UnlockOSThread()
	if out, err := cmd.CombinedOutput(); err != nil {
		s.tb.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

// Start starts a server that was stopped, at the same address, and returns when
// it takes connections. The test fails where it does not come up.
func (s *Server) Start() {
	s.tb.Helper()
	out, in, err := os.Pipe()
	check(s.tb, err)
	cmd := s.command(s.path, s.args...)
	cmd.Stdout, cmd.Stderr = in, in
	up := make(chan bool, 1)
	started := make(chan error)
	s.exited = make(chan struct{})
	go func(exited chan<- struct{}) { // ends with the server
		// The server ends with the thread that started it, which must stay for that.
		runtime.LockOSThread()
		err := cmd.Start()
		in.Close()
		started <- err
		if err == nil {
			s.read(out, up)
			_ = cmd.Wait()
		}
		out.Close()
		close(exited)
	}(s.exited)
	if err := <-started; err != nil {
		s.tb.Fatal(err)
	}
	s.process = cmd.Process
	s.tb.Cleanup(s.Stop)
	if !<-up {
		s.tb.Fatalf("%s did not come up:\n%s", filepath.Base(s.path), s.Log())
	}
}

// read keeps what the server says, and sends to up whether it takes connections.
func (s *Server) read(out io.Reader, up chan<- bool) {
	said := false
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadString('\n')
		s.mu.Lock()
		s.log.WriteString(line)
		s.mu.Unlock()
		if !said && strings.Contains(line, s.ready) {
			up <- true
			said = true
		}
		if err != nil {
			if !said {
				up <- false
			}
			return
		}
	}
}

// Stop ends the server, with all connections, and returns when it is gone. One
// that is not running stays so.
func (s *Server) Stop() {
	if s.process == nil {
		return
	}
	if err := s.process.Signal(s.end); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.tb.Error(err)
	}
	<-s.exited
	s.process = nil
}

// Log is what the server has said so far.
func (s *Server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
