package luabind

import (
	"context"
	"sync/atomic"
)

// halting is a VM's context that a flag ends, too. A flag can be set from
// outside of a testing/synctest bubble, where no channel of the bubble may be
// touched: so a script that never ends is ended although its time stands still.
type halting struct {
	context.Context
	halt *atomic.Bool
}

// Done is looked at before each instruction of Lua.
func (c halting) Done() <-chan struct{} {
	if c.halt.Load() {
		done := make(chan struct{})
		close(done)
		return done
	}
	return c.Context.Done()
}

// Err says that the flag is set, or what the context says.
func (c halting) Err() error {
	if c.halt.Load() {
		return context.Canceled
	}
	return c.Context.Err()
}
