package ami

import (
	"context"
	"slices"
	"time"
)

// What events say of a call is asked before it is believed; see question.go.

// ended ends the current stay of a channel, where it is that one, and reports
// whether it was. The caller holds mu.
func (t *table) ended(id string, c *Call) bool {
	stays := t.calls[id]
	n := len(stays)
	if n == 0 || stays[n-1] != c {
		return false
	}
	if t.calls[id] = stays[:n-1]; n == 1 {
		delete(t.calls, id)
	}
	c.ended()
	return true
}

// doubt finds out whether a stay has ended, as an event says: then the channel is
// not where it entered Async AGI. It may have entered there again, as another event
// says: but a stay that goes back to where it was ends by the failure of a command
// of ours, or by our own.
func (t *table) doubt(id string, c *Call) {
	over := true
	ticker := time.NewTicker(doubtPause)
	defer ticker.Stop()
	for begin := time.Now(); t.isStill(c) && !c.hasEnded(); { // the event comes a moment before
		select {
		case <-c.over:
		case <-ticker.C:
		}
		if c.hasFailed() && t.isNext(c) {
			break
		}
		if over = time.Since(begin) < settle; !over {
			break
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	next := c.next
	c.doubted, c.next = false, nil
	if !over {
		t.untrue("has left Async AGI", id)
	} else if t.ended(id, c) && next != nil {
		t.enters(id, next)
	}
}

// doubtPause is how long it takes to ask again.
const doubtPause = 20 * time.Millisecond

// isNext reports whether an event has told of a new stay.
func (t *table) isNext(c *Call) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return c.next != nil
}

// isStill reports whether a channel is where it entered Async AGI.
func (t *table) isStill(c *Call) bool {
	now, err := t.conn.status(c.Channel())
	return err == nil && now.Get("Uniqueid") == c.Uniqueid() && inAsync(now.Get("Data")) && now.Get("Context") == c.start.Get("Context") &&
		now.Get("Exten") == c.start.Get("Exten") && now.Get("Priority") == c.start.Get("Priority")
}

// hungUp ends the stays of a channel of which an event says that it is gone, where
// it is.
func (t *table) hungUp(id string, c *Call) {
	now, err := t.conn.status(c.Channel())
	if err == nil && now.Get("Uniqueid") == id {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.untrue("is over", id)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	stays := t.calls[id]
	delete(t.calls, id)
	for _, c := range stays {
		c.end(errHangup)
	}
}

// renamed gives the stays of a channel its new name, where that is its.
func (t *table) renamed(id, name string) {
	now, err := t.conn.status(name)
	of := now.Get("Uniqueid")
	if err != nil {
		ctx, cancel := context.WithTimeout(context.Background(), t.conn.account.timeout())
		defer cancel()
		now, _ = t.conn.aside().Do(ctx, Action("Getvar", "Channel", name, "Variable", "UNIQUEID"))
		of = now.Get("Value")
	}
	if of != id {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.calls[id] {
		c.renamed(name)
	}
}

// check finds out whether a channel that entered a bridge did so for a command of
// its script, such as EXEC Dial, or was taken out of its dialplan: then it has no
// application any more, and no AsyncAGIEnd tells of it (main/channel.c:
// ast_channel_yank).
func (t *table) check(id string, stays []*Call) {
	status, err := t.conn.status(stays[len(stays)-1].Channel())
	// manager.c prints what is not there as "(null)".
	if application := status.Get("Application"); err != nil || application != "" && application != "(null)" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.calls, id)
	for _, c := range stays {
		c.end(errTaken)
	}
}

// dismiss drops a call that is not there: it was over at once, or never was. The log
// is told once in a while.
func (t *table) dismiss(c *Call) {
	t.mu.Lock()
	defer t.mu.Unlock()
	id, next := c.Uniqueid(), c.next
	c.doubted, c.next = false, nil
	t.calls[id] = slices.DeleteFunc(slices.Clone(t.calls[id]), func(other *Call) bool { return other == c })
	if len(t.calls[id]) == 0 {
		delete(t.calls, id)
	}
	c.end(errNever)
	if next != nil { // it has come again meanwhile
		t.enters(id, next)
		return
	}
	if now := time.Now(); now.Sub(t.missed) > lastPause {
		t.missed = now
		t.s.log.Info("a call had left Async AGI before its script began: its caller had hung up, or it is in extension h or in a hangup handler, "+
			"where there is none: use AGI(agi://...) or AGI(goagi) there", "call", id)
	}
}

// untrue tells of an event that is not so, once in a while. The caller holds mu.
func (t *table) untrue(says, id string) {
	if now := time.Now(); now.Sub(t.forged) > lastPause {
		t.forged = now
		t.s.log.Warn("an event says that a call "+says+", which is not so: a caller may have written it", "call", id)
	}
}
