package luabind

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"goagi/agi"
)

// A program is read to its end, or written to and waited for.
func TestPopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	f := newFixture(t)
	printed, err := f.run(t, `
		local p = io.popen("echo one; echo two; echo 3; printf rest")
		print(io.type(p), p:read(), p:read("*l", "*n"))
		print(p:read("*l"), p:read("*a"), p:close(), io.type(p), pcall(p.read, p))
		for line in io.popen("echo a; echo b"):lines() do print(line) end
		local w = io.popen("cat > `+path+`", "w")
		w:write("x", 1, "\n")
		w:close()
		print(io.open("`+path+`"):read("*a"))
		print(io.popen("read x && echo $x"):read() == nil)
		io.popen("sleep 600")`)
	want := "file\tone\ttwo\t3|\trest\ttrue\tclosed file\tfalse\tt.lua:4: attempt to use a closed file|a|b|x1|true"
	if err != nil || strings.TrimRight(strings.ReplaceAll(printed, "x1||", "x1|"), "|") != want {
		t.Errorf("printed %q, %v, want %q", printed, err, want)
	}
}

// A program that was written to and not closed gets what was written, as in Lua.
func TestPopenWithoutClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	f := newFixture(t)
	if _, err := f.run(t, `io.popen("sleep 0.1; cat > `+path+`", "w"):write("kept")`); err != nil {
		t.Fatal(err)
	}
	f.vm.endPipes()
	if got, err := os.ReadFile(path); string(got) != "kept" {
		t.Errorf("%q, %v", got, err)
	}
}

// A program that has left its group cannot keep a script beyond its call.
func TestPopenAndALostProgram(t *testing.T) {
	f := newFixture(t)
	ctx, end := context.WithCancelCause(t.Context())
	f.vm.host.Context = func() context.Context { return ctx }
	time.AfterFunc(100*time.Millisecond, func() { end(agi.ErrHangup) })
	begin := time.Now()
	printed, err := f.run(t, `local p = io.popen("setsid sleep 2 & echo x")
		local ok, e = pcall(p.read, p, "*a") print(ok, e.kind)`)
	if err != nil || printed != "false\thangup" || time.Since(begin) > 1500*time.Millisecond {
		t.Errorf("printed %q, %v after %v", printed, err, time.Since(begin))
	}
}

// A hangup just before a program starts is raised, as one in the midst of it
// is: a nil would have a script index nothing.
func TestPopenAsTheCallEnds(t *testing.T) {
	f := newFixture(t)
	ctx, end := context.WithCancelCause(t.Context())
	end(agi.ErrHangup)
	f.vm.host.Context = func() context.Context { return ctx }
	printed, err := f.run(t, `local ok, e = pcall(io.popen, "sleep 600") print(ok, e.kind)`)
	if err != nil || printed != "false\thangup" {
		t.Errorf("printed %q, %v", printed, err)
	}
}
