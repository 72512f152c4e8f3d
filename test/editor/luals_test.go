package editor

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"goagi/manual"
)

// luals is the language server, or the test ends here.
func luals(t *testing.T) string {
	t.Helper()
	program := os.Getenv("GOAGI_TEST_LUALS")
	if program == "" {
		t.Skip("GOAGI_TEST_LUALS names no lua-language-server")
	}
	return program
}

// folder makes a folder as goagi new does, with the scripts of another in it.
func folder(t *testing.T, from string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range manual.Definitions("test") {
		write(".goagi/types/"+file.Name, file.Text)
	}
	write(".luarc.json", manual.Settings(".goagi/types"))
	paths, err := filepath.Glob(filepath.Join(from, "*.lua"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		write(filepath.Base(path), string(text))
	}
	return dir
}

// findings are the codes that the server gives the lines of a folder's scripts, as in
// "function.lua:1 undefined-field".
func findings(t *testing.T, dir string) (found []string) {
	t.Helper()
	logs := t.TempDir()
	out, err := exec.CommandContext(t.Context(), luals(t), "--check="+dir, "--checklevel=Warning", "--logpath="+logs).CombinedOutput()
	t.Logf("%v: %s", err, out)
	text, err := os.ReadFile(filepath.Join(logs, "check.json"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var results map[string][]struct {
		Code    string
		Message string
		Range   struct{ Start struct{ Line int } }
	}
	if err := json.Unmarshal(text, &results); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for uri, list := range results {
		for _, one := range list {
			found = append(found, filepath.Base(uri)+" "+one.Code)
			t.Log(uri, one.Range.Start.Line+1, one.Code, one.Message)
		}
	}
	slices.Sort(found)
	return found
}

// The scripts that goagi ships are right, and an editor must not say otherwise.
func TestShippedScripts(t *testing.T) {
	if found := findings(t, folder(t, "../../scripts")); len(found) > 0 {
		t.Errorf("the server finds %q", found)
	}
}

// Each script of the folder wrong has the mistake that stands in it.
func TestWrongScripts(t *testing.T) {
	paths, err := filepath.Glob("wrong/*.lua")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	var want []string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`--> ([\w-]+)`).FindAllStringSubmatch(string(text), -1) {
			want = append(want, filepath.Base(path)+" "+m[1])
		}
	}
	slices.Sort(want)
	if found := findings(t, folder(t, "wrong")); !slices.Equal(found, want) {
		t.Errorf("the server finds %q, want %q", found, want)
	}
}

// A script can be written by what the server offers.
func TestCompletion(t *testing.T) {
	program := luals(t)
	dir := folder(t, "../../scripts")
	s := start(t, dir, program)
	for i, row := range []struct{ text, want string }{
		{"agi.", "stream_file"},
		{"agi.env.", "callerid"},
		{"local http = require \"http\"\nhttp.", "get"},
		{"local http = require \"http\"\nhttp.get(\"https://a.example\", {", "timeout"},
		{"local call = place(\"a.lua\")\ncall:", "hears"},
	} {
		offered := s.complete("file://"+dir+"/new"+string(rune('a'+i))+".lua", "lua", row.text)
		if !slices.ContainsFunc(offered, func(label string) bool { return strings.HasPrefix(label, row.want) }) {
			t.Errorf("for %q the server offers %q, not %s", row.text, offered, row.want)
		}
	}
}
