package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"goagi/pbx"
)

// serving is a goagi serve with a scripts folder of its own.
type serving struct {
	t       *testing.T
	scripts string
	url     string      // ends with a slash
	address chan string // that it listens on
	process *os.Process
	ended   chan error
	mu      sync.Mutex
	records []map[string]any // of its log
	more    *sync.Cond       // one more record, or the log's end
	over    bool
}

// serve starts goagi serve with these scripts, by their names.
func serve(t *testing.T, scripts map[string]string, flags ...string) *serving {
	t.Helper()
	s := command(t, scripts, append([]string{"serve", "--listen=127.0.0.1:0"}, flags...)...)
	select {
	case at := <-s.address:
		s.url = "agi://" + at + "/"
	case err := <-s.ended:
		t.Fatalf("goagi serve: %v", err)
	}
	return s
}

// command starts a server of the program, by its subcommand and flags.
func command(t *testing.T, scripts map[string]string, words ...string) *serving {
	t.Helper()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	s := &serving{t: t, scripts: t.TempDir(), ended: make(chan error, 1), address: make(chan string, 4)}
	s.more = sync.NewCond(&s.mu)
	for name, text := range scripts {
		s.edit(name, text)
	}
	cmd := exec.Command(program, append(words, "--scripts="+s.scripts)...)
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	s.process = cmd.Process
	go func() {
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			var record map[string]any
			if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
				t.Errorf("a line of the log that is not JSON: %q", lines.Text())
			}
			if record["msg"] == "listening" {
				s.address <- record["address"].(string)
			}
			s.mu.Lock()
			s.records = append(s.records, record)
			s.more.Broadcast()
			s.mu.Unlock()
		}
		s.mu.Lock()
		s.over = true
		s.more.Broadcast()
		s.mu.Unlock()
		_, _ = io.Copy(io.Discard, stderr)
		s.ended <- cmd.Wait()
		close(s.ended)
	}()
	t.Cleanup(func() {
		_ = s.process.Kill()
		<-s.ended
	})
	return s
}

// shows reports whether a text is anywhere in the log.
func (s *serving) shows(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(fmt.Sprint(s.records), text)
}

// edit writes a script, as an editor does: anew under another name, then in its
// place.
func (s *serving) edit(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.scripts, name)
	err := os.WriteFile(path+".new", []byte(prelude+text), 0o644)
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// says waits until the log has a message.
func (s *serving) says(message string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := 0; ; i++ {
		for i == len(s.records) {
			if s.over {
				s.t.Fatalf("the log ended without %q", message)
			}
			s.more.Wait()
		}
		if s.records[i]["msg"] == message {
			return
		}
	}
}

// calls gives the log's lines of calls that have ended.
func (s *serving) calls() (calls []map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, record := range s.records {
		if record["msg"] == "call" {
			calls = append(calls, record)
		}
	}
	return calls
}

// A script is what it is under AGI: with its arguments, the query beside, and
// what the dialplan is told at the end.
func TestServe(t *testing.T) {
	t.Parallel()
	a := asterisk.Get(t)
	s := serve(t, map[string]string{
		"x.lua":   `agi.answer() agi.var.GOT = show(agi.query.x, agi.query.y, agi.transport, unpack(arg)) agi.var.STEP = agi.get_full_variable("in-step")`,
		"bad.lua": `local x = = 1`,
		"die.lua": `agi.answer() error("no luck")`,
	}, "--default=x")
	for name, row := range map[string]struct {
		script string
		want   vars
	}{
		"query and arguments": {"x.lua?x=1&y=a%20b,one,two words", vars{"GOT": `"1", "a b", "fastagi", "one", "two words"`, "STEP": "in-step", "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"}},
		"without .lua":        {"x", vars{"GOT": `nil, nil, "fastagi"`, "AGISTATUS": "SUCCESS"}},
		"by default":          {"", vars{"GOT": `nil, nil, "fastagi"`, "AGISTATUS": "SUCCESS"}},
		"not there":           {"y.lua", vars{"AGISTATUS": "FAILURE", "GOAGI_STATUS": "NOTFOUND", "GOAGI_ERROR": `~.*"y.lua" is not in.*`}},
		"outside":             {"../x.lua", vars{"AGISTATUS": "FAILURE", "GOAGI_STATUS": "NOTFOUND"}},
		"hidden":              {"%2e%2e/%2e%2e/etc/passwd", vars{"AGISTATUS": "FAILURE", "GOAGI_STATUS": "NOTFOUND"}},
		"no Lua":              {"bad.lua", vars{"AGISTATUS": "FAILURE", "GOAGI_STATUS": "ERROR", "GOAGI_ERROR": "~.*bad.lua:1.*"}},
		"an error":            {"die.lua", vars{"AGISTATUS": "FAILURE", "GOAGI_STATUS": "ERROR", "GOAGI_ERROR": "~.*die.lua:1: no luck"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := place(t, a, pbx.Plan{Steps: []string{"AGI(" + s.url + row.script + ")"}})
			check(t, c, row.want)
			if lines := complaints(c.Log(), s.url+row.script); len(lines) > 0 {
				t.Errorf("Asterisk complains: %q", lines)
			}
		})
	}
}

// An edited script is that of the next call; a call in progress goes on with what
// it began with, though the edit broke it.
func TestServeAnEditedScript(t *testing.T) {
	t.Parallel()
	a := asterisk.Get(t)
	const first = `agi.answer() agi.var.READY = "yes" agi.wait_for_digit(20000) agi.var.GOT = "first"`
	s := serve(t, map[string]string{"x.lua": first})
	steps := []string{"AGI(" + s.url + "x.lua)"}
	c := place(t, a, pbx.Plan{Steps: steps})
	until(t, c, "READY", "yes")
	s.edit("x.lua", "this is not Lua")
	check(t, place(t, a, pbx.Plan{Steps: steps}), vars{"AGISTATUS": "FAILURE", "GOAGI_STATUS": "ERROR", "GOAGI_ERROR": "~.*x.lua:1.*"})
	s.edit("x.lua", `agi.var.GOT = "second"`)
	check(t, place(t, a, pbx.Plan{Steps: steps}), vars{"GOT": "second", "AGISTATUS": "SUCCESS"})
	press(t, c, "1")
	check(t, c, vars{"GOT": "first", "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
}

// Two hundred calls at once, of which a third hang up in the middle: each ends as
// it should, and leaves a line in the log.
func TestServeManyCalls(t *testing.T) {
	const many = 200
	a := asterisk.Get(t)
	s := serve(t, map[string]string{"x.lua": `agi.on_hangup(function() agi.var.CLEAN = "yes" end)
		agi.answer() agi.var.READY = "yes" local key = agi.wait_for_digit(60000) agi.var.GOT = show(key)`})
	failed := make(chan error, many)
	var calls sync.WaitGroup
	for i := range many {
		calls.Go(func() { failed <- s.one(a, i%3 == 0) })
	}
	calls.Wait()
	for range many {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	if lines := complaints(a.Log(0), s.url); len(lines) > 0 {
		t.Errorf("Asterisk complains of %d things: %q", len(lines), lines[:min(5, len(lines))])
	}
	if err := s.process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-s.ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
	count := make(map[any]int)
	for _, call := range s.calls() {
		count[call["status"]]++
	}
	if hung := (many + 2) / 3; count["HANGUP"] != hung || count["OK"] != many-hung {
		t.Errorf("the log has %v", count)
	}
}

// one places a call whose caller hangs up, or presses a key, once the script
// waits.
func (s *serving) one(a *pbx.Asterisk, hangsUp bool) error {
	c, err := a.Place(pbx.Plan{Steps: []string{"AGI(" + s.url + "x.lua)"}})
	if err != nil {
		return err
	}
	defer c.Close()
	want := vars{"CLEAN": "", "GOT": `"5"`, "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"}
	if hangsUp {
		want = vars{"CLEAN": "yes", "GOT": "", "AGISTATUS": "HANGUP", "GOAGI_STATUS": "HANGUP"}
		err = c.Pause(50 * time.Millisecond)
		if err == nil {
			err = c.Hangup()
		}
	} else {
		err = c.Press("5")
	}
	if err != nil {
		return err
	}
	got, err := c.Vars("CLEAN", "GOT", "AGISTATUS", "GOAGI_STATUS")
	if err == nil && fmt.Sprint(got) != fmt.Sprint(want) {
		err = fmt.Errorf("got %v, want %v", got, want)
	}
	return err
}

// Ten thousand who connect and say nothing delay nobody.
func TestServeBesideIdleConnections(t *testing.T) {
	a := asterisk.Get(t)
	s := serve(t, map[string]string{"x.lua": `agi.answer() agi.var.GOT = "yes"`})
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	many := int(min(10_000, limit.Cur-1000)) // a machine may allow fewer
	at := strings.TrimSuffix(strings.TrimPrefix(s.url, "agi://"), "/")
	for i := range many {
		conn, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer conn.Close()
	}
	begin := time.Now()
	check(t, place(t, a, pbx.Plan{Steps: []string{"AGI(" + s.url + "x.lua)"}}), vars{"GOT": "yes", "AGISTATUS": "SUCCESS"})
	t.Logf("a call beside %d idle connections took %v", many, time.Since(begin))
}

// A server that is told to stop lets calls go on for a while; then they end as by
// a hangup, and the exit status tells.
func TestServeStops(t *testing.T) {
	t.Parallel()
	a := asterisk.Get(t)
	for name, row := range map[string]struct {
		drain string
		press bool
		code  int
		want  vars
	}{
		"calls end":     {"30", true, 0, vars{"GOT": `"5"`, "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"}},
		"calls are cut": {"0.2", false, 1, vars{"CLEAN": "yes", "GOT": "", "GOAGI_STATUS": "HANGUP"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]string{"x.lua": `agi.on_hangup(function() agi.var.CLEAN = "yes" end)
				agi.answer() agi.var.READY = "yes" agi.var.GOT = show(agi.wait_for_digit(60000))`}, "--drain="+row.drain)
			c := place(t, a, pbx.Plan{Steps: []string{"AGI(" + s.url + "x.lua)"}})
			until(t, c, "READY", "yes")
			if err := s.process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if row.press {
				press(t, c, "5")
			}
			check(t, c, row.want)
			code := 0
			if exit, ok := (<-s.ended).(*exec.ExitError); ok {
				code = exit.ExitCode()
			}
			if code != row.code {
				t.Errorf("it exited with %d", code)
			}
		})
	}
}

// SIGHUP reads the settings anew; where these are wrong, they stay what they were.
func TestServeReloads(t *testing.T) {
	t.Parallel()
	a := asterisk.Get(t)
	config := filepath.Join(t.TempDir(), "goagi.toml")
	set := func(text string) {
		if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	set(`default = "x"`)
	s := serve(t, map[string]string{"x.lua": `agi.var.GOT = "x"`, "y.lua": `agi.var.GOT = "y"`}, "--config="+config)
	for _, row := range []struct{ text, says, want string }{
		{`default = "x"`, "listening", "x"},
		{`default = "y"`, "settings read anew", "y"},
		{`defautl = "x"`, "the settings are wrong, and stay what they were", "y"},
	} {
		set(row.text)
		if row.says != "listening" {
			if err := s.process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
		}
		s.says(row.says)
		check(t, place(t, a, pbx.Plan{Steps: []string{"AGI(" + s.url + ")"}}), vars{"GOT": row.want, "AGISTATUS": "SUCCESS"})
	}
}

// Names that a caller may have put into the URL are not found, and nothing of them
// breaks the log.
func TestServeHostileNames(t *testing.T) {
	t.Parallel()
	a := asterisk.Get(t)
	s := serve(t, map[string]string{"x.lua": ""})
	for _, name := range []string{"menu--x--1---", strings.Repeat("a", 900), "%00", "%ff%fe", "a%0d%0aHANGUP", "//x.lua/..", "x.lua/y", ".", "%2e", "%"} {
		c := place(t, a, pbx.Plan{Steps: []string{"AGI(" + s.url + name + ")"}})
		check(t, c, vars{"AGISTATUS": "FAILURE", "GOAGI_STATUS": "NOTFOUND"})
	}
}
