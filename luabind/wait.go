package luabind

import (
	"context"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// Waiting gives the context that a wait which begins now must end by. Hangups
// are looked for while it lasts. One that came while the script was busy, and
// that nothing has told it of, is raised here: whether it came just before the
// wait or in it must make no difference.
func (vm *VM) Waiting(L *lua.LState) context.Context {
	vm.host.Session.Watch()
	if channel := vm.host.Session.Channel(); channel.Err() != nil && !vm.told {
		vm.Raise(L, context.Cause(channel))
	}
	vm.pause(L)
	return vm.host.Context()
}

// pause notes that the script waits from now on, and does not fill the memory
// meanwhile. Where it has filled it, that is raised.
func (vm *VM) pause(L *lua.LState) {
	if !vm.pace.waits() {
		vm.Raise(L, ErrMemory)
	}
}

// NeedChannel raises a hangup, whether the script knows of it or not: for what
// hears the caller, as commands that need a channel do.
func (vm *VM) NeedChannel(L *lua.LState) {
	vm.host.Session.Watch()
	if channel := vm.host.Session.Channel(); channel.Err() != nil {
		vm.Raise(L, context.Cause(channel))
	}
}

// TellHangup says that the script has learnt of a hangup, by a result.
func (vm *VM) TellHangup() { vm.told = true }

// sleep is agi.sleep: it waits, and raises what ends the wait.
func sleep(vm *VM, a Args) int {
	d := a.Seconds(1)
	if vm.host.Sleep != nil {
		vm.host.Sleep(d)
		return 0
	}
	ctx := vm.Waiting(a.L)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		vm.Raise(a.L, context.Cause(ctx))
	}
	return 0
}
