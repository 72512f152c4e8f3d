package e2e

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"goagi/pbx"
)

var (
	// asterisk runs as a test wants it; service has /dev/null for a stderr, as
	// Debian's unit gives it.
	asterisk pbx.Shared
	service  = pbx.Shared{Options: pbx.Options{Null: true}}
)

// callsAtOnce is how many tests run side by side: calls spend their time
// waiting, so more than there are processors.
const callsAtOnce = "10"

func TestMain(m *testing.M) {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		flag.Set("test.parallel", callsAtOnce)
	}
	code := m.Run()
	asterisk.Stop()
	service.Stop()
	if dir := filepath.Dir(built.program); built.program != "" {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// built is the program, built once as install.sh does.
var built struct {
	once    sync.Once
	program string
	err     error
}

func build() (string, error) {
	built.once.Do(func() {
		dir, err := os.MkdirTemp("", "goagi-e2e-")
		if err != nil {
			built.err = err
			return
		}
		built.program = filepath.Join(dir, "goagi")
		cmd := exec.Command("go", "build", "-trimpath", "-o", built.program, "goagi")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("go build: %w: %s", err, out)
		}
	})
	return built.program, built.err
}

// installed gives an Asterisk with the program, and the scripts that we ship, in
// its agi-bin.
func installed(t *testing.T, shared *pbx.Shared) *pbx.Asterisk {
	t.Helper()
	a := shared.Get(t)
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	installing.Lock()
	defer installing.Unlock()
	if !installedIn[a] {
		if err := a.Install(program, "goagi"); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"hello.lua", "pin.lua", "transcribe.lua"} {
			text, err := os.ReadFile(filepath.Join("../../scripts", name))
			if err == nil {
				err = a.Script("scripts/"+name, string(text))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		installedIn[a] = true
	}
	return a
}

var (
	scripts     atomic.Int64
	installing  sync.Mutex // also held while files are written into agi-bin
	installedIn = make(map[*pbx.Asterisk]bool)
)

// script writes a script of its own for the test and gives its name.
func script(t *testing.T, a *pbx.Asterisk, text string) string {
	t.Helper()
	name := fmt.Sprintf("script-%d.lua", scripts.Add(1))
	file(t, a, "scripts/"+name, text)
	return name
}

// file writes a file under agi-bin.
func file(t *testing.T, a *pbx.Asterisk, path, text string) {
	t.Helper()
	installing.Lock()
	defer installing.Unlock()
	if err := a.Script(path, text); err != nil {
		t.Fatal(err)
	}
}

// prelude is Lua that some scripts begin with, one line so that it does not
// change the numbers of the others. show gives values as text; outcome runs a
// function and gives its values, or "raises " and what it raised; hex is for
// values with bytes that no AGI command can carry.
const prelude = `local function show(...) local t = {} for i = 1, select("#", ...) do local v = select(i, ...) ` +
	`t[i] = type(v) == "string" and '"' .. v .. '"' or tostring(v) end return table.concat(t, ", ") end ` +
	`local function outcome(fn) return (function(ok, ...) if ok then return show(...) end local e = ... ` +
	`return "raises " .. tostring(type(e) == "table" and e.kind or e) end)(pcall(fn)) end ` +
	`local function hex(s) return s and (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) or "nil" end `

// call places a call whose dialplan runs a script; %s in a step is its name.
// Without steps the dialplan is AGI(goagi,%s).
func call(t *testing.T, a *pbx.Asterisk, text string, plan pbx.Plan) *pbx.Call {
	t.Helper()
	c, _ := callNamed(t, a, text, plan)
	return c
}

// callNamed is call that also gives the script's name.
func callNamed(t *testing.T, a *pbx.Asterisk, text string, plan pbx.Plan) (*pbx.Call, string) {
	t.Helper()
	name := script(t, a, text)
	if plan.Steps == nil && plan.AtEnd == nil {
		plan.Steps = []string{"AGI(goagi,%s)"}
	}
	for _, steps := range []*[]string{&plan.Steps, &plan.AtEnd} {
		*steps = slices.Clone(*steps)
		for i, step := range *steps {
			(*steps)[i] = strings.ReplaceAll(step, "%s", name)
		}
	}
	c := place(t, a, plan)
	t.Cleanup(func() {
		if t.Failed() {
			explain(t, a, name)
		}
	})
	return c, name
}

func place(t *testing.T, a *pbx.Asterisk, plan pbx.Plan) *pbx.Call {
	t.Helper()
	c, err := a.Place(plan)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

type vars = map[string]string

// check waits for the end of the call and compares variables. A wanted value
// that begins with ~ is a regular expression for the whole value.
func check(t *testing.T, c *pbx.Call, want vars) vars {
	t.Helper()
	got, err := c.Vars(slices.Sorted(maps.Keys(want))...)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range want {
		if pattern, ok := strings.CutPrefix(value, "~"); ok {
			if !regexp.MustCompile("^(?s:" + pattern + ")$").MatchString(got[name]) {
				t.Errorf("%s is %q, want a match of %q", name, got[name], pattern)
			}
		} else if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
	}
	if t.Failed() {
		t.Logf("Asterisk's log since the call began:\n%s", c.Log())
	}
	return got
}

// until waits until the script has set a channel variable to a value. The
// caller's leg does the waiting.
func until(t *testing.T, c *pbx.Call, name, value string) {
	t.Helper()
	ask := "GET FULL VARIABLE " + pbx.Quote("${"+name+"}") + " " + pbx.Quote(c.Channel)
	reply := ""
	for range 200 {
		var err error
		if reply, err = c.Do(ask); err != nil {
			t.Fatal(err)
		}
		if reply == "200 result=1 ("+value+")" {
			return
		}
		do(t, c, "EXEC Wait 0.05")
	}
	t.Fatalf("waiting for %s to be %q: %s\n%s", name, value, reply, c.Log())
}

// do has the caller's leg run an AGI command.
func do(t *testing.T, c *pbx.Call, line string) {
	t.Helper()
	if _, err := c.Do(line); err != nil {
		t.Fatal(err)
	}
}

// listens waits until a script that sets READY just before it waits for the
// caller does wait.
func listens(t *testing.T, c *pbx.Call) {
	t.Helper()
	until(t, c, "READY", "yes")
	do(t, c, "EXEC Wait 0.1") // from the variable to the next command
}

// press has the caller press keys once the script listens.
func press(t *testing.T, c *pbx.Call, keys string) {
	t.Helper()
	until(t, c, "READY", "yes")
	if err := c.Press(keys); err != nil {
		t.Fatal(err)
	}
}

func hangup(t *testing.T, c *pbx.Call) {
	t.Helper()
	if err := c.Hangup(); err != nil {
		t.Fatal(err)
	}
}
