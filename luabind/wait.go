package luabind

import (
	"context"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// sleep is agi.sleep: it waits, and raises what ends the wait.
func sleep(vm *VM, a args) int {
	d := a.seconds(1)
	vm.host.Session.Watch()
	ctx := vm.host.Context()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		vm.raise(a.L, context.Cause(ctx))
	}
	return 0
}

// checkWait raises what ended the call's context while the script waited for
// something that the end of the context cut short.
func (vm *VM) checkWait(L *lua.LState, cut bool) {
	if ctx := vm.host.Context(); cut && ctx.Err() != nil {
		vm.raise(L, context.Cause(ctx))
	}
}
