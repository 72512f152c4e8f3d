package luabind

import (
	"bufio"
	"bytes"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// programs gives what stands in for programs, nil where they are real. A test that
// has nothing for them fails here.
func (vm *VM) programs(L *lua.LState) Programs {
	if vm.host.Fake == nil {
		return nil
	}
	stand, err := vm.host.Fake("process", Where(L))
	if err != nil {
		vm.Raise(L, err)
	}
	return stand.(Programs)
}

// shellCommand gives the arguments of a command of the shell.
func shellCommand(command string) []string { return []string{"/bin/sh", "-c", command} }

// popenFake is io.popen of a program that a test stands in for. One that is read
// from has run before; one that is written to runs when the script closes it.
func (vm *VM) popenFake(L *lua.LState, p *pipe, programs Programs, command, mode string) int {
	f := &file{pipe: p}
	switch mode {
	case "r":
		_, stdout, _, err := programs.Start(shellCommand(command), "")
		if err != nil {
			vm.Raise(L, err)
		}
		f.in = bufio.NewReader(strings.NewReader(stdout))
	case "w":
		input := &fakeInput{programs: programs, command: command}
		p.in, f.out = input, input
		vm.pipes = append(vm.pipes, p) // one that the script does not close runs at its end
	default:
		L.ArgError(2, "the mode must be \"r\" or \"w\"")
	}
	L.Push(vm.newFile(f))
	return 1
}

// fakeInput is what a script writes to a program that a test stands in for.
type fakeInput struct {
	bytes.Buffer
	programs Programs
	command  string
}

// Close runs the program.
func (i *fakeInput) Close() error {
	_, _, _, err := i.programs.Start(shellCommand(i.command), i.String())
	return err
}
