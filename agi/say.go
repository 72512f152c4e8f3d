package agi

import (
	"strconv"
	"time"
)

// The say commands speak in the channel's language. Each gives the key of
// escape that ended it, "" for none.

const notSaid = "it could not be said: are the sound files of the channel's language there?"

// SayAlpha spells letters, digits and signs.
func (s *Session) SayAlpha(text, escape string) (key string, err error) {
	return s.say("SAY ALPHA", text, escape)
}

// SayDigits says digits one by one. Asterisk wants the text to begin with a
// number (res_agi.c: handle_saydigits), so "*12" is ErrUsage: SayAlpha says it.
func (s *Session) SayDigits(digits, escape string) (key string, err error) {
	return s.say("SAY DIGITS", digits, escape)
}

// SayNumber says a whole number of at most 32 bits. gender is "f", "m", "n",
// "c" or "p" where the language needs it.
func (s *Session) SayNumber(number int, escape, gender string) (key string, err error) {
	if gender == "" {
		return s.say("SAY NUMBER", strconv.Itoa(number), escape)
	}
	return s.say("SAY NUMBER", strconv.Itoa(number), escape, gender)
}

// SayPhonetic spells text by the telephone alphabet.
func (s *Session) SayPhonetic(text, escape string) (key string, err error) {
	return s.say("SAY PHONETIC", text, escape)
}

// SayDate says a day.
func (s *Session) SayDate(t time.Time, escape string) (key string, err error) {
	return s.say("SAY DATE", strconv.FormatInt(t.Unix(), 10), escape)
}

// SayTime says a time of day.
func (s *Session) SayTime(t time.Time, escape string) (key string, err error) {
	return s.say("SAY TIME", strconv.FormatInt(t.Unix(), 10), escape)
}

// SayDateTime says a moment by a format of voicemail.conf, "" for
// Asterisk's own, in a zone of the host's zoneinfo, "" for the host's.
func (s *Session) SayDateTime(t time.Time, escape, format, zone string) (key string, err error) {
	args := []string{strconv.FormatInt(t.Unix(), 10), escape}
	if format != "" || zone != "" {
		args = append(args, orElse(format, "ABdY 'digits/at' IMp"))
	}
	if zone != "" {
		args = append(args, zone)
	}
	return s.say("SAY DATETIME", args...)
}

func (s *Session) say(name string, args ...string) (key string, err error) {
	key, _, err = s.key(notSaid, name, args...)
	return key, err
}
