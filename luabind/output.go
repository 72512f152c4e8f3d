package luabind

import (
	"context"
	"log/slog"
	"os"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"

	"goagi/agi"
)

// output is where a script's own text goes: a line at a time to the log and
// to Asterisk's console, never to stdout, which is the dialog.
type output struct {
	rest strings.Builder // a line that has no end yet
}

// FromKey is the attribute that marks a log record as a script's own line; its
// value is the function that wrote it.
const FromKey = "from"

// maxPrinted is as much of one printed line as is passed on, in bytes; it
// keeps the command within what every Asterisk takes.
const maxPrinted = 900

func (o *output) write(vm *VM, text string) {
	for {
		line, rest, more := strings.Cut(text, "\n")
		o.rest.WriteString(line)
		if !more {
			return
		}
		o.line(vm)
		text = rest
	}
}

// flush sends a line that has no end, at the end of the script.
func (o *output) flush(vm *VM) {
	if o.rest.Len() > 0 {
		o.line(vm)
	}
}

func (o *output) line(vm *VM) {
	line := strings.TrimSuffix(o.rest.String(), "\r")
	o.rest.Reset()
	vm.host.Log.Info(line, FromKey, "print")
	// A line that Asterisk does not take is in the log all the same.
	_ = vm.host.Session.Verbose(agi.Printable(line, maxPrinted), 1)
}

func luaPrint(vm *VM, L *lua.LState) int {
	var line strings.Builder
	for i := 1; i <= L.GetTop(); i++ {
		if i > 1 {
			line.WriteByte('\t')
		}
		line.WriteString(L.ToStringMeta(L.Get(i)).String())
	}
	line.WriteByte('\n')
	vm.out.write(vm, line.String())
	return 0
}

// log writes a line to the log and, where the log takes that level, to
// Asterisk's own.
func (vm *VM) log(level slog.Level, text string) {
	if !vm.host.Log.Enabled(context.Background(), level) {
		return
	}
	vm.host.Log.Log(context.Background(), level, text, FromKey, "agi.log")
	word := "DEBUG"
	switch {
	case level >= slog.LevelError:
		word = "ERROR"
	case level >= slog.LevelWarn:
		word = "WARNING"
	case level >= slog.LevelInfo:
		word = "NOTICE"
	}
	// A session that cannot take it has ended; the log has the line.
	_ = vm.host.Session.Log(word, text)
}

// mendIO keeps the real standard input and output from the script: io.write
// and io.stdout print, io.read and io.stdin are at the end of file.
func (vm *VM) mendIO(io *lua.LTable) {
	L := vm.L
	stdout, stdin, stderr := io.RawGetString("stdout"), io.RawGetString("stdin"), io.RawGetString("stderr")
	methods := L.GetMetatable(stdout).(*lua.LTable)
	output, input := io.RawGetString("output"), io.RawGetString("input")

	// replace puts fn in the place of a function; fn runs where the file that
	// it works on, the receiver or the current one, is the standard one.
	replace := func(in *lua.LTable, name string, standard lua.LValue, current lua.LValue, fn func(*VM, *lua.LState, int) int) {
		original := in.RawGetString(name)
		in.RawSetString(name, vm.Function(func(vm *VM, L *lua.LState) int {
			file, first := L.Get(1), 2
			if current != nil {
				if (name == "lines" || name == "close") && L.GetTop() > 0 {
					file = lua.LNil
				} else {
					L.Push(current)
					L.Call(0, 1)
					file, first = L.Get(-1), 1
					L.Pop(1)
				}
			}
			if file == standard {
				return fn(vm, L, first)
			}
			n := L.GetTop()
			L.Push(original)
			for i := 1; i <= n; i++ {
				L.Push(L.Get(i))
			}
			L.Call(n, lua.MultRet)
			return L.GetTop() - n
		}))
	}
	replace(io, "write", stdout, output, writeStandard)
	replace(io, "read", stdin, input, endOfFile)
	replace(io, "lines", stdin, input, noLines)
	replace(io, "flush", stdout, output, noReturn)
	replace(io, "close", stdout, output, noReturn)
	replace(methods, "write", stdout, nil, writeStandard)
	replace(methods, "write", stderr, nil, writeStderr)
	replace(methods, "read", stdin, nil, endOfFile)
	replace(methods, "lines", stdin, nil, noLines)
	io.RawSetString("popen", vm.Function(popen))
	kind := io.RawGetString("type")
	io.RawSetString("type", vm.Function(func(_ *VM, L *lua.LState) int {
		if p := pipeOf(L.Get(1)); p != nil {
			L.Push(lua.LString(map[bool]string{false: "file", true: "closed file"}[p.closed]))
			return 1
		}
		L.Insert(kind, 1)
		L.Call(L.GetTop()-1, 1)
		return 1
	}))
	lines := io.RawGetString("lines")
	io.RawSetString("lines", vm.Function(func(_ *VM, L *lua.LState) int {
		if name, ok := L.Get(1).(lua.LString); ok {
			// The VM's own gives nil for a file that is not there.
			if _, err := os.Stat(string(name)); err != nil {
				L.RaiseError("%s", err.Error())
			}
		}
		n := L.GetTop()
		L.Insert(lines, 1)
		L.Call(n, lua.MultRet)
		return L.GetTop()
	}))
	for _, name := range []string{"flush", "setvbuf"} {
		replace(methods, name, stdout, nil, noReturn)
	}
	for _, standard := range []lua.LValue{stdout, stdin, stderr} {
		replace(methods, "close", standard, nil, noReturn)
	}
}

func writeStandard(vm *VM, L *lua.LState, first int) int {
	for i := first; i <= L.GetTop(); i++ {
		vm.out.write(vm, L.CheckString(i))
	}
	L.Push(lua.LTrue)
	return 1
}

// writeStderr writes to fd 2 past package os, which would end the process where
// that is a pipe that nobody reads.
func writeStderr(_ *VM, L *lua.LState, first int) int {
	for i := first; i <= L.GetTop(); i++ {
		_, _ = unix.Write(2, []byte(L.CheckString(i)))
	}
	L.Push(lua.LTrue)
	return 1
}

// endOfFile reads at the end of a file: nothing, which to "*a" is all of it.
func endOfFile(_ *VM, L *lua.LState, first int) int {
	if format, ok := L.Get(first).(lua.LString); ok && strings.HasPrefix(strings.TrimPrefix(string(format), "*"), "a") {
		L.Push(lua.LString(""))
	} else {
		L.Push(lua.LNil)
	}
	return 1
}

func noReturn(_ *VM, L *lua.LState, _ int) int { L.Push(lua.LTrue); return 1 }

func noLines(vm *VM, L *lua.LState, _ int) int {
	L.Push(L.NewFunction(func(L *lua.LState) int { L.Push(lua.LNil); return 1 }))
	return 1
}
