package luabind

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// ErrMemory is the error of a script that ran while the process held more memory
// than it may.
var ErrMemory = errors.New("out of memory")

// Memory holds the calls of a process to so much memory together. Lua has no hook
// for what it allocates, so the process is looked at from time to time: while it
// holds too much, the scripts that run at that moment are ended, and those that
// wait for a command, a sleep or a server live on. Limit and Log are set before it
// is used; the methods may be called from any goroutine.
type Memory struct {
	Limit uint64       // bytes of the process's own; no limit where zero
	Log   *slog.Logger // is told when the limit is passed; nobody where nil

	over  atomic.Bool
	freed atomic.Bool // a call was ended, and is gone
	mu    sync.Mutex
	vms   map[*VM]context.CancelCauseFunc // those of calls in progress, and what ends them
	held  func() uint64                   // what the process holds; another's in tests

	// Of the goroutine that watches:
	ages     map[*VM]stretch
	hunt     chan struct{} // for garbage; closed when it is over, nil where there is none
	gone     bool          // it is one for what a call held that was ended
	began    time.Time     // the hunt
	clean    time.Time     // when there may be another
	patience time.Time     // until when those that were ended may take to be gone
}

// Times of a Memory.
const (
	memoryTick     = 25 * time.Millisecond // between two looks
	memoryDoubt    = 8                     // looks that tell several culprits from one and the slow
	memoryPatience = 5 * time.Second       // for one operation of a script that was ended, before others are
)

// Over reports whether the process holds too much now: calls that come are best
// refused.
func (m *Memory) Over() bool { return m.over.Load() }

// Watch looks at the process until ctx ends, which is what it blocks for.
func (m *Memory) Watch(ctx context.Context) {
	if m.Limit == 0 {
		return
	}
	// Not a ticker, whose next tick comes at once after a look that took long: what
	// stood still with the world would be seen twice in one place.
	rest := time.NewTimer(memoryTick)
	defer rest.Stop()
	for {
		select {
		case <-ctx.Done():
			if m.hunt != nil {
				<-m.hunt
			}
			return
		case <-rest.C:
			m.look()
			rest.Reset(memoryTick)
		}
	}
}

// look ends what fills the memory, where the process holds too much and garbage is
// not the reason: the script that has run Lua for longest without a wait. Where none
// has for two looks, and far too much is held, it is those that run right now.
func (m *Memory) look() {
	hunted := m.hunted()
	held := m.holds()
	if held > m.Limit/4 {
		m.age()
	} else {
		m.ages = nil
	}
	now := time.Now()
	switch {
	case held <= m.Limit:
		m.pass(held)
	case m.hunt == nil && m.freed.Swap(false):
		m.patience, m.gone = now, true
		m.begin()
	case hunted && m.gone:
		m.pass(held)
	case now.Before(m.patience):
	case hunted, held > m.Limit+m.Limit/2: // that much does not wait for a hunt's end
		longest, doubt := m.longest()
		if m.end(longest, held) || hunted && !doubt && held > m.Limit+m.Limit/4 && m.end(m.turns(), held) {
			m.patience = now.Add(memoryPatience)
		}
		m.pass(held)
	case m.hunt == nil && now.After(m.clean):
		m.gone = false
		m.begin()
	}
}

// begin begins a hunt for garbage, which is given back to the system.
func (m *Memory) begin() {
	m.hunt, m.began = make(chan struct{}), time.Now()
	go func(over chan struct{}) {
		defer close(over)
		debug.FreeOSMemory()
	}(m.hunt)
}

// hunted reports, once, that a hunt is over.
func (m *Memory) hunted() bool {
	select {
	case <-m.hunt: // nil where there is none
		m.hunt, m.clean = nil, time.Now().Add(2*time.Since(m.began)) // most of the time is the calls'
		return true
	default:
		return false
	}
}

// pass notes whether the limit is passed.
func (m *Memory) pass(held uint64) {
	over := held > m.Limit
	if over == m.over.Swap(over) || m.Log == nil {
		return
	}
	if over {
		m.Log.Warn("goagi holds more memory than --memory allows: scripts that run are ended, new calls refused", "bytes", held, "limit", m.Limit)
	} else {
		m.Log.Info("goagi holds less memory than --memory again", "bytes", held)
	}
}

// stretch is a time of running Lua without a wait.
type stretch struct {
	turns uint64 // of the VM's pace
	looks int    // how often it was seen
}

// age takes note of who runs Lua, and who has since the last look.
func (m *Memory) age() {
	ages := make(map[*VM]stretch)
	for vm, turns := range m.turns() {
		s := m.ages[vm]
		if s.turns != turns {
			s = stretch{turns: turns}
		}
		s.looks++
		ages[vm] = s
	}
	m.ages = ages
}

// longest gives those who have run Lua for longest, mostly one: others are slow
// because of it. Twice must they have been seen, for at any moment somebody runs;
// and often where they are several, for one of them may just have been slow to get a
// processor: until then there is doubt.
func (m *Memory) longest() (turns map[*VM]uint64, doubt bool) {
	most := 0
	for _, s := range m.ages {
		most = max(most, s.looks)
	}
	turns = make(map[*VM]uint64)
	for vm, s := range m.ages {
		if s.looks >= max(2, most) {
			turns[vm] = s.turns
		}
	}
	if len(turns) > 1 && most < memoryDoubt {
		return nil, true
	}
	return turns, false
}

// turns gives the paces of those that run Lua now.
func (m *Memory) turns() map[*VM]uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	turns := make(map[*VM]uint64)
	for vm := range m.vms {
		if n := vm.pace.turns.Load(); n&1 == 1 {
			turns[vm] = n
		}
	}
	return turns
}

// end ends those VMs that still run as they did, and reports whether there were
// any.
func (m *Memory) end(turns map[*VM]uint64, held uint64) bool {
	err := fmt.Errorf("%w: goagi held %d MiB while this script ran, and --memory allows %d", ErrMemory, held>>20, m.Limit>>20)
	m.mu.Lock()
	defer m.mu.Unlock()
	some := false
	for vm, n := range turns {
		if stop := m.vms[vm]; stop != nil && vm.pace.end(n) {
			stop(err)
			some = true
		}
	}
	return some
}

// add has a VM watched, which stop ends.
func (m *Memory) add(vm *VM, stop context.CancelCauseFunc) {
	if m == nil || m.Limit == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.vms == nil {
		m.vms = make(map[*VM]context.CancelCauseFunc)
	}
	m.vms[vm] = stop
}

// remove ends that.
func (m *Memory) remove(vm *VM) {
	if m == nil || m.Limit == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.vms, vm)
	if vm.pace.ended() {
		m.freed.Store(true)
	}
}

// holds gives the bytes of memory that are the process's own, 0 where the system
// does not tell.
func (m *Memory) holds() uint64 {
	if m.held != nil {
		return m.held()
	}
	return ownMemory()
}

// ownMemory is what the process holds of its own, in bytes: by the system's
// reckoning, and where that cannot be read, as in a chroot without /proc, by that of
// Go's runtime, which knows nothing of what C or the kernel hold for it.
func ownMemory() uint64 {
	text, err := os.ReadFile("/proc/self/statm") // in pages: size, resident, shared, ...
	fields := bytes.Fields(text)
	if err != nil || len(fields) < 3 {
		return runtimeMemory()
	}
	resident, _ := strconv.ParseUint(string(fields[1]), 10, 64)
	shared, _ := strconv.ParseUint(string(fields[2]), 10, 64)
	if shared > resident {
		return 0
	}
	return (resident - shared) * uint64(os.Getpagesize())
}

// runtimeMemory is what Go's runtime has of the system and has not given back.
func runtimeMemory() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats) // stops all for a moment; package runtime/metrics would cost each start
	return stats.Sys - stats.HeapReleased
}
