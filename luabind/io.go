package luabind

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

// files is the state of the io library. It is goagi's own from its first function
// to its last: where the VM's stood behind it, a script could get hold of those
// functions, by an error handler that looks at what is running, and open files
// past the sandbox.
type files struct {
	meta    *lua.LTable // of all files
	in, out *lua.LUserData
}

// openModule makes an empty table of the library that the first argument names.
func openModule(L *lua.LState) int {
	L.Push(L.RegisterModule(L.CheckString(1), nil))
	return 1
}

// openIO fills the io library. Its standard output prints, its standard input is
// at the end of file: the real ones are the dialog.
func (vm *VM) openIO(table *lua.LTable) {
	vm.io.meta = vm.L.NewTable()
	vm.io.meta.RawSetString("__index", vm.io.meta)
	for i := range fileMethods {
		vm.io.meta.RawSetString(fileMethods[i].name, vm.Function(fileMethods[i].call))
	}
	vm.io.in = vm.newFile(&file{in: bufio.NewReaderSize(strings.NewReader(""), 16), standard: true})
	vm.io.out = vm.newFile(&file{out: printed{vm}, standard: true})
	table.RawSetString("stdin", vm.io.in)
	table.RawSetString("stdout", vm.io.out)
	table.RawSetString("stderr", vm.newFile(&file{out: rawStderr{}, standard: true}))
	for i := range ioFunctions {
		table.RawSetString(ioFunctions[i].name, vm.Function(ioFunctions[i].call))
	}
}

// ioFunctions are those of the io library.
var ioFunctions = [...]struct {
	name string
	call func(*VM, *lua.LState) int
}{
	{"close", func(vm *VM, L *lua.LState) int {
		if L.GetTop() == 0 {
			return vm.closeFile(L, vm.current(L, vm.io.out))
		}
		return vm.closeFile(L, opened(L))
	}},
	{"flush", func(_ *VM, L *lua.LState) int { return done(L) }},
	{"input", func(vm *VM, L *lua.LState) int { return vm.setCurrent(L, &vm.io.in, "r") }},
	{"lines", ioLines},
	{"open", ioOpen},
	{"output", func(vm *VM, L *lua.LState) int { return vm.setCurrent(L, &vm.io.out, "w") }},
	{"popen", popen},
	{"read", func(vm *VM, L *lua.LState) int { return vm.readFile(L, vm.current(L, vm.io.in), 1) }},
	{"tmpfile", ioTmpfile},
	{"type", func(_ *VM, L *lua.LState) int {
		switch f := fileOf(L.Get(1)); {
		case f == nil:
			L.Push(lua.LNil)
		case f.closed:
			L.Push(lua.LString("closed file"))
		default:
			L.Push(lua.LString("file"))
		}
		return 1
	}},
	{"write", func(vm *VM, L *lua.LState) int { return vm.writeFile(L, vm.current(L, vm.io.out), 1) }},
}

// current gives the file of the functions that name none.
func (vm *VM) current(L *lua.LState, data *lua.LUserData) *file {
	f := fileOf(data)
	if f == nil || f.closed {
		L.RaiseError("the current file is closed")
	}
	return f
}

// setCurrent is io.input and io.output.
func (vm *VM) setCurrent(L *lua.LState, current **lua.LUserData, mode string) int {
	switch value := L.Get(1).(type) {
	case *lua.LNilType:
	case lua.LString, lua.LNumber:
		f, err := vm.openFile(L, value.String(), mode)
		if err != nil {
			L.RaiseError("%s", err.Error())
		}
		*current = vm.newFile(f)
	case *lua.LUserData:
		if fileOf(value) == nil {
			L.ArgError(1, "file expected")
		}
		*current = value
	default:
		L.ArgError(1, "a file or its name expected")
	}
	L.Push(*current)
	return 1
}

// openFlags gives what a mode of io.open stands for. A b in it means nothing.
func openFlags(mode string) (flags int, ok bool) {
	switch strings.ReplaceAll(mode, "b", "") {
	case "r":
		return os.O_RDONLY, true
	case "w":
		return os.O_WRONLY | os.O_TRUNC | os.O_CREATE, true
	case "a":
		return os.O_WRONLY | os.O_APPEND | os.O_CREATE, true
	case "r+":
		return os.O_RDWR, true
	case "w+":
		return os.O_RDWR | os.O_TRUNC | os.O_CREATE, true
	case "a+":
		return os.O_RDWR | os.O_APPEND | os.O_CREATE, true
	}
	return 0, false
}

// openFile opens a file inside the sandbox, and raises what that forbids.
func (vm *VM) openFile(L *lua.LState, name, mode string) (*file, error) {
	flags, ok := openFlags(mode)
	if !ok {
		L.RaiseError("io.open: the mode must be r, w, a, r+, w+ or a+, not %s", quoted(mode))
	}
	if vm.Sandbox().Inside {
		flags |= unix.O_NONBLOCK // not to wait for who opens the other end of a pipe
	}
	disk, err := vm.Sandbox().Open(name, flags, 0o600)
	if err != nil {
		vm.raiseForbidden(L, err)
		return nil, err
	}
	if info, err := disk.Stat(); vm.Sandbox().Inside && (err != nil || !info.Mode().IsRegular() && !info.IsDir()) {
		disk.Close()
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	return vm.onDisk(disk, flags), nil
}

// closeFiles closes the files that the script left open: the garbage collector
// would, when it comes to that.
func (vm *VM) closeFiles() {
	for f := range vm.disks {
		_ = f.close()
	}
}

func (vm *VM) onDisk(disk *os.File, flags int) *file {
	if vm.disks == nil {
		vm.disks = make(map[*file]struct{})
	}
	f := &file{disk: disk, open: vm.disks}
	vm.disks[f] = struct{}{}
	if flags&os.O_WRONLY == 0 {
		f.in = bufio.NewReader(disk)
	}
	if flags&(os.O_WRONLY|os.O_RDWR) != 0 {
		f.out = disk
	}
	return f
}

func ioOpen(vm *VM, L *lua.LState) int {
	f, err := vm.openFile(L, L.CheckString(1), L.OptString(2, "r"))
	if err != nil {
		return refuse(L, err.Error())
	}
	L.Push(vm.newFile(f))
	return 1
}

func ioLines(vm *VM, L *lua.LState) int {
	if L.Get(1) == lua.LNil {
		return vm.lines(L, vm.current(L, vm.io.in), false)
	}
	f, err := vm.openFile(L, L.CheckString(1), "r")
	if err != nil {
		L.RaiseError("%s", err.Error())
	}
	return vm.lines(L, f, true)
}

// ioTmpfile opens a file that has no name any more, and so lies in no folder.
func ioTmpfile(vm *VM, L *lua.LState) int {
	disk, err := os.CreateTemp("", "goagi-")
	if err == nil {
		err = os.Remove(disk.Name())
	}
	if err != nil {
		return refuse(L, err.Error())
	}
	L.Push(vm.newFile(vm.onDisk(disk, os.O_RDWR)))
	return 1
}
