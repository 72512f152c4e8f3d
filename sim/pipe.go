package sim

import (
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

// pipeRoom is what a Linux pipe holds before a writer has to wait.
const pipeRoom = 64 << 10

// pipeAtom is PIPE_BUF: so much is written whole.
const pipeAtom = 4096

// Pipe returns the two ends of an in-memory dialog that behaves as a pair of
// pipes: each direction holds 64 KiB, a writer waits for room, a reader for
// bytes. All waits can be seen by testing/synctest.
func Pipe() (asterisk, program *End) {
	there, back := newFlow(), newFlow()
	return &End{in: back, out: there}, &End{in: there, out: back}
}

// An End is one end of a Pipe. All methods may be called from any goroutine.
type End struct {
	in, out *flow
}

// Read waits for bytes, io.EOF (the other end closed and all it wrote is
// read), a deadline (os.ErrDeadlineExceeded) or this end's Close
// (os.ErrClosed).
func (e *End) Read(p []byte) (int, error) {
	return e.in.read(p)
}

// Write waits until all bytes fit; up to 4,096 go in one piece or not at all. It ends early with syscall.EPIPE when the
// other end has closed, os.ErrClosed when this one has, or
// os.ErrDeadlineExceeded.
func (e *End) Write(p []byte) (int, error) {
	return e.out.write(p)
}

// Close closes both directions: the other end reads what is buffered and then
// io.EOF, and its writes give syscall.EPIPE. It never fails.
func (e *End) Close() error {
	e.out.shut(func(f *flow) { f.noWriter, f.writerClosed = true, true })
	e.in.shut(func(f *flow) { f.noReader, f.buf = true, nil })
	return nil
}

// CloseWrite ends what the other end can read; this end still reads.
func (e *End) CloseWrite() error {
	e.out.shut(func(f *flow) { f.noWriter, f.writerClosed = true, true })
	return nil
}

// SetReadDeadline makes a Read that still waits at t fail, the one in progress
// too. The zero time means never.
func (e *End) SetReadDeadline(t time.Time) error {
	e.in.shut(func(f *flow) { f.readBy = t })
	return nil
}

// SetWriteDeadline is SetReadDeadline for Write.
func (e *End) SetWriteDeadline(t time.Time) error {
	e.out.shut(func(f *flow) { f.writeBy = t })
	return nil
}

// flow is one direction.
type flow struct {
	mu           sync.Mutex
	buf          []byte
	noWriter     bool // nothing more will come
	writerClosed bool // ... because the writing end closed
	noReader     bool // nobody will read
	readBy       time.Time
	writeBy      time.Time
	changed      chan struct{} // closed and replaced at every change
}

func newFlow() *flow { return &flow{changed: make(chan struct{})} }

// shut changes the flow's state and wakes all who wait on it.
func (f *flow) shut(change func(*flow)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
	f.wake()
}

func (f *flow) wake() {
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *flow) read(p []byte) (int, error) {
	for {
		f.mu.Lock()
		var err error
		switch {
		case f.noReader:
			err = os.ErrClosed
		case len(f.buf) > 0 || len(p) == 0:
			n := copy(p, f.buf)
			f.buf = f.buf[n:]
			f.wake()
			f.mu.Unlock()
			return n, nil
		case f.noWriter:
			err = io.EOF
		case past(f.readBy):
			err = os.ErrDeadlineExceeded
		}
		changed, by := f.changed, f.readBy
		f.mu.Unlock()
		if err != nil {
			return 0, err
		}
		await(changed, by)
	}
}

func (f *flow) write(p []byte) (int, error) {
	n := 0
	for {
		f.mu.Lock()
		var err error
		switch {
		case f.writerClosed:
			err = os.ErrClosed
		case f.noReader:
			err = syscall.EPIPE
		}
		if err == nil {
			fits := min(len(p)-n, pipeRoom-len(f.buf))
			if len(p) <= pipeAtom && fits < len(p) {
				fits = 0
			}
			f.buf = append(f.buf, p[n:n+fits]...)
			if n += fits; fits > 0 {
				f.wake()
			}
			// What fits is written, however late it is: Asterisk tries before it
			// looks at its watch (utils.c: ast_carefulwrite).
			if n < len(p) && past(f.writeBy) {
				err = os.ErrDeadlineExceeded
			}
		}
		changed, by := f.changed, f.writeBy
		f.mu.Unlock()
		if err != nil || n == len(p) {
			return n, err
		}
		await(changed, by)
	}
}

func past(t time.Time) bool { return !t.IsZero() && !time.Now().Before(t) }

// await returns when changed closes or the time has come.
func await(changed <-chan struct{}, by time.Time) {
	if by.IsZero() {
		<-changed
		return
	}
	t := time.NewTimer(time.Until(by))
	defer t.Stop()
	select {
	case <-changed:
	case <-t.C:
	}
}
