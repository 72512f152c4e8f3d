package eagi

import (
	"context"
	"slices"
	"time"
)

// Reader reads an Audio from some moment on, sample by sample, gaps as silence.
// One goroutine uses it.
type Reader struct {
	a      *Audio
	pos    int64         // of the next sample; guarded by a.mu
	missed int64         // samples that were no longer kept; guarded by a.mu
	within time.Duration // how late frames may be; guarded by a.mu
	stir   chan struct{}
	timer  *time.Timer
}

// NewReader gives a reader that begins at the present moment, or so much
// earlier, as far as audio is kept. It must be closed.
func (a *Audio) NewReader(earlier time.Duration) (*Reader, error) {
	if _, err := a.Format(); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.catchUp()
	r := &Reader{a: a, within: restHeard, stir: make(chan struct{}, 1), timer: time.NewTimer(time.Hour)}
	r.pos = max(a.ring.start, a.ring.end-a.samplesIn(earlier))
	a.readers = append(a.readers, r)
	a.rouseDrain()
	return r, nil
}

// Within has frames come no later than d after Asterisk sent them, at 20 to 200
// ms; without it that is 100. Each look at the audio costs the same, so that to
// be late is to be cheap.
func (r *Reader) Within(d time.Duration) {
	d = min(max(d, restLeast), restMost)
	if d == r.within { // which only r's goroutine changes
		return
	}
	r.a.mu.Lock()
	defer r.a.mu.Unlock()
	sooner := d < r.within
	r.within = d
	if sooner {
		r.a.rouseDrain()
	}
}

// Close ends the reader. A second Close does nothing.
func (r *Reader) Close() {
	r.timer.Stop()
	r.a.mu.Lock()
	defer r.a.mu.Unlock()
	if i := slices.Index(r.a.readers, r); i >= 0 {
		r.a.readers = slices.Delete(r.a.readers, i, i+1)
		r.a.stats.Missed += r.a.duration(r.missed)
	}
}

// Rate gives the samples a second.
func (r *Reader) Rate() int { return r.a.format.Rate }

// Missed tells how much audio the reader has missed, since it was slower than
// what is kept.
func (r *Reader) Missed() time.Duration {
	r.a.mu.Lock()
	defer r.a.mu.Unlock()
	return r.a.duration(r.missed)
}

// Moment gives the time of the next sample.
func (r *Reader) Moment() time.Time {
	r.a.mu.Lock()
	defer r.a.mu.Unlock()
	return r.a.moment(r.pos)
}

// Read fills frame and gives its length. It blocks until there are so many
// samples; the end of ctx, whose cause it gives, and the end of the audio unblock
// it. What is there already is read first. It gives less than a whole frame only
// at the end of the audio, then io.EOF, or what kept it from being read.
func (r *Reader) Read(ctx context.Context, frame []int16) (int, error) {
	for {
		n, wait, err := r.next(frame)
		if n > 0 || err != nil || len(frame) == 0 {
			return n, err
		}
		r.timer.Reset(wait)
		select {
		case <-r.stir:
		case <-r.timer.C:
			r.a.mu.Lock()
			r.a.catchUp()
			r.a.mu.Unlock()
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

// Rest gives what has come and was not read yet, less than a frame perhaps. It
// does not block.
func (r *Reader) Rest() []int16 {
	a := r.a
	a.mu.Lock()
	defer a.mu.Unlock()
	r.pos = max(r.pos, a.ring.start)
	samples := make([]int16, a.ring.end-r.pos)
	r.pos += int64(a.ring.read(samples, r.pos))
	return samples
}

// next reads a whole frame if there is one, else it gives how long no audio
// may come before that is a gap.
func (r *Reader) next(frame []int16) (n int, wait time.Duration, err error) {
	a := r.a
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.pos < a.ring.start {
		r.missed += a.ring.start - r.pos
		r.pos = a.ring.start
	}
	if a.ring.end-r.pos >= int64(len(frame)) || a.ended {
		n = a.ring.read(frame, r.pos)
		r.pos += int64(n)
		if n == 0 && a.ended {
			err = a.failed
		}
		return n, 0, err
	}
	due := a.moment(r.pos + int64(len(frame))).Add(lateness)
	return 0, max(time.Millisecond, time.Until(due)), nil
}

// past copies what came before the next sample, at most so much of it.
func (r *Reader) past(d time.Duration) []int16 {
	a := r.a
	a.mu.Lock()
	defer a.mu.Unlock()
	from := max(a.ring.start, r.pos-a.samplesIn(d))
	samples := make([]int16, max(0, r.pos-from))
	return samples[:a.ring.read(samples, from)]
}
