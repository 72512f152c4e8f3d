package std

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
)

// relay is a network between the test and a server.
type relay struct {
	addr string

	mu     sync.Mutex
	mark   []byte
	seen   chan struct{} // closed when the server is sent the mark
	silent bool          // from then on nothing comes through
	hush   bool
	held   []net.Conn
}

func relayTo(t *testing.T, server string) *relay {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	r := &relay{addr: l.Addr().String()}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server)
			if err != nil {
				near.Close()
				continue
			}
			running.Go(func() { r.pass(near, far, true) })
			running.Go(func() { r.pass(far, near, false) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		r.speak()
		running.Wait()
	})
	return r
}

// watch gives a channel that is closed when the server is sent a text.
func (r *relay) watch(mark string, silent bool) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mark, r.seen, r.silent = []byte(mark), make(chan struct{}), silent
	return r.seen
}

// speak ends the silence, by the end of the connections that it held.
func (r *relay) speak() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, conn := range r.held {
		conn.Close()
	}
	r.hush, r.silent, r.held, r.mark = false, false, nil, nil
}

// pass passes on what comes from one side.
func (r *relay) pass(from, to net.Conn, watched bool) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := from.Read(buffer)
		r.mu.Lock()
		var seen chan struct{}
		if watched && r.mark != nil && bytes.Contains(buffer[:n], r.mark) {
			r.mark, r.hush, seen = nil, r.silent, r.seen
		}
		if r.hush {
			if seen != nil {
				close(seen)
			}
			r.held = append(r.held, from, to)
			r.mu.Unlock()
			_, _ = io.Copy(io.Discard, from)
			return
		}
		r.mu.Unlock()
		if n > 0 {
			_, _ = to.Write(buffer[:n])
		}
		if seen != nil {
			close(seen)
		}
		if err != nil {
			to.Close()
			from.Close()
			return
		}
	}
}
