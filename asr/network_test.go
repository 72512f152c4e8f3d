package asr

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
)

// network is a network inside a test: servers listen on it and engines dial
// it. Its connections are pipes, so that in a synctest bubble time stands
// still until all sides wait.
type network struct {
	calls  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	end := &serverEnd{Conn: far, out: make(chan []byte, 16), closed: make(chan struct{})}
	select {
	case n.calls <- end:
		go end.pump()
		return near, nil
	case <-n.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (n *network) Accept() (net.Conn, error) {
	select {
	case conn := <-n.calls:
		return conn, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

func (n *network) Addr() net.Addr { return &net.UnixAddr{} }

// serverEnd is a connection whose writes do not wait for the reader, as long as
// they are few: over a bare pipe, two that say farewell at once would block.
type serverEnd struct {
	net.Conn
	out    chan []byte
	closed chan struct{}
	once   sync.Once
}

func (e *serverEnd) Write(b []byte) (int, error) {
	select {
	case e.out <- bytes.Clone(b):
		return len(b), nil
	case <-e.closed:
		return 0, net.ErrClosed
	}
}

// Close lets what was written before it through.
func (e *serverEnd) Close() error {
	e.once.Do(func() { close(e.closed) })
	return nil
}

func (e *serverEnd) pump() {
	defer e.Conn.Close()
	for {
		select {
		case b := <-e.out:
			_, _ = e.Conn.Write(b)
			continue
		default:
		}
		select {
		case b := <-e.out:
			_, _ = e.Conn.Write(b)
		case <-e.closed:
			if len(e.out) == 0 {
				return
			}
		}
	}
}

// serve runs an HTTP server on a network of its own until the returned
// function is called, which waits for its end. No goroutine of it is left.
func serve(t *testing.T, handler http.Handler) (dial func(context.Context, string, string) (net.Conn, error), stop func()) {
	t.Helper()
	n := &network{calls: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(n)
	}()
	return n.dial, func() {
		server.Close()
		<-ended
	}
}
