package spec

import (
	"testing/synctest"
	"time"
)

// patience is how long hears waits, by the call's clock.
const patience = time.Minute

// longest is how long ends waits, by the call's clock.
const longest = 24 * time.Hour

// leaves is how long a call on a real Asterisk may take to end when its caller has
// hung up.
const leaves = 90 * time.Second

// pause lets fakes run until what it gives is called. Who waits does so: one at a
// time runs the test's Lua, the test itself or a fake.
func (t *tree) pause() (resume func()) {
	fake := t.inFake
	<-t.turn
	return func() {
		t.turn <- struct{}{}
		t.inFake = fake
	}
}

// await waits for new steps; false says that there will be none: the call is over,
// or nothing came for so long. What a fake takes is not counted.
func (p *placed) await(timeout time.Duration) bool {
	own := int32(0) // fakes that are not waited for
	if p.tree.inFake {
		own = 1
	}
	defer p.tree.pause()()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for before := p.tree.faked.Load(); ; {
		select {
		case <-p.more:
			return true
		case <-p.over:
			return p.news()
		case <-timer.C:
			if p.tree.real == nil {
				p.tree.still() // what comes at this moment has come in time
			}
			faked := p.tree.faked.Load()
			if p.tree.fakes.Load() == own && faked == before {
				return p.news()
			}
			before = faked
			timer.Reset(timeout)
		case <-p.tree.stop:
			return false
		}
	}
}

// news reports whether there are new steps now.
func (p *placed) news() bool {
	select {
	case <-p.more:
		return true
	default:
		return false
	}
}

// until waits for an end, as long as timeout; false says that it has not come, or
// stop before it.
func (t *tree) until(end <-chan struct{}, timeout time.Duration, stop <-chan struct{}) bool {
	defer t.pause()()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-end:
		return true
	case <-timer.C:
	case <-stop:
	case <-t.done:
	}
	return false
}

// ended waits for the call's end, and reports whether it has come in so long.
func (p *placed) ended(timeout time.Duration) bool { return p.tree.until(p.over, timeout, p.tree.stop) }

// rest lets time pass. Of what happens at its end the calls' part comes first, then
// that of fakes, then the test's.
func (t *tree) rest(d time.Duration) {
	fake := t.inFake
	defer t.pause()()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.stop:
		return
	case <-t.done:
		return
	}
	if t.real == nil {
		t.still()
		if !fake {
			t.still()
		}
	}
}

// still waits until nothing happens any more at this moment, on the simulator. It is
// a lock as well: of those who wait for it at the same time each has to wait for what
// those before it do then.
func (t *tree) still() {
	t.quiet <- struct{}{}
	synctest.Wait()
	<-t.quiet
}

// late reports whether the test's time on a real Asterisk is over.
func (t *tree) late() bool {
	select {
	case <-t.stop:
		return true
	default:
		return false
	}
}

// settled is how long a real call has to do nothing to be thought settled.
const settled = 200 * time.Millisecond

// settle waits until the script has done what it does without waiting.
func (p *placed) settle() {
	if p.tree.real == nil {
		p.tree.still()
		return
	}
	for range 20 {
		p.mu.Lock()
		before := len(p.steps)
		p.mu.Unlock()
		select {
		case <-p.over:
			return
		default:
		}
		p.tree.rest(settled)
		p.mu.Lock()
		after := len(p.steps)
		p.mu.Unlock()
		if before == after {
			return
		}
	}
}

// step gives the nth step, if it has happened.
func (p *placed) step(n int) (step, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n >= len(p.steps) {
		return step{}, false
	}
	return p.steps[n], true
}
