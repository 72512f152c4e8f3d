package asr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	// voskChunk is how much speech goes into one message. The server answers
	// each, and finds the end of a phrase only between two.
	voskChunk = 200 * time.Millisecond
	// maxHeld is how much speech is held for a server that is behind.
	maxHeld = 30 * time.Second
	// farewell is how long a server may take to close after its last answer.
	farewell = 250 * time.Millisecond
)

// voskEOF ends the speech. The servers compare it letter by letter, blanks too.
const voskEOF = `{"eof" : 1}`

// voskStream is a connection with one goroutine that sends and one that reads,
// so that neither waits for the other. Both end when ctx does, which is what
// shut sees to.
//
//	Write -> held -> send ---> server ---> read -> said -> Partial
//	                  end: voskEOF         last answer: done -> End
type voskStream struct {
	ctx    context.Context // the stream is the call; its cause says why the stream ended
	cancel context.CancelCauseFunc
	conn   *websocket.Conn
	raw    net.Conn // beneath conn
	rate   int
	finish time.Duration
	wake   chan struct{} // tells send of something new in held or over; holds one
	done   chan struct{} // closed when the last answer has come
	gone   sync.WaitGroup

	mu       sync.Mutex // guards what follows; never held across a wait
	held     []int16    // speech that has not been sent
	lost     int        // samples dropped
	over     time.Time  // when the speech ended, zero while it lasts
	told     bool       // the server has been told so
	sent     int        // messages that the server will answer
	came     int        // answers
	finished bool       // a phrase has been finished since the server was told
	said     said
}

func newVoskStream(ctx context.Context, conn *websocket.Conn, raw net.Conn, rate int, finish time.Duration) *voskStream {
	v := &voskStream{conn: conn, raw: raw, rate: rate, finish: finish, wake: make(chan struct{}, 1), done: make(chan struct{})}
	v.ctx, v.cancel = context.WithCancelCause(ctx)
	v.gone.Go(v.send)
	v.gone.Go(v.read)
	return v
}

// Write is [Stream]'s.
func (v *voskStream) Write(samples []int16) error {
	if v.ctx.Err() != nil {
		return v.why("send speech")
	}
	v.add(samples, int(maxHeld/time.Second)*v.rate)
	return nil
}

// add holds samples for send, as long as no more than limit are held.
func (v *voskStream) add(samples []int16, limit int) {
	v.mu.Lock()
	taken := samples[:min(len(samples), max(0, limit-len(v.held)))]
	if !v.over.IsZero() {
		taken = nil
	}
	v.held = append(v.held, taken...)
	v.lost += len(samples) - len(taken)
	v.mu.Unlock()
	v.rouse()
}

func (v *voskStream) rouse() {
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

// Partial is [Stream]'s.
func (v *voskStream) Partial() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.said.text()
}

// End is [Stream]'s.
func (v *voskStream) End(ctx context.Context) (Transcript, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, v.finish, ErrTimeout)
	defer cancel()
	return v.end(ctx)
}

// end says that the speech is over and awaits the last answer.
func (v *voskStream) end(ctx context.Context) (Transcript, error) {
	v.mu.Lock()
	if v.over.IsZero() {
		v.over = time.Now()
	}
	v.mu.Unlock()
	v.rouse()
	var err error
	select {
	case <-v.done:
	case <-ctx.Done():
		err = ended(ctx, "vosk", "await the last answer")
	case <-v.ctx.Done():
		err = v.why("await the last answer")
	}
	select {
	case <-v.done: // whatever came after it
		err = nil
	default:
	}
	v.shut(err)
	v.mu.Lock()
	defer v.mu.Unlock()
	t := v.said.transcript(err == nil)
	t.Engine, t.Dropped, t.Took = "vosk", lasts(v.lost, v.rate), time.Since(v.over)
	return t, err
}

// Close is [Stream]'s.
func (v *voskStream) Close() error {
	v.shut(errClosed)
	return nil
}

// shut ends the goroutines and waits for them. After the last answer it leaves
// read a moment to close the connection in good order.
func (v *voskStream) shut(cause error) {
	if cause == nil {
		timer := time.AfterFunc(farewell, func() { v.cancel(errClosed) })
		defer timer.Stop()
	} else {
		v.cancel(cause)
	}
	v.gone.Wait()
	v.cancel(errClosed)
	_ = v.conn.CloseNow()
}

// why gives the error that ended the stream.
func (v *voskStream) why(doing string) error {
	e := (*Error)(nil)
	if errors.As(context.Cause(v.ctx), &e) {
		return e
	}
	return ended(v.ctx, "vosk", doing)
}

// send sends what is held, in messages of voskChunk or, at the end of the
// speech, less, and then that it has ended.
func (v *voskStream) send() {
	chunk := int(voskChunk * time.Duration(v.rate) / time.Second)
	message := make([]byte, 0, 2*chunk)
	for {
		v.mu.Lock()
		over := !v.over.IsZero()
		n := min(chunk, len(v.held))
		if n < chunk && !over {
			n = 0
		}
		message = appendPCM(message[:0], v.held[:n])
		v.held = v.held[n:]
		if n > 0 || over {
			v.sent++
			v.told = n == 0
		}
		v.mu.Unlock()
		kind := websocket.MessageBinary
		switch {
		case n == 0 && !over:
			select {
			case <-v.wake:
				continue
			case <-v.ctx.Done():
				return
			}
		case n == 0:
			kind, message = websocket.MessageText, []byte(voskEOF)
		}
		if err := v.conn.Write(v.ctx, kind, message); err != nil {
			select { // read most likely knows better why
			case <-v.ctx.Done():
			case <-time.After(farewell):
				v.fail("send speech", err)
			}
			return
		}
		if n == 0 {
			return
		}
	}
}

// read takes the answers until the last.
func (v *voskStream) read() {
	for {
		kind, from, err := v.conn.Reader(v.ctx)
		var message []byte
		if err == nil { // not by the connection's own limit, which writes to the server before it says so
			message, err = io.ReadAll(io.LimitReader(from, maxAnswer+1))
		}
		if err != nil {
			v.readEnded(err)
			return
		}
		last, err := v.take(kind, message)
		if err != nil {
			v.cancel(&Error{Kind: ErrAnswer, Engine: "vosk", Doing: "read an answer", Message: err.Error(), cause: err})
			return
		}
		if last {
			close(v.done)
			// Close would wait 5 s for the server's, whatever CloseNow says.
			defer context.AfterFunc(v.ctx, func() { _ = v.raw.Close() })()
			_ = v.conn.Close(websocket.StatusNormalClosure, "")
			return
		}
	}
}

// take takes one answer, and reports whether it is the last. Every message but
// the configuration has its answer, in order. The server written in C++ takes
// that too for speech and answers; its answers to text are binary messages.
func (v *voskStream) take(kind websocket.MessageType, message []byte) (last bool, err error) {
	if len(message) > maxAnswer {
		return false, fmt.Errorf("the answer is longer than %d KiB", maxAnswer>>10)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.came == 0 && kind == websocket.MessageBinary {
		v.came--
	}
	v.came++
	final, err := v.said.add(message)
	v.finished = v.finished || final && v.told
	return final && v.told && v.came >= v.sent, err
}

// readEnded says why there are no more answers. A server that has finished a
// phrase since it was told of the end, and closes in good order, has said all
// it had to, though it may not have answered every message.
func (v *voskStream) readEnded(err error) {
	v.mu.Lock()
	complete := v.finished
	v.mu.Unlock()
	if complete && websocket.CloseStatus(err) == websocket.StatusNormalClosure {
		close(v.done)
		return
	}
	v.fail("await an answer", err)
}

// fail ends the stream because the connection broke.
func (v *voskStream) fail(doing string, err error) {
	if v.ctx.Err() != nil {
		return
	}
	e := &Error{Kind: ErrAnswer, Engine: "vosk", Doing: doing, cause: err}
	closed := websocket.CloseError{}
	switch {
	case errors.As(err, &closed):
		e.Message = "the server closed the stream before its end: " + closed.Code.String()
		if closed.Reason != "" {
			e.Message += " " + quoted(closed.Reason, 200)
		}
	default:
		e.Message = "the connection broke before the end: " + innermost(err)
	}
	v.cancel(e)
}
