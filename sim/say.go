package sim

import (
	"strings"
	"time"
)

// How long it takes to say a digit, a word of a number, a letter and its name;
// a date, a time of day and both. Asterisk's own English sounds come close.
const (
	sayDigit    = 800 * time.Millisecond
	sayLetter   = 650 * time.Millisecond
	sayName     = 900 * time.Millisecond
	sayDay      = 7400 * time.Millisecond
	sayHour     = 2700 * time.Millisecond
	sayDayHour  = 8400 * time.Millisecond
	spelledMore = "!@#$*+=-./ "
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

// spoken is how long characters last, each the same; those that have no sound
// last nothing.
func spoken(text, sounds string, each time.Duration) time.Duration {
	n := 0
	for i := range len(text) {
		b := text[i]
		if b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z' || strings.IndexByte(sounds, b) >= 0 {
			n++
		}
	}
	return time.Duration(n) * each
}

func (s *session) sayDigits(argv []string) outcome {
	if _, ok := scanInt(argv[2]); !ok {
		return usage // SAY DIGITS *12 too: it must begin as a number does
	}
	return s.say(Event{Kind: Digits, Text: argv[2], Length: spoken(argv[2], "*#-", sayDigit)}, argv[3], s.c.Enhanced)
}

func (s *session) sayNumber(argv []string) outcome {
	n, ok := scanInt(argv[2])
	if !ok {
		return usage
	}
	text := itoa(n)
	return s.say(Event{Kind: Number, Text: text, Length: time.Duration(numberWords(n)) * sayDigit}, argv[3], s.c.Enhanced)
}

func (s *session) sayAlpha(argv []string) outcome {
	return s.say(Event{Kind: Letters, Text: argv[2], Length: spoken(argv[2], spelledMore, sayLetter)}, argv[3], s.c.Enhanced)
}

func (s *session) sayPhonetic(argv []string) outcome {
	return s.say(Event{Kind: Phonetic, Text: argv[2], Length: spoken(argv[2], spelledMore, sayName)}, argv[3], s.c.Enhanced)
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
	return s.say(Event{Kind: DateTime, Text: argv[2], Args: strings.Join(argv[4:], " "), Length: sayDayHour}, argv[3], false)
}

// numberWords counts the sound files of a number in English: twenty-one has two,
// three hundred has two, minus one.
func numberWords(n int) int {
	words := 0
	if n < 0 {
		n, words = -n, 1
	}
	if n == 0 {
		return words + 1
	}
	for ; n > 0; n /= 1000 {
		group := n % 1000
		if group >= 100 {
			words += 2
		}
		switch tens := group % 100; {
		case tens > 20 && tens%10 != 0:
			words += 2
		case tens > 0:
			words++
		}
		if n >= 1000 { // the thousand or million before this group
			words++
		}
	}
	return words
}
