package luabind

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A pattern or a text of a script's must not end the process, and with it the calls
// of everybody else: a Go stack that overflows does.
func TestNestingEndsNoProcess(t *testing.T) {
	for source, want := range map[string]string{
		`(""):find(("a*"):rep(2e6))`:                                       "pattern too complex",
		`(""):find(("a?"):rep(2e6))`:                                       "",
		`("a"):rep(2e5):find(("a?"):rep(2e5))`:                             "pattern too complex",
		`print(loadstring("return " .. ("{"):rep(3e6) .. ("}"):rep(3e6)))`: "",
		`print(loadstring("return " .. ("("):rep(3e5)))`:                   "",
	} {
		f := newFixture(t)
		_, err := f.run(t, source)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", source, err, want)
		}
	}
}

// Code that a script makes of text means what it would in a file.
func TestLoadedText(t *testing.T) {
	for source, want := range map[string]string{
		`print(loadstring("return 0042")())`: "42",
		`print(loadstring([[
			local fs, n = {}, 0
			for i = 1, 3 do local x = 0 fs[i] = function() x = x + 1 return x end if i < 3 then goto continue end n = 1 ::continue:: fs[i]() end
			return fs[1]() .. fs[2]() .. fs[3]()]])())`: "222",
		`print(loadstring("return string.upper('x')", "mine")())`: "X",
		`print(loadstring("x ="))`:                                "nil\t<string>:1",
		`print(loadstring(("-"):rep(600000)))`:                    "nil\tthe text has over 524288 bytes",
		`local parts = {"return ", "1", " + 1"} print(load(function() return table.remove(parts, 1) end)())`: "2",
		`print(load(function() return {} end))`:             "nil\treader function must return a string",
		`print(load(function() return ("x"):rep(1e5) end))`: "nil\tthe text has over 524288 bytes",
	} {
		f := newFixture(t)
		printed, err := f.run(t, source)
		if err != nil || !strings.HasPrefix(printed, want) {
			t.Errorf("%s: printed %q, %v, want %q", source, printed, err, want)
		}
	}
}

// A script that is to be ended is, in a coroutine too.
func TestHaltEndsCoroutines(t *testing.T) {
	for _, source := range []string{
		`coroutine.wrap(function() while true do pcall(error) end end)()`,
		`coroutine.resume(coroutine.create(function() while true do end end)) while true do end`,
		`coroutine.wrap(function() coroutine.wrap(function() while true do end end)() end)()`,
	} {
		f := newFixture(t)
		var halt atomic.Bool
		f.vm.host.Halt = &halt
		timer := time.AfterFunc(50*time.Millisecond, func() { halt.Store(true) })
		_, err := f.run(t, source)
		timer.Stop()
		if err == nil {
			t.Errorf("%s: it ended by itself", source)
		}
	}
}

// A function that gsub, sort or load calls cannot hand the call over; what it tries
// must break no coroutine of the script.
func TestYieldInCallbacks(t *testing.T) {
	for _, what := range []string{
		`("ab"):gsub(".", function() coroutine.yield() end)`,
		`table.sort({3, 2, 1}, function(a, b) coroutine.yield() return a < b end)`,
		`load(function() coroutine.yield() end)`,
	} {
		f := newFixture(t)
		printed, err := f.run(t, `
			local co = coroutine.create(function() `+what+` end)
			local ok, why = coroutine.resume(co)
			print(ok, why, coroutine.status(co))
			local n = coroutine.wrap(function() for i = 1, 2 do coroutine.yield(i) end end)
			print(n(), n())`)
		if err != nil || !strings.Contains(printed, "must not yield\tdead") || !strings.HasSuffix(printed, "1\t2") {
			t.Errorf("%s: printed %q, %v", what, printed, err)
		}
	}
	f := newFixture(t)
	printed, err := f.run(t, `coroutine.wrap(function()
		local t = {3, 1, 2}
		table.sort(t, function(a, b) return a > b end)
		print(table.concat(t), (("ab"):gsub(".", function(c) return c:upper() end)))
	end)()`)
	if err != nil || printed != "321\tAB" {
		t.Errorf("printed %q, %v", printed, err)
	}
}

// Files that scripts leave open are closed with their calls: a server that has
// no more descriptors takes no calls.
func TestFilesAreClosed(t *testing.T) {
	f := newFixture(t)
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "one\ntwo\n")
	if _, err := f.run(t, `for i = 1, 5 do local f = io.open("`+path+`") f:read() end
		io.lines("`+path+`")() io.tmpfile() local f = io.open("`+path+`") f:close()`); err != nil {
		t.Fatal(err)
	}
	var left []*file
	for f := range f.vm.disks {
		left = append(left, f)
	}
	if len(left) != 7 {
		t.Errorf("it knows of %d open files", len(left))
	}
	f.vm.closeFiles()
	for _, f := range left {
		if _, err := f.disk.Stat(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("one is still open: %v", err)
		}
	}
}

// A file that could not be read once is read again for the next call: what was
// wrong, such as too many open files, may be over.
func TestScriptIsReadAgain(t *testing.T) {
	scripts, dir := scriptsIn(t)
	write(t, filepath.Join(dir, "x.lua"), "return 1")
	var was, none unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	none = was
	none.Cur = 3
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	_, err := scripts.Load("x.lua")
	if e := unix.Setrlimit(unix.RLIMIT_NOFILE, &was); e != nil {
		t.Fatal(e)
	}
	if err == nil {
		t.Skip("this system gives descriptors beyond the limit")
	}
	if _, err := scripts.Load("x.lua"); err != nil {
		t.Errorf("it was not read again: %v", err)
	}
}

// A call flow that bears the name of a module stands in nobody's way; a module of
// the user's own does.
func TestScriptNamedAsModule(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "json.lua"), `local json = require "json" agi.answer()`)
	write(t, filepath.Join(dir, "re.lua"), `return {mine = true}`)
	f := newFixture(t)
	f.vm.host.Modules = []string{dir}
	f.vm.host.Library = func(name string) *Module {
		return &Module{Name: name, Funcs: []Func{{Name: "own", Doc: "x", Call: func(*VM, Args) int { return 0 }}}}
	}
	printed, err := f.run(t, `print(require "json".own ~= nil, require "re".mine)`)
	if err != nil || printed != "true\ttrue" {
		t.Errorf("printed %q, %v", printed, err)
	}
}

// What marks a module that is being loaded is the VM's own: a script can hang
// anything on it.
func TestLoadingMark(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "m.lua"), `
		local mark = package.loaded.m
		local meta = debug.getmetatable(mark)
		if meta then print("state of another call") end
		debug.setmetatable(mark, {__tostring = function() return "mine" end})
		return {}`)
	for range 2 {
		f := newFixture(t)
		f.vm.host.Modules = []string{dir}
		if printed, err := f.run(t, `require "m" require "m"`); err != nil || printed != "" {
			t.Errorf("printed %q, %v", printed, err)
		}
	}
	write(t, filepath.Join(dir, "loop.lua"), `require "loop"`)
	f := newFixture(t)
	f.vm.host.Modules = []string{dir}
	if _, err := f.run(t, `require "loop"`); err == nil || !strings.Contains(err.Error(), "loop or previous error loading module: loop") {
		t.Errorf("a loop: %v", err)
	}
}

// A pipe in a folder of the sandbox keeps no call waiting for who writes to it.
func TestPipeInSandbox(t *testing.T) {
	f, _ := jail(t)
	if err := unix.Mkfifo(filepath.Join(f.vm.Sandbox().Data, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	printed, err := f.run(t, `print(io.open("pipe"))`)
	if err != nil || !strings.Contains(printed, "pipe is no regular file") {
		t.Errorf("printed %q, %v", printed, err)
	}
}

// string.format raises what is no format: its text would be said to the caller.
func TestWrongFormats(t *testing.T) {
	for format, want := range map[string]string{
		"%1000000000d": "invalid format (width or precision too long)", "%.123f": "invalid format (width or precision too long)",
		"%y": "invalid option '%y' to 'format'", "%": "invalid option '%' to 'format'", "%5": "invalid option '%' to 'format'",
		"%99d": "", "%-5.2f|%+d|%05d|%%": "",
	} {
		f := newFixture(t)
		_, err := f.run(t, `string.format("`+format+`", 1, 2, 3)`)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", format, err, want)
		}
	}
}
