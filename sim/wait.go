package sim

import (
	"strings"
	"time"
)

// forever is a wait without an end of its own.
const forever = time.Duration(-1)

// anyKey are the keys of a telephone (AST_DIGIT_ANY).
const anyKey = "0123456789#*ABCD"

// wake says what ended a wait.
type wake int

const (
	timeUp  wake = iota
	pressed      // a key that the wait was for
	cut          // the program wrote or closed
	hungUp       // no channel any more, or none from the start; the context's end looks the same
)

// wait lets time pass in a command that holds the channel. keys are those that
// end it; others are lost. Where open, what the program writes next ends it as
// well (ast_waitfor_nandfds on agi->ctrl), and the caller's audio flows. Of things that are true together the
// first of hangup, key, cut and time counts, so that virtual time has one order.
func (s *session) wait(d time.Duration, keys string, open bool) (why wake, by byte) {
	defer func() {
		if why != timeUp {
			s.stops()
		}
	}()
	var until time.Time
	if d >= 0 {
		until = time.Now().Add(d)
	}
	for {
		if left := s.skips(); d >= 0 {
			until = until.Add(-left)
		}
		next, key, gone := s.hand(until, keys)
		next = earlier(next, s.audio.hear(!open || gone))
		switch {
		case gone:
			if !s.dead && s.ctx.Err() == nil {
				s.lost()
			}
			return hungUp, 0
		case key != 0:
			taken := strings.IndexByte(keys, key) >= 0
			s.hear(Event{Kind: Key, Text: string(key), Lost: !taken})
			if taken {
				return pressed, key
			}
			continue
		case open && s.in.readable():
			return cut, 0
		case past(until):
			return timeUp, 0
		}
		s.sleep(next, open)
	}
}

// sleep returns at a time (zero: never) or when anything stirs.
func (s *session) sleep(until time.Time, open bool) {
	var up <-chan time.Time
	if !until.IsZero() {
		t := time.NewTimer(time.Until(until))
		defer t.Stop()
		up = t.C
	}
	var ready <-chan struct{}
	if open {
		ready = s.in.ready
	}
	select {
	case <-up:
	case <-ready:
	case <-s.stir:
	case <-s.ctx.Done():
	}
}

// hand moves the caller's hand on: the key that has just been played to its
// end, if one has, whether the channel is gone, and when to look again, at the
// latest at until. keys are those that are listened for, which a patient caller
// goes by.
func (s *session) hand(until time.Time, keys string) (next time.Time, key byte, gone bool) {
	now := time.Now()
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.autoHang.IsZero() && !now.Before(c.autoHang) {
		c.gone = true
	}
	if c.gone || s.dead || s.ctx.Err() != nil {
		return until, 0, true
	}
	next = earlier(until, c.autoHang)
	for len(c.keys) > 0 {
		if c.keys[0] == 'h' {
			if c.Patient && !c.Answered {
				break
			}
			if s.quiet.After(now) { // what the key before it does comes first
				return earlier(next, s.quiet), 0, false
			}
			c.gone, c.keys = true, nil
			return until, 0, true
		}
		if c.Patient && c.keys[0] != 'w' && strings.IndexByte(keys, c.keys[0]) < 0 {
			s.keyAt = time.Time{}
			break
		}
		if s.keyAt.IsZero() {
			start := now
			if s.quiet.After(now) {
				start = s.quiet
			}
			s.keyAt = start.Add(keyTone)
			if c.keys[0] == 'w' {
				s.keyAt = start.Add(keyPause)
			}
		}
		if now.Before(s.keyAt) {
			return earlier(next, s.keyAt), 0, false
		}
		key, c.keys = c.keys[0], c.keys[1:]
		s.quiet = s.keyAt
		if s.keyAt = (time.Time{}); key != 'w' {
			s.quiet = s.quiet.Add(keyGap)
			return next, key, false
		}
	}
	return next, 0, false
}

// earlier is the first of two times, of which zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// samples is a time in Asterisk's sound files: 8,000 a second.
func samples(d time.Duration) int64 { return int64(d) * 8 / int64(time.Millisecond) }
