package runner_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// What a script does decides the exit code, what stderr says and what the
// dialplan finds.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what, source string
		code         int
		agistatus    string
		status       string   // GOAGI_STATUS
		message      string   // in GOAGI_ERROR, Asterisk's log, and the first line of stderr; "" for a silent stderr
		details      []string // on stderr
	}{
		{"success", `agi.answer() agi.stream_file("hello-world")`, 0, "SUCCESS", "OK", "", nil},
		{"an empty file", ``, 0, "SUCCESS", "OK", "", nil},
		{"only a comment without a newline", `-- nothing`, 0, "SUCCESS", "OK", "", nil},
		{"CRLF and a shebang", "#!/usr/bin/goagi\r\nagi.answer()\r\nagi.var.X = [[a]]\r\n", 0, "SUCCESS", "OK", "", nil},
		{"a shebang and nothing else", "#!/usr/bin/goagi", 0, "SUCCESS", "OK", "", nil},
		{"a byte order mark", "\xef\xbb\xbfagi.answer()", 0, "SUCCESS", "OK", "", nil},
		{"os.exit", `agi.answer() os.exit(0) agi.var.X = "no"`, 0, "SUCCESS", "OK", "", nil},
		{"os.exit under pcall", `while true do pcall(os.exit, 0) end`, 0, "SUCCESS", "OK", "", nil},
		{"os.exit with a code", `os.exit(7)`, 1, "FAILURE", "ERROR", "os.exit(7)", nil},
		{"a script error", "local t\n\nfunction ask() return t.x end\nask()", 1, "FAILURE", "ERROR",
			"BIN/scripts/t.lua:3: attempt to index",
			[]string{"     3 | function ask() return t.x end\n", "stack traceback:\nBIN/scripts/t.lua:3: in function", "BIN/scripts/t.lua:4: in main chunk\n"}},
		{"an error in a script of CRLF", "#!/x\r\nagi.answer()\r\nerror('gone')\r\n", 1, "FAILURE", "ERROR",
			"BIN/scripts/t.lua:3: gone", []string{"     3 | error('gone')\n"}},
		{"a syntax error", "agi.answer()\nif x then\n", 1, "FAILURE", "ERROR",
			"BIN/scripts/t.lua:3: syntax error", []string{"`end`"}},
		{"a syntax error in the middle", "agi.answer()\nx = = 1\nagi.hangup()\n", 1, "FAILURE", "ERROR",
			"BIN/scripts/t.lua:2: syntax error near '='", []string{"     2 | x = = 1\n"}},
		{"a habit of PHP", "agi.answer()\nif arg[1] != nil then end\n", 1, "FAILURE", "ERROR",
			"BIN/scripts/t.lua:2: Invalid token near '!': unequal is ~= in Lua", nil},
		{"binary garbage", "\x00\xff\x01", 1, "FAILURE", "ERROR", "BIN/scripts/t.lua:1: ", nil},
		{"compiled Lua", "\x1bLua\x51\x00", 1, "FAILURE", "ERROR", "goagi runs source", nil},
		{"an error that is a table", `error({})`, 1, "FAILURE", "ERROR", "an error that is a table", nil},
		{"an error that is nil", `error()`, 1, "FAILURE", "ERROR", "", nil},
		{"an error of many lines", `error("one\r\ntwo\ngoagi: error: three")`, 1, "FAILURE", "ERROR", "one  two goagi: error: three", nil},
		{"an error with escapes", `error("a\27[2Jb\7")`, 1, "FAILURE", "ERROR", "a [2Jb", nil},
		{"a long error", `error(("x"):rep(100000))`, 1, "FAILURE", "ERROR", "xxx", nil},
		{"a stack overflow", "local function f() return 1 + f() end\nf()", 1, "FAILURE", "ERROR", "stack overflow", nil},
		{"an error in a coroutine", "coroutine.wrap(function() error('inside') end)()", 1, "FAILURE", "ERROR", "inside", nil},
		{"an error of a module", `require "nosuch.module"`, 1, "FAILURE", "ERROR", "nosuch", nil},
		{"a command with wrong arguments", `agi.say_digits("abc")`, 1, "FAILURE", "ERROR", "t.lua:1: ", nil},
		{"a missing prompt", `agi.stream_file("none")`, 1, "FAILURE", "ERROR", "t.lua:1: STREAM FILE: ", nil},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			a := newAsterisk(t)
			a.call.Sounds = onlyHello
			p := a.run(row.source)
			if p.code != row.code || p.agistatus != row.agistatus || p.vars["GOAGI_STATUS"] != row.status {
				t.Errorf("exit code %d, AGISTATUS %s, %q; stderr:\n%s", p.code, p.agistatus, p.vars, p.stderr)
			}
			if row.status == "OK" {
				if p.stderr != "" || p.vars["GOAGI_ERROR"] != "" {
					t.Errorf("stderr of a success: %q, GOAGI_ERROR %q", p.stderr, p.vars["GOAGI_ERROR"])
				}
				return
			}
			message := strings.ReplaceAll(row.message, "BIN", a.bin)
			first, rest, _ := strings.Cut(p.stderr, "\n")
			if !strings.HasPrefix(first, "goagi: error: ") || !strings.Contains(first, message) {
				t.Errorf("stderr begins %q, want %q", first, message)
			}
			if strings.Contains("\n"+rest, "\ngoagi: error:") || strings.ContainsFunc(p.stderr, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
				t.Errorf("stderr: %q", p.stderr)
			}
			for _, detail := range row.details {
				contains(t, "stderr", p.stderr, strings.ReplaceAll(detail, "BIN", a.bin))
			}
			if n := strings.Count(p.stderr, "\n"); n > 50 {
				t.Errorf("stderr has %d lines: %.300q", n, p.stderr)
			}
			contains(t, "GOAGI_ERROR", p.vars["GOAGI_ERROR"], message)
			contains(t, "what Asterisk logged", p.heard, "log goagi: ", message)
		})
	}
}

// Files that are no script are told apart, and nothing waits for one.
func TestNoScripts(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what, name string
		make       func(t *testing.T, a *asterisk, path string)
		code       int
		wanted     []string
	}{
		{"missing", "nosuch.lua", nil, 3, []string{`script "nosuch.lua" not found`, "BIN/scripts/nosuch.lua", "BIN/nosuch.lua"}},
		{"missing, without .lua", "nosuch", nil, 3, []string{"BIN/scripts/nosuch.lua", "BIN/nosuch.lua"}},
		{"a path through a file", "plain/x.lua", func(_ *testing.T, a *asterisk, _ string) { a.file("scripts/plain", "") }, 3,
			[]string{"BIN/scripts/plain/x.lua"}},
		{"outside", "../x.lua", func(_ *testing.T, a *asterisk, _ string) { a.file("x.lua", "") }, 3, []string{"cannot leave the scripts folder"}},
		{"outside by a detour", "sub/../../x.lua", func(_ *testing.T, a *asterisk, _ string) { a.file("x.lua", "") }, 3,
			[]string{"cannot leave the scripts folder"}},
		{"an empty name", "", nil, 3, []string{`script "" not found`}},
		{"a hostile name", "a\nb\x1b[2J${X}", nil, 3, []string{`not found`}},
		{"a name too long", strings.Repeat("a", 5000), nil, 3, []string{"not found"}},
		{"a folder", "dir", func(t *testing.T, _ *asterisk, path string) { check(t, os.Mkdir(path, 0o755)) }, 1, []string{"dir is a folder, not a script"}},
		{"a FIFO", "fifo", func(t *testing.T, _ *asterisk, path string) { check(t, unix.Mkfifo(path, 0o644)) }, 1, []string{"fifo is no regular file"}},
		{"huge", "huge.lua", func(t *testing.T, a *asterisk, path string) {
			a.file("scripts/huge.lua", "")
			check(t, os.Truncate(path, 512<<10+1))
		}, 1, []string{"huge.lua has 524289 bytes, a script may have 524288"}},
		{"a link to nowhere", "link.lua", func(t *testing.T, _ *asterisk, path string) { check(t, os.Symlink("gone", path)) }, 3, []string{"not found"}},
		{"a link to itself", "loop.lua", func(t *testing.T, _ *asterisk, path string) { check(t, os.Symlink("loop.lua", path)) }, 3, []string{"not found"}},
		{"unreadable", "locked.lua", func(t *testing.T, a *asterisk, path string) {
			if os.Geteuid() == 0 {
				t.Skip("root can read every file")
			}
			a.file("scripts/locked.lua", "")
			check(t, os.Chmod(path, 0))
		}, 1, []string{"permission denied", "goagi: hint: Asterisk's user must be able to read the script"}},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			a := newAsterisk(t)
			if row.make != nil {
				row.make(t, a, filepath.Join(a.bin, "scripts", row.name))
			}
			p := a.agi(row.name, "argument")
			status := map[int]string{1: "ERROR", 3: "NOTFOUND"}[row.code]
			if p.code != row.code || p.agistatus != "FAILURE" || p.vars["GOAGI_STATUS"] != status {
				t.Errorf("exit code %d, AGISTATUS %s, %q", p.code, p.agistatus, p.vars)
			}
			if strings.ContainsAny(strings.TrimSuffix(p.stderr, "\n"), "\x1b\x00") || !strings.HasPrefix(p.stderr, "goagi: error: ") {
				t.Errorf("stderr: %q", p.stderr)
			}
			for _, want := range row.wanted {
				contains(t, "stderr", p.stderr, strings.ReplaceAll(want, "BIN", a.bin))
			}
			contains(t, "what Asterisk logged", p.heard, "log goagi: ")
		})
	}
}

// A script whose first line names goagi is started by Asterisk itself.
func TestShebang(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	a.path = a.file("own.lua", "#!"+testBinary(t)+"\nagi.var.GOT = arg[0] .. '|' .. table.concat(arg, '|')")
	check(t, os.Chmod(a.path, 0o755))
	p := a.agi("one", "two words")
	if want := a.path + "|one|two words"; p.code != 0 || p.vars["GOT"] != want {
		t.Errorf("exit code %d, GOT %q, want %q; %s", p.code, p.vars["GOT"], want, p.stderr)
	}
}

// A call that lasts too long ends as by a hangup, and says so.
func TestTimeLimit(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	p := a.run(`agi.on_hangup(function() agi.var.CLEAN = "yes" end) agi.answer() agi.sleep(60)`, "--max-call-time", "0.05")
	if p.code != 1 || p.vars["GOAGI_STATUS"] != "TIMEOUT" || p.vars["CLEAN"] != "yes" || p.vars["GOAGI_ERROR"] == "" {
		t.Errorf("exit code %d, %q; %s", p.code, p.vars, p.stderr)
	}
}

// Asterisk's end of the dialog stays open while a program that the script
// started runs on; the call is over all the same.
func TestProgramInTheBackground(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	done := filepath.Join(t.TempDir(), "fifo")
	check(t, unix.Mkfifo(done, 0o644))
	p := a.run(`os.execute("(read x < ` + done + `) >/dev/null 2>&1 &") agi.var.X = "went on"`)
	if p.code != 0 || p.vars["X"] != "went on" {
		t.Errorf("exit code %d, %q; %s", p.code, p.vars, p.stderr)
	}
	fifo, err := os.OpenFile(done, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Errorf("the program does not run any more: %v", err)
		return
	}
	fifo.Close()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
