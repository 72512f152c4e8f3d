package ami

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// What the zero values of a Worker's fields stand for.
const (
	DefaultDrain = 30 * time.Second
	DefaultLeave = 25 * time.Second
)

// ErrShutdown is the cause with which a call's context ends when the time to
// drain is over.
var ErrShutdown = errors.New("the worker is shutting down")

// Waiting says what becomes of calls that wait in Async AGI with nobody to tell
// them anything: those found there when a connection comes up, and those that
// come while the worker drains.
type Waiting int

const (
	// ServeWaiting: they are served like new ones, and those that come while the
	// worker drains are left to the one that follows it.
	ServeWaiting Waiting = iota
	// ReleaseWaiting: they go on in the dialplan.
	ReleaseWaiting
)

// Worker serves the calls that Asterisks put into Async AGI. Its fields are set
// before Serve; Handler alone is needed.
type Worker struct {
	// Handler runs one call, in a goroutine of its own, and returns when that is
	// over; then the call goes on in the dialplan. Its ctx ends only when the call
	// must end for the worker's sake, with ErrShutdown as its cause. A hangup and
	// a lost connection are told by the Call's Hungup. A panic of it is logged
	// and ends that call only.
	Handler func(ctx context.Context, c *Call)
	// Claims part the calls where several workers have connections to one
	// Asterisk, for each of them is told of each call. All of these share them.
	// Nil: all calls are this worker's, and Serve refuses to be the second.
	Claims Claimer
	// Room says whether one more call may be served. Where it says no a call is
	// left to other workers for a moment before it is claimed. Nil: always.
	Room func() bool
	// Connected is told when the connection of a Serve comes up and calls are served
	// over it, or claimed, and when it is over. Nil: nobody is.
	Connected func(a Account, up bool)
	// Waiting says what becomes of calls that were waiting already.
	Waiting Waiting
	// Drain is how long calls may go on when ctx has ended: DefaultDrain where
	// zero, no time where negative.
	Drain time.Duration
	// Leave is how long a call may take to end, once its own context has ended:
	// DefaultLeave where zero, no time where negative.
	Leave time.Duration
	// Log is told what goes wrong. Nil: nobody is.
	Log *slog.Logger

	mu     sync.Mutex
	hurry  chan struct{} // closed by End
	ending bool
}

// End has the calls that drain end now, as at the end of Drain.
func (w *Worker) End() {
	hurry := w.hurries()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ending {
		w.ending = true
		close(hurry)
	}
}

// hurries gives what End closes.
func (w *Worker) hurries() chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hurry == nil {
		w.hurry = make(chan struct{})
	}
	return w.hurry
}

// Serve keeps a connection to one Asterisk, which tells it of the events that it
// needs where the account names none, and serves its calls until ctx ends, and
// the calls in progress with it: after Drain their own context ends, after
// Leave they are given up. It returns when they are over; its error is that of
// Keep, ErrSecond where another worker serves this Asterisk, or ErrRights where
// there are claims and Asterisk does not say who it is. A call whose connection is
// lost has lost its channel, and is released when there is a connection again;
// with Claims that is another worker's to do where it takes longer than a Lease.
// Several Serves may run at once, one for each Asterisk.
func (w *Worker) Serve(ctx context.Context, a Account) error {
	log := w.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	a.Events = orElse(a.Events, "agi,call")
	calls, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	s := &service{Worker: w, log: log.With("asterisk", a.Addr), calls: calls, end: end, begun: make(map[string]bool), name: markerName()}
	ctx, s.stop = context.WithCancelCause(ctx)
	defer s.stop(nil)
	if w.Claims != nil {
		s.claims = newClaims(w.Claims, calls, ctx, s.log)
		defer s.claims.leave()
	}
	err := Keep(ctx, a, s.log, s.connection)
	s.drain()
	if cause := context.Cause(ctx); errors.Is(cause, ErrSecond) || errors.Is(cause, ErrRights) {
		return fmt.Errorf("%v: %w", a, cause)
	}
	return err
}

// service is one Serve.
type service struct {
	*Worker
	log      *slog.Logger
	calls    context.Context // of all calls
	end      context.CancelCauseFunc
	stop     context.CancelCauseFunc // ends the Serve
	name     string                  // by which other workers see this one, where there are no claims
	claims   *claims                 // nil without
	draining sync.Once

	mu      sync.Mutex
	begun   map[string]bool // by Uniqueid: calls that were in progress when a connection was lost
	running int             // goroutines of calls
	idle    chan struct{}   // closed when there are none; nil while nobody waits for that
}

// connection serves calls as long as a connection lasts, or, once ctx has ended,
// as long as they do.
func (s *service) connection(ctx context.Context, conn *Conn) {
	if err := conn.open(ctx); err != nil {
		s.failed(ctx, conn, err)
		return
	}
	seen := &marker{conn: conn.aside(), me: s.name, log: s.log}
	k := s.claims
	var err error
	var asterisk string
	if k != nil {
		seen.store = k.id
		asterisk, err = identify(ctx, conn.aside())
	} else {
		err = seen.enter(ctx)
	}
	if err != nil {
		s.failed(ctx, conn, err)
		return
	}
	up := func(bool) {}
	if s.Connected != nil {
		up = func(is bool) { s.Connected(conn.Account(), is) }
	}
	entered := false // own guards it
	receive, stop := context.WithCancel(context.WithoutCancel(ctx))
	t := newTable(s, ctx, conn, k)
	var own sync.WaitGroup
	if k != nil {
		k.connected(asterisk, t.abandon)
	}
	own.Go(func() {
		var err error
		if k != nil { // calls wait for a claim meanwhile
			if err = seen.enter(receive); err == nil {
				own.Go(func() { k.keep(receive) })
			}
		}
		if entered = err == nil; entered {
			up(true)
			err = seen.keep(receive)
		}
		if err != nil && receive.Err() == nil {
			s.failed(ctx, conn, err)
		}
	})
	own.Go(func() {
		select {
		case <-ctx.Done():
			s.drain()
			stop()
		case <-receive.Done():
		}
	})
	own.Go(func() { t.look(receive) })
	err = conn.Receive(receive, t.route)
	stop()
	if conn.Err() == nil {
		err = ErrClosed
	}
	t.lost(err)
	t.checks.Wait()
	own.Wait()
	if entered {
		up(false)
	}
	if conn.Err() == nil {
		seen.leave()
	}
}

// failed ends a connection with an error, and the Serve where no time mends it.
func (s *service) failed(ctx context.Context, conn *Conn, err error) {
	if errors.Is(err, ErrSecond) || errors.Is(err, ErrRights) {
		s.stop(err)
	} else if ctx.Err() == nil && conn.Err() == nil {
		s.log.Warn("a connection is of no use", "error", err)
	}
	conn.fail(err)
}

// drain waits for the calls in progress, more and more impatiently.
func (s *service) drain() {
	s.draining.Do(func() {
		over := s.emptied()
		if !s.drained(over) {
			s.log.Warn("calls are cut short by the shutdown")
			s.end(ErrShutdown)
			within(orElse(s.Leave, DefaultLeave), over)
		}
	})
}

// drained reports whether the calls are over before Drain is, or End is called.
func (s *service) drained(over <-chan struct{}) bool {
	timer := time.NewTimer(orElse(s.Drain, DefaultDrain))
	defer timer.Stop()
	select {
	case <-over:
		return true
	case <-timer.C:
	case <-s.hurries():
	}
	return within(0, over)
}

// within reports whether done closes within d.
func within(d time.Duration, done <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
	}
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// run starts a call's goroutine.
func (s *service) run(serve func()) {
	s.mu.Lock()
	s.running++
	s.mu.Unlock()
	go func() {
		serve()
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.running--; s.running == 0 && s.idle != nil {
			close(s.idle)
			s.idle = nil
		}
	}()
}

// emptied gives what is closed when no call's goroutine runs.
func (s *service) emptied() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idle == nil {
		s.idle = make(chan struct{})
	}
	idle := s.idle
	if s.running == 0 {
		close(s.idle)
		s.idle = nil
	}
	return idle
}

// serve is a call's goroutine. release says that no script is run for it.
func (s *service) serve(c *Call, release bool) {
	if k := c.claims; k != nil {
		ctx := k.draining
		if release {
			ctx = s.calls
		}
		if s.Room != nil && !release && !s.Room() {
			_ = pause(c.life, roomPause)
		}
		mine, taken, nobodys := k.own(ctx, c)
		if !mine {
			return
		}
		defer k.over(c)
		c.taken = taken
		release = release || nobodys || taken && s.Waiting == ReleaseWaiting
	}
	if !release {
		s.handle(c)
	}
	if err := c.release(); err != nil {
		s.log.Error("a call could not be released", "call", c.Uniqueid(), "error", err)
	}
}

// handle runs the handler, and keeps a panic to the call that it is in.
func (s *service) handle(c *Call) {
	defer func() {
		if fault := recover(); fault != nil {
			s.log.Error("a call ended in a panic", "call", c.Uniqueid(), "panic", fmt.Sprint(fault), "stack", string(debug.Stack()))
		}
	}()
	s.Handler(s.calls, c)
}

// release lets the call go on in the dialplan, if it has not already, and waits
// until it has. Behind a command that still runs it is not waited for.
func (c *Call) release() error {
	c.mu.Lock()
	over, busy := c.isOver, c.pending != nil
	c.leaving = true
	c.mu.Unlock()
	if over || !c.current() {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), c.conn.account.timeout(), ErrSilent)
	defer cancel()
	var err error
	for known := false; !known; {
		channel := c.Channel()
		_, err = c.conn.Do(ctx, Action("AGI", "Channel", channel, "Command", breakCommand, "CommandID", c.nonce+"break"))
		_, refused := errors.AsType[*ActionError](err)
		known = !refused || !c.moves(ctx, channel)
	}
	if err == nil && !busy {
		select {
		case <-c.over:
		case <-ctx.Done():
			err = fmt.Errorf("%s: %w", breakCommand, context.Cause(ctx))
		}
	}
	select {
	case <-c.over: // it was ending by itself
		return nil
	default:
		return err
	}
}

// moves waits for the event that explains why a channel does not take a command:
// its end, or a new name of it, which it reports.
func (c *Call) moves(ctx context.Context, name string) bool {
	ticker := time.NewTicker(endComes)
	defer ticker.Stop()
	for {
		select {
		case <-c.over:
			return false
		case <-ctx.Done():
			return false
		case <-ticker.C:
			if c.Channel() != name {
				return true
			}
		}
	}
}
