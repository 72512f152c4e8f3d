package std

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"goagi/luabind"
)

// boxed is a caller whose script has a folder, and nothing else.
func boxed(t *testing.T) (caller, string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("TOPSECRET"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../secret", filepath.Join(dir, "data", "link")); err != nil {
		t.Fatal(err)
	}
	return caller{notEAGI: true, sandbox: &luabind.Sandbox{Name: "strict", Inside: true, Listed: true, Known: true, Data: filepath.Join(dir, "data")}}, dir
}

// Files are written, read, told of and removed, in a sandbox and without one.
func TestFiles(t *testing.T) {
	inside, _ := boxed(t)
	for _, who := range []caller{inside, {notEAGI: true, sandbox: &luabind.Sandbox{Name: "open", Data: t.TempDir()}}} {
		e := place(t, who, `local fs = require "fs"
			assert(fs.write("a.txt", "one\0two")) assert(fs.read("a.txt") == "one\0two")
			assert(fs.write("a.txt", "new")) assert(fs.read("a.txt") == "new")
			assert(fs.write("a.txt", "x", {atomic = false})) assert(fs.read("a.txt") == "x")
			assert(fs.append("a.txt", "y")) assert(fs.append("b.txt", "z")) assert(fs.read("a.txt") == "xy")
			assert(fs.mkdir("d/e")) assert(fs.mkdir("d/e")) assert(fs.copy("a.txt", "d/e/c.txt"))
			local stat = fs.stat("d/e/c.txt") assert(stat.size == 2 and stat.kind == "file" and os.time() >= 0 and stat.time > 1e9)
			assert(fs.stat("d").kind == "folder" and fs.exists("d") and not fs.exists("none"))
			assert(table.concat(fs.list("d/e"), " ") == "c.txt" and #fs.list() >= 3)
			assert(fs.rename("d/e/c.txt", "d/renamed")) assert(fs.read("d/renamed", {max_size = 2}) == "xy")
			local nothing, why = fs.read("d/renamed", {max_size = 1}) assert(nothing == nil and why:find("max_size"), why)
			for _, wrong in ipairs{fs.read, fs.list, fs.stat, fs.remove} do
				local nothing, why = wrong("none") assert(nothing == nil and why:find("no such file"), why)
			end
			local nothing, why = fs.read("d") assert(nothing == nil and why:find("no regular file"), why)
			local nothing, why = fs.write("d", "x") assert(nothing == nil and why:find("is a folder"), why)
			local nothing, why = fs.write("no/where", "x") assert(nothing == nil and why:find("no such file"), why)
			local nothing, why = fs.remove("d") assert(nothing == nil and why:find("not empty"), why)
			assert(fs.remove("d/renamed") and fs.remove("d/e") and fs.remove("d"))
			assert(table.concat(fs.list("."), " "):find("^a.txt b.txt"))`)
		if e.Err != nil {
			t.Errorf("%s: %v", who.sandbox.Name, e.Err)
		}
	}
}

// No function of the module leads out of the folder, whatever a caller made of a
// file's name.
func TestFilesStayInside(t *testing.T) {
	for _, source := range []string{
		`fs.read("../secret")`, `fs.read(TOP .. "/secret")`, `fs.read("link")`, `fs.stat("../secret")`, `fs.stat("link")`,
		`fs.list("..")`, `fs.list("/")`, `fs.write("../out", "x")`, `fs.write("../out", "x", {atomic = false})`,
		`fs.write("link", "x", {atomic = false})`, `fs.append("link", "x")`, `fs.append("../out", "x")`, `fs.copy("link", "in")`,
		`fs.copy("../secret", "in")`, `fs.write("in", "x") fs.copy("in", "../out")`, `fs.mkdir("../out")`, `fs.mkdir("link/out")`,
		`fs.remove("../secret")`, `fs.rename("../secret", "in")`, `fs.write("in", "x") fs.rename("in", "../out")`,
		`fs.exists("../secret")`, `fs.read("")`, `fs.read("a\0/../../secret")`, `fs.read("/proc/self/environ")`,
		`fs.rename("link", "moved") fs.read("moved")`, `fs.mkdir("m") fs.rename("m", "link") fs.list("link/..")`,
	} {
		who, top := boxed(t)
		e := place(t, who, `local fs, TOP = require "fs", "`+top+`" local got, why = `+strings.ReplaceAll(source, ") fs.", ") got, why = fs.")+`
			agi.var.GOT = type(got) == "table" and table.concat(got, " ") or tostring(got)`)
		if strings.Contains(e.vars["GOT"], "SECRET") || strings.Contains(e.vars["GOT"], "secret") || strings.Contains(e.vars["GOT"], "etc") {
			t.Errorf("%s gave %q", source, e.vars["GOT"])
		}
		if _, err := os.Lstat(filepath.Join(top, "out")); err == nil {
			t.Errorf("%s made a file outside", source)
		}
		if text, err := os.ReadFile(filepath.Join(top, "secret")); string(text) != "TOPSECRET" {
			t.Errorf("%s changed the secret: %q, %v", source, text, err)
		}
	}
}

// Misuse, and what the sandbox forbids, are raised.
func TestFilesMisuse(t *testing.T) {
	who, _ := boxed(t)
	for source, want := range map[string]string{
		`fs.read()`:                                          "argument 1 (path) must be a string",
		`fs.read("x", {max_siz = 1})`:                        "did you mean max_size?",
		`fs.write("x", {})`:                                  "argument 2 (text) must be a string",
		`fs.read("/etc/passwd")`:                             "the sandbox strict forbids it",
		`assert(fs.read("link"))`:                            "path escapes",
		`fs.remove("../data2/x")`:                            "the sandbox strict forbids it",
		`require "audio" fs.copy("a")`:                       "argument 2 (to) must be a string",
		`local ok, e = pcall(fs.list, "/") error(e.message)`: "files may be read in " + who.sandbox.Data,
	} {
		e := place(t, who, `local fs = require "fs" `+source)
		e.check(t, map[string]string{"GOAGI_STATUS": "ERROR", "GOAGI_ERROR": "~" + want})
	}
}

// A pipe that nobody reads or writes keeps no call.
func TestFilesThatWait(t *testing.T) {
	who, top := boxed(t)
	if err := syscall.Mkfifo(filepath.Join(top, "data", "fifo"), 0o644); err != nil {
		t.Skip("no named pipe can be made here: ", err)
	}
	e := place(t, who, `local fs = require "fs"
		local a, b, c = fs.read("fifo"), fs.append("fifo", "x"), fs.copy("fifo", "y")
		agi.var.GOT = tostring(a) .. tostring(b) .. tostring(c)`)
	e.check(t, map[string]string{"GOT": "nilnilnil"})
}

// What many calls add to a file at once is all there, line by line, and a file that
// is written anew is never half there.
func TestFilesOfManyCalls(t *testing.T) {
	who, top := boxed(t)
	var calls sync.WaitGroup
	for i := range 10 {
		calls.Go(func() {
			e := placed(t, who, fmt.Sprintf(`local fs, line, whole = require "fs", ("%c"):rep(200) .. "\n", ("%[1]c"):rep(10000)
				for i = 1, 20 do
					assert(fs.append("log", line))
					assert(fs.write("whole", whole))
					local text = assert(fs.read("whole"))
					assert(#text == 10000 and text == text:sub(1, 1):rep(10000))
				end`, 'a'+i))
			if e.Err != nil {
				t.Error(e.Err)
			}
		})
	}
	calls.Wait()
	text, err := os.ReadFile(filepath.Join(top, "data", "log"))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if err != nil || len(lines) != 200 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for _, line := range lines {
		if line != strings.Repeat(line[:1], 200) {
			t.Fatalf("a line is mixed: %q", line)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(top, "data", ".goagi-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The audio module saves inside the folder, too.
func TestAudioStaysInside(t *testing.T) {
	who, top := boxed(t)
	who.notEAGI, who.speaks = false, from(200*ms, 1200*ms)
	e := place(t, who, `local u = audio.listen()
		local ok, e = pcall(u.save, u, "`+top+`/out.wav") agi.var.SAVE = tostring(ok) .. e.message
		local ok, e = pcall(audio.record, "../out.wav") agi.var.RECORD = tostring(ok) .. e.message
		agi.var.LINK = tostring(u:save("link/x.wav"))
		assert(u:save("in.wav"))
		local r = assert(audio.record("rec.wav")) assert(r:stop())`)
	e.check(t, map[string]string{"SAVE": "~falsethe sandbox strict", "RECORD": "~falsethe sandbox strict", "LINK": "nil", "GOAGI_STATUS": "OK"})
	for name, want := range map[string]bool{"out.wav": false, "data/in.wav": true, "data/rec.wav": true} {
		if _, err := os.Stat(filepath.Join(top, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
