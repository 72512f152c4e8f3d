package fastagi

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// hasIPv6 reports whether this machine has an IPv6 loopback.
func hasIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err == nil {
		l.Close()
	}
	return err == nil
}

// reach connects to an address and fails unless one of the listeners takes it.
func reach(t *testing.T, all []net.Listener, network, addr string) {
	t.Helper()
	client, err := net.Dial(network, addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer client.Close()
	for _, l := range all {
		if l.Addr().Network() == network && (network == "unix" || client.RemoteAddr().(*net.TCPAddr).IP.Equal(l.Addr().(*net.TCPAddr).IP) || l.Addr().(*net.TCPAddr).IP.IsUnspecified()) {
			conn, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			conn.Close()
			return
		}
	}
	t.Errorf("nobody took %s", addr)
}

func listen(t *testing.T, addr string) []net.Listener {
	t.Helper()
	all, err := Listen(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeAll(all) })
	return all
}

func port(l net.Listener) string { return strconv.Itoa(l.Addr().(*net.TCPAddr).Port) }

// Asterisk reaches the server by every name and address of this machine that it
// was told to listen on.
func TestListen(t *testing.T) {
	t.Run("everywhere", func(t *testing.T) {
		all := listen(t, ":0")
		reach(t, all, "tcp", "127.0.0.1:"+port(all[0]))
		if hasIPv6() {
			reach(t, all, "tcp", "[::1]:"+port(all[0]))
		}
	})
	t.Run("localhost", func(t *testing.T) {
		for _, name := range []string{"localhost:0", "LocalHost:0"} {
			all := listen(t, name)
			reach(t, all, "tcp", "127.0.0.1:"+port(all[0]))
			if hasIPv6() {
				reach(t, all, "tcp", "[::1]:"+port(all[0]))
			} else if len(all) != 1 {
				t.Errorf("%d listeners", len(all))
			}
		}
	})
	t.Run("IPv4 only", func(t *testing.T) {
		all := listen(t, "0.0.0.0:0")
		reach(t, all, "tcp", "127.0.0.1:"+port(all[0]))
		if conn, err := net.Dial("tcp", "[::1]:"+port(all[0])); err == nil {
			conn.Close()
			t.Error("it listens on IPv6, too")
		}
	})
	t.Run("one address", func(t *testing.T) {
		all := listen(t, "127.0.0.1:0")
		reach(t, all, "tcp", "127.0.0.1:"+port(all[0]))
		if _, err := Listen("127.0.0.1:" + port(all[0])); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("a second time: %v", err)
		}
	})
	t.Run("a name with foreign addresses", func(t *testing.T) {
		all, err := listenEach([]string{"198.51.100.7", "127.0.0.1", "2001:db8::1"}, "0")
		if err != nil || len(all) != 1 {
			t.Fatalf("%v, %v", all, err)
		}
		closeAll(all)
		if _, err := listenEach([]string{"198.51.100.7", "198.51.100.8"}, "0"); !errors.Is(err, syscall.EADDRNOTAVAIL) {
			t.Errorf("only foreign ones: %v", err)
		}
	})
	for _, addr := range []string{"", "4573", "localhost", "127.0.0.1", "1:2:3", "198.51.100.7:0", "127.0.0.1:99999", "unix:", "unix:/tmp/x,mode=9", "unix:/tmp/x,mode=", "unix:/no/such/folder/x"} {
		if all, err := Listen(addr); err == nil {
			closeAll(all)
			t.Errorf("it listens on %q", addr)
		}
	}
}

func TestListenUnix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agi")
	all := listen(t, "unix:"+path+",mode=0620")
	reach(t, all, "unix", path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o620 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	t.Run("in use", func(t *testing.T) {
		if _, err := Listen("unix:" + path); !errors.Is(err, syscall.EADDRINUSE) {
			t.Error(err)
		}
		go func() {
			if conn, err := all[0].Accept(); err == nil { // it was asked whether it lives
				conn.Close()
			}
		}()
		reach(t, all, "unix", path)
	})
	closeAll(all)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is left behind: %v", err)
	}
	t.Run("left behind by a crash", func(t *testing.T) {
		dead, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		dead.(*net.UnixListener).SetUnlinkOnClose(false)
		dead.Close()
		reach(t, listen(t, "unix:"+path), "unix", path)
	})
	t.Run("no socket", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "precious")
		if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Listen("unix:" + file); err == nil {
			t.Error("it listens on a file")
		}
		if text, err := os.ReadFile(file); string(text) != "x" {
			t.Errorf("the file is gone: %v", err)
		}
	})
}
