package ami

import (
	"context"
	"sync"
)

// backlog holds the events that Receive has not taken yet.
type backlog struct {
	limit int
	more  chan struct{} // has an element while something may be there

	mu      sync.Mutex
	waiting []Message
	bytes   int // of them
}

func newBacklog(limit int) backlog { return backlog{limit: limit, more: make(chan struct{}, 1)} }

// add reports whether there was room.
func (b *backlog) add(m Message) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) >= b.limit || b.bytes > maxKept {
		return false
	}
	b.bytes += m.size()
	b.waiting = append(b.waiting, m)
	select {
	case b.more <- struct{}{}:
	default:
	}
	return true
}

// take gives all that wait.
func (b *backlog) take() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.waiting
	b.waiting, b.bytes = nil, 0
	return all
}

// Receive hands events to f, one at a time and in the order they came in, those
// since the login first. It blocks until ctx ends, whose cause it gives, or the
// connection is over and all its events are handed over, which Err then
// explains. f may use the connection. While f takes its time up to Backlog
// events wait; one more ends the connection with ErrBehind, for what knows
// nothing of a lost event would go on with a wrong picture. The responses to
// actions do not wait behind events. Where nobody receives, log in with Events
// "off".
func (c *Conn) Receive(ctx context.Context, f func(Message)) error {
	for {
		over := c.Err() != nil
		for _, m := range c.events.take() {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			f(m)
		}
		if over {
			return c.Err()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-c.events.more:
		case <-c.done:
		}
	}
}
