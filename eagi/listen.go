package eagi

import (
	"context"
	"errors"
	"io"
	"time"
)

// Listening says what to listen for. The zero value of each field has the
// default named beside it.
type Listening struct {
	StartTimeout time.Duration // how long the caller may take to begin; 5 s. Negative: without end
	Silence      time.Duration // so much silence ends the utterance; 800 ms
	Max          time.Duration // the longest utterance; 30 s
	Preroll      time.Duration // so much from before the speech is part of it; 300 ms. Negative: none
	MinSpeech    time.Duration // less speech than that is a noise; 100 ms
	Earlier      time.Duration // listen to what came so long before, too
	// Detector tells speech from noise; a new one where nil. One that has heard
	// the line before knows its noise.
	Detector *Detector
	// Attention is asked for each frame, where it is not nil, with the frame's
	// time.
	Attention func(time.Time) Attention
	// Guard is asked for each frame, where it is not nil, for what keeps a prompt
	// that plays at that time from being taken for the caller.
	Guard func(time.Time) *EchoGuard
	// Started is called, where it is not nil, once it is clear that the caller
	// speaks, by the goroutine that listens.
	Started func()
}

// Attention is how the caller is listened to while none of it has been heard.
type Attention int

// The kinds of attention.
const (
	Listens Attention = iota
	Patient           // StartTimeout does not run
	Deaf              // nor does speech count
)

// Ending is how an utterance came to its end.
type Ending string

// The endings of an utterance.
const (
	Silence Ending = "silence" // the caller said no more, or nothing at all
	Max     Ending = "max"     // it was as long as it may be
	Cut     Ending = "cut"     // the audio or the context ended
)

func (l Listening) withDefaults() Listening {
	for _, d := range [...]struct {
		field     *time.Duration
		otherwise time.Duration
	}{
		{&l.StartTimeout, 5 * time.Second}, {&l.Silence, 800 * time.Millisecond}, {&l.Max, 30 * time.Second},
		{&l.Preroll, 300 * time.Millisecond}, {&l.MinSpeech, 100 * time.Millisecond},
	} {
		if *d.field == 0 {
			*d.field = d.otherwise
		}
	}
	return l
}

// warmUp is as much of what came before as a new detector hears, to know the
// noise of the line.
const warmUp = time.Second

// Listen waits for the caller to speak and gives what was said, nil where
// nothing was. It blocks until the utterance is over, nobody has begun in time,
// or ctx or the audio ends: then the error is the cause, or io.EOF, and comes
// with what was said so far. Audio that came before that is listened to first.
func (a *Audio) Listen(ctx context.Context, l Listening) (*Utterance, Ending, error) {
	l = l.withDefaults()
	r, err := a.NewReader(l.Earlier)
	if err != nil {
		return nil, Cut, err
	}
	defer r.Close()
	if l.Detector == nil {
		l.Detector = NewDetector(r.Rate())
		l.Detector.hear(r.past(warmUp), r.Rate())
	}
	return r.listen(ctx, l)
}

// listen listens to what r reads.
func (r *Reader) listen(ctx context.Context, l Listening) (*Utterance, Ending, error) {
	e := &ear{Listening: l, rate: r.Rate(), reader: r, within: restMost}
	if l.Attention != nil {
		e.within = restLeast
	}
	frame := make([]int16, e.rate/50)
	for {
		r.Within(e.within)
		at := r.Moment()
		n, err := r.Read(ctx, frame)
		if err != nil {
			if errors.Is(err, io.EOF) && ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			return e.utterance(), Cut, err
		}
		if n < len(frame) {
			clear(frame[n:])
		}
		if ending, over := e.hear(frame, at); over {
			return e.utterance(), ending, nil
		}
	}
}

// hear has the detector listen to whole frames of samples.
func (d *Detector) hear(samples []int16, rate int) {
	for n := rate / 50; len(samples) >= n; samples = samples[n:] {
		d.Frame(samples[:n])
	}
}

// ear is a Listening in progress: a number of frames in which nobody speaks,
// then an utterance.
//
//	    noise        speech speech        speech          silence
//	····|····|····|####|####|····|····|####|####|····|····|····|····
//	      preroll -^   ^- MinSpeech of it: Started        ^- Silence: over
type ear struct {
	Listening
	rate   int
	reader *Reader

	within time.Duration // how late the next frame may be
	guard  *EchoGuard
	waited int       // frames in which nobody spoke
	recent uint64    // the last frames, a bit each: whether it was speech
	began  time.Time // of said
	said   []int16   // nil until the caller speaks
	quiet  int       // frames since the last speech
}

func frames(d time.Duration) int { return int((d + frameTime - 1) / frameTime) }

// hear takes the next frame, which began at a moment, and tells whether the
// utterance is over.
func (e *ear) hear(frame []int16, at time.Time) (Ending, bool) {
	if e.Guard != nil {
		if guard := e.Guard(at); guard != e.guard {
			e.guard = guard
			e.Detector.Guard(guard)
		}
	}
	speech := e.Detector.Frame(frame).Speech
	if e.said == nil {
		if e.Attention != nil {
			attention := e.Attention(at)
			if e.within = restLeast; attention == Listens {
				e.within = restMost
			}
			switch attention {
			case Deaf:
				e.recent, e.waited = 0, 0
				return "", false
			case Patient:
				e.waited = 0
			}
		}
		return e.await(speech, len(frame))
	}
	e.said = append(e.said, frame...)
	if speech {
		e.quiet = 0
	} else {
		e.quiet++
	}
	e.within = time.Duration(frames(e.Silence)-e.quiet) * frameTime // it cannot end before
	switch {
	case e.quiet >= frames(e.Silence):
		return Silence, true
	case len(e.said) >= int(e.Max.Seconds()*float64(e.rate)):
		return Max, true
	}
	return "", false
}

// How long after speech began a Detector tells of it.
const (
	soonest = 60 * time.Millisecond // bench/voice: two frames more are no echo
	sure    = 80 * time.Millisecond // for most
)

// await takes a frame while nobody speaks yet. Speech is what most of the
// last frames are, MinSpeech of them in all.
func (e *ear) await(speech bool, n int) (Ending, bool) {
	e.waited++
	e.recent <<= 1
	if speech {
		e.recent |= 1
	}
	need := min(max(1, frames(e.MinSpeech-soonest)), 40)
	if e.guard != nil && e.guard.prompt == nil {
		need++ // it tells an echo less well
	}
	window := need + max(2, need/2)
	count, first := 0, 0
	for i := range window {
		if e.recent>>i&1 == 1 {
			count, first = count+1, i+1
		}
	}
	if count >= need && speech {
		e.begin(first, n)
		return "", false
	}
	if late := e.waited - frames(e.StartTimeout+sure); e.StartTimeout >= 0 && (late >= 0 && count == 0 || late > window) {
		return Silence, true // a caller who is just beginning has a moment more
	}
	return "", false
}

// begin makes the last frames, and the preroll before them, the beginning of
// the utterance.
func (e *ear) begin(frames, n int) {
	speech := time.Duration(frames) * frameTime
	e.said = e.reader.past(speech + max(0, e.Preroll))
	e.began = e.reader.Moment().Add(-lasting(int64(len(e.said)), e.rate))
	if e.Started != nil {
		e.Started()
	}
}

// tail is as much of the silence after the speech as stays part of it.
const tail = 200 * time.Millisecond

// utterance gives what was said, nil for nothing.
func (e *ear) utterance() *Utterance {
	if e.said == nil {
		return nil
	}
	if spare := e.quiet - frames(tail); spare > 0 {
		e.said = e.said[:len(e.said)-spare*(e.rate/50)]
	}
	return NewUtterance(e.said, e.rate, e.began)
}
