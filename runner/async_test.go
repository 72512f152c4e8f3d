package runner_test

import (
	"bufio"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// manager plays an Asterisk's manager interface, which says yes to everything and
// runs no command. Until it is open each connection is closed at once.
type manager struct {
	listener net.Listener

	refuses bool // the login

	mu     sync.Mutex
	opened bool
	conns  []net.Conn
	marker string // what workers know each other by
}

func newManager(t *testing.T, opened bool) *manager {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	m := &manager{listener: listener, opened: opened}
	var served sync.WaitGroup
	served.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			m.mu.Lock()
			if m.conns = append(m.conns, conn); !m.opened {
				conn.Close()
			}
			m.mu.Unlock()
			served.Go(func() { m.serve(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		m.open(false)
		served.Wait()
	})
	return m
}

// open takes connections from now on, or ends them.
func (m *manager) open(yes bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.opened = yes
	for _, conn := range m.conns {
		if !yes {
			conn.Close()
		}
	}
}

// say sends an event to all connections.
func (m *manager) say(event string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, conn := range m.conns {
		_, _ = io.WriteString(conn, event) // whoever has gone misses it
	}
}

func (m *manager) serve(conn net.Conn) {
	defer conn.Close()
	m.mu.Lock()
	_, _ = io.WriteString(conn, "Asterisk Call Manager/9.0.0\r\n")
	m.mu.Unlock()
	action := make(map[string]string)
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ": "); ok {
			action[name] = value
			continue
		}
		m.mu.Lock()
		_, _ = io.WriteString(conn, strings.ReplaceAll(m.answer(action), "#", action["ActionID"]))
		m.mu.Unlock()
		clear(action)
	}
}

// answer gives the answer to an action, with # in the place of its ActionID. The
// caller holds mu.
func (m *manager) answer(action map[string]string) string {
	const yes = "Response: Success\r\nActionID: #\r\n"
	switch name := action["Action"]; name {
	case "Challenge":
		return yes + "Challenge: 845124\r\n\r\n"
	case "Login":
		if m.refuses {
			return "Response: Error\r\nActionID: #\r\nMessage: Authentication failed\r\n\r\n"
		}
	case "Setvar":
		m.marker = action["Value"]
	case "Getvar":
		return yes + "Value: " + m.marker + "\r\n\r\n"
	case "ListCommands":
		return yes + "AGI: a\r\nSetvar: a\r\nGetvar: a\r\nStatus: a\r\nCoreShowChannels: a\r\nCoreSettings: a\r\n\r\n"
	case "CoreShowChannels", "Status":
		return yes + "EventList: start\r\n\r\nEvent: " + name + "Complete\r\nActionID: #\r\nEventList: Complete\r\n\r\n"
	}
	return yes + "\r\n"
}

// async starts a goagi async that has a script wait.lua, whose calls go on for ever.
func async(t *testing.T, flags ...string) *served {
	t.Helper()
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, "wait.lua"), []byte("agi.answer()"), 0o644))
	s := &served{cmd: exec.Command(testBinary(t), append([]string{"async", "--scripts=" + dir}, flags...)...)}
	s.cmd.Env = append(os.Environ(), "GOAGI_TEST_MAIN=1", "GOAGI_AMI_SECRET=hush")
	stderr, err := s.cmd.StderrPipe()
	check(t, err)
	check(t, s.cmd.Start())
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	})
	s.lines = bufio.NewScanner(stderr)
	return s
}

// freeAddress gives an address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

// page gets a page of the operators' side.
func page(t *testing.T, address, path string) string {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + address + path)
	check(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	check(t, err)
	return fmt.Sprintf("%d %s", resp.StatusCode, body)
}

// Whoever watches a worker learns that it has no Asterisk to take calls from, and
// systemd that it has started.
func TestAsyncIsReadyWithAsterisk(t *testing.T) {
	m, admin := newManager(t, false), freeAddress(t)
	socket := filepath.Join(t.TempDir(), "notify")
	told, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	check(t, err)
	defer told.Close()
	note := func() string {
		b := make([]byte, 100)
		check(t, told.SetReadDeadline(time.Now().Add(100*time.Millisecond))) // what was sent is there
		n, _ := told.Read(b)
		return string(b[:n])
	}
	t.Setenv("NOTIFY_SOCKET", socket)
	s := async(t, "--ami=worker@"+m.listener.Addr().String(), "--admin="+admin)
	gauge := `goagi_asterisk_connected{asterisk="worker@` + m.listener.Addr().String() + `"} `

	s.until(t, "no connection to Asterisk's manager interface")
	if got := page(t, admin, "/readyz"); got != "503 no Asterisk is connected\n" {
		t.Errorf("with no Asterisk: %q", got)
	}
	contains(t, "metrics", page(t, admin, "/metrics"), "# TYPE goagi_asterisk_connected gauge\n"+gauge+"0\n")

	m.open(true)
	s.until(t, `"connected":true`)
	if got := page(t, admin, "/readyz"); got != "200 ok\n" {
		t.Errorf("with Asterisk: %q", got)
	}
	contains(t, "metrics", page(t, admin, "/metrics"), gauge+"1\n")
	if got := note(); got != "READY=1" {
		t.Errorf("systemd was told %q", got)
	}

	m.open(false)
	s.until(t, `"connected":false`)
	if got := page(t, admin, "/readyz"); got != "503 no Asterisk is connected\n" {
		t.Errorf("when Asterisk has gone: %q", got)
	}
	contains(t, "metrics", page(t, admin, "/metrics"), gauge+"0\n")
	m.open(true)
	s.until(t, `"connected":true`)
	if got := note(); got != "" {
		t.Errorf("systemd was told %q again", got)
	}
}

// Who changes a secret or an Asterisk and reloads is told that the worker goes on
// with the old one, and that a wrong setting would keep it from starting again.
func TestAsyncReloadNamesWhatItLeaves(t *testing.T) {
	t.Parallel()
	m, dir := newManager(t, true), t.TempDir()
	config, ca := filepath.Join(dir, "goagi.toml"), filepath.Join(dir, "ca.pem")
	write := func(path, text string) {
		t.Helper()
		check(t, os.WriteFile(path, []byte(text), 0o600))
	}
	write(config, fmt.Sprintf("ami = [\"worker@%s\"]\n", m.listener.Addr()))
	s := async(t, "--config="+config)
	s.until(t, `"connected":true`)
	reload := func() { t.Helper(); check(t, s.cmd.Process.Signal(syscall.SIGHUP)) }

	write(filepath.Join(dir, "secret"), "other")
	authority := httptest.NewTLSServer(nil)
	authority.Close()
	write(ca, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate().Raw})))
	write(config, fmt.Sprintf("ami = [\"worker:s3cr3t@%s\"]\nami-secret-file = %q\nami-tls = true\nami-ca = %q\nami-plain = true\nwaiting = \"release\"\nclaim = \"redis://:s3cr3t@h\"\n",
		m.listener.Addr(), filepath.Join(dir, "secret"), ca))
	reload()
	if line := s.until(t, "only after a restart"); !strings.Contains(line, `"settings":"ami, ami-secret-file, ami-tls, ami-ca, ami-plain, waiting, claim"`) {
		t.Errorf("it says %s", line)
	}

	write(config, "")
	reload()
	if line := s.until(t, "settings are wrong"); !strings.Contains(line, "no Asterisk is named") {
		t.Errorf("it says %s", line)
	}

	write(config, fmt.Sprintf("ami = [\"worker@%s\"]\ngrace = 3\n", m.listener.Addr()))
	reload()
	s.until(t, "settings read anew")
	check(t, s.cmd.Process.Signal(syscall.SIGTERM))
	if line := s.until(t, ""); !strings.Contains(line, "may end") {
		t.Errorf("after a reload that changed nothing of these it says %s", line)
	}
	s.until(t, "the server ended")
	for _, line := range s.log {
		if strings.Contains(line, "s3cr3t") {
			t.Errorf("the log shows a secret: %s", line)
		}
	}
}

// A call that is refused is counted and logged as the pages and the alarms of
// goagi serve have it.
func TestAsyncRefuses(t *testing.T) {
	t.Parallel()
	m, admin := newManager(t, true), freeAddress(t)
	s := async(t, "--ami=worker@"+m.listener.Addr().String(), "--admin="+admin, "--max-calls=1")
	s.until(t, `"connected":true`)
	for _, id := range []string{"1.1", "1.2"} {
		env := fmt.Sprintf("agi_request: async\nagi_channel: Local/%s\nagi_uniqueid: %[1]s\nagi_version: 22.10.1\nagi_arg_1: wait.lua\n\n", id)
		m.say(fmt.Sprintf("Event: AsyncAGIStart\r\nChannel: Local/%s\r\nUniqueid: %[1]s\r\nEnv: %s\r\n\r\n", id, url.PathEscape(env)))
	}
	if line := s.until(t, "a call was refused: too many in progress"); !strings.Contains(line, `"call":"1.`) {
		t.Errorf("it says %s", line)
	}
	contains(t, "metrics", page(t, admin, "/metrics"), `goagi_calls_refused_total{reason="full"} 1`+"\n")
}

// A wrong secret of one Asterisk does not end the calls of the other.
func TestAsyncGoesOnWithoutOne(t *testing.T) {
	t.Parallel()
	good, bad, admin := newManager(t, true), newManager(t, false), freeAddress(t)
	bad.refuses = true
	bad.open(true)
	s := async(t, "--ami=worker@"+bad.listener.Addr().String(), "--ami=worker@"+good.listener.Addr().String(), "--admin="+admin)
	if line := s.until(t, "refuses the login"); !strings.Contains(line, bad.listener.Addr().String()) || !strings.Contains(line, `"again":"1m0s"`) {
		t.Errorf("it says %s", line)
	}
	if !strings.Contains(strings.Join(s.log, "\n"), `"connected":true`) {
		s.until(t, `"connected":true`)
	}
	if got := page(t, admin, "/readyz"); got != "200 ok\n" {
		t.Errorf("with one of two: %q", got)
	}
	check(t, s.cmd.Process.Signal(syscall.SIGTERM))
	s.until(t, "the server ended")
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("stopped: %v", err)
	}

	s = async(t, "--ami=worker@"+bad.listener.Addr().String())
	for s.lines.Scan() {
	}
	if err := s.cmd.Wait(); err == nil || s.cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("with none: %v", err)
	}
}

// A secret that everybody may read is told of where somebody looks: in the log.
func TestAsyncSecretForAll(t *testing.T) {
	t.Parallel()
	m, path := newManager(t, true), filepath.Join(t.TempDir(), "secret")
	for mode, told := range map[os.FileMode]bool{0o644: true, 0o640: false, 0o600: false} {
		check(t, os.WriteFile(path, []byte("hush\n"), 0o600))
		check(t, os.Chmod(path, mode))
		s := async(t, "--ami=worker@"+m.listener.Addr().String(), "--ami-secret-file="+path)
		s.until(t, `"connected":true`)
		if got := strings.Contains(strings.Join(s.log, "\n"), "every user of this machine may read the file of the secret"); got != told {
			t.Errorf("%o: told %v: %s", mode, got, strings.Join(s.log, "\n"))
		}
		check(t, s.cmd.Process.Signal(syscall.SIGTERM))
		s.until(t, "the server ended")
		_ = s.cmd.Wait()
	}
}
