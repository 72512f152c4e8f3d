package doctor

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Host is the machine that is looked at. Here gives the one that this program
// runs on; all of its fields must be set.
type Host struct {
	Root string // where its files begin: "/" on a real one
	Path string // where its programs are, as in the variable PATH
	UID  int    // who looks

	// Run runs a program until it ends or ctx does, as another user where one is
	// named, and gives what it wrote to stdout and stderr.
	Run func(ctx context.Context, as *User, name string, args ...string) (string, error)
	// Label gives the label that SELinux knows a file by, "" where it has none.
	Label func(path string) string
	// Dial makes a network connection.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Lookup gives the addresses of a name, in the order that programs try them.
	Lookup func(ctx context.Context, name string) ([]string, error)
}

// usualPath is where Asterisk is, which PATH often leaves out under sudo and cron.
const usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Here is the machine that this program runs on, looked at by its user.
func Here() *Host {
	path := os.Getenv("PATH") + ":" + usualPath
	return &Host{
		Root: "/", Path: path, UID: os.Geteuid(),
		Run: func(ctx context.Context, as *User, name string, args ...string) (string, error) {
			return run(ctx, path, as, name, args)
		},
		Label:  label,
		Dial:   new(net.Dialer).DialContext,
		Lookup: net.DefaultResolver.LookupHost,
	}
}

// run runs a program with an environment of its own: what a shell has set must
// not decide what is seen.
func run(ctx context.Context, path string, as *User, name string, args []string) (string, error) {
	if !strings.Contains(name, "/") {
		for dir := range strings.SplitSeq(path, ":") {
			if full := filepath.Join(dir, name); filepath.IsAbs(full) && isProgram(full) {
				name = full
				break
			}
		}
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + usualPath, "LC_ALL=C", "GOAGI_CONFIG=/dev/null"}
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us, who clean up
	if as != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(as.UID), Gid: uint32(as.GID), Groups: as.Groups}
	}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // what it has started, too
	var out output
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case out.full:
		err = errTooMuch // the program's own end is that of its pipe
	}
	return out.kept.String(), err
}

// mostOutput is as much as a program may say, in bytes: a dialplan is megabytes
// where there are thousands of extensions.
const mostOutput = 16 << 20

var errTooMuch = errors.New("it says more than 16 MiB")

// output keeps what a program says. When that is too much its pipe is closed.
type output struct {
	kept bytes.Buffer
	full bool
}

func (o *output) Write(text []byte) (int, error) {
	if o.kept.Len()+len(text) > mostOutput {
		o.full = true
		return 0, errTooMuch
	}
	return o.kept.Write(text)
}

func label(path string) string {
	b := make([]byte, 256)
	n, err := unix.Getxattr(path, "security.selinux", b)
	if err != nil {
		return ""
	}
	return string(b[:n])
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// file gives a path of the host as one of this machine.
func (h *Host) file(path string) string { return filepath.Join(h.Root, path) }

// real gives the path of the host that a path leads to through all links.
func (h *Host) real(path string) (string, error) {
	full, err := filepath.EvalSymlinks(h.file(path))
	if err != nil || h.Root == "/" {
		return full, err
	}
	return "/" + strings.TrimPrefix(strings.TrimPrefix(full, h.Root), "/"), nil
}

// read gives the text of a file, "" where it cannot be had.
func (h *Host) read(path string) string {
	text, _ := os.ReadFile(h.file(path))
	return string(text)
}

func (h *Host) stat(path string) (os.FileInfo, error) { return os.Stat(h.file(path)) }

// exists reports whether something is there, seen or not.
func (h *Host) exists(path string) bool {
	_, err := h.stat(path)
	return err == nil || errors.Is(err, os.ErrPermission)
}

// program gives the path of a program, "" where there is none.
func (h *Host) program(name string) string {
	for dir := range strings.SplitSeq(h.Path, ":") {
		if path := filepath.Join(dir, name); filepath.IsAbs(path) && isProgram(h.file(path)) {
			return path
		}
	}
	return ""
}
