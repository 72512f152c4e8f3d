package docs_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"goagi/pbx"
)

var asterisk pbx.Shared

func TestMain(m *testing.M) {
	code := m.Run()
	asterisk.Stop()
	os.Exit(code)
}

// build builds the program, as install.sh does.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "goagi")
	cmd := exec.Command("go", "build", "-trimpath", "-o", program, "goagi")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	return program
}

// text is what a program has written.
type text struct {
	mu   sync.Mutex
	all  strings.Builder
	line chan string // its next one, as long as there is room
}

func (w *text) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for lines := bufio.NewScanner(strings.NewReader(string(p))); lines.Scan(); {
		select {
		case w.line <- lines.Text():
		default:
		}
	}
	return w.all.Write(p)
}

func (w *text) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all.String()
}

// start starts a server of the program, which the test stops.
func start(t *testing.T, program string, words ...string) *text {
	t.Helper()
	w := &text{line: make(chan string, 8)}
	ctx, stop := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, program, words...)
	cmd.Stderr, cmd.Cancel = w, func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait()
	})
	return w
}

var listening = regexp.MustCompile(`"msg":"listening","address":"([^"]+)"`)

// Somebody who has a line of a log, and nothing else, finds it on the page: each
// line there is one that Asterisk or goagi has written. … is anything.
func TestTroubleshooting(t *testing.T) {
	shown := make(map[string][]string)
	for _, b := range read(t, "troubleshooting.md").blocks() {
		if b.kind == "log" {
			shown[b.head] = append(shown[b.head], strings.Split(strings.TrimSpace(b.text), "\n")...)
		}
	}
	for head := range shown {
		if symptoms[head] == nil {
			t.Errorf("nobody knows how to meet %q", head)
		}
	}
	a := asterisk.Get(t)
	program := build(t)
	if err := a.Install(program, "goagi"); err != nil {
		t.Fatal(err)
	}
	for head, ways := range symptoms {
		t.Run(head, func(t *testing.T) {
			if len(shown[head]) == 0 {
				t.Fatalf("the page has no line of a log for it")
			}
			var seen []func() string
			for _, way := range ways {
				seen = append(seen, meet(t, a, program, way))
			}
			for _, line := range shown[head] {
				pattern := regexp.MustCompile("(?m)" + strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*") + "$")
				if !soon(func() bool { return pattern.MatchString(gather(seen)) }) {
					t.Errorf("nobody writes %q, but\n%s", line, errorsOf(gather(seen)))
				}
			}
		})
	}
}

func gather(seen []func() string) string {
	var all strings.Builder
	for _, text := range seen {
		all.WriteString(text() + "\n")
	}
	return all.String()
}

// errorsOf leaves out what Asterisk says of a call that goes well.
func errorsOf(log string) string {
	return regexp.MustCompile(`(?m)^\[.*VERBOSE\[.*\n`).ReplaceAllString(log, "")
}

// soon waits for what a thread of its own writes, and nothing tells when.
func soon(holds func() bool) bool {
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); <-time.After(10 * time.Millisecond) {
		if holds() {
			return true
		}
	}
	return holds()
}

// meet brings a symptom about, and gives what can be read of it from then on.
func meet(t *testing.T, a *pbx.Asterisk, program string, s symptom) func() string {
	t.Helper()
	if s.async != nil {
		t.Setenv("GOAGI_AMI_SECRET", "wrong")
		return start(t, program, append([]string{"async", "--scripts=" + t.TempDir()}, strings.Split(strings.ReplaceAll(strings.Join(s.async, "\n"), "MANAGER", a.AMI), "\n")...)...).String
	}
	scripts, url, server := t.TempDir(), "", &text{}
	if s.serve != nil {
		server = start(t, program, append([]string{"serve", "--listen=127.0.0.1:0", "--data=" + scripts, "--scripts=" + scripts}, s.serve...)...)
		for at := []string(nil); at == nil; {
			select {
			case line := <-server.line:
				if at = listening.FindStringSubmatch(line); at != nil {
					url = "agi://" + at[1]
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("goagi serve does not listen: %s", server)
			}
		}
	}
	lua := strings.ReplaceAll(s.lua, "SERVER", url)
	err := os.WriteFile(filepath.Join(scripts, "menu.lua"), []byte(lua), 0o644)
	if err == nil {
		err = a.Script("scripts/menu.lua", lua)
	}
	if err == nil && s.file != "" {
		err = a.Script("door", s.file)
		if s.closed && err == nil {
			err = os.Chmod(filepath.Join(a.Dir, "agi/door"), 0o644)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	plan := pbx.Plan{Steps: s.steps, AtEnd: s.atEnd}
	if s.steps == nil {
		plan.Steps = []string{"AGI(goagi,menu.lua)"}
	}
	plan.Steps = strings.Split(strings.ReplaceAll(strings.Join(plan.Steps, "\n"), "SERVER", url), "\n")
	call, err := a.Place(plan)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(call.Close)
	left, err := call.Vars("AGISTATUS", "GOAGI_STATUS")
	if err != nil {
		t.Fatal(err)
	}
	status := fmt.Sprintf("AGISTATUS=%s GOAGI_STATUS=%s", left["AGISTATUS"], left["GOAGI_STATUS"])
	return func() string { return call.Log() + "\n" + server.String() + "\n" + status }
}
