package luabind

import (
	"context"
	"sync/atomic"
)

// pace tells from outside what a VM does: its number is odd while it runs Lua,
// even while it waits, and grows by one with each change. The VM's goroutine
// changes it; others may read it, and end the VM where it runs.
type pace struct{ turns atomic.Uint64 }

// paceEnded is the bit of a VM that was ended for the memory that the process
// holds.
const paceEnded = 1 << 63

// runs notes that Lua runs.
func (p *pace) runs() {
	if n := p.turns.Load(); n&(1|paceEnded) == 0 {
		p.turns.Store(n + 1) // nobody else changes it while it is even
	}
}

// waits notes that the VM waits from now on, up to its next instruction of Lua.
// It reports false where the VM has been ended.
func (p *pace) waits() bool {
	n := p.turns.Load()
	if n&1 == 1 {
		return n&paceEnded == 0 && p.turns.CompareAndSwap(n, n+1)
	}
	return true
}

// end ends the VM if it has run Lua since the number was read, without a wait. It
// reports whether it did.
func (p *pace) end(turns uint64) bool {
	return turns&1 == 1 && turns&paceEnded == 0 && p.turns.CompareAndSwap(turns, turns|paceEnded)
}

func (p *pace) ended() bool { return p.turns.Load()&paceEnded != 0 }

// reset begins anew, for another run of a VM.
func (p *pace) reset() { p.turns.Store(0) }

// ErrHalted is what ends the Lua of a VM whose Host.Halt was set.
const ErrHalted = haltedError("it was busy without a wait, and was stopped here")

// haltedError is an error that costs nothing at the start of a process.
type haltedError string

// Error gives the text.
func (e haltedError) Error() string { return string(e) }

// Unwrap gives context.Canceled: it ends a context.
func (e haltedError) Unwrap() error { return context.Canceled }

// running is the context of a VM's Lua, which asks for its end at each
// instruction: so it knows that Lua runs, also in a function that a wait of a
// module calls back.
type running struct {
	context.Context
	done <-chan struct{}
	pace *pace
	// halt is a flag that ends it too, nil where there is none. It can be set from
	// outside of a testing/synctest bubble, where no channel of the bubble may be
	// touched: so a script that never ends is ended although its time stands still.
	halt *atomic.Bool
}

// Done is that of the context.
func (r *running) Done() <-chan struct{} {
	r.pace.runs()
	if r.halted() {
		done := make(chan struct{})
		close(done)
		return done
	}
	return r.done
}

// Err is that of the context, and tells of the flag.
func (r *running) Err() error {
	if r.halted() {
		return ErrHalted
	}
	return r.Context.Err()
}

func (r *running) halted() bool { return r.halt != nil && r.halt.Load() }
