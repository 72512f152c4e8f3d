package luabind

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"goagi/agi"
)

// live is a call that goes on until it is told to end, beside others.
type live struct {
	*fixture
	err error
}

// lines is told of the line of a log that says that memory is enough again.
type lines chan struct{}

func (l lines) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("again")) {
		l <- struct{}{}
	}
	return len(line), nil
}

// inUse is what Go's heap and stacks hold: what the system says is, under the race
// detector, mostly its own.
func inUse() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapInuse + stats.StackInuse
}

// runIn runs source in a VM that nobody holds afterwards.
func runIn(t *testing.T, host Host, source string) error {
	chunk, err := Compile([]byte(source), "t.lua")
	if err != nil {
		t.Fatal(err)
	}
	vm := New(host)
	defer vm.Close()
	return vm.Run(t.Context(), chunk)
}

// A script that fills the memory ends with an error that says so, and none of a
// hundred others that wait for a moment, a command or a program.
func TestMemory(t *testing.T) {
	for name, culprit := range map[string]string{
		"a text that doubles": `local s = "x" while true do s = s .. s end`,
		"a table that grows":  `local t = {} while true do t[#t + 1] = {} end`,
		"a pcall that goes on, in a coroutine": `coroutine.wrap(function() agi.get_variable("X") local t = {} while true do
			pcall(function() while true do t[#t + 1] = {} end end) end end)()`,
	} {
		t.Run(name, func(t *testing.T) {
			again := make(lines, 1)
			m := &Memory{Log: slog.New(slog.NewTextHandler(again, nil)), held: inUse}
			m.Limit = m.holds() + 100<<20
			ctx, stop := context.WithCancel(t.Context())
			waits, end := context.WithCancelCause(t.Context())
			var watching, running sync.WaitGroup
			watching.Go(func() { m.Watch(ctx) })
			calls := make([]live, 100)
			for i := range calls {
				c := &calls[i]
				c.fixture = newFixture(t)
				c.vm.host.Memory = m
				c.vm.host.Context = func() context.Context { return waits }
				source := [...]string{
					`while not agi.hungup() do agi.sleep(3600) end`,
					`local ok, e = pcall(function() while true do agi.sleep(0.001) agi.get_variable("X") end end) assert(e.kind == "hangup", e)`,
					`local ok, e = pcall(function() io.popen("sleep 100"):read() end) assert(e.kind == "hangup", e)`,
				}[[...]int{0, 1, 1, 1, 2}[i%5]]
				running.Go(func() { _, c.err = c.run(t, source) })
			}
			host := newFixture(t).vm.host
			host.Memory, host.Context = m, func() context.Context { return waits }
			err := runIn(t, host, culprit)
			if !errors.Is(err, ErrMemory) || !strings.Contains(err.Error(), ": out of memory: goagi held ") || !strings.Contains(err.Error(), "--memory") {
				t.Errorf("the culprit ended with %v", err)
			}
			if !m.Over() {
				t.Error("a new call would not have been refused")
			}
			select {
			case <-again:
			case <-time.After(20 * time.Second):
				t.Errorf("%d MiB are held, over %d", m.holds()>>20, m.Limit>>20)
			}
			end(agi.ErrHangup)
			running.Wait()
			for i := range calls {
				if err := calls[i].err; err != nil && !errors.Is(err, agi.ErrHangup) {
					t.Errorf("call %d ended with %v", i, err)
				}
			}
			stop()
			watching.Wait()
		})
	}
}

// A script that waits again and again while it fills the memory is found as well,
// once far too much is held.
func TestMemoryAndAWaitingCulprit(t *testing.T) {
	m := &Memory{held: inUse}
	m.Limit = m.holds() + 100<<20
	ctx, stop := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() { m.Watch(ctx) })
	f := newFixture(t)
	f.vm.host.Memory = m
	_, err := f.run(t, `local t = {} while true do t[#t + 1] = ("x"):rep(1e6) .. #t agi.sleep(0) end`)
	if !errors.Is(err, ErrMemory) {
		t.Errorf("it ended with %v", err)
	}
	stop()
	watching.Wait()
}

// A process holds something, where the system tells.
func TestMemoryHolds(t *testing.T) {
	if held := new(Memory).holds(); held < 1<<20 || held > 1<<40 {
		t.Error(held)
	}
}

// The place in Lua that waits is told from the one that runs, in a function that a
// wait calls back too.
func TestPace(t *testing.T) {
	var p pace
	if p.end(p.turns.Load()) {
		t.Error("what has not begun was ended")
	}
	p.runs()
	at := p.turns.Load()
	first := p.waits()
	if again := p.waits(); !first || !again || p.end(at) || p.end(p.turns.Load()) {
		t.Error("what waits was ended")
	}
	p.runs()
	if p.end(at) || !p.end(p.turns.Load()) || !p.ended() || p.waits() {
		t.Error("what runs was not ended")
	}
}
