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

// await waits for new steps, and runs what fakes are asked for meanwhile; false
// says that there will be none: the call is over, or nothing came for so long.
func (p *placed) await(timeout time.Duration) bool {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		select {
		case a := <-p.tree.asks:
			p.tree.obey(a)
		case <-p.more:
			return true
		case <-p.over:
			select {
			case <-p.more:
				return true
			default:
				return false
			}
		case <-timer.C:
			return false
		case <-p.tree.stop:
			return false
		}
	}
}

// until waits for an end, as long as timeout, and runs what fakes are asked for
// meanwhile; false says that it has not come, or stop before it.
func (t *tree) until(end <-chan struct{}, timeout time.Duration, stop <-chan struct{}) bool {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		select {
		case a := <-t.asks:
			t.obey(a)
		case <-end:
			return true
		case <-timer.C:
			return false
		case <-stop:
			return false
		}
	}
}

// ended waits for the call's end, and reports whether it has come in so long.
func (p *placed) ended(timeout time.Duration) bool { return p.tree.until(p.over, timeout, p.tree.stop) }

// rest lets time pass.
func (t *tree) rest(d time.Duration) { t.until(nil, d, t.stop) }

// late reports whether the test's time on a real Asterisk is over.
func (t *tree) late() bool {
	select {
	case <-t.stop:
		return true
	default:
		return false
	}
}

// quiet is how long a real call has to do nothing to be thought settled.
const quiet = 200 * time.Millisecond

// settle waits until the script has done what it does without waiting.
func (p *placed) settle() {
	if p.tree.real == nil {
		synctest.Wait()
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
		p.tree.rest(quiet)
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
