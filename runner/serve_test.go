package runner_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// served is a goagi serve of a test.
type served struct {
	cmd     *exec.Cmd
	address string
	log     []string // lines so far
	lines   *bufio.Scanner
}

// until reads the log up to a line with a text in it.
func (s *served) until(t *testing.T, text string) string {
	t.Helper()
	for s.lines.Scan() {
		s.log = append(s.log, s.lines.Text())
		if strings.Contains(s.lines.Text(), text) {
			return s.lines.Text()
		}
	}
	t.Fatalf("the log never said %q:\n%s", text, strings.Join(s.log, "\n"))
	return ""
}

// serve starts a server of a folder with one script.
func serve(t *testing.T, name, script string, flags ...string) *served {
	t.Helper()
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o644))
	s := &served{cmd: exec.Command(testBinary(t), append([]string{"serve", "--listen=127.0.0.1:0", "--scripts=" + dir}, flags...)...)}
	s.cmd.Env = append(os.Environ(), "GOAGI_TEST_MAIN=1")
	stderr, err := s.cmd.StderrPipe()
	check(t, err)
	check(t, s.cmd.Start())
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	s.lines = bufio.NewScanner(stderr)
	var listening struct{ Address string }
	check(t, json.Unmarshal([]byte(s.until(t, `"msg":"listening"`)), &listening))
	s.address = listening.Address
	return s
}

// call places a call by FastAGI, answers all of its commands, and gives them as
// they come, until the session's end.
func (s *served) call(t *testing.T, script string) <-chan string {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	check(t, err)
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "agi_network: yes\nagi_network_script: %s\nagi_request: agi://127.0.0.1/%[1]s\nagi_channel: Local/1\nagi_uniqueid: 1.1\nagi_version: 22.10.1\n\n", script)
	commands := make(chan string, 100)
	go func() {
		defer close(commands)
		defer conn.Close()
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			commands <- lines.Text()
			if token, ok := strings.CutPrefix(lines.Text(), "GET FULL VARIABLE "); ok {
				fmt.Fprintf(conn, "200 result=1 (%s)\n", strings.Trim(token, `"`))
				continue
			}
			fmt.Fprintln(conn, "200 result=1")
		}
	}()
	return commands
}

// A script that is in a loop keeps nobody from ending its server: the second
// signal leaves it its grace time, the third does not.
func TestThirdSignal(t *testing.T) {
	t.Parallel()
	s := serve(t, "busy.lua", `agi.verbose("here") while true do pcall(error) end`, "--grace=3600", "--drain=3600")
	if line := <-s.call(t, "busy.lua"); !strings.HasPrefix(line, "VERBOSE") {
		t.Fatalf("it sent %q", line)
	}
	for _, says := range []string{"may end", "have their grace time", "without their grace time"} {
		check(t, s.cmd.Process.Signal(syscall.SIGTERM))
		s.until(t, says)
	}
	s.until(t, "the server ended")
	_ = s.cmd.Wait()
}

// What the dialplan puts behind the script's name may be a PIN: it is in no line
// of the log, also where there is no such script.
func TestQueryIsNotLogged(t *testing.T) {
	t.Parallel()
	s := serve(t, "here.lua", "")
	for _, script := range []string{"nowhere.lua?pin=s3cr3t", "../nowhere.lua?pin=s3cr3t", "here.lua?pin=s3cr3t"} {
		for range s.call(t, script) {
		}
		s.until(t, `"msg":"call"`)
	}
	check(t, s.cmd.Process.Signal(syscall.SIGTERM))
	s.until(t, "the server ended")
	for _, line := range s.log {
		if strings.Contains(line, "s3cr3t") {
			t.Errorf("the log has it: %s", line)
		}
	}
	_ = s.cmd.Wait()
}

// A server whose --default is no script says so before the first call.
func TestDefaultIsThere(t *testing.T) {
	t.Parallel()
	code, _, stderr := shell(t, nil, "", "serve", "--listen=127.0.0.1:0", "--scripts="+t.TempDir(), "--default=nope.lua")
	if code != 2 || !strings.Contains(stderr, "--default nope.lua: ") {
		t.Errorf("code %d, stderr %q", code, stderr)
	}
}

// Who changes a setting that a reload does not take is told so: whoever was shut
// out that way would not be.
func TestReloadNamesWhatItLeaves(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "goagi.toml")
	check(t, os.WriteFile(config, []byte("allow = [\"127.0.0.0/8\"]\n"), 0o600))
	s := serve(t, "here.lua", "", "--config="+config)
	check(t, os.WriteFile(config, []byte("allow = [\"10.0.0.0/8\"]\nmemory = \"2G\"\ngrace = 5\nami = [\"not@served\"]\n"), 0o600))
	check(t, s.cmd.Process.Signal(syscall.SIGHUP))
	if line := s.until(t, "only after a restart"); !strings.Contains(line, `"settings":"allow, memory"`) {
		t.Errorf("it says %s", line)
	}
	check(t, s.cmd.Process.Signal(syscall.SIGTERM))
	s.until(t, "the server ended")
	_ = s.cmd.Wait()
}

// A call whose dialplan names no script is in the log under the name of the one
// that was run: which that is, the reader of a log cannot know.
func TestDefaultIsLogged(t *testing.T) {
	t.Parallel()
	s := serve(t, "menu.lua", "", "--default=menu.lua")
	for range s.call(t, "") {
	}
	if line := s.until(t, `"msg":"call"`); !strings.Contains(line, `"script":"menu.lua"`) {
		t.Errorf("it says %s", line)
	}
}
