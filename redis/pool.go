package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Pool is a server, and connections to it. Its methods may be called from
// several goroutines at once.
type Pool struct {
	options Options
	busy    chan struct{} // an element for each connection that is in use

	mu     sync.Mutex
	closed bool
	idle   []*connection // the one used last is the last
	timer  *time.Timer   // drops those that are idle for long; nil where none is
}

// idleFor is how long a connection that nobody uses is kept.
const idleFor = 5 * time.Minute

// errClosed is the error of a Pool that is closed.
var errClosed = errors.New("the connections to Redis are closed")

// NewPool makes one. It connects when a connection is first needed.
func NewPool(options Options) *Pool {
	return &Pool{options: options, busy: make(chan struct{}, options.most())}
}

// Connect makes sure that the server can be reached, and takes the password.
// Otherwise it is as Do.
func (p *Pool) Connect(ctx context.Context) error {
	_, err := p.Do(ctx)
	return err
}

// Do sends commands together, and gives the reply to each: nil, a string, an
// int64, an Error, or a []any of these. It waits for a free connection and for the
// replies until the end of ctx, whose cause is the error then, or for the time
// that the options say; a command that waits by itself, such as BLPOP, is given
// as long as it says. Other errors are ErrTooLarge and those of the network. A
// command whose reply did not come may have been carried out or not.
func (p *Pool) Do(ctx context.Context, commands ...[]string) ([]any, error) {
	if err := p.turn(ctx); err != nil {
		return nil, err
	}
	defer func() { <-p.busy }()
	c, err := p.take(ctx)
	if err != nil {
		return nil, err
	}
	if len(commands) == 0 {
		p.giveBack(c)
		return nil, nil
	}
	answers, err := c.do(ctx, commands)
	if err != nil {
		c.net.Close()
		return nil, err
	}
	p.giveBack(c)
	return answers, nil
}

// turn waits until one more connection may be in use.
func (p *Pool) turn(ctx context.Context) error {
	select {
	case p.busy <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(p.options.timeout())
	defer timer.Stop()
	select {
	case p.busy <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return fmt.Errorf("all %d connections to %s are in use, for %v", cap(p.busy), p.options.Address, p.options.timeout())
	}
}

// take gives a connection that is idle and alive, or else a new one.
func (p *Pool) take(ctx context.Context) (*connection, error) {
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return nil, errClosed
		}
		n := len(p.idle)
		if n == 0 {
			p.mu.Unlock()
			return dial(ctx, &p.options)
		}
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		if time.Since(c.used) < idleFor && c.alive() {
			return c, nil
		}
		c.net.Close()
	}
}

// giveBack keeps a connection for the next.
func (p *Pool) giveBack(c *connection) {
	c.used = time.Now()
	p.mu.Lock()
	closed := p.closed
	if !closed {
		p.idle = append(p.idle, c)
		if p.timer == nil {
			p.timer = time.AfterFunc(idleFor, p.drop)
		}
	}
	p.mu.Unlock()
	if closed {
		c.net.Close()
	}
}

// drop closes connections that nobody used for long, and comes again as long as there
// are idle ones. Close ends that.
func (p *Pool) drop() {
	p.mu.Lock()
	n := 0
	for n < len(p.idle) && time.Since(p.idle[n].used) >= idleFor {
		n++
	}
	old := slices.Clone(p.idle[:n])
	p.idle = slices.Delete(p.idle, 0, n)
	p.timer = nil
	if len(p.idle) > 0 {
		p.timer = time.AfterFunc(idleFor-time.Since(p.idle[0].used), p.drop)
	}
	p.mu.Unlock()
	for _, c := range old {
		c.net.Close()
	}
}

// Close closes the connections; those in use when their commands are done.
func (p *Pool) Close() error {
	p.mu.Lock()
	idle := p.idle
	p.closed, p.idle = true, nil
	if p.timer != nil {
		p.timer.Stop()
	}
	p.mu.Unlock()
	for _, c := range idle {
		c.net.Close()
	}
	return nil
}
