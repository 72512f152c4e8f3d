package luabind

import lua "github.com/yuin/gopher-lua"

// mendCoroutines has coroutines run under the context of the VM itself: the VM's
// own give each one derived from it, which does not ask, at each instruction,
// whether the VM is to end, and takes a goroutine for each coroutine.
func (vm *VM) mendCoroutines(table *lua.LTable) {
	for _, name := range [...]string{"create", "wrap"} {
		make := table.RawGetString(name).(*lua.LFunction).GFunction
		table.RawSetString(name, vm.Function(func(_ *VM, L *lua.LState) int {
			ctx := L.RemoveContext()
			defer L.SetContext(ctx)
			make(L)
			switch made := L.Get(-1).(type) {
			case *lua.LState:
				made.SetContext(ctx)
			case *lua.LFunction: // of wrap
				made.Upvalues[0].Value().(*lua.LState).SetContext(ctx)
			}
			return 1
		}))
	}
}

// Thread makes another thread of the VM's Lua, which may run while the others wait:
// one at a time.
func (vm *VM) Thread() *lua.LState {
	ctx := vm.L.RemoveContext()
	defer vm.L.SetContext(ctx)
	thread, _ := vm.L.NewThread() // without a context nothing is to be ended
	thread.SetContext(ctx)
	return thread
}
