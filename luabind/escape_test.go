package luabind

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// jail is a call whose script may use nothing, with a secret file beside its
// folder and another in the environment.
func jail(t *testing.T) (f *fixture, top string) {
	t.Helper()
	top = t.TempDir()
	for _, dir := range []string{"data", "scripts", "out"} {
		if err := os.Mkdir(filepath.Join(top, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"secret": "TOPSECRET", "secret.lua": "return 'TOPSECRET'", "data/mine": "mine", "data/mine.lua": "return 'mine'",
		"scripts/lib.lua": "return 'lib'",
	} {
		if err := os.WriteFile(filepath.Join(top, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"link": "../secret", "link.lua": "../secret.lua", "up": "..", "new": "../out/new"} {
		if err := os.Symlink(target, filepath.Join(top, "data", name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOAGI_TEST_SECRET", "TOPSECRET")
	f = newFixture(t)
	f.vm.host.Modules = []string{filepath.Join(top, "scripts")}
	f.vm.host.Sandbox = &Sandbox{
		Name: "strict", Inside: true, Listed: true, Known: true,
		Data: filepath.Join(top, "data"), Scripts: []string{filepath.Join(top, "scripts")},
	}
	return f, top
}

// None of these ways leads a script out of its folders, to a program, or to the
// environment. Each is a line that its author hopes to print the secret by, or to
// make a file outside.
func TestEscapes(t *testing.T) {
	for _, source := range []string{
		// files, by each function that opens one
		`print(io.open(TOP .. "/secret"):read("*a"))`,
		`print(io.open("../secret"):read("*a"))`,
		`print(io.open("link"):read("*a"))`,
		`print(io.open("up/secret"):read("*a"))`,
		`print(io.open("./data/../../secret"):read("*a"))`,
		`print(io.open("mine\0/../../secret"):read("*a"))`,
		`print(io.open("/proc/self/root" .. TOP .. "/secret"):read("*a"))`,
		`print(io.open("/proc/self/environ"):read("*a"))`,
		`print(io.open("/proc/self/cwd/../secret"):read("*a"))`,
		`for line in io.lines(TOP .. "/secret") do print(line) end`,
		`for line in io.lines("link") do print(line) end`,
		`io.input("link") print(io.read("*a"))`,
		`io.input(TOP .. "/secret") print(io.read("*a"))`,
		`io.open("../out/made", "w"):write("x")`,
		`io.open("new", "w"):write("x")`,
		`io.open("up/out/made", "a"):write("x")`,
		`io.output(TOP .. "/out/made") io.write("x")`,
		`io.open(TOP .. "/scripts/made.lua", "w"):write("x")`,
		`print(dofile(TOP .. "/secret.lua"))`,
		`print(dofile("link.lua"))`,
		`print(assert(loadfile("../secret.lua"))())`,
		`print(assert(loadfile("link.lua"))())`,
		`assert(os.rename("mine", "../out/mine"))`,
		`assert(os.rename("../secret", "mine")) print(io.open("mine"):read("*a"))`,
		`assert(os.rename("up/secret", "mine2")) print(io.open("mine2"):read("*a"))`,
		`assert(os.remove("../secret"))`,
		`assert(os.remove("up/secret"))`,
		`assert(os.remove(TOP .. "/secret"))`,
		`io.open(os.tmpname(), "w"):write("x") assert(os.rename(os.tmpname(), "../out/made"))`,
		// modules
		`package.path = TOP .. "/?.lua" print(require "secret")`,
		`package.path = "link.lua" print(require "x")`,
		`package.path = "../?.lua" print(require "secret")`,
		`print(require "../secret")`,
		`for _, load in ipairs(package.loaders) do pcall(function() print(load("secret")()) end) end`,
		`package.cpath = "/lib/?.so" assert(package.loadlib("libc.so.6", "system"))`,
		`assert(package.loadlib("/lib/x86_64-linux-gnu/libc.so.6", "*"))`,
		// programs
		`assert(os.execute("touch " .. TOP .. "/out/made") == 0)`,
		`assert(io.popen("touch " .. TOP .. "/out/made")):close()`,
		`assert(io.popen("cat > " .. TOP .. "/out/made", "w")):write("x")`,
		`assert(os.execute() ~= 0)`,
		// the environment
		`print(os.getenv("GOAGI_TEST_SECRET"))`,
		`assert(os.setenv("PATH", "/evil"))`,
		// code that Lua compiles
		`print(assert(loadstring("return io.open('../secret'):read('*a')"))())`,
		`print(assert(load(function() return nil end)) and assert(loadstring("\27Lua\81\0"))())`,
		`print(assert(loadstring(string.dump(function() end)))())`,
		// what an error handler finds in what is running: functions that mine stand before
		handler(`io.lines(nil, 1) io.lines({})`),
		handler(`io.open({})`),
		handler(`io.open("mine", "nonsense")`),
		handler(`io.open("../secret")`),
		handler(`io.input("../secret")`),
		handler(`io.popen("x", "nonsense")`),
		handler(`os.remove({})`),
		handler(`os.getenv({})`),
		handler(`os.execute({})`),
		handler(`dofile("../secret.lua")`),
		handler(`require("../secret")`),
		// a function put into another environment, or found by what the debug library shows
		`local env = {} setfenv(1, env) print(getfenv(0).io.open("../secret"):read("*a"))`,
		`print(debug.getfenv(print).io.open(TOP .. "/secret"):read("*a"))`,
		`print(debug.getregistry()._LOADED.io.open("../secret"):read("*a"))`,
		`for i = 1, 20 do local _, f = debug.getupvalue(io.open, i) if f then print(f(TOP .. "/secret"):read("*a")) end end`,
		`for i = 1, 20 do local _, f = debug.getupvalue(io.lines, i) if f then print(f(TOP .. "/secret")()) end end`,
		`debug.setmetatable("", {__index = io}) print(("../secret").open("../secret"):read("*a"))`,
		`local f = io.open("mine") debug.setmetatable(f, getmetatable(io.stdin)) print(f.open)`,
		`local p = newproxy(true) getmetatable(p).__index = getmetatable(io.stdin).__index print(p:read("*a"))`,
		`local p = debug.setmetatable(newproxy(), getmetatable(io.stdin)) print(p:read("*a"))`,
		`local co = coroutine.wrap(function() return io.open("../secret"):read("*a") end) print(co())`,
		`module("m", package.seeall) print(io.open("../secret"):read("*a"))`,
		`_G["o" .. "s"].execute("touch " .. TOP .. "/out/made")`,
		`print(getmetatable(io.stdin).__index.open)`,
		`_printregs()`,
	} {
		f, top := jail(t)
		printed, _ := f.run(t, "TOP = '"+top+"' "+source)
		if strings.Contains(printed, "SECRET") || strings.Contains(printed, "lua_found") {
			t.Errorf("%s\nprinted %q", source, printed)
		}
		for _, dir := range []string{"out", "scripts"} {
			if made, _ := filepath.Glob(filepath.Join(top, dir, "*")); len(made) != len(map[string][]string{"out": nil, "scripts": {"lib.lua"}}[dir]) {
				t.Errorf("%s\nmade %v", source, made)
			}
		}
		if text, err := os.ReadFile(filepath.Join(top, "secret")); string(text) != "TOPSECRET" {
			t.Errorf("%s\nchanged the secret: %q, %v", source, text, err)
		}
		if os.Getenv("PATH") == "/evil" {
			t.Fatal(source)
		}
	}
}

// handler runs source, and where that fails, has the error handler call each
// function that it finds running, or among their values, with the secret's name.
func handler(source string) string {
	return `local seen = {}
		local function try(f)
			if type(f) ~= "function" or seen[f] or debug.getinfo(f, "S").what ~= "G" then return end
			seen[f] = true
			for _, name in ipairs{"/secret", "/secret.lua"} do
				local ok, got = pcall(f, TOP .. name)
				if ok and type(got) == "function" then ok, got = pcall(got) end
				if ok and type(got) == "userdata" then ok, got = pcall(function() return got:read("*a") end) end
				if ok and type(got) == "string" then print(got) end
			end
		end
		xpcall(function() ` + source + ` end, function()
			for level = 0, 30 do
				local info = debug.getinfo(level, "f")
				if not info then break end
				try(info.func)
				for i = 1, 30 do
					local ok, name, value = pcall(debug.getlocal, level, i)
					if not ok or not name then break end
					try(value)
				end
			end
		end)`
}

// What a script is there for works in the same sandbox.
func TestInsideTheSandbox(t *testing.T) {
	f, top := jail(t)
	printed, err := f.run(t, `
		local w = assert(io.open("new file", "w")) w:write("one\n", 2, "\n") w:close()
		for line in io.lines("new file") do print(line) end
		print(io.open("mine"):read("*a"), require "lib", dofile "mine.lua", loadfile("mine.lua")())
		assert(os.rename("new file", "renamed")) assert(os.remove("renamed"))
		local temporary = os.tmpname() assert(io.open(temporary, "w")):close() assert(os.remove(temporary))
		local t = io.tmpfile() t:write("x y") t:seek("set") print(t:read(1), t:read("*a"), t:read(1))
		print(io.open("nothing"))
		print(io.open("`+top+`/scripts/lib.lua"):read("*a"))
		print(pcall(io.open, "../secret"))`)
	want := "one|2|mine\tlib\tmine\tmine|x\t y\tnil|nil\topenat nothing: no such file or directory|return 'lib'|false\t"
	if err != nil || !strings.HasPrefix(printed, want) || !strings.Contains(printed, "the sandbox strict forbids it") {
		t.Errorf("printed %q, %v, want %q", printed, err, want)
	}
}
