package sim

import (
	"strings"
	"time"
)

func (s *session) appWait(args string) int { return s.stays(max(0, seconds(args))) }

func (s *session) appWaitExten(args string) int {
	d := 10 * time.Second
	if args != "" {
		d = max(0, seconds(args))
	}
	why, key := s.wait(d, anyKey, false)
	if why == timeUp {
		return -1 // and no extension t to go to
	}
	return why.number(key)
}

func (s *session) appPlayback(args string) int {
	parts := appArgs(args)
	why, key := s.sounds(parts[0], "PLAYBACKSTATUS", "", !strings.Contains(argOf(parts, 1), "noanswer"))
	return why.number(key)
}

func (s *session) appBackground(args string) int {
	why, key := s.sounds(appArgs(args)[0], "BACKGROUNDSTATUS", anyKey, true)
	return why.number(key)
}

// sounds plays the files of a list, a&b, and says in a variable how that went:
// a hangup counts as a success, a dead channel and a missing file do not.
func (s *session) sounds(list, variable, keys string, answer bool) (why wake, key byte) {
	if list == "" {
		return hungUp, 0
	}
	if s.dead {
		s.c.Vars[variable] = "FAILED"
		return timeUp, 0
	}
	if answer && !s.c.Hungup() {
		s.pickUp()
	}
	status := "SUCCESS"
	for name := range strings.SplitSeq(list, "&") {
		var ok bool
		if why, key, _, ok = s.prompt(name, 0, keys, false); why != timeUp {
			break
		}
		if !ok {
			status = "FAILED"
		}
	}
	s.c.Vars[variable] = status
	return why, key
}

// appRead is app_read.c for its variable, prompt, most digits and timeout.
func (s *session) appRead(args string) int {
	parts := appArgs(args)
	most := atoi(argOf(parts, 2))
	if most <= 0 {
		most = 255
	}
	first, next := 10*time.Second, 5*time.Second // the dialplan's own timeouts
	if d := seconds(argOf(parts, 5)); d > 0 {
		first, next = d, d
	}
	prompt := argOf(parts, 1)
	status, digits := "HANGUP", ""
	if _, ok := s.c.sound(prompt); !s.dead && prompt != "" && !ok {
		status = "ERROR"
	} else if !s.dead {
		var why wake
		switch digits, why = s.collect(prompt, first, next, most, false); why {
		case pressed:
			status = "OK"
		case timeUp:
			status = "TIMEOUT"
		}
	}
	s.c.Vars[parts[0]], s.c.Vars["READSTATUS"] = digits, status
	return 0
}

func (s *session) appSendText(args string) int {
	s.hear(Event{Kind: Text, Text: args})
	s.c.Vars["SENDTEXTSTATUS"] = "SUCCESS"
	return 0
}

func (s *session) appTone(args string) int {
	s.hear(Event{Kind: Tone, Text: args})
	return 0
}

// appSendDTMF sends tones to the caller: a tenth of a second each, and a
// quarter of one between.
func (s *session) appSendDTMF(args string) int {
	digits := appArgs(args)[0]
	s.hear(Event{Kind: Tone, Text: digits})
	return s.stays(time.Duration(len(digits)) * 350 * time.Millisecond)
}

func (s *session) appDial(args string) int {
	if args == "" {
		s.c.Vars["DIALSTATUS"] = "CHANUNAVAIL"
		return 0
	}
	status, length := "NOANSWER", 30*time.Second
	if s.c.Dial != nil {
		status, length = s.c.Dial(args)
	} else if d := seconds(argOf(appArgs(args), 1)); d > 0 {
		length = d
	}
	if s.holds(length) < 0 {
		s.c.Vars["DIALSTATUS"] = "CANCEL"
		return -1
	}
	s.c.Vars["DIALSTATUS"] = status
	return 0
}

func (s *session) appEcho(string) int {
	if s.dead && !s.unborn {
		return s.stays(forever)
	}
	if why, _ := s.wait(forever, "#", false); why == hungUp {
		return -1
	}
	return 0
}

func (s *session) appUntilHangup(string) int { return s.stays(forever) }

func (s *session) appMusic(args string) int {
	parts := appArgs(args)
	s.appMusicOn(parts[0])
	d := forever
	if length := argOf(parts, 1); length != "" {
		d = max(0, seconds(length))
	}
	s.holds(d)
	s.appMusicOff("")
	return 0
}

func (s *session) appMusicOn(class string) int {
	if class == "" {
		class = "default"
	}
	s.hear(Event{Kind: Music, Text: "on", Args: class})
	return 0
}

func (s *session) appMusicOff(string) int {
	s.hear(Event{Kind: Music, Text: "off"})
	return 0
}

// appBusy plays its tone for a time, or until the caller has heard enough. It
// answers -1, which ends a dialplan but not an AGI session.
func (s *session) appBusy(args string) int {
	s.hear(Event{Kind: Tone, Text: "busy"})
	d := forever
	if args != "" {
		d = max(0, seconds(args))
	}
	s.stays(d)
	return -1
}

func (s *session) appSay(kind Kind, args string) int {
	text := argOf(appArgs(args), 0)
	var length time.Duration
	switch kind {
	case Number:
		n, ok := scanInt(text)
		if !ok {
			return 0
		}
		length = time.Duration(numberWords(n)) * sayDigit
	case Digits:
		length = spoken(text, "*#-", sayDigit)
	case Letters:
		length = spoken(text, spelledMore, sayLetter)
	case Phonetic:
		length = spoken(text, spelledMore, sayName)
	default:
		length = sayDayHour
	}
	if !s.dead {
		s.hear(Event{Kind: kind, Text: text, Length: length})
	}
	return s.holds(length)
}
