package doctor

import (
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// listens has somebody listen on 127.0.0.1:4573 who says this to whatever comes.
func (s *stage) listens(says string) {
	dial := s.Dial
	s.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr != "127.0.0.1:4573" {
			return dial(ctx, network, addr)
		}
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			_, _ = io.ReadFull(theirs, make([]byte, len(greeting)))
			_, _ = io.WriteString(theirs, says)
		}()
		return ours, nil
	}
}

// Only goagi serve is taken for it: others use FastAGI's port, too.
func TestWhoListens(t *testing.T) {
	s := newStage(t)
	s.refuse["[::1]:4573"] = syscall.EADDRNOTAVAIL
	s.sees("fastagi", Skipped, "nothing here asks for goagi serve")
	s.listens("HTTP/1.1 400 Bad Request\r\n")
	s.sees("fastagi", Skipped, "who listens on 127.0.0.1:4573 is somebody else")
	s.listens("")
	s.sees("fastagi", Skipped, "who listens on 127.0.0.1:4573 is somebody else")
	s.settings.Listen = []string{"127.0.0.1:4573"}
	if mends := s.sees("fastagi", Wrong, "is not goagi serve, or does not let this host in, and listen is set"); !slices.Equal(mends, []string{"ss -ltnp sport = :4573"}) {
		t.Errorf("%q", mends)
	}
	s.listens("failure\n")
	s.sees("fastagi", OK, "it answers on 127.0.0.1:4573")
}

// What a server listens on for other hosts, and how it was started, stays.
func TestListenOn(t *testing.T) {
	s := newStage(t)
	s.listens("failure\n")
	s.Lookup = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1", "::1"}, nil }
	if mends := s.sees("fastagi", Warning, "to listen on localhost:4573 is both"); len(mends) > 0 {
		t.Errorf("it is not known how it was started, and yet: %q", mends)
	}
	s.write("/proc/99/cmdline", "/opt/goagi\x00serve\x00--listen\x0010.0.0.5:4573,127.0.0.1:4573\x00--grace=3\x00")
	mends := s.sees("fastagi", Warning, "to listen on localhost:4573 is both")
	if len(mends) != 3 || mends[0] != "kill 99" || !strings.Contains(mends[2], "/opt/goagi serve --listen 10.0.0.5:4573,localhost:4573 --grace=3 <") {
		t.Errorf("%q", mends)
	}
	s.write("/proc/99/environ", "A=b\x00GOAGI_AMI_SECRET=x\x00")
	if mends := s.sees("fastagi", Warning, "is both"); len(mends) > 0 {
		t.Errorf("its environment is lost: %q", mends)
	}
	s.write(unit, "[Service]\nExecStart=/opt/goagi serve --listen 127.0.0.1:4573\n")
	if mends := s.sees("fastagi", Warning, "is both"); !slices.Equal(mends, []string{"systemctl edit --full goagi", "systemctl restart goagi"}) {
		t.Errorf("%q", mends)
	}
	s.write("/etc/goagi/goagi.toml", "listen = [\n  \"127.0.0.1:4573\",\n]\n")
	s.settings.File, s.settings.Listen = "/etc/goagi/goagi.toml", []string{"127.0.0.1:4573"}
	if mends := s.sees("fastagi", Warning, "is both"); !slices.Equal(mends, []string{"${EDITOR:-vi} /etc/goagi/goagi.toml", "systemctl restart goagi"}) {
		t.Errorf("%q", mends)
	}
}
