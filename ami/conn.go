package ami

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Conn is a connection that is logged in. Its methods may be called from any
// goroutine at any time, Receive by one at a time. Close must be called.
type Conn struct {
	account Account
	wire    net.Conn
	version string
	nonce   string       // begins the ids of this connection's actions
	actions atomic.Int64 // counts them
	writing chan struct{}
	done    chan struct{} // closed with err set
	running sync.WaitGroup
	events  backlog
	side    *Conn // for questions whose answers hold text of callers; nil where this one is

	mu      sync.Mutex // held for a few assignments, never across a wait
	pending map[string]*pending
	err     error
}

// pending is an action on its way to its answer. What it holds is guarded by the
// connection's mu until done is closed.
type pending struct {
	list     bool // answered by events, too
	response Message
	items    []Message
	bytes    int // of them
	complete bool
	done     chan struct{}
}

// How much may answer one action, and how much may wait for Receive: far more than
// what any Asterisk has to say.
const (
	maxItems = 200_000
	maxKept  = 128 << 20 // bytes
)

// Dial connects and logs in. It blocks until that is done, the account's Timeout
// has passed or ctx ends. The error is ErrLogin where Asterisk refused,
// ErrProtocol where something else answers there, or the network's.
func Dial(ctx context.Context, a Account) (*Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, a.timeout(), fmt.Errorf("%w within %v", ErrSilent, a.timeout()))
	defer cancel()
	wire, err := a.dial(ctx)
	if err == nil {
		c := &Conn{
			account: a, wire: wire,
			nonce:   "goagi-" + strconv.FormatUint(rand.Uint64(), 36) + "-",
			writing: make(chan struct{}, 1),
			done:    make(chan struct{}),
			pending: make(map[string]*pending),
			events:  newBacklog(a.backlog()),
		}
		stop := context.AfterFunc(ctx, func() { _ = wire.SetDeadline(time.Unix(1, 0)) })
		in := newReader(wire)
		if err = c.login(in); err == nil && stop() {
			_ = wire.SetDeadline(time.Time{})
			c.running.Go(func() { c.read(in) })
			c.running.Go(c.keepAlive)
			return c, nil
		}
		stop()
		wire.Close()
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return nil, fmt.Errorf("%v: %w", a, err)
}

// Version is what the greeting says of the manager interface's version, as in
// "9.0.0"; it is not Asterisk's.
func (c *Conn) Version() string { return c.version }

// Account is who is logged in where.
func (c *Conn) Account() Account { return c.account }

// Done is closed when the connection is over; Err then says why.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err says why the connection is over, nil while it is not.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the connection: whoever waits gets ErrClosed. It returns when the
// connection's own goroutines have ended. A second Close does nothing.
func (c *Conn) Close() error {
	c.fail(ErrClosed)
	c.running.Wait()
	return nil
}

// Do sends an action and gives Asterisk's response. It blocks until that comes,
// ctx ends or the connection is over; an action whose ctx ended may still come
// about. An answer that it did not work is an [*ActionError]; ErrTooLong and
// ErrHeader mean that nothing was sent. A header ActionID is set here.
func (c *Conn) Do(ctx context.Context, action Message) (Message, error) {
	p := &pending{done: make(chan struct{})}
	err := c.do(ctx, action, p)
	return p.response, err
}

// List is Do for an action that events answer, up to one named ...Complete, and
// gives these without that last one.
func (c *Conn) List(ctx context.Context, action Message) ([]Message, error) {
	p := &pending{list: true, done: make(chan struct{})}
	err := c.do(ctx, action, p)
	if err != nil {
		return nil, err
	}
	return p.items, nil
}

func (c *Conn) do(ctx context.Context, action Message, p *pending) error {
	name, id := action.Get("Action"), c.nonce+strconv.FormatInt(c.actions.Add(1), 36)
	text, err := withID(action, id).append(nil)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	c.mu.Lock()
	if c.err == nil {
		c.pending[id] = p
	}
	err = c.err
	c.mu.Unlock()
	if err == nil {
		err = c.write(ctx, text)
	}
	if err == nil {
		select {
		case <-p.done:
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	c.mu.Lock()
	delete(c.pending, id)
	response := p.response
	if err == nil && !p.complete {
		err = c.err // also of a list that the connection's end cut
	}
	c.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if strings.EqualFold(response.Get("Response"), "Error") {
		return &ActionError{Action: name, Message: response.Get("Message")}
	}
	return nil
}

// withID gives the action with this id as its only one.
func withID(action Message, id string) Message {
	m := make(Message, 0, len(action)+1)
	for _, h := range action {
		if !strings.EqualFold(h.Name, "ActionID") {
			m = append(m, h)
		}
	}
	return append(m, Header{Name: "ActionID", Value: id})
}

// write sends a whole message. ctx ends the wait for its turn, not the write
// itself, for half a message would spoil all that follow: a write that takes
// longer than Timeout ends the connection.
func (c *Conn) write(ctx context.Context, text []byte) error {
	select {
	case c.writing <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.done:
		return c.Err()
	}
	defer func() { <-c.writing }()
	_ = c.wire.SetWriteDeadline(time.Now().Add(c.account.timeout()))
	if _, err := c.wire.Write(text); err != nil {
		c.fail(fmt.Errorf("%w: %w", ErrClosed, err))
		return c.Err()
	}
	return nil
}

// fail ends the connection, once, and frees whoever waits.
func (c *Conn) fail(err error) {
	c.mu.Lock()
	first := c.err == nil
	if first {
		c.err = err
		for _, p := range c.pending {
			close(p.done)
		}
		clear(c.pending)
		close(c.done)
	}
	c.mu.Unlock()
	if first {
		_ = c.wire.Close() // with TLS it may take its time
	}
}

// read is the goroutine that reads, until the connection is over.
func (c *Conn) read(in *reader) {
	for {
		m, err := in.message()
		switch {
		case errors.Is(err, io.EOF):
			c.fail(fmt.Errorf("%w: Asterisk closed it", ErrClosed))
			return
		case errors.Is(err, ErrProtocol):
			c.fail(err)
			return
		case err != nil:
			c.fail(fmt.Errorf("%w: %w", ErrClosed, err))
			return
		}
		if !c.route(m) {
			c.fail(ErrBehind)
			return
		}
	}
}

// route hands a message to whoever waits for it. It reports false for one that
// there is no room for.
func (c *Conn) route(m Message) bool {
	event := m.Event()
	c.mu.Lock()
	p := c.pending[m.Get("ActionID")]
	switch {
	case event == "" && p == nil, event == "" && p.response != nil:
		// Nobody waits any more, or it is no message at all.
	case event == "":
		p.response = m
		p.complete = p.complete || !p.list || !strings.EqualFold(m.Get("Response"), "Success")
	case p != nil && p.list && isLast(event, m):
		p.complete = true
	case p != nil && p.list:
		p.bytes += m.size()
		if p.items = append(p.items, m); len(p.items) > maxItems || p.bytes > maxKept {
			c.mu.Unlock()
			return false
		}
	default:
		c.mu.Unlock()
		return c.quiet() || c.events.add(m)
	}
	if p != nil && p.complete && p.response != nil {
		delete(c.pending, m.Get("ActionID"))
		close(p.done)
	}
	c.mu.Unlock()
	return true
}

// quiet reports whether no events are wanted: what looks like one is text of a caller.
func (c *Conn) quiet() bool { return strings.EqualFold(c.account.Events, "off") }

// isLast reports whether an event ends a list.
func isLast(event string, m Message) bool {
	return strings.HasSuffix(strings.ToLower(event), "complete") || strings.EqualFold(m.Get("EventList"), "Complete") ||
		strings.EqualFold(m.Get("EventList"), "cancelled")
}

// keepAlive pings until the connection is over or a ping goes unanswered.
func (c *Conn) keepAlive() {
	every := orElse(c.account.Ping, DefaultPing)
	if every < 0 {
		return
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-ticker.C:
		}
		limit := c.account.timeout()
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		_, err := c.Do(ctx, Action("Ping"))
		if ctx.Err() != nil {
			c.fail(fmt.Errorf("%w: a ping was not answered within %v: %w", ErrClosed, limit, ErrSilent))
		}
		cancel()
		if _, refused := errors.AsType[*ActionError](err); err != nil && !refused {
			return
		}
	}
}
