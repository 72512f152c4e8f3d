package runner_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// files writes files into a new folder, by their names.
func files(t *testing.T, texts map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range texts {
		path := filepath.Join(dir, name)
		check(t, os.MkdirAll(filepath.Dir(path), 0o755))
		check(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return dir
}

// What a script says or prints does nothing to the terminal of who runs its tests,
// and no character is cut in two.
func TestLadderIsText(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{
		"odd.lua": `agi.answer() agi.var.X = "\194\155" .. "31m\226\128\174gnp\027[2J\tz" agi.var.Y = ("ä"):rep(150) agi.var.Z = "\195" .. ("ü"):rep(80)
agi.stream_file(("ö"):rep(60)) error("\194\155m")`,
		"odd_spec.lua": `it("fails", function() print("D", 7, "\194\155") local call = place("odd.lua") call:ends("ok") end)`,
	})
	code, stdout, _ := shell(t, nil, "", "test", dir)
	if code != 1 || strings.ContainsAny(stdout, "\u009b\u202e\x1b\t") || !utf8.ValidString(stdout) {
		t.Errorf("exit code %d, %q", code, stdout)
	}
	contains(t, "stdout", stdout, `SET VARIABLE X \xc2\x9b31m\xe2\x80\xaegnp\x1b[2J z -> 1`, "ä...\n", `\xc3üü`, `hears "öööööööööö`, "    D    7", `ended error: `)
}

// A script is one line of the coverage, however its path is written, and one that
// does not compile is not passed over: nobody has tested it.
func TestCoverageOfEachScript(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{
		"flows/a.lua":         "agi.answer()\nagi.stream_file('a')",
		"flows/own.lua":       "agi.answer()",
		"flows/a_spec.lua":    `it("one", function() place("a.lua"):ends() end) it("two", function() place("link.lua"):ends() end) it("three", function() place("../flows/a.lua"):ends() end)`,
		"flows/broken.lua":    "agi.answer(",
		"calls/call_spec.lua": `it("four", function() place("a.lua"):ends() end)`,
	})
	check(t, os.Symlink("a.lua", filepath.Join(dir, "flows", "link.lua")))
	real, err := filepath.EvalSymlinks(dir)
	check(t, err)
	from, err := filepath.Rel(workingFolder(t), dir)
	check(t, err)
	lcov := filepath.Join(dir, "lcov")
	for _, folder := range []string{dir, from} {
		code, stdout, stderr := shell(t, nil, "", "test", "--coverage="+lcov, "--scripts="+filepath.Join(dir, "flows"), "--config=", "--", folder, filepath.Join(folder, "calls"))
		if code != 0 {
			t.Errorf("exit code %d, %s%s", code, stdout, stderr)
		}
		_, table, _ := strings.Cut(stdout, ")\n")
		table = strings.ReplaceAll(table, filepath.Join(from, "flows"), "FLOWS")
		table = strings.ReplaceAll(table, filepath.Join(dir, "flows"), "FLOWS")
		table = strings.ReplaceAll(table, filepath.Join(real, "flows"), "FLOWS")
		if want := "100.0 %  FLOWS/a.lua\n  0.0 %  FLOWS/broken.lua  does not compile: FLOWS/broken.lua:1: "; !strings.HasPrefix(table, want) || strings.Count(table, "\n") != 3 ||
			!strings.HasSuffix(table, "\n  0.0 %  FLOWS/own.lua  not run: 1\n") {
			t.Errorf("%s:\n%s", folder, table)
		}
		text, err := os.ReadFile(lcov)
		check(t, err)
		if strings.Count(string(text), "SF:") != 2 || !strings.Contains(string(text), "a.lua\nDA:1,4\nDA:2,4\n") {
			t.Errorf("%s: lcov:\n%s", folder, text)
		}
	}
}

func workingFolder(t *testing.T) string {
	t.Helper()
	here, err := os.Getwd()
	check(t, err)
	return here
}

// A script that does not compile fails each of its tests: what is wrong is told once.
// What else a test finds is told all the same.
func TestSameFaultIsToldOnce(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{
		"bad.lua": "agi.answer()\nagi.stream_file('x'\nagi.hangup()\n",
		"bad_spec.lua": `for n = 1, 20 do it("hears " .. n, function() place("bad.lua"):hears("x") end) end
for n = 1, 20 do it("ends " .. n, function() if n == 7 then print("seven") end place("bad.lua"):ends("ok") end) end
it("expects that", function() local call = place("bad.lua") call:ends("error") assert.equal("1", call.var.A) end)`,
	})
	code, stdout, _ := shell(t, nil, "", "test", dir)
	if code != 1 || strings.Count(stdout, "FAILED ") != 41 || strings.Count(stdout, "GOAGI_ERROR") != 2 ||
		strings.Count(stdout, ": again "+dir+"/bad.lua:2: syntax error: is the `)` of the `(` missing?\n") != 39 {
		t.Errorf("exit code %d, %s", code, stdout)
	}
	contains(t, "stdout", stdout, "expected \"1\"", "  it printed:\n    seven\n", "41 tests, 41 failed in")
}
