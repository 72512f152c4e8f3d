package sim

import (
	"strconv"
	"strings"
	"time"
)

// States of a channel, as CHANNEL STATUS numbers them.
const (
	stateRing = 4
	stateUp   = 6
)

func itoa(n int) string { return strconv.Itoa(n) }

func (s *session) noop([]string) outcome       { return s.result(0) }
func (s *session) asyncBreak([]string) outcome { return s.result(0) }

func (s *session) answer([]string) outcome {
	if s.c.Hungup() {
		return s.result(-1)
	}
	s.pickUp()
	return s.result(0)
}

// pickUp answers the channel unless it is up.
func (s *session) pickUp() {
	if !s.c.Answered {
		s.c.Answered = true
		s.hear(Event{Kind: Answer})
	}
}

func (s *session) state() int {
	if s.c.Answered {
		return stateUp
	}
	return stateRing
}

// own tells whether the optional word i names this channel, the only one
// there is, or is missing.
func (s *session) own(argv []string, i int) bool {
	return len(argv) <= i || strings.EqualFold(argv[i], s.c.Channel)
}

func (s *session) channelStatus(argv []string) outcome {
	if !s.own(argv, 2) {
		s.reply("200 result=-1")
		return done
	}
	return s.result(s.state())
}

func (s *session) hangupChannel(argv []string) outcome {
	if !s.own(argv, 1) {
		s.reply("200 result=-1")
		return done
	}
	s.c.Hangup()
	return s.result(1)
}

func (s *session) setAutoHangup(argv []string) outcome {
	seconds, ok := scanFloat(argv[2])
	if !ok {
		return usage
	}
	s.c.mu.Lock()
	s.c.autoHang = time.Time{}
	if seconds > 0 {
		s.c.autoHang = time.Now().Add(time.Duration(seconds * float64(time.Second)))
	}
	s.c.mu.Unlock()
	return s.result(0)
}

func (s *session) setCallerID(argv []string) outcome {
	if len(argv) > 2 {
		s.c.setCaller(clip(argv[2], 255))
	}
	return s.result(1)
}

// setCaller reads "Name" <number> as callerid.c: ast_callerid_parse does, more
// or less: without angle brackets all of it is the number if it looks like
// one, else the name.
func (c *Call) setCaller(text string) {
	name, num := text, ""
	if at := strings.IndexByte(text, '<'); at >= 0 {
		name, num = strings.TrimSpace(text[:at]), text[at+1:]
		if end := strings.IndexByte(num, '>'); end >= 0 {
			num = num[:end]
		}
	} else if text != "" && strings.Trim(text, "0123456789*#+-(). ") == "" {
		name, num = "", text
	}
	if len(name) > 1 && name[0] == '"' && name[len(name)-1] == '"' {
		name = strings.ReplaceAll(strings.ReplaceAll(name[1:len(name)-1], `\"`, `"`), `\\`, `\`)
	}
	c.CallerID, c.CallerName = known(phoneNumber(num)), known(name)
}

// phoneNumber drops what people put between digits (callerid.c:
// ast_shrink_phone_number).
func phoneNumber(num string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" ()-.", r) {
			return -1
		}
		return r
	}, num)
}

// known is how Asterisk writes a value into the environment: unknown where it
// is empty.
func known(value string) string {
	if value == "" {
		return "unknown"
	}
	return value
}

func (s *session) setContext(argv []string) outcome {
	s.c.Context = argv[2]
	return s.result(0)
}

func (s *session) setExtension(argv []string) outcome {
	s.c.Extension = argv[2]
	return s.result(0)
}

// setPriority takes any number, and a label of the place where the call is.
func (s *session) setPriority(argv []string) outcome {
	c := s.c
	if n, ok := scanInt(argv[2]); ok {
		c.Priority = itoa(n)
	} else if c.Label != nil && c.Label(c.Context, c.Extension, argv[2]) {
		c.Priority = argv[2]
	} else {
		return usage
	}
	return s.result(0)
}

func (s *session) setMusic(argv []string) outcome {
	class := "default"
	if len(argv) > 3 {
		class = argv[3]
	}
	switch {
	case len(argv[2]) >= 2 && strings.EqualFold(argv[2][:2], "on"):
		s.hear(Event{Kind: Music, Text: "on", Args: class})
	case len(argv[2]) >= 3 && strings.EqualFold(argv[2][:3], "off"):
		s.hear(Event{Kind: Music, Text: "off"})
	}
	return s.result(0)
}

func (s *session) verbose(argv []string) outcome {
	s.hear(Event{Kind: Verbose, Text: argv[1]})
	return s.result(1)
}
