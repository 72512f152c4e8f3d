package luabind

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"goagi/agi"
)

func TestOutputGoesToTheConsole(t *testing.T) {
	for source, want := range map[string]string{
		`print("a", 1, nil)`:                                     "a\t1\tnil",
		`print("two\nlines")`:                                    "two|lines",
		`io.write("a", 1) io.write("b\nc")`:                      "a1b|c",
		`io.stdout:write("x\n") io.stdout:flush()`:               "x",
		`io.output():write("y\n")`:                               "y",
		`print("bell\7 and\r\0 zero")`:                           "bell  and   zero",
		`print(io.read(), io.read("*a"), io.stdin:read(5))`:      "nil\t\tnil",
		`for line in io.lines() do print(line) end print("end")`: "end",
		`print(io.stdin:lines()())`:                              "nil",
		`io.write("no end")`:                                     "no end",
		`print(("x"):rep(2000):len())`:                           "2000",
		`print(("x"):rep(2000))`:                                 strings.Repeat("x", maxPrinted-3) + "...",
	} {
		f := newFixture(t)
		if printed, err := f.run(t, source); err != nil || printed != want {
			t.Errorf("%s: printed %q, %v, want %q", source, printed, err, want)
		}
	}
}

func TestFilesStillWork(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	f := newFixture(t)
	printed, err := f.run(t, `
		local f = assert(io.open("`+path+`", "w"))
		f:write("one\n", 2, "\n")
		f:close()
		for line in io.lines("`+path+`") do print(line) end
		io.output("`+path+`") io.write("three\n") io.close()
		io.input("`+path+`") print(io.read())`)
	if err != nil || printed != "one|2|three" {
		t.Errorf("printed %q, %v", printed, err)
	}
}

func TestWhatAScriptSees(t *testing.T) {
	f := newFixture(t)
	printed, err := f.run(t, `
		print(arg[0], arg[1], arg[2], arg[3], #arg)
		print(agi.env.callerid, agi.env.calleridname == "", agi.env.nothing, agi.transport, next(agi.query))
		print(require "agi" == agi, agi.hungup(), rawget(agi, "nothing"), agi[true], ...)
		goto done
		print "not reached"
		::done::`)
	if want := "t.lua\tone\ttwo\tnil\t2|5551234\ttrue\tnil\tprocess\tnil|true\tfalse\tnil\tnil\tone\ttwo"; err != nil || printed != want {
		t.Errorf("printed %q, %v, want %q", printed, err, want)
	}
}

// A library that no name in the script leads to is not opened; each that one
// leads to is.
func TestLibrariesOpenByName(t *testing.T) {
	f := newFixture(t)
	if _, err := f.run(t, `agi.answer()`); err != nil || f.vm.opened != 0 {
		t.Errorf("opened %b, %v", f.vm.opened, err)
	}
	for _, source := range []string{
		`assert(("x"):upper() == "X")`, `assert(string.rep("x", 2) == "xx")`, `assert(table.concat({1, 2}) == "12")`,
		`assert(math.floor(1.5) == 1)`, `assert(os.time() > 0)`, `assert(io.type(1) == nil)`,
		`assert(coroutine.wrap(function() return 5 end)() == 5)`, `assert(debug.traceback())`,
		`assert(_G["str" .. "ing"].len("x") == 1)`, `assert(loadstring("return string.len('x')")() == 1)`,
		`assert(getfenv()["ma" .. "th"].pi > 3)`, `assert(getmetatable("").__index.len("ab") == 2)`,
		`local function deep() return function() return ("%d"):format(7) end end assert(deep()() == "7")`,
		`module("m", package.seeall) assert(string.len("x") == 1)`,
		`assert(require("string").len("x") == 1)`, `assert(package.loaded.table.concat({1, 2}) == "12")`,
	} {
		if _, err := newFixture(t).run(t, source); err != nil {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// A script that names single functions of a library has these; one that may use the
// library in any other way has all of it.
func TestLibrariesOpenInParts(t *testing.T) {
	const count = ` local n = 0 for _ in pairs(%s) do n = n + 1 end print(n)`
	for _, row := range []struct{ source, printed string }{
		{`local up = string.upper print(up("x"), ("y"):rep(2), pcall(function() return string.nothing() end))`,
			"X\tyy\tfalse\tt.lua:1: attempt to call a non-function object"},
		{`local s = string local up = s.upper` + strings.ReplaceAll(count, "%s", "s"), "23"},
		{`local t = string.len and table` + strings.ReplaceAll(count, "%s", "t"), "6"},
		{`local len = ("x"):len() local s = {string}` + strings.ReplaceAll(count, "%s", "s[1]"), "23"},
		{`math.mine = 5 print(math.mine, math.floor(1.5), math["ce" .. "il"](1.5))`, "5\t1\t2"},
		{`os.date = function() return "mine" end print(os.date())`, "mine"},
		{`local function f(s) return s.upper("x") end print(f(string))`, "X"},
		{`string = {upper = 1} print(string.upper, string.lower)`, "1\tnil"},
		{`tostring = nil print(tostring)`, "nil"},
		{`for i, name in ipairs({"rep", "len"}) do print(type(string[name])) end`, "function|function"},
		{`print(getmetatable("").__index == string, 1 + "0042")`, "true\t43"},
		{`debug.setmetatable("", {__index = function() return "mine" end}) print(("x").upper)`, "mine"},
	} {
		printed, err := newFixture(t).run(t, row.source)
		if err != nil || printed != row.printed {
			t.Errorf("%s: printed %q, %v, want %q", row.source, printed, err, row.printed)
		}
	}
	f := newFixture(t)
	if _, err := f.run(t, `assert(string.upper(("x"):rep(2)) == "XX" and type(1) ~= "string")`); err != nil || f.vm.opened&libString != 0 {
		t.Errorf("opened %b, %v", f.vm.opened, err)
	}
}

// What a script does to a function or to the strings' metatable stays in its call.
func TestNothingOfAnotherCall(t *testing.T) {
	for range 2 {
		printed, err := newFixture(t).run(t, `print(x, ("").mine, (""):rep(0).mine, debug.getfenv(ipairs).x)
			x = 1 getmetatable("").__index.mine = 1 debug.setfenv(ipairs, {x = 1}) debug.setupvalue(pairs, 1, 1)
			for _ in pairs({}) do end`)
		if printed != "nil\tnil\tnil\tnil" {
			t.Errorf("printed %q, %v", printed, err)
		}
	}
}

func TestNoForeignGlobals(t *testing.T) {
	f := newFixture(t)
	printed, err := f.run(t, `local names = {} for name in pairs(_G) do names[#names + 1] = name end table.sort(names) print(table.concat(names, " "))`)
	want := "_G _GOPHER_LUA_VERSION _VERSION agi arg assert collectgarbage coroutine debug dofile error getfenv getmetatable io " +
		"ipairs load loadfile loadstring math module newproxy next os package pairs pcall print rawequal rawget rawset require " +
		"select setfenv setmetatable string table tonumber tostring type unpack xpcall"
	if err != nil || printed != want {
		t.Errorf("globals are %q, %v", printed, err)
	}
}

func TestVariablesAndApplications(t *testing.T) {
	f := newFixture(t, "200 result=1 (gold)", "200 result=0", "200 result=1", "200 result=1", "200 result=0", "200 result=0", "200 result=1")
	_, err := f.run(t, `
		assert(agi.var.LEVEL == "gold")
		assert(agi.var["CALLERID(num)"] == nil)
		agi.var.X = "a,b"
		agi.var.Y = nil
		assert(agi.app.Dial("PJSIP/100", 20) == 0)
		agi.app.Set('X="(a,b)"')
		assert(agi.app.Playback("a,b", nil, [[c\"()[] ]]) == 1)`)
	want := []string{"GET VARIABLE|LEVEL", "GET VARIABLE|CALLERID(num)", "SET VARIABLE|X|a,b", "SET VARIABLE|Y|",
		"EXEC|Dial|PJSIP/100,20", `EXEC|Set|X="(a,b)"`, `EXEC|Playback|a\,b,,c\\\"\(\)\[\] `}
	if err != nil || strings.Join(f.sent, "\n") != strings.Join(want, "\n") {
		t.Errorf("sent %q, %v", f.sent, err)
	}
}

// GET VARIABLE cuts a long value; the script gets it whole all the same.
func TestLongVariable(t *testing.T) {
	f := newFixture(t, "200 result=1 ("+strings.Repeat("x", 1023)+")", "200 result=1 ("+strings.Repeat("x", 10000)+")")
	printed, err := f.run(t, `print(#agi.var.LONG)`)
	if err != nil || printed != "10000" || f.sent[1] != "GET FULL VARIABLE|${LONG}" {
		t.Errorf("printed %q, sent %q, %v", printed, f.sent, err)
	}
}

// Digits are decimal wherever Lua makes numbers of them.
func TestDigitsAreDecimal(t *testing.T) {
	for source, want := range map[string]string{
		`print("0042" + 1, 1 + "010", -"012", "07" * "010", "0x10" + 0, "1e2" / 4, " 08 " - 1, "-7" % 3, "2" ^ "03")`: "43\t11\t-12\t70\t16\t25\t7\t2\t8",
		`print(0042, 0, 00, 010.5, 0x1F, tonumber("0042"), tonumber("1e2"), tonumber("z", 36), tonumber("x"))`:        "42\t0\t0\t10.5\t31\t42\t100\t35\tnil",
		`local t = {007, n = 08} print(t[1], t.n, (function(x) return x end)(09))`:                                    "7\t8\t9",
		`print(math.floor("0042"), math.max("010", 9))`:                                                               "42\t10",
		`print(("%d|%s|%5.1f"):format("0042", "0042", "010"))`:                                                        "42|0042| 10.0",
		`print("0042" == "0042", "0042" .. 1, #"0042")`:                                                               "true\t00421\t4",
		`print(pcall(function() return "abc" + 1 end))`:                                                               "false\tt.lua:1: attempt to perform arithmetic on the string \"abc\", which is no number",
		`print(pcall(function() return "1" + {} end))`:                                                                "false\tt.lua:1: attempt to perform arithmetic on a table value",
		`local t = setmetatable({}, {__add = function(a, b) return "mine" end}) print("1" + t, t + "1")`:              "mine\tmine",
	} {
		f := newFixture(t)
		if printed, err := f.run(t, source); err != nil || printed != want {
			t.Errorf("%s: printed %q, %v, want %q", source, printed, err, want)
		}
	}
}

// Strings can be indexed before anything has named the string library.
func TestStringsCanBeIndexed(t *testing.T) {
	f := newFixture(t)
	printed, err := f.run(t, `local s, m = "abc", "up" .. "per" print(s.kind, s[m](s), s:len())`)
	if err != nil || printed != "nil\tABC\t3" {
		t.Errorf("printed %q, %v", printed, err)
	}
}

func TestAnyCommand(t *testing.T) {
	f := newFixture(t, "200 result=1 (a) endpos=7")
	_, err := f.run(t, `local r = agi.command("NEW COMMAND", "a b", 5)
		assert(r.code == 200 and r.result == "1" and r.value == "a" and r.endpos == 7 and r.text == "result=1 (a) endpos=7")`)
	if err != nil || f.sent[0] != "NEW COMMAND|a b|5" {
		t.Errorf("sent %q, %v", f.sent, err)
	}
}

func TestScriptErrors(t *testing.T) {
	for _, row := range []struct {
		what, source string
		file         string
		line         int
		message      string
		source_      string
	}{
		{"a runtime error", "local x\nx.y = 1\n", "t.lua", 2, "attempt to index a non-table object(nil)", "x.y = 1"},
		{"error with a string", "\nerror('my fault')", "t.lua", 2, "my fault", "error('my fault')"},
		{"error without a position", "error('bare', 0)", "t.lua", 1, "bare", "error('bare', 0)"},
		{"error with a table", "error({message = 'own'})", "t.lua", 1, "own", ""},
		{"error with a table that has __tostring", "error(setmetatable({}, {__tostring = function() return 'told' end}))", "t.lua", 1, "told", ""},
		{"error with nothing", "error(nil)", "t.lua", 1, "nil", ""},
		{"an AGI error", "\n\nagi.stream_file()", "t.lua", 3, "agi.stream_file: argument 1", "agi.stream_file()"},
		{"one inside functions", "local function f()\n  error('deep')\nend\nf()", "t.lua", 2, "deep", "  error('deep')"},
		{"a syntax error", "agi.answer()\nif x then\n  y = = 1\nend", "t.lua", 3, "syntax error near '='", "  y = = 1"},
		{"a missing end", "if x then\n  y = 1\n", "t.lua", 3, "missing", ""},
		{"a bad goto", "goto nowhere", "t.lua", 1, "nowhere", "goto nowhere"},
		{"CRLF and a shebang", "#!/usr/bin/goagi\r\nlocal x = 1\r\nerror('third')\r\n", "t.lua", 3, "third", "error('third')"},
		{"a byte order mark", "\xef\xbb\xbferror('x')", "t.lua", 1, "x", ""},
		{"bytecode", "\x1bLua\x51", "t.lua", 0, "compiled Lua", ""},
		{"binary garbage", "\x00\x01\x02", "t.lua", 1, "", ""},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("t.lua", []byte(row.source), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := newFixture(t).run(t, row.source)
			e, ok := errors.AsType[*ScriptError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if e.File != row.file || e.Line != row.line || !strings.Contains(e.Message, row.message) || row.source_ != "" && e.Source != row.source_ {
				t.Errorf("got %+v", e)
			}
			if strings.ContainsAny(e.Error(), "\n\r") {
				t.Errorf("more than one line: %q", e.Error())
			}
		})
	}
}

func TestTraceback(t *testing.T) {
	_, err := newFixture(t).run(t, "local function inner()\n  error('x')\nend\nfunction outer()\n  inner()\nend\nouter()\n")
	e, _ := errors.AsType[*ScriptError](err)
	if e == nil || !strings.Contains(e.Traceback, "t.lua:5:") || !strings.Contains(e.Traceback, "t.lua:7:") || strings.Contains(e.Traceback, "[G]") {
		t.Errorf("traceback is %+v", e)
	}
}

func TestExit(t *testing.T) {
	for source, code := range map[string]int{
		`os.exit()`: 0, `os.exit(3)`: 3, `os.exit(true)`: 0, `os.exit(false)`: 1,
		`pcall(os.exit, 4) print("not reached")`:                           4,
		`while true do pcall(function() os.exit(5) end) end`:               5,
		`coroutine.wrap(function() os.exit(6) end)() print("not reached")`: 6,
	} {
		f := newFixture(t)
		printed, err := f.run(t, source)
		if exit, ok := errors.AsType[Exit](err); !ok || exit.Code != code || printed != "" {
			t.Errorf("%s: %v, printed %q", source, err, printed)
		}
	}
}

// A fault in a binding is ours: it ends the call, and no pcall hides it.
func TestPanicIsNotCaught(t *testing.T) {
	f := newFixture(t)
	f.vm.setGlobal("fault", func(*VM, *lua.LState) int { panic("our fault") })
	printed, err := f.run(t, `pcall(fault) print("not reached")`)
	fault, ok := errors.AsType[*Panic](err)
	if !ok || fault.Value != "our fault" || !strings.Contains(fault.Stack, "vm_test.go") || printed != "" {
		t.Errorf("got %v, printed %q", err, printed)
	}
}

func TestEndlessLoopsEnd(t *testing.T) {
	for _, source := range []string{
		`while true do end`,
		`while true do pcall(error) end`,
		`while true do pcall(function() while true do end end) end`,
		`local function f() return f() end f()`,
		`coroutine.wrap(function() while true do end end)()`,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		f := newFixture(t)
		f.vm.setGlobal("begun", func(*VM, *lua.LState) int { cancel(); return 0 })
		chunk, err := Compile([]byte("begun() "+source), "t.lua")
		if err != nil {
			t.Fatal(err)
		}
		if err := f.vm.Run(ctx, chunk); err == nil {
			t.Errorf("%s ended by itself", source)
		}
	}
}

func TestRunawayRecursionIsAnError(t *testing.T) {
	_, err := newFixture(t).run(t, `local function f() return 1 + f() end f()`)
	if e, ok := errors.AsType[*ScriptError](err); !ok || !strings.Contains(e.Message, "overflow") {
		t.Errorf("got %v", err)
	}
}

func TestRequire(t *testing.T) {
	f := newFixture(t)
	f.vm.host.Library = func(name string) *Module {
		return map[string]*Module{"own": {Name: "own"}, "plain": {Name: "plain"}}[name]
	}
	dir := f.vm.host.Modules[0]
	for name, text := range map[string]string{
		"plain.lua": "return {n = ('x'):rep(3)}", "sub/inner.lua": "return 'inner'", "pack/init.lua": "return ...",
		"broken.lua": "return = 1", "fails.lua": "error('while loading')", "crlf.lua": "#!x\r\nreturn 5\r\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct{ source, want string }{
		{`print(require("plain").n, require("plain") == require("plain"))`, "xxx\ttrue"},
		{`print(type(require("own")), next(require("own")))`, "table\tnil"},
		{`print(require("sub.inner"), require("pack"), require("crlf"))`, "inner\tpack\t5"},
		{`print((select(2, pcall(require, "broken"))))`, "broken.lua:1: "},
		{`print((select(2, pcall(require, "fails"))))`, "fails.lua:1: while loading"},
		{`print((select(2, pcall(require, "missing"))))`, "there is no " + dir + "/missing.lua"},
		{`print((select(2, pcall(require, "../../etc/passwd"))))`, "is no module's name"},
		{`print((select(2, pcall(require, ".hidden"))))`, "is no module's name"},
	} {
		f.sent = nil
		if printed, err := f.run(t, row.source); err != nil || !strings.Contains(printed, row.want) {
			t.Errorf("%s: printed %q, %v", row.source, printed, err)
		}
	}
}

func TestErrorObject(t *testing.T) {
	f := newFixture(t, "200 result=-2")
	printed, err := f.run(t, `local ok, e = pcall(agi.exec, "Nope")
		print(e.kind, e.command, e.code, e.message)`)
	if err != nil || !strings.HasPrefix(printed, "unknown\tEXEC\t200\tEXEC: Asterisk has no application") {
		t.Errorf("printed %q, %v", printed, err)
	}
}

// An error that a script catches and throws on keeps what it is.
func TestErrorThrownOn(t *testing.T) {
	f := newFixture(t, "200 result=0", "511 dead")
	_, err := f.run(t, `agi.answer() local ok, e = pcall(agi.stream_file, "f") error(e)`)
	if !errors.Is(err, agi.ErrHangup) {
		t.Errorf("got %v", err)
	}
}

func TestLogLevels(t *testing.T) {
	f := newFixture(t)
	_, err := f.run(t, `agi.log("debug", "quiet") agi.log("info", "a", 1, nil) agi.log("warn", "w") agi.log("error", "e\n${X}")`)
	want := "EXEC|Log|NOTICE,a 1 nil\nEXEC|Log|WARNING,w\nEXEC|Log|ERROR,e $ {X}"
	if err != nil || strings.Join(f.sent, "\n") != want {
		t.Errorf("sent %q, %v", f.sent, err)
	}
}

// A program that a script starts has neither the dialog nor its input.
func TestExecute(t *testing.T) {
	f := newFixture(t)
	printed, err := f.run(t, `print(os.execute("exit 3"), os.execute("true"), os.execute("read x"), os.execute())`)
	if err != nil || printed != "3\t0\t1\t1" {
		t.Errorf("printed %q, %v", printed, err)
	}
}
