package eagi

import (
	"io"
	"slices"
	"sync"
	"time"
)

// DefaultKeep is how much of the newest audio is kept where nothing else is
// said.
const DefaultKeep = 30 * time.Second

// lateness is how late audio may come and still be in time. Only what is later
// is a gap, which silence fills.
const lateness = 300 * time.Millisecond

// How long the pipe is left alone after a read: to be woken for each frame
// would cost more than all else that is done with it.
const (
	restUnheard = 200 * time.Millisecond // while nobody reads
	restMost    = 200 * time.Millisecond // while somebody does, with time to spare before lateness
	restHeard   = 100 * time.Millisecond // ... without saying how late it may be
	restLeast   = 20 * time.Millisecond
	restBytes   = 16 << 10 // but no longer than so many bytes take: a small pipe holds 64 KiB
)

// maxEarly is as many bytes as are kept before the format is known.
const maxEarly = 1 << 20

// Audio is the caller's audio from the first moment of the call on. All methods
// may be called from any goroutine.
type Audio struct {
	in      io.ReadCloser
	keep    time.Duration
	closed  chan struct{} // closed by Close
	drained chan struct{} // closed when nothing more is read
	rouse   chan struct{} // holds one: how long to rest has changed
	closing sync.Once

	mu      sync.Mutex // held for a copy, never across a wait
	format  Format
	known   bool  // the format is
	refused error // why the audio cannot be used
	early   []early
	odd     []byte // the first half of a sample
	samples []int16
	ring    ring
	began   time.Time // when position 0 was
	gap     bool      // silence has been put in since audio last came
	ended   bool      // nothing more comes
	failed  error     // ... and why: io.EOF, or what the pipe says
	readers []*Reader
	stats   Stats
}

// early is what came before the format was known.
type early struct {
	at   time.Time
	data []byte
	more bool
}

// Stats counts what became of the audio so far.
type Stats struct {
	Bytes   int64         // read from Asterisk
	Heard   time.Duration // of audio among them
	Gaps    time.Duration // of silence put in where no audio came
	Missed  time.Duration // that readers missed, since they were slower than what is kept; all of them together
	Dropped int64         // bytes of no use: of a format that cannot be read, or a half sample at the end
}

// Drain begins to read in, on a goroutine that Close stops, and keeps the
// newest audio, DefaultKeep where keep is zero. SetFormat says what it is; until
// then the bytes are kept as they are. A Read of in may block until Close, or
// give nothing where nothing is there now: it is tried again soon.
func Drain(in io.ReadCloser, keep time.Duration) *Audio {
	if keep <= 0 {
		keep = DefaultKeep
	}
	a := &Audio{
		in: in, keep: keep, began: time.Now(),
		closed: make(chan struct{}), drained: make(chan struct{}), rouse: make(chan struct{}, 1),
	}
	go a.drain()
	return a
}

// drain reads to the end of the audio. The buffer holds all that a usual pipe
// does, so that what lies behind one that it fills is known to be late.
func (a *Audio) drain() {
	defer close(a.drained)
	buf := make([]byte, 64<<10)
	pause := time.NewTimer(0)
	for {
		n, err := a.in.Read(buf)
		at := time.Now()
		a.mu.Lock()
		a.take(at, buf[:n], n == len(buf))
		if err != nil {
			a.ended, a.failed = true, err
			a.stats.Dropped += int64(len(a.odd))
		}
		a.wake()
		a.mu.Unlock()
		if err != nil {
			return
		}
		for open := true; open; {
			a.mu.Lock()
			rest := time.Until(at.Add(a.rest()))
			a.mu.Unlock()
			pause.Reset(rest)
			select {
			case <-pause.C:
				open = false
			case <-a.rouse:
			case <-a.closed:
				open = false
			}
		}
	}
}

// rouseDrain has the drain think anew how long it rests.
func (a *Audio) rouseDrain() {
	select {
	case a.rouse <- struct{}{}:
	default:
	}
}

// rest gives how long the pipe can be left alone. The caller holds mu.
func (a *Audio) rest() time.Duration {
	rest := restUnheard
	for _, r := range a.readers {
		rest = min(rest, r.within)
	}
	if bytes := a.format.Rate * a.format.SampleBytes(); bytes > 0 {
		rest = min(rest, restBytes*time.Second/time.Duration(bytes))
	}
	return rest
}

// SetFormat says how the audio is written, which Asterisk does not tell by
// itself. A second call does nothing.
func (a *Audio) SetFormat(f Format) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known || a.refused != nil {
		return
	}
	a.format, a.known = f, true
	a.ring.most = int(a.keep.Seconds() * float64(f.Rate))
	for _, e := range a.early {
		a.decode(e.at, e.data, e.more)
	}
	a.early = nil
	a.wake()
}

// Refuse says that the audio cannot be used, and why: it is read away from now
// on. Readers and Listen give reason.
func (a *Audio) Refuse(reason error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refused, a.early = reason, nil
	a.wake()
}

// Format gives how the audio is written. The error is that of Refuse; before
// SetFormat it is ErrFormat.
func (a *Audio) Format() (Format, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.refused != nil:
		return Format{}, a.refused
	case !a.known:
		return Format{}, ErrFormat
	}
	return a.format, nil
}

// Keep gives how much of the newest audio is kept.
func (a *Audio) Keep() time.Duration { return a.keep }

// Stats tells what became of the audio so far.
func (a *Audio) Stats() Stats {
	a.mu.Lock()
	defer a.mu.Unlock()
	stats := a.stats
	for _, r := range a.readers {
		stats.Missed += a.duration(r.missed)
	}
	return stats
}

// Close ends the audio and waits until it is no longer read. What is kept can
// still be read, up to io.EOF.
func (a *Audio) Close() error {
	err := a.in.Close()
	a.closing.Do(func() { close(a.closed) })
	<-a.drained
	return err
}

// take takes bytes that were read at a moment. more says that others may have
// waited behind them. The caller holds mu.
func (a *Audio) take(at time.Time, data []byte, more bool) {
	a.stats.Bytes += int64(len(data))
	switch {
	case a.refused != nil:
		a.stats.Dropped += int64(len(data))
	case a.known:
		a.decode(at, data, more)
	case len(data) > 0:
		a.early = append(a.early, early{at, slices.Clone(data), more})
		for size := a.earlySize(); size > maxEarly; size = a.earlySize() {
			a.stats.Dropped += int64(len(a.early[0].data))
			a.early = a.early[1:]
		}
	}
}

func (a *Audio) earlySize() int {
	size := 0
	for _, e := range a.early {
		size += len(e.data)
	}
	return size
}

// decode puts bytes into the ring, at the place of the clock. The caller holds
// mu.
func (a *Audio) decode(at time.Time, data []byte, more bool) {
	if len(a.odd) > 0 {
		data = append(a.odd, data...)
		a.odd = nil
	}
	if size := a.format.SampleBytes(); len(data)%size != 0 {
		whole := len(data) - len(data)%size
		a.odd = slices.Clone(data[whole:])
		data = data[:whole]
	}
	a.samples = a.format.AppendSamples(a.samples[:0], data)
	n := int64(len(a.samples))
	if n == 0 {
		return
	}
	a.stats.Heard += a.duration(n)
	if a.ring.end == 0 {
		a.began = at.Add(-a.duration(n)) // the call's audio begins here
	} else if gap := a.position(at) - n - a.ring.end; gap > 0 && !more && (a.gap || gap > a.samplesIn(lateness)) {
		a.fill(gap)
	}
	a.gap = false
	a.ring.write(a.samples)
}

// fill puts silence where no audio came. The caller holds mu.
func (a *Audio) fill(gap int64) {
	// In whole frames, for that is what is missing; when the others came is known
	// less exactly.
	frame := max(1, int64(a.format.FrameSamples()))
	gap -= gap % frame
	a.gap = true
	a.stats.Gaps += a.duration(gap)
	a.ring.silence(gap)
}

// catchUp puts silence up to now where no audio comes, less what may still be
// late. The caller holds mu.
func (a *Audio) catchUp() {
	if gap := a.position(time.Now().Add(-lateness)) - a.ring.end; gap > 0 && !a.ended {
		a.fill(gap)
	}
}

// position gives the place of a moment; the caller holds mu.
func (a *Audio) position(at time.Time) int64 {
	return a.samplesIn(at.Sub(a.began))
}

// samplesIn gives how many samples last so long; the caller holds mu.
func (a *Audio) samplesIn(d time.Duration) int64 {
	rate := int64(a.format.Rate)
	return int64(d/time.Second)*rate + int64(d%time.Second)*rate/int64(time.Second)
}

// moment gives the time of a position; the caller holds mu.
func (a *Audio) moment(pos int64) time.Time { return a.began.Add(a.duration(pos)) }

// duration gives how long so many samples last; the caller holds mu.
func (a *Audio) duration(samples int64) time.Duration {
	return lasting(samples, a.format.Rate)
}

// wake stirs all readers. The caller holds mu.
func (a *Audio) wake() {
	for _, r := range a.readers {
		select {
		case r.stir <- struct{}{}:
		default:
		}
	}
}
