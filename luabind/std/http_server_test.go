package std

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"goagi/luabind"
	"goagi/test/servers"
)

// newServer serves on loopback for the length of a test.
func newServer(t *testing.T, handle http.HandlerFunc, encrypted *tls.Config) (server *httptest.Server, accepted *atomic.Int64) {
	t.Helper()
	server, accepted = httptest.NewUnstartedServer(handle), new(atomic.Int64)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			accepted.Add(1)
		}
	}
	if server.TLS = encrypted; encrypted != nil {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server, accepted
}

// certificateOf writes a server's certificate, and gives the file.
func certificateOf(t *testing.T, server *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	check(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	return path
}

// A server's calls share their connections; a call of its own leaves none behind.
func TestHTTPConnectionsAreKept(t *testing.T) {
	server, accepted := newServer(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hi") }, nil)
	shared := new(luabind.Shared)
	script := `assert(require "http".get("` + server.URL + `").text == "hi")`
	for range 20 {
		placed(t, caller{notEAGI: true, shared: shared}, script).check(t, map[string]string{"GOAGI_STATUS": "OK"})
	}
	if n := accepted.Load(); n != 1 {
		t.Errorf("20 calls made %d connections", n)
	}
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			for range 10 {
				placed(t, caller{notEAGI: true, shared: shared}, script).check(t, map[string]string{"GOAGI_STATUS": "OK"})
			}
		})
	}
	calls.Wait()
	if n := accepted.Load(); n > 20 { // a few more than 8: one is not always back when the next is needed
		t.Errorf("100 calls, 8 at a time, made %d connections", n)
	}
	check(t, shared.Close())
	placed(t, caller{notEAGI: true, shared: shared}, `assert(require "http".get("`+server.URL+`"))`).check(t, map[string]string{"GOAGI_ERROR": "~the server has ended"})
}

// A server that is down, whose name nobody knows or whose certificate nobody
// trusts is told as it is.
func TestHTTPServersOfOthers(t *testing.T) {
	plain, _ := newServer(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "plain ", r.URL) }, nil)
	encrypted, _ := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		name := "nobody"
		if len(r.TLS.PeerCertificates) > 0 {
			name = "somebody"
		}
		fmt.Fprint(w, name)
	}, &tls.Config{ClientAuth: tls.RequestClientCert})
	ca := certificateOf(t, encrypted)
	pair := encrypted.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	check(t, err)
	both := filepath.Join(t.TempDir(), "both.pem")
	check(t, os.WriteFile(both, append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...), 0o600))
	down, _ := newServer(t, nil, nil)
	down.Close()

	rows := map[string]string{
		`"` + down.URL + `", {retries = 0}`:                                             ": dial tcp " + down.Listener.Addr().String() + ": connect: connection refused",
		`"http://no-such-host.invalid/", {proxy = "none", retries = 0}`:                 "GET http://no-such-host.invalid/: dial tcp: lookup no-such-host.invalid",
		`"` + encrypted.URL + `", {retries = 0}`:                                        "certificate",
		`"` + encrypted.URL + `", {ca = "` + ca + `"}`:                                  "nobody",
		`"` + encrypted.URL + `", {ca = "` + ca + `", cert = "` + both + `"}`:           "somebody",
		`"` + encrypted.URL + `", {ca = "/dev/null"}`:                                   "option ca: /dev/null is no regular file",
		`"` + encrypted.URL + `", {ca = "http.go"}`:                                     "option ca: the file holds no certificate in PEM",
		`"` + encrypted.URL + `", {cert = "` + ca + `"}`:                                "options cert and key: tls: ",
		`"` + encrypted.URL + `", {cert = "/none"}`:                                     "option cert: open /none: no such file",
		`"http` + strings.TrimPrefix(encrypted.URL, "https") + `"`:                      "400",
		`"https` + strings.TrimPrefix(plain.URL, "http") + `", {retries = 0}`:           "server gave HTTP response to HTTPS client",
		`"http://a.example/x", {proxy = "` + plain.URL + `"}`:                           "plain http://a.example/x",
		`"http://a.example/x", {retries = 0, proxy = "http://u:s3cr3t@127.0.0.1:1"}`:    "GET http://a.example/x: proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused",
		`"https://a.example/x", {retries = 0, proxy = "socks5://u:s3cr3t@127.0.0.1:1"}`: "connection refused",
	}
	script := `local http = require "http"
		local function got(r, why) return r and r.ok and r.text or r and r.status or why end
		`
	names := map[string]string{}
	for row := range rows {
		names[row] = fmt.Sprint("GOT", len(names))
		script += fmt.Sprintf("agi.var.%s = got(http.get(%s))\n", names[row], row)
	}
	e := placed(t, caller{notEAGI: true}, script)
	e.check(t, map[string]string{"GOAGI_STATUS": "OK"})
	for row, want := range rows {
		if got := e.vars[names[row]]; !strings.Contains(got, want) || strings.Contains(got, "s3cr3t") {
			t.Errorf("%s: got %q, want %q", row, got, want)
		}
	}
}

// What goagi speaks, nginx understands: TLS, passwords, packed and large answers,
// uploads, redirects.
func TestHTTPAndNginx(t *testing.T) {
	web := servers.Nginx(t, `
		gzip on; gzip_types text/plain; gzip_min_length 1;
		location = /busy { return 503; }
		location = /moved { return 302 /big.txt; }
		location = /agent { return 200 $http_user_agent; }
		location /up { dav_methods PUT DELETE; client_max_body_size 1m; }
		location /private/ { auth_basic x; auth_basic_user_file users; }`)
	check(t, os.Mkdir(filepath.Join(web.Root, "private"), 0o755))
	check(t, os.WriteFile(filepath.Join(web.Root, "private", "x.txt"), []byte("x"), 0o644))
	check(t, os.WriteFile(filepath.Join(web.Root, "big.txt"), []byte(strings.Repeat("0123456789", 1e6)), 0o644))
	check(t, os.WriteFile(filepath.Join(web.Dir, "users"), []byte("ada:{PLAIN}s3cr3t\n"), 0o644))
	dir := t.TempDir()
	box := &luabind.Sandbox{Name: "standard", Data: dir, Inside: true, Known: true, Hosts: []string{"127.0.0.1"}}
	e := placed(t, caller{notEAGI: true, sandbox: box, config: map[string]map[string]any{"http": {"ca": web.CA}}}, `local http = require "http"
		local plain, tls = "`+web.URL+`", "`+web.TLSURL+`"
		local r = assert(http.get(plain .. "/moved"))
		assert(r.ok and #r.text == 1e7 and r.url == plain .. "/big.txt", r.status)
		assert(http.get(tls .. "/big.txt", {to = "copy"}).ok)
		assert(http.get(tls .. "/agent").text == "goagi")
		assert(http.get(plain .. "/private/x.txt").status == 401)
		assert(http.get(plain .. "/private/x.txt", {auth = {user = "ada", password = "wrong"}}).status == 401)
		assert(http.get(plain .. "/private/x.txt", {auth = {user = "ada", password = "s3cr3t"}}).ok)
		assert(http.get(plain .. "/busy", {retries = 1}).status == 503)
		assert(http.head(plain .. "/big.txt").headers["content-length"] == "10000000")
		assert(http.get(plain .. "/big.txt", {headers = {Range = "bytes=0-3"}}).text == "0123")
		assert(http.post(plain .. "/up", {body = ("x"):rep(2e6)}).status == 413)
		agi.var.HUGE = select(2, http.get(plain .. "/big.txt", {max_size = 9999999}))`)
	e.check(t, map[string]string{"GOAGI_STATUS": "OK", "GOAGI_ERROR": "", "HUGE": "~longer than 9999999 bytes"})
	if info, err := os.Stat(filepath.Join(dir, "copy")); err != nil || info.Size() != 1e7 {
		t.Errorf("the copy: %v, %v", info, err)
	}
	web.Stop()
	e = placed(t, caller{notEAGI: true}, `agi.var.WHY = select(2, require "http".get("`+web.URL+`/", {retries = 1}))`)
	e.check(t, map[string]string{"WHY": "~connection refused (tried 2 times)"})
}
