package luabind

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// osFunctions stand in the place of those of the os library that reach beyond the
// script. None of them calls the one that it replaces: a script could get hold of
// that, by an error handler that looks at what is running.
var osFunctions = [...]struct {
	name string
	call func(*VM, *lua.LState) int
}{
	{"execute", osExecute},
	{"exit", osExit},
	{"getenv", func(vm *VM, L *lua.LState) int {
		name, value := L.CheckString(1), ""
		if !vm.Sandbox().Listed {
			value = vm.Sandbox().Apart.getenv(name)
		}
		if value == "" {
			L.Push(lua.LNil)
		} else {
			L.Push(lua.LString(value))
		}
		return 1
	}},
	{"remove", func(vm *VM, L *lua.LState) int {
		return vm.answer(L, vm.Sandbox().Remove(L.CheckString(1)))
	}},
	{"rename", func(vm *VM, L *lua.LState) int {
		return vm.answer(L, vm.Sandbox().Rename(L.CheckString(1), L.CheckString(2)))
	}},
	{"setenv", func(vm *VM, L *lua.LState) int {
		name, value := L.CheckString(1), L.CheckString(2)
		vm.raiseForbidden(L, vm.Sandbox().Environment())
		return vm.answer(L, vm.Sandbox().Apart.setenv(name, value))
	}},
	{"tmpname", func(vm *VM, L *lua.LState) int {
		L.Push(lua.LString(filepath.Join(vm.Sandbox().temporary(), "lua_"+rand.Text())))
		return 1
	}},
}

// answer gives true, or nil and why. What the sandbox forbids is raised.
func (vm *VM) answer(L *lua.LState, err error) int {
	if err == nil {
		return done(L)
	}
	vm.raiseForbidden(L, err)
	return refuse(L, err.Error())
}

// osExit is os.exit, which ends this call only.
func osExit(vm *VM, L *lua.LState) int {
	code := 0
	switch value := L.Get(1).(type) {
	case lua.LBool:
		if !value {
			code = 1
		}
	case lua.LNumber:
		code = int(value)
	}
	vm.end(L, Exit{Code: code, Where: strings.TrimSpace(L.Where(1))})
	return 0
}

// osExecute is os.execute, which gives a program neither the dialog nor the audio,
// and ends it with the call.
func osExecute(vm *VM, L *lua.LState) int {
	command := L.OptString(1, "")
	if command == "" {
		shell := 1 // there is one
		if vm.Sandbox().Shell() != nil {
			shell = 0
		}
		L.Push(lua.LNumber(shell))
		return 1
	}
	vm.raiseForbidden(L, vm.Sandbox().Shell())
	vm.out.flush(vm)
	ctx := vm.Waiting(L)
	if programs := vm.programs(L); programs != nil {
		code, _, _, err := programs.Start(shellCommand(command), "")
		if err != nil {
			vm.Raise(L, err)
		}
		L.Push(lua.LNumber(code))
		return 1
	}
	program := vm.shell(ctx, command)
	err := program.Run()
	if err != nil && ctx.Err() != nil {
		vm.Raise(L, context.Cause(ctx))
	}
	status := 0
	if err != nil {
		status = 1
		if program.ProcessState != nil && program.ProcessState.ExitCode() > 0 {
			status = program.ProcessState.ExitCode()
		}
	}
	L.Push(lua.LNumber(status))
	return 1
}
