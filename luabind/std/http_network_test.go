package std

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"goagi/luabind"
	"goagi/sim"
)

// network is a network in a bubble: all names lead to one server, over pipes, so
// that time stands still until nothing more can happen without it.
type network struct {
	calls  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// cable is one end of a connection.
type cable struct{ *sim.End }

func (cable) LocalAddr() net.Addr  { return &net.UnixAddr{} }
func (cable) RemoteAddr() net.Addr { return &net.UnixAddr{} }
func (w cable) SetDeadline(t time.Time) error {
	return errors.Join(w.SetReadDeadline(t), w.SetWriteDeadline(t))
}

func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	far, near := sim.Pipe()
	select {
	case n.calls <- cable{far}:
		return cable{near}, nil
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

// served is a server of a network, as its handlers see it.
type served struct {
	network
	hangUp func()        // has the caller hang up
	over   chan struct{} // closed when the call is over
	count  int           // requests so far, the present one included; one at a time is made
}

// ask runs a script in a bubble whose network leads to a handler.
func ask(t *testing.T, who caller, handle func(*served, http.ResponseWriter, *http.Request), script string) (e ended) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		hungUp := make(chan struct{})
		s := &served{network: network{calls: make(chan net.Conn), closed: make(chan struct{})}, over: make(chan struct{})}
		s.hangUp = sync.OnceFunc(func() { close(hungUp) })
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.count++
			handle(s, w, r)
		})}
		ended := make(chan struct{})
		if handle != nil { // nobody answers the network's calls without
			go func() {
				defer close(ended)
				_ = server.Serve(s)
			}()
		} else {
			close(ended)
		}
		who.notEAGI, who.hangsUpOn = who.speaks == nil, hungUp
		who.shared = new(luabind.Shared)
		_, err := who.shared.Open("http environment", func() (io.Closer, error) {
			return &webTransport{&http.Transport{DialContext: s.dial}}, nil
		})
		check(t, err)
		e = placed(t, who, script)
		close(s.over)
		check(t, who.shared.Close())
		check(t, server.Shutdown(context.Background())) // which waits for the handlers
		<-ended
	})
	return e
}
