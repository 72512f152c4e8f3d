package e2e

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The specs of the shipped scripts, and one for each word of specs, hold on the
// simulator and on a real Asterisk alike: what a test in milliseconds says is what
// a call would.
func TestSpecsBothWays(t *testing.T) {
	t.Parallel()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range [][]string{{"test"}, {"test", "--asterisk"}} {
		t.Run(strings.Join(way, " "), func(t *testing.T) {
			t.Parallel()
			if len(way) > 1 {
				asterisk.Get(t) // there is one
			}
			ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
			defer cancel()
			out, err := exec.CommandContext(ctx, program, append(way, "../../scripts", "../specs")...).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "all hold") {
				t.Errorf("%v\n%s", err, out)
			}
			if left := strings.Count(string(out), "left out a call"); left > 1 {
				t.Errorf("%d tests were left out, not the one that sets the clock:\n%s", left, out)
			}
		})
	}
}

// A call that does not become what its spec says fails on a real Asterisk as it
// does on the simulator, and shows the same steps; no Asterisk is left behind, nor
// its folder.
func TestSpecFailsOnAsterisk(t *testing.T) {
	t.Parallel()
	a := asterisk.Get(t)
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"wrong.lua": `agi.answer() agi.stream_file("hello-world") agi.say_digits("12")`,
		"wrong_spec.lua": `it("is wrong", function()
			local call = place("wrong.lua")
			call:hears("hello-world")
			call:hears{digits = "13"}
		end)`,
	} {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "test", dir, "--asterisk")
	out, err := cmd.CombinedOutput()
	for _, want := range []string{`the caller heard digits "12", not digits "13"`, "wrong_spec.lua:4", "SAY DIGITS 12", "1 failed"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not say %q: %v\n%s", want, err, out)
		}
	}
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("the exit code is %d", code)
	}
	left, err := os.ReadDir(a.Root + "/tmp")
	for _, entry := range left {
		if strings.HasPrefix(entry.Name(), "pbx-"+strconv.Itoa(cmd.Process.Pid)+"-") {
			t.Errorf("it left %s behind", entry.Name())
		}
	}
	if err != nil {
		t.Error(err)
	}
}
