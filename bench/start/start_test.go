package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// build compiles a package of this module into a temporary folder.
func build(t *testing.T, pkg, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	cmd := exec.Command("go", "build", "-o", path, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
	return path
}

func atTestTime(t *testing.T, agiDir string) asterisk {
	t.Helper()
	return asterisk{stderr: os.Stderr.Fd(), env: []string{"PATH=" + os.Getenv("PATH"), "AST_AGI_DIR=" + agiDir}}
}

// TestFloorHoldsTheDialog keeps the floor and this program in step, and shows that every figure is filled in.
func TestFloorHoldsTheDialog(t *testing.T) {
	floor := program{"floor", []string{build(t, "goagi/bench/floor", "floor")}}
	ast := atTestTime(t, "")
	c, err := ast.call(floor, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.commands != len(dialog) {
		t.Errorf("the floor sent %d commands, want %d", c.commands, len(dialog))
	}
	if c.first <= 0 || c.whole < c.first || c.cpu <= 0 {
		t.Errorf("figures out of order: %+v", c)
	}
	rows, err := measure(ast, []program{floor}, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if rows[0].own <= 0 || rows[0].peak < rows[0].own {
		t.Errorf("memory out of order: own %d KiB, peak %d KiB", rows[0].own, rows[0].peak)
	}
}

// TestScriptHoldsTheDialog runs ../call.lua in goagi: a change of its Lua or of its wire must not break the benchmark.
func TestScriptHoldsTheDialog(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile("../call.lua")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "call.lua"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	goagi := program{"goagi", []string{build(t, "goagi", "goagi"), "call.lua"}}
	if _, err := atTestTime(t, dir).call(goagi, nil); err != nil {
		t.Fatal(err)
	}
}

// TestWrongDialogEndsTheRun has programs that must not get a row, each for its own reason.
func TestWrongDialogEndsTheRun(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("these programs are shell scripts, and there is no sh")
	}
	for _, test := range []struct{ name, script, want string }{
		{"wrong command", `echo NOOP; read reply`, `command 1 is "NOOP", want ANSWER`},
		{"prefix of a word", `echo ANSWERED; read reply`, `command 1 is "ANSWERED", want ANSWER`},
		{"ends early", `echo ANSWER; read reply`, "ended after 1 commands of 6"},
		{"exit code", `exit 3`, "its exit code is 3"},
		{"killed", `kill -9 $$`, "it was killed by killed"},
		{"no end of line", `printf ANSWER`, `it left the unfinished line "ANSWER"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := atTestTime(t, "").call(program{"p", []string{sh, "-c", test.script}}, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
	if _, err := atTestTime(t, "").call(program{"p", []string{filepath.Join(t.TempDir(), "absent")}}, nil); err == nil {
		t.Error("a program that does not exist was measured")
	}
}

// TestOver pairs each round with the floor's own: a machine that slows down for one round does not move the ratio.
func TestOver(t *testing.T) {
	got := over([]time.Duration{30, 60, 32}, []time.Duration{20, 40, 20})
	if got != (ratio{1.5, 1.5, 1.6}) {
		t.Errorf("got %v, want 1.50 (1.50 to 1.60)", got)
	}
}

func TestSplit(t *testing.T) {
	got, err := split([]string{"floor", "/f", "--", "goagi", "/a b/goagi", "call.lua"})
	if err != nil {
		t.Fatal(err)
	}
	want := []program{{"floor", []string{"/f"}}, {"goagi", []string{"/a b/goagi", "call.lua"}}}
	if !slices.EqualFunc(got, want, func(a, b program) bool { return a.name == b.name && slices.Equal(a.argv, b.argv) }) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, args := range [][]string{nil, {"floor"}, {"floor", "/f", "--", "goagi"}} {
		if _, err := split(args); err == nil {
			t.Errorf("%q was taken for programs", args)
		}
	}
}
