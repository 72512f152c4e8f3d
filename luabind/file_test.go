package luabind

import (
	"strings"
	"testing"
)

// Files work as Lua's own: what is read and written, and where.
func TestFileFunctions(t *testing.T) {
	f := newFixture(t)
	f.vm.host.Sandbox = &Sandbox{Data: t.TempDir()}
	f.vm.host.MaxString = 100_000
	printed, err := f.run(t, `
		local f = assert(io.open("f", "w+b"))
		assert(f:write("12 0x1F -3.5e1 word\nline\n\nlast"))
		print(f:seek("set"), f:read("*n", "*n", "*n", "*n"))
		print(f:seek("set", 20), f:read(), f:read(), f:read(2, 0, "l", "a", 1))
		assert(f:seek("end") == 30 and f:seek("cur", -4) == 26 and f:seek("set", 0) == 0)
		assert(f:read(2) == "12") f:write("!") f:seek("set", 0) print(f:read(5))
		print(f:close(), tostring(f), io.type(f), pcall(f.read, f), io.type(io.stdin), io.type(5))
		local a = io.open("f", "a") a:write("+") a:close() print(#io.open("f"):read("*a"))
		print(io.open("f", "w"):read(), io.open("f", "r"):write("x"))
		print(pcall(io.open, "f", "x"), pcall(io.lines, "none"), pcall(io.close), pcall(io.input, {}))
		io.output("g") io.write(("x"):rep(100000)) io.write("y") io.close()
		print(pcall(io.write, "x"))
		local g = io.open("g") print(#g:read(100000), pcall(g.read, g, 100001))
		g:seek("set") print(pcall(g.read, g, "*a"))
		g:seek("set") print(pcall(g.read, g, "*l"))
		g:seek("set", 1) print(#g:read("*a"), g:read("*l"), g:read("*a"), g:read("*l"))
		print(g:flush(), g:setvbuf("no"), io.flush(), pcall(g.read, g, "*x"))`)
	want := strings.Join([]string{
		"0\t12\t31\t-35\tnil", "20\tline\t\tla\t\tst\t\tnil", "12!0x", "true\tfile (closed)\tclosed file\tfalse\tfile\tnil", "31",
		"nil\tnil\tit is read from, not written to", "false\tfalse\ttrue\tfalse\tt.lua:11: bad argument #1 to (anonymous) (a file or its name expected)",
		"false\tt.lua:13: the current file is closed",
		"100000\tfalse\tt.lua:14: read: the text would have over 100000 bytes, the most that --max-string allows",
		"false\tt.lua:15: read: the text would have over 100000 bytes, the most that --max-string allows",
		"false\tt.lua:16: read: the text would have over 100000 bytes, the most that --max-string allows",
		"100000\tnil\t\tnil", "true\ttrue\ttrue\tfalse\tt.lua:18: bad argument #2 to (anonymous) (invalid format)",
	}, "|")
	if err != nil || printed != want {
		t.Errorf("printed %q, %v, want %q", printed, err, want)
	}
}
