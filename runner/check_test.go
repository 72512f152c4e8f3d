package runner_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Mistakes are said with their place, in the form that whoever reads them takes,
// and the exit code stops a deployment.
func TestCheckCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		check(t, os.MkdirAll(filepath.Dir(path), 0o755))
		check(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	good := write("good.lua", `local names = require "names" agi.answer() agi.stream_file("custom/hello") print(names, shared_by_all())`)
	write("names.lua", `require "deeper" return {}`)
	write("deeper.lua", `function shared_by_all() return 1 end`)
	write("sounds/de/custom/hello.gsm", "x")
	bad := write("bad/bad.lua", "agi.answer()\nagi.strem_file(\"100%: x\")\n")
	doubtful := write("bad/doubtful.lua", "local unused = 1\nagi.stream_file(\"nowhere\")\n")
	write("bad/.git/hidden.lua", "agi.nothing()")
	sounds := "--sounds=" + dir + "/sounds"
	for _, row := range []struct {
		words  []string
		code   int
		stdout string
		stderr string
	}{
		{[]string{sounds, good}, 0, "1 file, nothing found\n", ""},
		{[]string{sounds, strings.TrimSuffix(good, ".lua")}, 0, "1 file, nothing found\n", ""},
		{[]string{bad, sounds}, 1, bad + ":2:5: error: there is no agi.strem_file, did you mean stream_file? [unknown-member]\n     2 | agi.strem_file(\"100%: x\")\n1 file, 1 error, 0 warnings\n", ""},
		{[]string{sounds, doubtful}, 0, doubtful + ":2:18: warning: there is no sound file of the name nowhere [unknown-sound]", ""},
		{[]string{sounds, "--strict", doubtful}, 1, "1 file, 0 errors, 2 warnings\n", ""},
		{[]string{sounds, dir}, 1, "5 files, 1 error, 3 warnings\n", ""},
		{[]string{sounds, "--format=github", bad}, 1, "::error file=" + bad + ",line=2,col=5,title=unknown-member::there is no agi.strem_file, did you mean stream_file?\n", ""},
		{[]string{sounds, "--format=json", good}, 0, "[]\n", ""},
		{[]string{"--format=xml", good}, 2, "", "use human, json or github"},
		{[]string{dir + "/none"}, 2, "", "there is no file or folder " + dir + "/none"},
		{[]string{t.TempDir()}, 2, "", "no file named NAME.lua"},
		{[]string{"--sounds=" + dir + "/none", good}, 2, "", "there is no such folder"},
	} {
		code, stdout, stderr := shell(t, nil, "", append([]string{"check"}, row.words...)...)
		if code != row.code || !strings.Contains(stdout, row.stdout) || !strings.Contains(stderr, row.stderr) {
			t.Errorf("%v: code %d, stdout %q, stderr %q; want %d, %q, %q", row.words, code, stdout, stderr, row.code, row.stdout, row.stderr)
		}
	}
	_, stdout, _ := shell(t, nil, "", "check", sounds, "--format=json", bad)
	var findings []struct {
		File, Level, ID, Text, Source string
		Line, Column                  int
	}
	check(t, json.Unmarshal([]byte(stdout), &findings))
	if len(findings) != 1 || findings[0].File != bad || findings[0].Line != 2 || findings[0].ID != "unknown-member" || findings[0].Level != "error" {
		t.Errorf("%+v", findings)
	}
}

// What lies about among scripts, as editors' locks and pipes do, keeps nobody from the
// findings of the others; neither does a file that cannot be read, which is one. Folders
// that a deployment links to are entered.
func TestCheckedFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	check(t, os.MkdirAll(dir+"/release/more", 0o755))
	check(t, os.WriteFile(dir+"/release/bad.lua", []byte("agi.answre()"), 0o644))
	check(t, os.WriteFile(dir+"/release/good_spec.lua", []byte(`it("does", function() end)`), 0o644))
	check(t, os.WriteFile(dir+"/release/._good_spec.lua", []byte("\x00\x05\x16\x07"), 0o644))
	check(t, os.Symlink("me@host.1:2", dir+"/release/.#bad.lua"))
	check(t, os.Symlink("more", dir+"/release/folder.lua"))
	check(t, syscall.Mkfifo(dir+"/release/pipe.lua", 0o644))
	check(t, os.Symlink("release", dir+"/scripts"))
	code, stdout, stderr := shell(t, nil, "", "check", dir+"/scripts")
	if code != 1 || !strings.Contains(stdout, dir+"/scripts/bad.lua:1:5: error") || !strings.Contains(stdout, "2 files, 1 error, 0 warnings\n") {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if code, stdout, stderr = shell(t, nil, "", "test", dir+"/scripts"); code != 0 {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if code, _, stderr = shell(t, nil, "", "check", dir+"/release/pipe.lua"); code != 2 || !strings.Contains(stderr, "pipe.lua is neither a file nor a folder") {
		t.Errorf("a pipe that nobody writes to: code %d, stderr %q", code, stderr)
	}
	check(t, os.Symlink("nowhere", dir+"/release/gone.lua"))
	code, stdout, stderr = shell(t, nil, "", "check", dir+"/scripts")
	if code != 1 || !strings.Contains(stdout, "gone.lua:1: error: it cannot be read: no such file or directory [unreadable]\n3 files, 2 errors") {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}
