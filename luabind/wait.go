package luabind

import (
	"context"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// waiting gives the context that a wait which begins now must end by. Hangups
// are looked for while it lasts. One that came while the script was busy, and
// that nothing has told it of, is raised here: whether it came just before the
// wait or in it must make no difference.
func (vm *VM) waiting(L *lua.LState) context.Context {
	vm.host.Session.Watch()
	if channel := vm.host.Session.Channel(); channel.Err() != nil && !vm.told {
		vm.raise(L, context.Cause(channel))
	}
	return vm.host.Context()
}

// sleep is agi.sleep: it waits, and raises what ends the wait.
func sleep(vm *VM, a args) int {
	d := a.seconds(1)
	ctx := vm.waiting(a.L)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		vm.raise(a.L, context.Cause(ctx))
	}
	return 0
}
