package fastagi

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// file gives a copy of a socket's file descriptor, which the test owns.
func file(t *testing.T, l interface{ File() (*os.File, error) }) int {
	t.Helper()
	f, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

// systemd's sockets are taken as they are, and no child process gets them.
func TestFromSystemd(t *testing.T) {
	setenv := func(pid, fds string) {
		t.Helper()
		t.Setenv("LISTEN_PID", pid)
		t.Setenv("LISTEN_FDS", fds)
		t.Setenv("LISTEN_FDNAMES", "agi")
	}
	own := strconv.Itoa(os.Getpid())
	for _, row := range []struct {
		pid, fds string
		fails    bool
	}{{"", "", false}, {"1", "1", false}, {own, "0", false}, {own, "", false}, {own, "x", true}, {own, "-1", true}, {own, "99999", true}} {
		setenv(row.pid, row.fds)
		if all, err := FromSystemd(); len(all) != 0 || (err != nil) != row.fails {
			t.Errorf("LISTEN_FDS=%q: %v, %v", row.fds, all, err)
		}
		for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
			if _, set := os.LookupEnv(name); set {
				t.Errorf("LISTEN_FDS=%q: %s is left", row.fds, name)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "agi")
	for _, addr := range []string{"127.0.0.1:0", "unix:" + path} {
		first := listen(t, addr)[0]
		fd := file(t, first.(interface{ File() (*os.File, error) }))
		all, err := fromFDs(fd, 1)
		if err != nil || len(all) != 1 {
			t.Fatalf("%v, %v", all, err)
		}
		reach(t, all, first.Addr().Network(), first.Addr().String())
		raw, err := all[0].(syscall.Conn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		err = raw.Control(func(fd uintptr) {
			flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_GETFD, 0)
			if errno != 0 || flags&syscall.FD_CLOEXEC == 0 {
				t.Error("a child process gets the socket")
			}
		})
		if err != nil {
			t.Error(err)
		}
		closeAll(all)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("systemd's socket was removed: %v", err)
	}
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer packets.Close()
	if all, err := fromFDs(file(t, packets.(*net.UDPConn)), 1); err == nil {
		closeAll(all)
		t.Error("it listens on a UDP socket")
	}
}

// systemd learns when the service takes calls; without systemd nobody minds.
func TestNotify(t *testing.T) {
	if err := Notify("READY=1"); os.Getenv("NOTIFY_SOCKET") == "" && err != nil {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "notify")
	for _, name := range []string{path, "@goagi-test-" + strconv.Itoa(os.Getpid())} {
		socket, err := new(net.ListenConfig).ListenPacket(context.Background(), "unixgram", name)
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("NOTIFY_SOCKET", name)
		if err := Notify("READY=1"); err != nil {
			t.Error(err)
		}
		text := make([]byte, 100)
		n, _, err := socket.ReadFrom(text)
		if string(text[:n]) != "READY=1" || err != nil {
			t.Errorf("systemd was told %q, %v", text[:n], err)
		}
		socket.Close()
	}
	if err := Notify("READY=1"); err == nil || !strings.Contains(err.Error(), "READY=1") {
		t.Errorf("nobody listens: %v", err)
	}
}
