package asr

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Streamer is a [Recognizer] that listens while the caller speaks.
type Streamer interface {
	Recognizer
	// Stream begins to listen to speech of a rate. It blocks until the
	// engine is ready to, its connect_timeout option is over, or ctx ends.
	// From then on ctx governs the stream: its end ends it.
	Stream(ctx context.Context, rate int) (Stream, error)
}

// Stream is one utterance, or many, on its way to an engine. Write is for one
// goroutine; Partial, End and Close may be called from others. Close must be
// called in the end, whatever happened.
type Stream interface {
	// Write adds what was said next. It keeps nothing of samples and never
	// waits for the engine: speech that comes faster than the engine takes
	// it is held, up to half a minute of it, and beyond that dropped and
	// counted. It gives the error that ended the stream, if one has.
	Write(samples []int16) error
	// Partial gives what was understood so far, all of it; its end may still
	// change. It never blocks.
	Partial() string
	// End says that nothing more comes, and gives the whole transcript. It
	// blocks until the engine has answered, its timeout is over, or ctx or
	// the stream's own context ends. With an error the transcript is what
	// was understood up to it. Further calls give the same.
	End(ctx context.Context) (Transcript, error)
	// Close drops the stream, and waits until all that it started is gone.
	// An End in progress returns.
	Close() error
}

// Listen begins a stream to any engine. To one that is no [Streamer] it sends
// nothing before End, which transcribes all that was written; Partial is
// always "" then, and of more than five minutes the rest is dropped.
func Listen(ctx context.Context, engine Recognizer, rate int) (Stream, error) {
	if streamer, ok := engine.(Streamer); ok {
		return streamer.Stream(ctx, rate)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	return &gathered{ctx: ctx, close: cancel, engine: engine, speech: Speech{Rate: rate}}, nil
}

// maxGathered is how much speech a gathered stream holds.
const maxGathered = 5 * time.Minute

// gathered is a stream to an engine that wants all of the speech at once.
type gathered struct {
	ctx    context.Context // the stream is the call; its cause is errClosed after Close
	close  context.CancelCauseFunc
	engine Recognizer
	mu     sync.Mutex // never held across a wait
	speech Speech
	lost   int // samples
	once   sync.Once
	result Transcript
	err    error
}

// errClosed is why a stream ends that its owner has closed.
var errClosed = errors.New("the stream has been closed")

func (g *gathered) Write(samples []int16) error {
	if g.ctx.Err() != nil {
		return context.Cause(g.ctx)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	room := max(0, int(maxGathered/time.Second)*g.speech.Rate-len(g.speech.Samples))
	taken := samples[:min(room, len(samples))]
	g.speech.Samples = append(g.speech.Samples, taken...)
	g.lost += len(samples) - len(taken)
	return nil
}

func (g *gathered) Partial() string { return "" }

func (g *gathered) End(ctx context.Context) (Transcript, error) {
	g.once.Do(func() {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(g.ctx, func() { cancel(context.Cause(g.ctx)) })()
		g.mu.Lock()
		speech, lost := g.speech, g.lost
		g.mu.Unlock()
		g.result, g.err = g.engine.Transcribe(ctx, speech)
		g.result.Dropped = lasts(lost, speech.Rate)
		g.mu.Lock()
		g.speech.Samples = nil // a call may have many streams
		g.mu.Unlock()
	})
	return g.result, g.err
}

func (g *gathered) Close() error {
	g.close(errClosed)
	return nil
}
