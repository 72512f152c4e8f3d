package call

import (
	"context"
	"time"
)

// nextTry is how soon an interruption is tried again where no command was out.
const nextTry = 20 * time.Millisecond

// take takes the channel from the script as a hangup does. A prompt that plays
// is cut short where that can be; the rest the grace time ends. A command that
// was just going out is met by a further try.
func (r *run) take(cause error) {
	r.session.End(cause)
	r.interrupt(5)
}

func (r *run) interrupt(tries int) {
	if r.Transport.Interrupt() == nil || tries == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.finished {
		time.AfterFunc(nextTry, func() { r.interrupt(tries - 1) })
	}
}

// lost begins the grace time. It runs when the channel is gone.
func (r *run) lost() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer == nil {
		r.after(r.Grace, r.overdue)
	}
}

// anotherGrace gives what the script's goroutine does next a grace time of its
// own, where one has begun. When that is over, end is called; nil stands for
// what has no VM to end.
func (r *run) anotherGrace(end context.CancelCauseFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.endVM = end
	if r.timer != nil {
		r.timer.Stop()
		r.after(r.Grace, r.overdue)
	}
}

// noGrace ends all timers, when the call is over.
func (r *run) noGrace() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer != nil {
		r.timer.Stop()
	}
	r.finished = true
}

// overdue ends the VM when the grace time is over. What does not end by that
// is in a command, and loses the dialog, or it is stuck, and given up.
func (r *run) overdue() {
	if r.endVM != nil {
		r.endVM(errGrace)
	}
	r.after(r.Stuck, func() {
		if r.session.Seize() {
			close(r.abandoned)
			return
		}
		r.after(r.Stuck, func() { close(r.abandoned) })
		r.Transport.Close()
	})
}

// after has do run, with mu held, when d has passed and nothing else was begun
// meanwhile. The caller holds mu.
func (r *run) after(d time.Duration, do func()) {
	if r.finished {
		return // of a script that was abandoned, and ends all the same
	}
	r.turn++
	turn := r.turn
	r.timer = time.AfterFunc(d, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.turn == turn && !r.finished {
			do()
		}
	})
}
