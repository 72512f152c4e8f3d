package runner_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Specs are run by the program itself, outside of go test, where its bubbles of
// time rest on what package testing promises to nobody.
func TestBubbleOutsideOfTests(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		check(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	write("slow.lua", `agi.answer() agi.var.KEY = agi.wait_for_digit(3600000) or "none"`)
	good := write("slow_spec.lua", `describe("slow.lua", function()
  for hour = 1, 50 do it("waits an hour " .. hour, function() local call = place("slow.lua") call:ends() assert.equal("none", call.var.KEY) end) end
  pending("is quick")
end)`)
	bad := write("bad_spec.lua", "it('fails \"here\"', function()\n  print('so')\n  place('slow.lua'):hears('x')\nend)")
	loud := write("loud_spec.lua", "it('is loud', function() print('hello') end)")
	write("never.lua", "agi.answer()")
	limit := write("limit_spec.lua", "it('is cut', function() place('slow.lua'):ends('timeout') end)")
	broken := write("broken_spec.lua", "it(")
	took := regexp.MustCompile(`in \d+\.\d\d s \(--seed \d+\)`)
	for _, row := range []struct {
		words  []string
		code   int
		stdout string // a part of it
		stderr string // the same
	}{
		{[]string{good}, 0, "pending slow.lua is quick (" + good + ":3)\n51 tests, all hold, 1 pending in TIME\n", ""},
		{[]string{"--seed=7", "--filter=hour 1$", dir}, 1, "1 tests, 1 failed in TIME", ""},
		{[]string{bad}, 1, "FAILED fails \"here\" (" + bad + ":1)\n  " + bad + ":3: the caller heard nothing for 1m0s, and waited for \"x\"; call:waits(seconds) before it has it wait longer\n     3 |   place('slow.lua'):hears('x')\n", ""},
		{[]string{bad}, 1, "     0.0  is answered                       |\n     0.0                                    | WAIT FOR DIGIT 3600000\n\n  it printed:\n    so\n\n1 tests, 1 failed in TIME\n", ""},
		{[]string{"--filter=nosuch", bad}, 1, "no test: --filter matches the names of none of the 1\n", ""},
		{[]string{loud, "--seed", "3"}, 0, "is loud printed:\n    hello\n1 tests, all hold in TIME", ""},
		{[]string{"--max-call-time=5", limit}, 0, "1 tests, all hold", ""},
		{[]string{broken}, 1, "FAILED " + broken + "\n  " + broken + ":1: ", ""},
		{[]string{"--format=junit", good, bad}, 1, `<testsuite name="goagi test" tests="52" failures="1" skipped="1" time=`, ""},
		{[]string{"--coverage=" + dir + "/lcov", good}, 0, "  0.0 %  " + dir + "/never.lua  not run: 1\n100.0 %  " + dir + "/slow.lua\n", ""},
		{[]string{"--format=junit", bad}, 1, `<testcase name="fails &quot;here&quot;" classname="` + bad + `"`, ""},
		{[]string{"--format=xml", good}, 2, "", "use human or junit"},
		{[]string{"--filter=(", good}, 2, "", "--filter: "},
		{[]string{dir + "/none"}, 2, "", "there is no file or folder " + dir + "/none"},
		{[]string{t.TempDir()}, 2, "", "no file named NAME_spec.lua is in "},
		{[]string{"--format=junit", broken}, 1, `<testsuite name="goagi test" tests="1" failures="1" skipped="0" time=`, ""},
		{[]string{"--format=junit", broken, good}, 1, `<testsuite name="goagi test" tests="52" failures="1" skipped="1" time=`, ""},
		{[]string{dir + "/slow.lua"}, 2, "", dir + "/slow.lua is a script, its spec is " + good},
		{[]string{good, dir + "/never.lua"}, 2, "", dir + "/never.lua is no spec: those are named NAME_spec.lua\ngoagi: hint: goagi try --record " + dir + "/never_spec.lua "},
		{[]string{"--coverage", "../scripts"}, 0, "100.0 %  ../scripts/transcribe.lua\n", ""},
	} {
		code, stdout, stderr := shell(t, nil, "", append([]string{"test"}, row.words...)...)
		stdout = took.ReplaceAllString(stdout, "in TIME")
		if code != row.code || !strings.Contains(stdout, row.stdout) || !strings.Contains(stderr, row.stderr) {
			t.Errorf("%v: code %d, stdout %.2000q, stderr %q; want %d, %q, %q", row.words, code, stdout, stderr, row.code, row.stdout, row.stderr)
		}
	}
	if lcov, err := os.ReadFile(dir + "/lcov"); err != nil || !strings.HasSuffix(string(lcov), "SF:"+dir+"/slow.lua\nDA:1,100\nLF:1\nLH:1\nend_of_record\n") {
		t.Errorf("coverage: %q, %v", lcov, err)
	}
}

// A test gives the same in each time zone that a machine may be in.
func TestSpecsZone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zone_spec.lua")
	check(t, os.WriteFile(path, []byte(`it("is UTC", function() at("2026-03-03 10:00") assert.equal("10", os.date("%H")) end)`), 0o644))
	if code, stdout, stderr := shell(t, []string{"TZ=America/New_York"}, "", "test", path); code != 0 {
		t.Error(code, stdout, stderr)
	}
}

// Saving a script runs its specs again; what reads the report finds nothing else on
// stdout.
func TestWatch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script, spec := filepath.Join(dir, "w.lua"), filepath.Join(dir, "w_spec.lua")
	check(t, os.WriteFile(script, []byte(`agi.answer() agi.stream_file("one")`), 0o644))
	check(t, os.WriteFile(spec, []byte(`it("plays two", function() local call = place("w.lua") call:hears("two") call:ends() end)`), 0o644))
	program := exec.Command(testBinary(t), "test", "--watch", "--format=junit", dir)
	program.Env = append(os.Environ(), "GOAGI_TEST_MAIN=1")
	stdout, err := program.StdoutPipe()
	check(t, err)
	stderr, err := program.StderrPipe()
	check(t, err)
	check(t, program.Start())
	lines, says := bufio.NewScanner(stdout), bufio.NewScanner(stderr)
	until := func(lines *bufio.Scanner, part string) {
		t.Helper()
		for lines.Scan() {
			if lines != says && (lines.Text() == "" || strings.Contains(lines.Text(), "waiting")) {
				t.Errorf("%q is in the report", lines.Text())
			}
			if strings.Contains(lines.Text(), part) {
				return
			}
		}
		t.Fatalf("it never said %q", part)
	}
	until(lines, `tests="1" failures="1"`)
	until(lines, "</testsuites>")
	until(says, "waiting for")
	// At once, as editors do: one who looks in between would see two changes.
	check(t, os.WriteFile(script+"~", []byte(`agi.answer() agi.stream_file("two")`), 0o644))
	check(t, os.Rename(script+"~", script))
	until(lines, `tests="1"`)
	if !strings.Contains(lines.Text(), `failures="0"`) {
		t.Errorf("it ran again without a change: %s", lines.Text())
	}
	until(lines, "</testsuites>")
	until(says, "waiting for")
	check(t, program.Process.Signal(os.Interrupt))
	if err := program.Wait(); err != nil {
		t.Error(err)
	}
}
