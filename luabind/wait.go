package luabind

import (
	"context"
	"time"
)

// waiting gives the context that a wait which begins now must end by. Hangups
// are looked for while it lasts.
func (vm *VM) waiting() context.Context {
	vm.host.Session.Watch()
	return vm.host.Context()
}

// sleep is agi.sleep: it waits, and raises what ends the wait.
func sleep(vm *VM, a args) int {
	d := a.seconds(1)
	ctx := vm.waiting()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		vm.raise(a.L, context.Cause(ctx))
	}
	return 0
}
