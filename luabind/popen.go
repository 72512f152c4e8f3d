package luabind

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// shell makes a command for /bin/sh that ends, with all it started, when the
// call does. It has neither the dialog nor the audio.
func shell(ctx context.Context, command string) *exec.Cmd {
	program := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	program.Stdout, program.Stderr = os.Stderr, os.Stderr
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	program.Cancel = func() error { return syscall.Kill(-program.Process.Pid, syscall.SIGKILL) }
	return program
}

// pipe is what io.popen gives: a program, and one end of a pipe to or from it.
type pipe struct {
	ctx     context.Context
	program *exec.Cmd
	in      io.WriteCloser // mode "w"
	out     *bufio.Reader  // mode "r"
	closed  bool
	unhook  func() bool // of the end of ctx; nil in mode "w"
}

// popen is io.popen. The VM's own cannot be ended by a hangup, and waits for a
// program that it writes to without closing the pipe.
func popen(vm *VM, L *lua.LState) int {
	command, mode := L.CheckString(1), L.OptString(2, "r")
	vm.out.flush(vm)
	p := &pipe{ctx: vm.Waiting(L)}
	p.program = shell(p.ctx, command)
	var err error
	var out io.ReadCloser
	switch mode {
	case "r":
		p.program.Stdout = nil
		out, err = p.program.StdoutPipe()
		p.out = bufio.NewReader(out)
	case "w":
		p.in, err = p.program.StdinPipe()
	default:
		L.ArgError(2, "the mode must be \"r\" or \"w\"")
	}
	if err == nil {
		err = p.program.Start()
	}
	if err != nil {
		vm.ended(L, p) // a hangup that came first is what kept it from starting
		L.Push(lua.LNil)
		L.Push(lua.LString(err.Error()))
		return 2
	}
	vm.pipes = append(vm.pipes, p)
	if p.out != nil {
		// A program that left its group, as by setsid, may hold the other end.
		p.unhook = context.AfterFunc(p.ctx, func() { out.Close() })
	}
	file := L.NewUserData()
	file.Value = p
	file.Metatable = vm.pipeMetatable()
	L.Push(file)
	return 1
}

func (vm *VM) pipeMetatable() *lua.LTable {
	if vm.pipeMeta != nil {
		return vm.pipeMeta
	}
	meta := vm.L.NewTable()
	meta.RawSetString("__index", meta)
	meta.RawSetString("__tostring", vm.L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LString("file (a program)"))
		return 1
	}))
	for name, method := range map[string]func(*VM, *lua.LState, *pipe) int{
		"read": (*VM).readPipe, "lines": (*VM).pipeLines, "write": (*VM).writePipe, "close": (*VM).closePipe,
		"flush": pipeTrue, "setvbuf": pipeTrue,
	} {
		meta.RawSetString(name, vm.Function(func(vm *VM, L *lua.LState) int {
			p := pipeOf(L.Get(1))
			if p == nil {
				L.ArgError(1, "file expected")
			}
			if p.closed {
				L.RaiseError("attempt to use a closed file")
			}
			return method(vm, L, p)
		}))
	}
	vm.pipeMeta = meta
	return meta
}

func pipeOf(value lua.LValue) *pipe {
	if data, ok := value.(*lua.LUserData); ok {
		p, _ := data.Value.(*pipe)
		return p
	}
	return nil
}

func pipeTrue(_ *VM, L *lua.LState, _ *pipe) int {
	L.Push(lua.LTrue)
	return 1
}

// ended raises what ended the call while the script waited for the program.
func (vm *VM) ended(L *lua.LState, p *pipe) {
	if p.ctx.Err() != nil {
		vm.Raise(L, context.Cause(p.ctx))
	}
}

func (vm *VM) readPipe(L *lua.LState, p *pipe) int {
	if p.out == nil {
		L.Push(lua.LNil)
		L.Push(lua.LString("the program is written to, not read from"))
		return 2
	}
	n := max(2, L.GetTop())
	for i := 2; i <= n; i++ {
		value := p.read(L, i)
		vm.ended(L, p)
		L.Push(value)
		if value == lua.LNil {
			return i - 1
		}
	}
	return n - 1
}

// read reads by one of Lua's formats, the nth argument: *l where there is none.
func (p *pipe) read(L *lua.LState, n int) lua.LValue {
	if count, ok := L.Get(n).(lua.LNumber); ok {
		buffer := make([]byte, max(0, min(int(count), 1<<24)))
		got, _ := io.ReadFull(p.out, buffer)
		if got == 0 && len(buffer) > 0 {
			return lua.LNil
		}
		return lua.LString(buffer[:got])
	}
	switch format := L.OptString(n, "*l"); strings.TrimPrefix(format, "*") {
	case "l":
		line, err := p.out.ReadString('\n')
		if err != nil && line == "" {
			return lua.LNil
		}
		return lua.LString(strings.TrimSuffix(line, "\n"))
	case "a":
		all, _ := io.ReadAll(p.out)
		return lua.LString(all)
	case "n":
		line, _ := p.out.ReadString('\n')
		if f, err := strconv.ParseFloat(strings.TrimSpace(line), 64); err == nil {
			return lua.LNumber(f)
		}
		return lua.LNil
	default:
		L.ArgError(n, "invalid format")
	}
	return lua.LNil
}

func (vm *VM) pipeLines(L *lua.LState, p *pipe) int {
	if p.out == nil {
		L.RaiseError("the program is written to, not read from")
	}
	L.Push(vm.Function(func(vm *VM, L *lua.LState) int {
		L.SetTop(0)
		value := p.read(L, 1)
		vm.ended(L, p)
		L.Push(value)
		return 1
	}))
	return 1
}

func (vm *VM) writePipe(L *lua.LState, p *pipe) int {
	for i := 2; i <= L.GetTop(); i++ {
		text := L.CheckString(i)
		if p.in == nil {
			L.Push(lua.LNil)
			L.Push(lua.LString("the program is read from, not written to"))
			return 2
		}
		if _, err := io.WriteString(p.in, text); err != nil {
			vm.ended(L, p)
			L.Push(lua.LNil)
			L.Push(lua.LString(err.Error()))
			return 2
		}
	}
	L.Push(lua.LTrue)
	return 1
}

func (vm *VM) closePipe(L *lua.LState, p *pipe) int {
	p.wait()
	vm.ended(L, p)
	L.Push(lua.LTrue)
	return 1
}

// wait closes the pipe and waits for the program's end.
func (p *pipe) wait() {
	if p.closed {
		return
	}
	p.closed = true
	if p.in != nil {
		p.in.Close()
	}
	if p.unhook != nil {
		p.unhook()
	}
	_ = p.program.Wait() // closes the end that is read from, too
}

// lastWords is how long a program may take to finish that the script wrote to
// and left running.
const lastWords = 2 * time.Second

// endPipes ends the programs that the script left running. One that was written
// to is given the end of its input, and a moment to work on it.
func (vm *VM) endPipes() {
	for _, p := range vm.pipes {
		if p.closed {
			continue
		}
		if p.in == nil || p.ctx.Err() != nil {
			_ = p.program.Cancel()
		}
		late := time.AfterFunc(lastWords, func() { _ = p.program.Cancel() })
		p.wait()
		late.Stop()
	}
}
