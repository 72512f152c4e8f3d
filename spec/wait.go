package spec

import (
	"testing/synctest"
	"time"
)

// attention is how long hears waits for a sound, by the call's clock.
const attention = time.Minute

// longest is how long ends waits, by the call's clock.
const longest = 24 * time.Hour

// leaves is how long a call on a real Asterisk may take to end when its caller has
// hung up.
const leaves = 90 * time.Second

// pause lets fakes run until what it gives is called. Who waits does so: one at a
// time runs the test's Lua, the test itself or a fake.
func (t *tree) pause() (resume func()) {
	fake, thread := t.inFake, t.vm.L.G.CurrentThread
	<-t.turn
	return func() {
		t.turn <- struct{}{}
		t.inFake, t.vm.L.G.CurrentThread = fake, thread
	}
}

// patience is a time until which something has to happen. What fakes take is not
// counted.
type patience struct {
	t     *tree
	d     time.Duration
	end   time.Time
	faked int32 // fakes that had run when it began
}

func (t *tree) patience(d time.Duration) *patience {
	p := &patience{t: t, d: d}
	p.renew()
	return p
}

// renew has it begin now.
func (p *patience) renew() { p.end, p.faked = time.Now().Add(p.d), p.t.faked.Load() }

// over reports whether it is, and renews it where a fake is the reason.
func (p *patience) over() bool {
	if time.Now().Before(p.end) {
		return false
	}
	if p.t.working.Load() == 0 && p.t.faked.Load() == p.faked {
		return true
	}
	p.renew()
	return false
}

// await waits for the nth step; false says that there will be none: the call is over,
// or the patience.
func (p *placed) await(n int, until *patience) bool {
	t := p.tree
	if t.inFake { // it does not work, but waits
		t.working.Add(-1)
		defer t.working.Add(1)
	}
	defer t.pause()()
	for {
		p.mu.Lock()
		more, there := p.more, len(p.steps) > n
		p.mu.Unlock()
		if there {
			return true
		}
		timer := time.NewTimer(time.Until(until.end))
		select {
		case <-more:
		case <-p.over:
			timer.Stop()
			_, there := p.step(n)
			return there
		case <-timer.C:
			if t.real == nil {
				t.still() // what comes at this moment has come in time
			}
			if _, there := p.step(n); there || until.over() {
				return there
			}
		case <-t.stop:
			return false
		case <-t.done:
			return false
		}
		timer.Stop()
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
	if t.real != nil {
		return
	}
	// A fake that waits for stillness itself, as call:set does, is not the end of it.
	for n := t.still(); !fake; {
		next := t.still()
		if next == n+1 {
			return
		}
		n = next
	}
}

// still waits until nothing happens any more at this moment, on the simulator, and
// counts how often that was done. It is a lock as well: of those who wait for it at
// the same time each has to wait for what those before it do then.
func (t *tree) still() int {
	t.quiet <- struct{}{}
	synctest.Wait()
	t.stills++
	n := t.stills
	<-t.quiet
	return n
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
