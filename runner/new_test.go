package runner_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// within runs the program in a folder.
func within(t *testing.T, dir string, words ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testBinary(t), words...)
	cmd.Dir, cmd.Env = dir, []string{"GOAGI_TEST_MAIN=1", "PATH=" + os.Getenv("PATH"), "GORACE=atexit_sleep_ms=0"}
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			t.Fatal(err)
		}
		code = exit.ExitCode()
	}
	return code, out.String(), log.String()
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	check(t, err)
	return string(text)
}

// A new call flow works as it comes: it is called, its spec holds, and its settings are
// settings.
func TestNew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, stdout, stderr := within(t, dir, "new", "night-desk")
	if code != 0 || stderr != "" {
		t.Fatalf("code %d, %s", code, stderr)
	}
	made := filepath.Join(dir, "night-desk")
	contains(t, "what new says", stdout, "cd night-desk\n", "  goagi try night-desk.lua", "goagi test", "goagi --config goagi.toml try night-desk.lua", "AGI(goagi,"+made+"/night-desk.lua,PJSIP/100)")

	code, stdout, stderr = within(t, made, "test", "--coverage")
	if code != 0 {
		t.Errorf("its spec: code %d\n%s%s", code, stdout, stderr)
	}
	contains(t, "its spec", stdout, "6 tests, all hold", "100.0 %  night-desk.lua\n")
	code, stdout, stderr = within(t, made, "try", "--fast", "--keys", "2", "night-desk.lua")
	if code != 0 {
		t.Errorf("its call: code %d\n%s%s", code, stdout, stderr)
	}
	contains(t, "its call", stdout, "vm-intro")
	for _, name := range []string{"night-desk.lua", "night-desk_spec.lua", "goagi.toml", "README.md"} {
		if text := read(t, filepath.Join(made, name)); strings.Contains(text, "NAME") {
			t.Errorf("%s has NAME in it, not the name:\n%s", name, text)
		}
	}

	var settings struct {
		Library []string `json:"workspace.library"`
		Version string   `json:"runtime.version"`
	}
	check(t, json.Unmarshal([]byte(read(t, made+"/.luarc.json")), &settings))
	if len(settings.Library) != 1 || settings.Version == "" {
		t.Fatalf("an editor is told %+v", settings)
	}
	contains(t, "what an editor reads", read(t, filepath.Join(made, settings.Library[0], "agi.lua")), "---@meta agi\n", "function agi.stream_file(")
}

// The settings that stand in the file commented out are some: who takes away the # must
// get no error.
func TestNewSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	within(t, dir, "new", "desk")
	text := read(t, dir+"/desk/goagi.toml")
	on := regexp.MustCompile(`(?m)^# (\[|[\w-]+ = )`).ReplaceAllString(text, "$1")
	if strings.Count(on, "\n[") != 3 {
		t.Fatalf("tables are missing:\n%s", on)
	}
	check(t, os.WriteFile(dir+"/on.toml", []byte(on), 0o644))
	for _, path := range []string{"desk/goagi.toml", "on.toml"} {
		if code, _, stderr := within(t, dir, "--config", path, "version"); code != 0 {
			t.Errorf("%s: code %d, %s", path, code, stderr)
		}
	}
}

// What is there already is never lost.
func TestNewOverwritesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if code, stdout, stderr := within(t, dir, "new", "desk.lua"); code != 0 || strings.Contains(stdout, "README") {
		t.Fatalf("a script alone: code %d, %s%s", code, stdout, stderr)
	}
	if code, stdout, _ := within(t, dir, "test"); code != 0 {
		t.Errorf("its spec: %s", stdout)
	}
	check(t, os.WriteFile(dir+"/desk.lua", []byte("-- mine"), 0o644))
	check(t, os.Mkdir(dir+"/other", 0o755))
	check(t, os.WriteFile(dir+"/other/README.md", []byte("mine"), 0o644))
	for _, row := range []struct{ word, want string }{
		{"desk.lua", "desk.lua is there already"},
		{"other", "README.md is there already"},
		{"a,b", "no name for a call flow"},
		{"-x", "unknown shorthand flag"},
		{"../..", "no name for a call flow"},
		{"desk_spec.lua", "no name for a call flow"},
		{"", "no name for a call flow"},
	} {
		code, _, stderr := within(t, dir, "new", row.word)
		if code != 2 || !strings.Contains(stderr, row.want) {
			t.Errorf("%q: code %d, %s", row.word, code, stderr)
		}
	}
	if code, _, stderr := within(t, dir, "new"); code != 2 || !strings.Contains(stderr, "goagi new NAME") {
		t.Errorf("without a name: code %d, %s", code, stderr)
	}
	if read(t, dir+"/desk.lua") != "-- mine" || read(t, dir+"/other/README.md") != "mine" {
		t.Error("a file was overwritten")
	}
	if left, err := os.ReadDir(dir + "/other"); err != nil || len(left) != 1 {
		t.Errorf("a part of a call flow was left: %v, %v", left, err)
	}
}

// Where the definitions cannot be written nothing is: the next try must not find its own
// files in its way.
func TestNewLeavesNothingHalf(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	check(t, os.Mkdir(dir+"/desk", 0o755))
	check(t, os.Symlink("nowhere", dir+"/desk/.goagi"))
	code, _, stderr := within(t, dir, "new", "desk")
	if left, err := os.ReadDir(dir + "/desk"); code != 2 || !strings.Contains(stderr, ".goagi") || err != nil || len(left) != 1 {
		t.Errorf("code %d, %s; left are %v, %v", code, stderr, left, err)
	}
	check(t, os.Remove(dir+"/desk/.goagi"))
	if code, _, stderr := within(t, dir, "new", "desk"); code != 0 {
		t.Errorf("once more: code %d, %s", code, stderr)
	}
}

// What new says to do next can be done as it stands, wherever the folder is: a shell
// splits words at blanks, and the dialplan arguments at commas.
func TestNewNext(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct{ cd, script string }{
		"plain/desk":       {"cd plain/desk\n", "/plain/desk/desk.lua"},
		"a b/desk":         {"cd 'a b/desk'\n", "desk.lua"},
		"it's/desk":        {`cd 'it'\''s/desk'` + "\n", "desk.lua"},
		"one,two/desk.lua": {"cd one,two\n", "desk.lua"},
		"$HOME/desk":       {"cd '$HOME/desk'\n", "desk.lua"},
	} {
		dir := t.TempDir()
		code, stdout, stderr := within(t, dir, "new", path)
		if code != 0 {
			t.Fatalf("%s: code %d, %s", path, code, stderr)
		}
		if strings.HasPrefix(want.script, "/") {
			want.script = dir + want.script
		}
		contains(t, path, stdout, want.cd, "AGI(goagi,"+want.script+",PJSIP/100)")
		if told := strings.Contains(stdout, "copy the script into scripts"); told == strings.HasPrefix(want.script, "/") {
			t.Errorf("%s: told where to copy it: %v\n%s", path, told, stdout)
		}
		_, line, _ := strings.Cut(stdout, "\n  cd ")
		line, _, _ = strings.Cut(line, "\n")
		cmd := exec.CommandContext(t.Context(), "sh", "-c", "cd "+line+" && test -f desk.lua")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("cd %s: %v, %s", line, err, out)
		}
	}
}

// A script that is named like a module takes its place for all scripts beside it: who
// names one so must hear of it.
func TestNewNamedLikeAModule(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, told := range map[string]bool{"json.lua": true, "text": true, "jsons.lua": false} {
		code, stdout, stderr := within(t, dir, "new", name)
		if code != 0 || strings.Contains(stderr, "is a module of goagi's") != told || told != (stderr != "") {
			t.Errorf("%s: code %d, %s", name, code, stderr)
		}
		if named := strings.Contains(stdout, "--config"); named == strings.HasSuffix(name, ".lua") {
			t.Errorf("%s: goagi.toml is named: %v", name, named)
		}
	}
}

// Definitions are written anew after an update, beside an editor's settings; a file of
// somebody else's stays as it is.
func TestTypes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, stdout, stderr := within(t, dir, "types")
	if code != 0 {
		t.Fatalf("code %d, %s", code, stderr)
	}
	contains(t, "what types says", stdout, ".goagi/types", ".luarc.json")
	contains(t, "an editor's settings", read(t, dir+"/.luarc.json"), `"workspace.library": [".goagi/types"]`)
	contains(t, "the definitions", read(t, dir+"/.goagi/types/http.lua"), "---@meta http\n-- Written by goagi types (goagi v0-test)", "function http.get(url, options) end")

	check(t, os.WriteFile(dir+"/.luarc.json", []byte("{}"), 0o644))
	check(t, os.WriteFile(dir+"/.goagi/types/agi.lua", []byte("---@meta agi\n-- Written by goagi types (goagi v0)\n"), 0o644))
	code, stdout, stderr = within(t, dir, "types")
	if code != 0 {
		t.Errorf("once more: code %d, %s", code, stderr)
	}
	contains(t, "what types says of settings that are there", stdout, `must name .goagi/types`)
	contains(t, "the new definitions", read(t, dir+"/.goagi/types/agi.lua"), "function agi.answer() end")
	if read(t, dir+"/.luarc.json") != "{}" {
		t.Error("the editor's settings were overwritten")
	}

	check(t, os.Mkdir(dir+"/mine", 0o755))
	check(t, os.WriteFile(dir+"/mine/http.lua", []byte("return {}"), 0o644))
	code, _, stderr = within(t, dir, "types", "mine")
	if code != 2 || !strings.Contains(stderr, "mine/http.lua is none of goagi's definitions") || read(t, dir+"/mine/http.lua") != "return {}" {
		t.Errorf("over a file of one's own: code %d, %s", code, stderr)
	}
	check(t, os.Rename(dir+"/mine/http.lua", dir+"/mine/desk.lua"))
	check(t, os.Symlink(".", dir+"/here"))
	for _, words := range [][]string{{"types", "mine"}, {"types", "."}, {"types", dir}, {"types", "mine/.."}, {"types", "here"}} {
		if code, _, stderr = within(t, dir, words...); code != 2 || !strings.Contains(stderr, "in the place of goagi's modules") {
			t.Errorf("%q: code %d, %s", words, code, stderr)
		}
	}
	for _, name := range []string{"/mine/agi.lua", "/agi.lua"} {
		if _, err := os.Stat(dir + name); err == nil {
			t.Errorf("%s was written beside scripts", name)
		}
	}
}

// The manual is there where the script is written: in the terminal.
func TestHelpOfModules(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		words  []string
		code   int
		stdout string // a part of it
		stderr string // the same
	}{
		{[]string{"help"}, 0, "goagi [flags] SCRIPT", ""},
		{[]string{"help", "try"}, 0, "  goagi try [flags] SCRIPT [ARG...]   place a call to the script from this terminal, no Asterisk needed\n\n  --keys KEYS", ""},
		{[]string{"check", "--help"}, 0, "  goagi check [flags] [PATH...]       look for mistakes in the scripts of these files and folders\n\n  --format FORMAT", ""},
		{[]string{"help", "async"}, 0, "GOAGI_AMI ", ""},
		{[]string{"help", "new"}, 0, "goagi new NAME.lua makes the script and its spec only\n\ngoagi help has", ""},
		{[]string{"help", "max-call-time"}, 0, "GOAGI_MAX_CALL_TIME  so long a script may have its call", ""},
		{[]string{"help", "http.timeout"}, 0, "Setting, in the table [http] of the settings file:\n\n    timeout: ", ""},
		{[]string{"help", "GOAGI_GRACE"}, 0, "--grace SECONDS", ""},
		{[]string{"help", "http"}, 0, "local http = require \"http\"\n\nAsks web services", ""},
		{[]string{"help", "agi.get_data"}, 0, "agi.get_data(file: string, timeout_ms?: integer, max_digits?: integer)\n    gives digits: string?, why: \"timeout\"?\n\n  Plays", ""},
		{[]string{"help", "GET", "DATA"}, 0, "agi.get_data(", ""},
		{[]string{"help", "utterance:save"}, 0, "utterance:save(path: string)", ""},
		{[]string{"help", "fs.stat"}, 0, "    kind: \"file\"|\"folder\"|\"other\"\n", ""},
		{[]string{"help", "audio.rate"}, 0, "audio.rate: integer?", ""},
		{[]string{"help", "describe"}, 0, "describe(name: string, fn: fun())", ""},
		{[]string{"help", "asr.transcribe"}, 0, "    phrases: string[]\n", ""},
		{[]string{"help", "agi.get_dta"}, 2, "", "did you mean agi.get_data?"},
		{[]string{"help", "htpp"}, 2, "", "did you mean http?"},
		{[]string{"help", "typs"}, 2, "", "did you mean types?"},
		{[]string{"help", "quantum"}, 2, "", "the modules are agi, asr, audio"},
	} {
		code, stdout, stderr := within(t, t.TempDir(), row.words...)
		if code != row.code || !strings.Contains(stdout, row.stdout) || !strings.Contains(stderr, row.stderr) {
			t.Errorf("%v: code %d, stdout %.400q, stderr %q", row.words, code, stdout, stderr)
		}
	}
}
