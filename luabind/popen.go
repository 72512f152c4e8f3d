package luabind

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// shell makes a command for /bin/sh that ends, with all it started, when the
// call does. It works in the data folder, and has neither the dialog nor the audio.
func (vm *VM) shell(ctx context.Context, command string) *exec.Cmd {
	program := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	program.Dir = vm.Sandbox().Dir()
	program.Stdout, program.Stderr = os.Stderr, os.Stderr
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	program.Cancel = func() error { return syscall.Kill(-program.Process.Pid, syscall.SIGKILL) }
	return program
}

// pipe is the program that io.popen has started.
type pipe struct {
	ctx     context.Context
	program *exec.Cmd      // nil where a test stands in for it
	in      io.WriteCloser // mode "w"
	ended   bool
	unhook  func() bool // of the end of ctx; nil in mode "w"
}

// popen is io.popen.
func popen(vm *VM, L *lua.LState) int {
	command, mode := L.CheckString(1), L.OptString(2, "r")
	vm.raiseForbidden(L, vm.Sandbox().Shell())
	vm.out.flush(vm)
	p := &pipe{ctx: vm.Waiting(L)}
	if programs := vm.programs(L); programs != nil {
		return vm.popenFake(L, p, programs, command, mode)
	}
	p.program = vm.shell(p.ctx, command)
	f := &file{pipe: p}
	var err error
	var out io.ReadCloser
	switch mode {
	case "r":
		p.program.Stdout = nil
		out, err = p.program.StdoutPipe()
		f.in = bufio.NewReader(out)
	case "w":
		p.in, err = p.program.StdinPipe()
		f.out = p.in
	default:
		L.ArgError(2, "the mode must be \"r\" or \"w\"")
	}
	if err == nil {
		err = p.program.Start()
	}
	if err != nil {
		vm.pipeEnded(L, p) // a hangup that came first is what kept it from starting
		return refuse(L, err.Error())
	}
	vm.pipes = append(vm.pipes, p)
	if out != nil {
		// A program that left its group, as by setsid, may hold the other end.
		p.unhook = context.AfterFunc(p.ctx, func() { out.Close() })
	}
	L.Push(vm.newFile(f))
	return 1
}

// pipeEnded raises what ended the call while the script waited for the program.
func (vm *VM) pipeEnded(L *lua.LState, p *pipe) {
	if p.ctx.Err() != nil {
		vm.Raise(L, context.Cause(p.ctx))
	}
}

// wait closes the pipe and waits for the program's end.
func (p *pipe) wait() {
	if p.ended {
		return
	}
	p.ended = true
	if p.in != nil {
		p.in.Close()
	}
	if p.unhook != nil {
		p.unhook()
	}
	if p.program == nil { // a test's
		return
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
		if p.ended {
			continue
		}
		if p.program == nil {
			p.wait()
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
