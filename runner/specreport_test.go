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
	contains(t, "stdout", stdout, `SET VARIABLE X \xc2\x9b31m\xe2\x80\xaegnp\x1b[2J z -> 1`, "ä...\n", `\xc3üü`, `hears "öööööööööö`, `    D    7    \xc2\x9b`, `ended error: `)
}
