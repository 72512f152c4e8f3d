package luabind

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
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
// detector, mostly its own. The world does not stop for it.
func inUse() uint64 {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
	}
	metrics.Read(samples)
	return samples[0].Value.Uint64() + samples[1].Value.Uint64() + samples[2].Value.Uint64()
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
		"texts that grow":    `local s, all = ("x"):rep(1e6), {} while true do s = s .. "x" all[#all + 1] = s end`,
		"a table that grows": `local t = {} while true do t[#t + 1] = {} end`,
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
					`local ok, e = pcall(function() io.popen("sleep 200"):read() end) assert(e.kind == "hangup", e)`,
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
			case <-time.After(time.Minute):
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

// A script that is seen in one place twice, beside the one that fills the memory, may
// just have been slow: it is given time to be told from that.
func TestMemoryInDoubt(t *testing.T) {
	m := &Memory{Limit: 100, held: func() uint64 { return 200 }}
	culprit, slow := new(VM), new(VM)
	ended := make(map[*VM]bool)
	for _, vm := range []*VM{culprit, slow} {
		m.add(vm, func(error) { ended[vm] = true })
		vm.pace.runs()
	}
	m.look()
	m.look()
	if len(ended) > 0 {
		t.Fatal("it was ended, or both")
	}
	slow.pace.waits()
	slow.pace.runs()
	m.look()
	if !ended[culprit] || ended[slow] {
		t.Error(ended[culprit], ended[slow])
	}
}

// Nor is one ended for it that has just begun to run.
func TestMemoryInDoubtAtTheEndOfAHunt(t *testing.T) {
	m := &Memory{Limit: 100, held: func() uint64 { return 130 }}
	ended := 0
	add := func() {
		vm := new(VM)
		m.add(vm, func(error) { ended++ })
		vm.pace.runs()
	}
	add()
	add()
	m.age()
	add()
	m.hunt = make(chan struct{})
	close(m.hunt)
	if m.look(); ended != 0 {
		t.Errorf("%d of them were ended", ended)
	}
}

// Those that go on together for long are ended together.
func TestMemoryOfSeveral(t *testing.T) {
	m := &Memory{Limit: 100, held: func() uint64 { return 200 }}
	ended := 0
	for range 2 {
		vm := new(VM)
		m.add(vm, func(error) { ended++ })
		vm.pace.runs()
	}
	for range memoryDoubt {
		if ended > 0 {
			t.Fatal("too early")
		}
		m.look()
	}
	if ended != 2 {
		t.Error(ended)
	}
}

// However long a look takes, calls go on for a moment before the next.
func TestMemoryRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		looks, last := 0, time.Now()
		m := &Memory{Limit: 100, held: func() uint64 {
			if rest := time.Since(last); rest < memoryTick {
				t.Errorf("after %v", rest)
			}
			time.Sleep(10*memoryTick + memoryTick/2)
			last = time.Now()
			if looks++; looks == 3 {
				stop()
			}
			return 0
		}}
		m.Watch(ctx)
	})
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
