package luabind

import (
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
