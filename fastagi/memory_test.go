package fastagi_test

import (
	"errors"
	"net"
	"sync"
	"time"

	"goagi/sim"
)

// listener is one without a network, for bubbles.
type listener struct {
	conns  chan net.Conn
	faults chan error // what Accept gives besides
	closed chan struct{}
	once   sync.Once
}

func newListener() *listener {
	return &listener{conns: make(chan net.Conn), faults: make(chan error), closed: make(chan struct{})}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, net.ErrClosed
	default:
	}
	select {
	case c := <-l.conns:
		return c, nil
	case err := <-l.faults:
		return nil, err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *listener) Addr() net.Addr { return loopback }

var loopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4573}

// dial gives Asterisk's end of a connection, which the server has accepted.
func (l *listener) dial() *sim.End {
	asterisk, program := sim.Pipe()
	l.conns <- &wire{End: program, peer: loopback}
	return asterisk
}

// wire makes a net.Conn of a pipe's end.
type wire struct {
	*sim.End
	peer net.Addr
}

func (w *wire) LocalAddr() net.Addr  { return loopback }
func (w *wire) RemoteAddr() net.Addr { return w.peer }

func (w *wire) SetDeadline(t time.Time) error {
	return errors.Join(w.SetReadDeadline(t), w.SetWriteDeadline(t))
}
