package sim

import (
	"strings"
	"time"
)

// How long it takes to say one digit or letter, a date and a time of day.
// Asterisk's own sounds come close.
const (
	sayOne  = 600 * time.Millisecond
	sayDay  = 3 * time.Second
	sayHour = 2 * time.Second
)

// say is what all SAY commands do at the end. open: a new command ends it,
// without a line (say.c needs both descriptors, which only EAGI has).
func (s *session) say(e Event, keys string, open bool) outcome {
	if !s.c.Hungup() && e.Length > 0 {
		s.hear(e)
	}
	why, key := s.wait(e.Length, keys, open)
	if why == cut {
		return done
	}
	return s.result(why.number(key))
}

// spoken is how long characters last; those that have no sound last nothing.
func spoken(text, sounds string) time.Duration {
	n := 0
	for i := range len(text) {
		b := text[i]
		if b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z' || strings.IndexByte(sounds, b) >= 0 {
			n++
		}
	}
	return time.Duration(n) * sayOne
}

func (s *session) sayDigits(argv []string) outcome {
	if _, ok := scanInt(argv[2]); !ok {
		return usage // SAY DIGITS *12 too: it must begin as a number does
	}
	return s.say(Event{Kind: Digits, Text: argv[2], Length: spoken(argv[2], "*#-")}, argv[3], s.c.Enhanced)
}

func (s *session) sayNumber(argv []string) outcome {
	n, ok := scanInt(argv[2])
	if !ok {
		return usage
	}
	text := itoa(n)
	return s.say(Event{Kind: Number, Text: text, Length: time.Duration(len(text)) * sayOne}, argv[3], s.c.Enhanced)
}

func (s *session) sayAlpha(argv []string) outcome {
	return s.say(Event{Kind: Letters, Text: argv[2], Length: spoken(argv[2], "!@#$*+=-./ ")}, argv[3], s.c.Enhanced)
}

func (s *session) sayPhonetic(argv []string) outcome {
	return s.say(Event{Kind: Phonetic, Text: argv[2], Length: spoken(argv[2], "!@#$*+=-./ ")}, argv[3], s.c.Enhanced)
}

func (s *session) sayDate(argv []string) outcome {
	if _, ok := scanInt(argv[2]); !ok {
		return usage
	}
	return s.say(Event{Kind: Date, Text: argv[2], Length: sayDay}, argv[3], false)
}

func (s *session) sayTime(argv []string) outcome {
	if _, ok := scanInt(argv[2]); !ok {
		return usage
	}
	return s.say(Event{Kind: Time, Text: argv[2], Length: sayHour}, argv[3], false)
}

func (s *session) sayDateTime(argv []string) outcome {
	if _, ok := scanInt(argv[2]); !ok {
		return usage
	}
	return s.say(Event{Kind: DateTime, Text: argv[2], Args: strings.Join(argv[4:], " "), Length: sayDay + sayHour}, argv[3], false)
}
