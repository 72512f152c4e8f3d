// Package e2e has the tests of the whole program in a real Asterisk: the binary
// in its agi-bin, calls with a caller at the far end, and what the dialplan
// saw. There is no code but the tests'.
package e2e

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"goagi/test/pbx"
)

var (
	// asterisk runs as a test wants it; service has /dev/null for a stderr, as
	// Debian's unit gives it.
	asterisk pbx.Shared
	service  = pbx.Shared{Options: pbx.Options{Null: true}}
)

func TestMain(m *testing.M) {
	code := m.Run()
	asterisk.Stop()
	service.Stop()
	os.Exit(code)
}

// build builds the program once, as install.sh does.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "goagi-e2e-")
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "goagi")
	cmd := exec.Command("go", "build", "-trimpath", "-o", program, "goagi")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return program, nil
})

// installed gives an Asterisk with the program in its agi-bin.
func installed(t *testing.T, shared *pbx.Shared) *pbx.Asterisk {
	t.Helper()
	a := shared.Get(t)
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	installOnce.Lock()
	defer installOnce.Unlock()
	if !installedIn[a] {
		if err := a.Install(program, "goagi"); err != nil {
			t.Fatal(err)
		}
		installedIn[a] = true
	}
	return a
}

var scripts atomic.Int64

var (
	installOnce sync.Mutex
	installedIn = make(map[*pbx.Asterisk]bool)
)

// script writes a script of its own for the test and gives its name.
func script(t *testing.T, a *pbx.Asterisk, text string) string {
	t.Helper()
	name := fmt.Sprintf("script-%d.lua", scripts.Add(1))
	if err := a.Script("scripts/"+name, text); err != nil {
		t.Fatal(err)
	}
	return name
}

// call places a call whose dialplan runs a script; %s in a step is its name.
func call(t *testing.T, a *pbx.Asterisk, text string, plan pbx.Plan) *pbx.Call {
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
	c, err := a.Place(plan)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// check waits for the end of the call and compares variables.
func check(t *testing.T, c *pbx.Call, want map[string]string) {
	t.Helper()
	got, err := c.Vars(slices.Sorted(maps.Keys(want))...)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
	}
	if t.Failed() {
		t.Logf("%s", c.Log())
	}
}

type vars = map[string]string
