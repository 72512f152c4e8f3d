package fastagi

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// DefaultAddr is where Asterisk looks for a FastAGI server whose URL names no
// port (res_agi.c: AGI_PORT), on every address of this machine.
const DefaultAddr = ":4573"

// When TCP finds out that a host is gone, with or without a command on the way
// to it: after 90 s.
const (
	keepAliveIdle     = 30 * time.Second
	keepAliveInterval = 10 * time.Second
	keepAliveCount    = 6
)

// Listen listens on an address:
//
//	:4573                  all addresses of the machine, IPv4 and, where it has that, IPv6
//	10.0.0.1:4573          that one; [::1]:4573 for IPv6, 0.0.0.0:4573 for all of IPv4
//	localhost:4573         127.0.0.1 and ::1: Asterisk gives up on a name whose first address refuses
//	ivr.example.com:4573   the addresses of the name that this machine has
//	unix:/run/goagi.sock   a Unix socket; unix:/run/goagi.sock,mode=0660 with that mode
//
// The file of a Unix socket on which nobody listens any more is replaced. The
// listeners are the caller's to close, which removes that file. A look-up of a
// name may block for seconds.
func Listen(addr string) ([]net.Listener, error) {
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		l, err := listenUnix(path)
		if err != nil {
			return nil, err
		}
		return []net.Listener{l}, nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w (HOST:PORT, :PORT or unix:PATH is wanted)", addr, err)
	}
	if host == "" {
		l, err := listenTCP(addr)
		if err != nil {
			return nil, err
		}
		return []net.Listener{l}, nil
	}
	hosts := []string{"127.0.0.1", "::1"}
	if !strings.EqualFold(host, "localhost") {
		if hosts, err = net.LookupHost(host); err != nil {
			return nil, fmt.Errorf("listen on %q: %w", addr, err)
		}
	}
	return listenEach(hosts, port)
}

// listenEach listens on those of the hosts that are this machine's, on one port.
func listenEach(hosts []string, port string) ([]net.Listener, error) {
	var all []net.Listener
	var foreign error
	for _, host := range hosts {
		l, err := listenTCP(net.JoinHostPort(host, port))
		switch {
		case err == nil:
			all = append(all, l)
			if tcp, ok := l.Addr().(*net.TCPAddr); ok {
				port = strconv.Itoa(tcp.Port) // where it was 0, or a name
			}
		case len(hosts) > 1 && (errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT)):
			foreign = err // IPv6 is off, or the name has other machines' addresses, too
		default:
			closeAll(all)
			return nil, err
		}
	}
	if len(all) == 0 {
		return nil, foreign
	}
	return all, nil
}

func listenTCP(addr string) (net.Listener, error) {
	config := keptAlive()
	config.SetMultipathTCP(false) // which Asterisk does not speak
	network := "tcp"
	if at, err := netip.ParseAddrPort(addr); err == nil && at.Addr().Is4() {
		network = "tcp4" // or 0.0.0.0 would mean IPv6, too
	}
	return config.Listen(context.Background(), network, addr)
}

// listenUnix listens on a path with an optional ",mode=0660" behind it.
func listenUnix(path string) (net.Listener, error) {
	path, digits, hasMode := strings.Cut(path, ",mode=")
	mode, err := strconv.ParseUint(digits, 8, 9)
	if hasMode && err != nil {
		return nil, fmt.Errorf("listen on unix:%s: mode %q is not of the kind 0660", path, digits)
	}
	if path == "" {
		return nil, errors.New("listen on unix: there is no path")
	}
	l, err := net.Listen("unix", path)
	if errors.Is(err, syscall.EADDRINUSE) && isStale(path) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		l, err = net.Listen("unix", path)
	}
	if err != nil {
		return nil, err
	}
	if hasMode {
		if err := os.Chmod(path, fs.FileMode(mode)); err != nil {
			l.Close()
			return nil, err
		}
	}
	return l, nil
}

// isStale reports whether a path is a socket that nobody listens on.
func isStale(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != fs.ModeSocket {
		return false
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}
