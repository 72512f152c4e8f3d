package fastagi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"goagi/agi"
)

// What the zero values of a Server's fields stand for.
const (
	DefaultMaxCalls = 5000
	DefaultDrain    = 30 * time.Second
	DefaultLeave    = 25 * time.Second
)

// maxIdle is how many connections there may be besides those of calls: new ones,
// silent ones and those that are being closed.
const maxIdle = 20_000

// The pause after an error of Accept, which doubles with each.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

// ErrShutdown is the cause with which a call's context ends when the server's
// time to drain is over.
var ErrShutdown = errors.New("the server is shutting down")

// Server answers Asterisk's AGI(agi://...) calls. Its fields are set before
// Serve, which runs once; Handler alone is needed. Counts and End may be called
// from any goroutine, at any time.
type Server struct {
	// Handler runs one call, in a goroutine of its own, and returns when that is
	// over; the server then closes the connection. Its ctx ends only when the
	// call must end for the server's sake, with ErrShutdown as its cause: then
	// the call should end as by a hangup. The caller's own hangup and a lost
	// connection are told by the Conn's Stream. A panic of it, in this goroutine, is
	// logged, counted and answered by `failure`.
	Handler func(ctx context.Context, c *Conn)

	// MaxCalls is how many calls there may be at once: DefaultMaxCalls where
	// zero. One more is answered by `failure` at once.
	MaxCalls int
	// Room says whether there is room for one more call, such as memory; nil: there
	// is. Where it says no, a call is answered by `failure` at once. It must not
	// block.
	Room func() bool
	// Drain is how long calls may go on when ctx has ended: DefaultDrain where
	// zero, no time where negative.
	Drain time.Duration
	// Leave is how long a call may take to end, once its own context has ended:
	// DefaultLeave where zero, no time where negative.
	Leave time.Duration
	// Allow lists who may connect over TCP: loopback, private and link-local
	// addresses where empty. Unix sockets are always allowed; their mode guards
	// them. Behind a proxy it is the proxy that is looked at.
	Allow []netip.Prefix
	// ProxyProtocol demands that each connection begin with a header of the PROXY
	// protocol, version 1 or 2, as HAProxy and stunnel send it.
	ProxyProtocol bool
	// Log is told what goes wrong, of each kind one record in ten seconds at
	// most; a panic always. Nil: nobody is told.
	Log *slog.Logger

	count   counters
	rare    rare
	open    connections
	calls   atomic.Int64  // in progress
	hurried chan struct{} // closed by End
	once    sync.Once     // makes hurried
	end     sync.Once     // closes it
}

// ShutdownError tells that calls did not end by themselves within Drain.
type ShutdownError struct {
	Cut  int // calls that were in progress when the time was over
	Left int // connections of them, and others, that had to be closed when Leave was over, too
}

// Error says how many calls were cut short.
func (e *ShutdownError) Error() string {
	if e.Left > 0 {
		return fmt.Sprintf("%d calls were cut short, and %d connections closed that did not end", e.Cut, e.Left)
	}
	return fmt.Sprintf("%d calls were cut short", e.Cut)
}

// Serve accepts calls on all listeners until ctx ends, then drains, and closes
// the listeners in any case. It blocks until the last call is over, or Drain,
// Leave and a moment have passed. The error is nil, a [*ShutdownError], or that
// of listeners which were all closed by somebody else. No error of Accept ends
// it.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.MaxCalls == 0 {
		s.MaxCalls = DefaultMaxCalls
	}
	s.open.limit = s.MaxCalls + maxIdle
	calls, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	stop := context.AfterFunc(ctx, func() { closeAll(listeners) })
	defer stop()
	broken := make([]error, len(listeners))
	var accepting sync.WaitGroup
	for i, l := range listeners {
		accepting.Go(func() { broken[i] = s.accept(ctx, calls, l) })
	}
	accepting.Wait()
	closeAll(listeners)
	err := s.drain(end)
	if ctx.Err() == nil {
		err = errors.Join(append(broken, err)...)
	}
	return err
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close() // one that is closed already is fine
	}
}

// End ends the calls in progress now, once ctx has ended, instead of after
// Drain: what a second signal asks for. They still have Leave to clean up.
func (s *Server) End() { s.end.Do(func() { close(s.hurry()) }) }

func (s *Server) hurry() chan struct{} {
	s.once.Do(func() { s.hurried = make(chan struct{}) })
	return s.hurried
}

// accept accepts until the listener is closed. Whatever else is wrong, such as
// too many open files, may be over in a moment.
func (s *Server) accept(ctx, calls context.Context, l net.Listener) error {
	pause := time.Duration(0)
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
			s.count.connections.Add(1)
			if s.open.add(conn) {
				go s.connection(calls, conn)
				continue
			}
			conn.Close()
			s.count.busy.Add(1)
			s.rare.log(s.Log, tooMany, "too many connections: one was closed at once", "from", name(conn.RemoteAddr()))
			continue
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			s.Log.Error("a listener was closed", "listener", name(l.Addr()))
			return err
		}
		s.count.acceptErrors.Add(1)
		s.rare.log(s.Log, acceptFailed, "a connection could not be accepted", "listener", name(l.Addr()), "error", err)
		pause = min(max(2*pause, firstPause), lastPause)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// drain waits for the connections to end, more and more impatiently.
func (s *Server) drain(end context.CancelCauseFunc) error {
	empty := s.open.emptied()
	if within(duration(s.Drain, DefaultDrain), empty, s.hurry()) {
		return nil
	}
	cut := int(s.calls.Load())
	end(ErrShutdown)
	if cut > 0 {
		s.Log.Warn("calls are cut short by the shutdown", "calls", cut)
	}
	left := 0
	if !within(duration(s.Leave, DefaultLeave), empty, nil) {
		left = s.open.closeAll()
		within(politeTime, empty, nil)
	}
	if cut == 0 {
		return nil
	}
	return &ShutdownError{Cut: cut, Left: left}
}

func duration(d, zero time.Duration) time.Duration {
	if d == 0 {
		return zero
	}
	return d
}

// within reports whether done closes within d, and before hurry does.
func within(d time.Duration, done, hurry <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
	case <-hurry:
	}
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// connection is a connection's goroutine.
func (s *Server) connection(calls context.Context, conn net.Conn) {
	defer s.open.remove(conn)
	defer conn.Close()
	if peer := conn.RemoteAddr(); !s.allows(peer) {
		s.count.refused.Add(1)
		s.rare.log(s.Log, notAllowed, "a connection was refused: its address is not allowed", "from", name(peer))
		return
	}
	c := newConn(conn)
	defer c.end()
	defer s.recovered(c)
	if s.calls.Load() >= int64(s.MaxCalls) {
		s.full(c)
		return
	}
	if s.Room != nil && !s.Room() {
		s.count.noRoom.Add(1)
		s.rare.log(s.Log, noRoom, "a call was refused: there is no room for it", "from", name(c.RemoteAddr()))
		_ = c.Fail()
		return
	}
	if !s.greet(calls, c) {
		return
	}
	if s.calls.Add(1) > int64(s.MaxCalls) {
		s.calls.Add(-1)
		s.full(c)
		return
	}
	defer s.calls.Add(-1)
	s.count.calls.Add(1)
	s.Handler(calls, c)
}

// greet reads all that comes before a call: the PROXY header and the
// environment block. It reports whether there is a call.
func (s *Server) greet(ctx context.Context, c *Conn) bool {
	var err error
	if s.ProxyProtocol {
		// One time for both.
		var done context.CancelFunc
		ctx, done = context.WithTimeout(ctx, agi.EnvTimeout)
		defer done()
		err = c.readProxy(ctx)
	}
	if err == nil {
		_, err = c.Stream.Env(ctx)
	}
	switch {
	case err == nil:
		c.Stream.Watch()
		return true
	case !c.wire.heard && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		s.count.probes.Add(1) // what a load balancer does every few seconds
		return false
	}
	s.count.bad.Add(1)
	s.rare.log(s.Log, noCall, "a connection was no call", "from", name(c.RemoteAddr()), "error", err)
	_ = c.Fail()
	return false
}

// full tells Asterisk that there is no room for its call.
func (s *Server) full(c *Conn) {
	s.count.busy.Add(1)
	s.rare.log(s.Log, tooMany, "a call was refused: too many in progress", "from", name(c.RemoteAddr()), "calls", s.MaxCalls)
	_ = c.Fail()
}

// recovered keeps a panic to the call that it is in.
func (s *Server) recovered(c *Conn) {
	fault := recover()
	if fault == nil {
		return
	}
	s.count.panics.Add(1)
	s.Log.Error("a call ended in a panic", "from", name(c.RemoteAddr()), "panic", fmt.Sprint(fault), "stack", string(debug.Stack()))
	_ = c.Fail()
}
