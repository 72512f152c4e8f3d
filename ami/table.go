package ami

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// settle is how long a call that seems to wait with nobody to serve it is looked
// at before it is taken: news of it may be on their way.
const settle = time.Second

// table knows the calls of one connection, by their channels' Uniqueids.
type table struct {
	s        *service
	draining context.Context // ended: no new calls begin
	conn     *Conn
	claims   *claims // nil where calls are not claimed
	checks   sync.WaitGroup

	mu sync.Mutex
	// calls holds a channel's stays in Async AGI. There is more than one where a
	// command of the first, EXEC, put it there again; the last one is current.
	calls   map[string][]*Call
	waiting map[string]*time.Timer // channels that seem to have nobody
	forged  time.Time              // when the log was told of an event that was not so
	missed  time.Time              // ... of a call that was not there
	left    map[string]bool        // whose stay ended while the list of channels is asked for
}

func newTable(s *service, draining context.Context, conn *Conn, k *claims) *table {
	return &table{
		s: s, draining: draining, conn: conn, claims: k,
		calls: make(map[string][]*Call), waiting: make(map[string]*time.Timer), left: make(map[string]bool),
	}
}

// route takes an event. It never waits.
func (t *table) route(m Message) {
	id := m.Get("Uniqueid")
	t.mu.Lock()
	defer t.mu.Unlock()
	stays := slices.Clone(t.calls[id]) // for those that look at them later
	switch m.Event() {
	case "AsyncAGIStart":
		t.started(id, m)
	case "AsyncAGIExec":
		if len(stays) == 0 {
			// A command of somebody who is gone has ended.
			t.consider(id, m)
		}
		t.executed(stays, m)
	case "AsyncAGIEnd":
		t.forget(id)
		if t.left != nil {
			t.left[id] = true
		}
		if n := len(stays); n > 0 && stays[n-1].isLeaving() {
			t.ended(id, stays[n-1])
		} else if n > 0 && !stays[n-1].doubted {
			c := stays[n-1]
			c.doubted = true
			t.checks.Go(func() { t.doubt(id, c) })
		}
	case "HangupRequest", "SoftHangupRequest":
		for _, c := range stays {
			c.asked()
		}
	case "Hangup":
		t.forget(id)
		if len(stays) > 0 {
			c := stays[len(stays)-1]
			t.checks.Go(func() { t.hungUp(id, c) })
		}
	case "BridgeEnter":
		if len(stays) > 0 {
			t.checks.Go(func() { t.check(id, stays) })
		}
	case "Rename":
		if len(stays) > 0 {
			t.checks.Go(func() { t.renamed(id, m.Get("Newname")) })
		}
	}
}

// executed takes the news of a command. One of another worker in a call that is
// ours says that it may not be any more. The caller holds mu.
func (t *table) executed(stays []*Call, m Message) {
	others := len(stays) > 0
	for _, c := range stays {
		others = c.executed(m) && others
	}
	if k := t.claims; k != nil && others {
		c := stays[len(stays)-1]
		t.checks.Go(func() { k.verify(context.Background(), c, true) })
	}
}

// started takes a channel that has entered Async AGI. The caller holds mu.
func (t *table) started(id string, m Message) {
	t.forget(id)
	t.s.known(id)
	if n := len(t.calls[id]); n > 0 {
		switch last := t.calls[id][n-1]; {
		case last.doubted:
			last.next = m
			return
		case last.found && !last.announced && !last.hasRun():
			last.announced = true // the news of what was found
			return
		case !last.isBusy() && last.served():
			t.untrue("enters Async AGI again", id)
			return
		}
	}
	t.enters(id, m)
}

// enters begins a call's stay, unless it is for the worker that follows. The caller
// holds mu.
func (t *table) enters(id string, m Message) {
	if t.draining.Err() == nil || t.s.Waiting != ServeWaiting {
		t.begin(id, m, t.draining.Err() != nil)
	}
}

// begin starts a call's goroutine. The caller holds mu.
func (t *table) begin(id string, m Message, release bool) {
	t.add(id, newCall(t.conn, m, false), release)
}

func (t *table) add(id string, c *Call, release bool) {
	c.claims = t.claims
	t.calls[id] = append(t.calls[id], c)
	t.s.run(func() {
		switch {
		case !c.found && !c.confirm():
			t.dismiss(c)
		case !c.found && c.hasEnded(): // meanwhile, as with the connection
		default:
			t.s.serve(c, release)
		}
	})
}

// consider takes a channel that seems to wait, if in a moment it still does. The
// caller holds mu.
func (t *table) consider(id string, m Message) {
	if t.waiting == nil || t.waiting[id] != nil || id == "" {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(settle, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.waiting[id] != timer {
			return
		}
		delete(t.waiting, id)
		released := t.s.known(id)
		if t.draining.Err() != nil && t.s.Waiting == ServeWaiting && !released {
			return
		}
		c := newCall(t.conn, m, true)
		c.begun = released
		t.add(id, c, released || t.s.Waiting == ReleaseWaiting || t.draining.Err() != nil)
	})
	t.waiting[id] = timer
}

// forget drops what was thought of a channel, now that there is news. The caller
// holds mu.
func (t *table) forget(id string) {
	if timer := t.waiting[id]; timer != nil {
		timer.Stop()
		delete(t.waiting, id)
	}
}

// look finds the calls that waited before the connection was there, and tells
// the operator of rights that are missing. Where that does not work it tries again,
// until ctx ends.
func (t *table) look(ctx context.Context) {
	for wait := firstPause; ctx.Err() == nil && !t.looked(ctx); wait = min(2*wait, lastPause) {
		_ = pause(ctx, wait)
	}
}

// looked is one try.
func (t *table) looked(ctx context.Context) bool {
	within, cancel := context.WithTimeout(ctx, 3*t.conn.account.timeout())
	defer cancel()
	if err := CheckRights(within, t.conn.aside()); errors.Is(err, ErrRights) {
		t.s.log.Error("calls cannot be served", "error", err)
	}
	t.mu.Lock()
	clear(t.left)
	t.mu.Unlock()
	list, err := t.conn.aside().List(within, Action("CoreShowChannels"))
	if err == nil {
		list = t.plain(within, list)
	}
	waits := t.waits(within, list)
	if err == nil {
		err = within.Err()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if refused, is := errors.AsType[*ActionError](err); is { // which no time mends
		t.s.log.Error("calls that wait in Async AGI are not looked for", "error", refused)
		t.left = nil
		return true
	}
	if err != nil {
		if t.conn.Err() == nil && ctx.Err() == nil {
			t.s.log.Error("calls that wait in Async AGI are looked for again", "error", err)
		}
		return false
	}
	var there []string
	for i, m := range list {
		id := m.Get("Uniqueid")
		there = append(there, id)
		if waits[i] && len(t.calls[id]) == 0 && !t.left[id] {
			t.consider(id, m)
		}
	}
	t.left = nil
	t.s.keep(there)
	return true
}

// plain gives channels of which the list holds text that looks like more of it as
// they are when they are asked for one by one.
func (t *table) plain(ctx context.Context, list []Message) []Message {
	side := t.conn.aside()
	plain := make([]Message, 0, len(list))
	for _, m := range list {
		if m.plain() {
			plain = append(plain, m)
			continue
		}
		channel := m.Get("Channel")
		told := Message{{"Channel", channel}}
		for _, each := range [...][2]string{{"UNIQUEID", "Uniqueid"}, {"CONTEXT", "Context"}, {"EXTEN", "Exten"}, {"PRIORITY", "Priority"}} {
			if got, err := side.Do(ctx, Action("Getvar", "Channel", channel, "Variable", each[0])); err == nil {
				told = append(told, Header{each[1], got.Get("Value")})
			}
		}
		plain = append(plain, told)
	}
	return plain
}

// waits tells which of some channels are in Async AGI, with no command that runs.
// The list says of a channel whose last command was EXEC that it still runs that
// application (main/pbx_app.c: pbx_exec puts the old name back and tells nobody),
// so each channel is asked.
func (t *table) waits(ctx context.Context, list []Message) []bool {
	const atOnce = 32
	waits := make([]bool, len(list))
	for begin := 0; begin < len(list); begin += atOnce {
		var asked sync.WaitGroup
		for i := begin; i < min(begin+atOnce, len(list)); i++ {
			asked.Go(func() {
				m := list[i]
				now, err := t.conn.aside().Do(ctx, Action("Getvar", "Channel", m.Get("Channel"), "Variable", "CHANNEL(appdata)"))
				data, known := now.Lookup("Value")
				if err != nil || !known { // without func_channel
					waits[i] = m.Get("Application") == "AGI" && inAsync(m.Get("ApplicationData"))
				} else {
					waits[i] = inAsync(data)
				}
			})
		}
		asked.Wait()
	}
	return waits
}

// lost ends what is left of the calls when the connection is over.
func (t *table) lost(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, timer := range t.waiting {
		timer.Stop()
	}
	t.waiting = nil
	for id, stays := range t.calls {
		if slices.ContainsFunc(stays, (*Call).served) {
			t.s.leave(id)
		}
		for _, c := range stays {
			c.end(lost(err))
		}
	}
	clear(t.calls)
}

// abandon takes a call from its script that another worker may have by now. Its
// channel is looked at again as one that waits with nobody.
func (t *table) abandon(c *Call) {
	id := c.Uniqueid()
	t.mu.Lock()
	defer t.mu.Unlock()
	stays := t.calls[id]
	if !slices.Contains(stays, c) {
		return
	}
	delete(t.calls, id)
	t.s.leave(id)
	for _, stay := range stays {
		stay.end(errClaimLost)
	}
	t.consider(id, Message{
		{"Channel", c.Channel()}, {"Uniqueid", id}, {"Context", c.start.Get("Context")}, {"Exten", c.start.Get("Exten")},
		{"Priority", c.start.Get("Priority")},
	})
}

// leave notes that a call was in progress when its connection was lost.
func (s *service) leave(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun[id] = true
}

// known reports, once, whether that was so.
func (s *service) known(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.begun[id]
	delete(s.begun, id)
	return was
}

// keep drops what is noted of channels that are no longer there.
func (s *service) keep(there []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.begun {
		if !slices.Contains(there, id) {
			delete(s.begun, id)
		}
	}
}
