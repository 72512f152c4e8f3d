package sim

import (
	"context"
	"io"
	"sync"
)

// stdioBuffer is what one read of Asterisk's stdio takes from a pipe or socket.
const stdioBuffer = 4096

// input is what the program has written: what still lies in the kernel, which
// is what makes Asterisk's poll return and interrupts a prompt, and what its
// stdio has read ahead, which does neither (res_agi.c: run_agi; a second
// command in one write waits there until more bytes come).
//
//	program --> r --> kernel --read 4096--> stdio --line--> command
type input struct {
	mu     sync.Mutex
	kernel []byte
	end    bool // r has ended

	ready chan struct{} // holds one: there is something new
	room  chan struct{} // holds one: kernel has been emptied

	stdio []byte // Run's goroutine only
}

func newInput() *input {
	return &input{ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// fill reads r until it ends or stop closes while there is no room.
func (in *input) fill(r io.Reader, stop <-chan struct{}) {
	buf := make([]byte, stdioBuffer)
	for {
		n, err := r.Read(buf)
		in.mu.Lock()
		in.kernel = append(in.kernel, buf[:n]...)
		in.end = err != nil
		full := len(in.kernel) >= pipeRoom
		in.mu.Unlock()
		ring(in.ready)
		if err != nil {
			return
		}
		if full {
			select {
			case <-in.room:
			case <-stop:
				return
			}
		}
	}
}

func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// readable is what poll says: bytes or the end.
func (in *input) readable() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.kernel) > 0 || in.end
}

// read blocks as stdio does: nothing but bytes, the end or ctx wakes it.
func (in *input) read(ctx context.Context) (p []byte, ok bool) {
	for {
		in.mu.Lock()
		n := min(len(in.kernel), stdioBuffer)
		p, in.kernel = in.kernel[:n:n], in.kernel[n:]
		end := in.end
		in.mu.Unlock()
		if n > 0 {
			ring(in.room)
			return p, true
		}
		if end {
			return nil, false
		}
		select {
		case <-in.ready:
		case <-ctx.Done():
			return nil, false
		}
	}
}

// line is fgets with a buffer of limit+1 bytes: up to and without the newline,
// or limit bytes, or what is left at the end. ok is false at the end.
func (in *input) line(ctx context.Context, limit int) (line string, ok bool) {
	seen := 0
	for {
		for ; seen < min(len(in.stdio), limit); seen++ {
			if in.stdio[seen] == '\n' {
				line, in.stdio = string(in.stdio[:seen]), in.stdio[seen+1:]
				return line, true
			}
		}
		if seen == limit {
			line, in.stdio = string(in.stdio[:seen]), in.stdio[seen:]
			return line, true
		}
		p, ok := in.read(ctx)
		if !ok {
			line, in.stdio = string(in.stdio), nil
			return line, line != ""
		}
		in.stdio = append(in.stdio, p...)
	}
}
