package luabind

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// compiled reads and compiles a file for loadfile and dofile, inside the sandbox.
func (vm *VM) compiled(L *lua.LState) (*lua.LFunction, error) {
	path, err := vm.Sandbox().Path(L.CheckString(1), false)
	if err != nil {
		vm.raiseForbidden(L, err)
		return nil, err
	}
	chunk, err := Load(path)
	if err != nil {
		return nil, err
	}
	vm.admit(chunk)
	return L.NewFunctionFromProto(chunk.proto), nil
}

// loadFile is loadfile: a function, or nil and why there is none.
func loadFile(vm *VM, L *lua.LState) int {
	fn, err := vm.compiled(L)
	if err != nil {
		return refuse(L, err.Error())
	}
	L.Push(fn)
	return 1
}

// doFile is dofile, which raises what is wrong.
func doFile(vm *VM, L *lua.LState) int {
	fn, err := vm.compiled(L)
	if err != nil {
		L.RaiseError("%s", err.Error())
	}
	L.SetTop(0)
	L.Push(fn)
	L.Call(0, lua.MultRet)
	return L.GetTop()
}

// loadString is loadstring: a function, or nil and why there is none.
func loadString(vm *VM, L *lua.LState) int {
	return vm.loadText(L, L.CheckString(1), L.OptString(2, "<string>"))
}

// loadPieces is load, of a text that a function gives piece by piece.
func loadPieces(vm *VM, L *lua.LState) int {
	fn, name := L.CheckFunction(1), L.OptString(2, "?")
	var text strings.Builder
	for {
		L.Push(fn)
		if callFrom(L, 0, 1) {
			L.RaiseError("load: the function that it calls must not yield")
		}
		piece := L.Get(-1)
		L.Pop(1)
		switch piece.Type() {
		case lua.LTNil:
			return vm.loadText(L, text.String(), name)
		case lua.LTString, lua.LTNumber:
		default:
			return refuse(L, "reader function must return a string")
		}
		if piece.String() == "" {
			return vm.loadText(L, text.String(), name)
		}
		if text.WriteString(piece.String()); text.Len() > maxScript {
			return vm.loadText(L, text.String(), name)
		}
	}
}

// loadText compiles a text as scripts are compiled.
func (vm *VM) loadText(L *lua.LState, text, name string) int {
	if len(text) > maxScript {
		return refuse(L, fmt.Sprintf("the text has over %d bytes, the most that a script may have", maxScript))
	}
	chunk, err := Compile([]byte(text), name)
	if err != nil {
		return refuse(L, err.Error())
	}
	vm.open(chunk.needs)
	vm.openMembers(chunk.members)
	L.Push(L.NewFunctionFromProto(chunk.proto))
	return 1
}
