package sim

import (
	"strings"
	"time"
)

// GET DATA's waits before the first digit and between two (app.c:
// ast_app_getdata_full), and how many digits it takes unless told.
const (
	firstDigit = 6 * time.Second
	nextDigit  = 2 * time.Second
	mostDigits = 1024
)

// getData is res_agi.c: handle_getdata over channel.c: ast_readstring_full.
func (s *session) getData(argv []string) outcome {
	first, next, most := firstDigit, nextDigit, mostDigits
	if len(argv) > 3 {
		switch n := atoi(argv[3]); {
		case n > 0:
			first = time.Duration(n) * time.Millisecond
			next = first
		case n < 0:
			first, next = 1e9*time.Millisecond, 1e9*time.Millisecond
		}
	}
	if len(argv) > 4 {
		most = atoi(argv[4])
	}
	digits, why := s.collect(argv[2], first, next, most, true)
	switch why {
	case hungUp:
		s.reply("200 result=-1")
	case timeUp:
		s.reply("200 result=%s (timeout)", digits)
	case pressed:
		s.reply("200 result=%s", digits)
	}
	return done // after a cut too: what was pressed is lost
}

// collect plays a prompt, where there is one, and takes digits until # or the
// most there may be (channel.c: ast_readstring_full). A missing prompt and a
// most of nought look like a hangup.
func (s *session) collect(name string, first, next time.Duration, most int, open bool) (digits string, why wake) {
	var length time.Duration
	if name != "" {
		var ok bool
		if length, ok = s.c.sound(name); !ok {
			return "", hungUp
		}
		if !s.c.Hungup() {
			s.hear(Event{Kind: Prompt, Text: name, Length: length})
		}
	}
	if most == 0 {
		return "", hungUp
	}
	var b strings.Builder
	// A key in the prompt or in the first wait is a digit.
	for limit := length + first; ; limit = next {
		why, key := s.wait(limit, anyKey, open)
		if why != pressed {
			return b.String(), why
		}
		if key != '#' {
			b.WriteByte(key)
		}
		// A negative most is passed by the first digit.
		if key == '#' || b.Len() >= most {
			return b.String(), pressed
		}
	}
}

// waitForDigit is res_agi.c: handle_waitfordigit. A new command ends it with
// the number 1, which no key has.
func (s *session) waitForDigit(argv []string) outcome {
	ms, ok := scanInt(argv[3])
	if !ok {
		return usage
	}
	d := time.Duration(ms) * time.Millisecond
	if ms < 0 {
		d = forever
	}
	why, key := s.wait(d, anyKey, true)
	if why == cut {
		return s.result(1)
	}
	return s.result(why.number(key))
}
