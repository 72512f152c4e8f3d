package luabind

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

// file is what the io library reads and writes: a file, one end of a program's
// pipe, or one of the standard three.
type file struct {
	in       *bufio.Reader      // nil where it is not read from
	out      io.Writer          // nil where it is not written to; unbuffered
	disk     *os.File           // nil where it is no file
	open     map[*file]struct{} // the call's open files, which this one leaves when it is closed
	pipe     *pipe              // the program, nil where there is none
	standard bool               // and nothing closes it
	closed   bool
}

// printed is the standard output of a script: what print writes to.
type printed struct{ vm *VM }

func (p printed) Write(text []byte) (int, error) {
	p.vm.out.write(p.vm, string(text))
	return len(text), nil
}

// rawStderr writes to fd 2 past package os, which would end the process where
// that is a pipe that nobody reads.
type rawStderr struct{}

func (rawStderr) Write(text []byte) (int, error) {
	_, _ = unix.Write(2, text)
	return len(text), nil
}

// fileOf gives a value's file, nil where it is none.
func fileOf(value lua.LValue) *file {
	if data, ok := value.(*lua.LUserData); ok {
		f, _ := data.Value.(*file)
		return f
	}
	return nil
}

// opened gives the first argument's file, which must be open.
func opened(L *lua.LState) *file {
	f := fileOf(L.Get(1))
	if f == nil {
		L.ArgError(1, "file expected")
	}
	if f.closed {
		L.RaiseError("attempt to use a closed file")
	}
	return f
}

// fileMethods are those of files, besides __index.
var fileMethods = [...]struct {
	name string
	call func(*VM, *lua.LState) int
}{
	{"__tostring", func(_ *VM, L *lua.LState) int {
		text := "file"
		if f := fileOf(L.Get(1)); f != nil && f.closed {
			text = "file (closed)"
		}
		L.Push(lua.LString(text))
		return 1
	}},
	{"close", func(vm *VM, L *lua.LState) int { return vm.closeFile(L, opened(L)) }},
	{"flush", func(_ *VM, L *lua.LState) int { opened(L); return done(L) }},
	{"lines", func(vm *VM, L *lua.LState) int { return vm.lines(L, opened(L), false) }},
	{"read", func(vm *VM, L *lua.LState) int { return vm.readFile(L, opened(L), 2) }},
	{"seek", func(_ *VM, L *lua.LState) int { return seek(L, opened(L)) }},
	{"setvbuf", func(_ *VM, L *lua.LState) int { opened(L); return done(L) }},
	{"write", func(vm *VM, L *lua.LState) int { return vm.writeFile(L, opened(L), 2) }},
}

func done(L *lua.LState) int {
	L.Push(lua.LTrue)
	return 1
}

// refuse gives nil and why.
func refuse(L *lua.LState, why string) int {
	L.Push(lua.LNil)
	L.Push(lua.LString(why))
	return 2
}

// newFile makes a file a value of Lua.
func (vm *VM) newFile(f *file) *lua.LUserData {
	data := vm.L.NewUserData()
	data.Value, data.Metatable = f, vm.io.meta
	return data
}

// waitsFor notes that the script waits for a file's program.
func (vm *VM) waitsFor(L *lua.LState, f *file) {
	if f.pipe != nil {
		vm.pause(L)
	}
}

// ended raises what ended the call while the script waited for a program.
func (vm *VM) ended(L *lua.LState, f *file) {
	if f.pipe != nil {
		vm.pipeEnded(L, f.pipe)
	}
}

// readFile is file:read; its formats begin at the nth argument.
func (vm *VM) readFile(L *lua.LState, f *file, first int) int {
	if f.in == nil {
		return refuse(L, "it is written to, not read from")
	}
	vm.waitsFor(L, f)
	last := max(first, L.GetTop())
	for i := first; i <= last; i++ {
		value := vm.readOne(L, f, i)
		vm.ended(L, f)
		L.Push(value)
		if value == lua.LNil {
			return i - first + 1
		}
	}
	return last - first + 1
}

// readOne reads by one of Lua's formats, the nth argument: *l where there is none.
func (vm *VM) readOne(L *lua.LState, f *file, n int) lua.LValue {
	if count, ok := L.Get(n).(lua.LNumber); ok {
		vm.limitLength(L, int(min(max(count, 0), 1<<31)), "read")
		if _, err := f.in.Peek(1); err != nil {
			return lua.LNil
		}
		text, _ := io.ReadAll(io.LimitReader(f.in, int64(count)))
		return lua.LString(text)
	}
	switch format := L.OptString(n, "*l"); strings.TrimPrefix(format, "*") {
	case "l":
		return vm.readLine(L, f)
	case "a":
		text, _ := io.ReadAll(io.LimitReader(f.in, int64(vm.maxString())+1))
		vm.limitLength(L, len(text), "read")
		return lua.LString(text)
	case "n":
		return f.readNumber()
	}
	L.ArgError(n, "invalid format")
	return lua.LNil
}

// readLine reads a line, and gives it without its end.
func (vm *VM) readLine(L *lua.LState, f *file) lua.LValue {
	var line []byte
	for {
		part, err := f.in.ReadSlice('\n')
		line = append(line, part...)
		vm.limitLength(L, len(line), "read")
		if !errors.Is(err, bufio.ErrBufferFull) {
			if err != nil && len(line) == 0 {
				return lua.LNil
			}
			return lua.LString(strings.TrimSuffix(string(line), "\n"))
		}
	}
}

// readNumber reads a number and what blanks stand before it.
func (f *file) readNumber() lua.LValue {
	var text []byte
	for len(text) < 200 {
		b, err := f.in.ReadByte()
		if err != nil {
			break
		}
		if len(text) == 0 && strings.IndexByte(" \t\r\n\v\f", b) >= 0 {
			continue
		}
		if strings.IndexByte("0123456789+-.eExXabcdfABCDF", b) < 0 {
			_ = f.in.UnreadByte()
			break
		}
		text = append(text, b)
	}
	if number, ok := decimal(lua.LString(text)); ok {
		return number
	}
	if number, err := strconv.ParseFloat(string(text), 64); err == nil {
		return lua.LNumber(number)
	}
	return lua.LNil
}

// lines gives the function of a loop over a file's lines, which closes the file
// at its end where that was opened for the loop.
func (vm *VM) lines(L *lua.LState, f *file, closing bool) int {
	if f.in == nil {
		L.RaiseError("it is written to, not read from")
	}
	L.Push(vm.Function(func(vm *VM, L *lua.LState) int {
		if f.closed {
			L.RaiseError("attempt to use a closed file")
		}
		vm.waitsFor(L, f)
		value := vm.readLine(L, f)
		vm.ended(L, f)
		if value == lua.LNil && closing {
			f.close()
		}
		L.Push(value)
		return 1
	}))
	return 1
}

// writeFile is file:write; its texts begin at the nth argument.
func (vm *VM) writeFile(L *lua.LState, f *file, first int) int {
	if f.out == nil {
		return refuse(L, "it is read from, not written to")
	}
	vm.waitsFor(L, f)
	f.settle()
	for i := first; i <= L.GetTop(); i++ {
		if _, err := io.WriteString(f.out, L.CheckString(i)); err != nil {
			vm.ended(L, f)
			return refuse(L, err.Error())
		}
	}
	return done(L)
}

// settle moves a file that is read and written back to where its reader is.
func (f *file) settle() {
	if f.disk != nil && f.in != nil && f.in.Buffered() > 0 {
		_, _ = f.disk.Seek(-int64(f.in.Buffered()), io.SeekCurrent)
		f.in.Reset(f.disk)
	}
}

func seek(L *lua.LState, f *file) int {
	if f.disk == nil {
		return refuse(L, "it is no file that has places")
	}
	whence, known := map[string]int{"set": io.SeekStart, "cur": io.SeekCurrent, "end": io.SeekEnd}[L.OptString(2, "cur")]
	if !known {
		L.ArgError(2, `must be "set", "cur" or "end"`)
	}
	f.settle()
	at, err := f.disk.Seek(L.OptInt64(3, 0), whence)
	if err != nil {
		return refuse(L, err.Error())
	}
	if f.in != nil {
		f.in.Reset(f.disk)
	}
	L.Push(lua.LNumber(at))
	return 1
}

func (vm *VM) closeFile(L *lua.LState, f *file) int {
	vm.waitsFor(L, f)
	err := f.close()
	vm.ended(L, f)
	if err != nil {
		return refuse(L, err.Error())
	}
	return done(L)
}

// close closes what is not standard, and waits for a program's end.
func (f *file) close() error {
	if f.standard || f.closed {
		return nil
	}
	f.closed = true
	delete(f.open, f)
	if f.pipe != nil {
		f.pipe.wait()
		return nil
	}
	return f.disk.Close()
}
