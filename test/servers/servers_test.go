package servers

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"goagi/test/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

// A server is there when its function returns, down when it was stopped, and up
// again at the same address.
func TestServers(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *Server{
		"postgres": func(tb testing.TB) *Server { return Postgres(tb, "max_connections=5") },
		"mariadb":  func(tb testing.TB) *Server { return MariaDB(tb, "max-connections=5") },
		"redis":    func(tb testing.TB) *Server { return Redis(tb, "--maxclients", "10") },
		"nginx":    func(tb testing.TB) *Server { return Nginx(tb, "").Server },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			if u, err := url.Parse(s.URL); err != nil || u.Host != s.Addr {
				t.Errorf("URL %s, Addr %s", s.URL, s.Addr)
			}
			dial(t, s.Addr).Close()
			s.Stop()
			if c, err := net.Dial("tcp", s.Addr); err == nil {
				c.Close()
				t.Error("it answers after Stop")
			}
			s.Start()
			dial(t, s.Addr).Close()
		})
	}
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	check(t, err)
	if deadline, ok := t.Deadline(); ok {
		check(t, c.SetDeadline(deadline))
	}
	return c
}

// Redis answers a command.
func TestRedis(t *testing.T) {
	c := dial(t, Redis(t).Addr)
	defer c.Close()
	fmt.Fprint(c, "PING\r\n")
	if line, err := bufio.NewReader(c).ReadString('\n'); line != "+PONG\r\n" {
		t.Errorf("%q, %v", line, err)
	}
}

// Nginx serves files, what its configuration says, and both over TLS.
func TestNginx(t *testing.T) {
	w := Nginx(t, `location = /hello { return 200 hi; }`)
	check(t, os.WriteFile(filepath.Join(w.Root, "file"), []byte("of the root"), 0o644))
	ca, err := os.ReadFile(w.CA)
	check(t, err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
	for path, want := range map[string]string{"/hello": "hi", "/file": "of the root", "/none": "404 Not Found"} {
		for _, base := range []string{w.URL, w.TLSURL} {
			response, err := client.Get(base + path)
			check(t, err)
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			if !strings.Contains(string(body), want) {
				t.Errorf("%s%s: %q, %v", base, path, body, err)
			}
		}
	}
}
