package sim

import (
	"strconv"
	"strings"
	"time"
)

// play sounds for a while from an offset; open as in wait. at is how far it
// came, the offset included.
func (s *session) play(length, offset time.Duration, keys string, open bool) (why wake, key byte, at time.Duration) {
	begin, passed := time.Now(), s.c.passed
	s.plays(offset, length)
	why, key = s.wait(max(0, length-offset), keys, open)
	return why, key, min(length, offset+time.Since(begin)+s.c.passed-passed)
}

// plays says that the caller hears a sound from now on, from an offset.
func (s *session) plays(offset, length time.Duration) {
	c := s.c
	c.playing = time.Now().Add(length - offset)
	c.mu.Lock()
	c.skip = false // it was for what came before
	c.mu.Unlock()
	if c.Plays != nil && length > 0 {
		c.Plays(offset, length)
	}
}

// stops ends what plays, before its time, and gives what was left of it.
func (s *session) stops() time.Duration {
	left := max(0, time.Until(s.c.playing))
	s.c.playing = time.Time{}
	if left > 0 && s.c.Plays != nil {
		s.c.Plays(0, 0)
	}
	return left
}

// skips ends what plays where Skip has asked for that, and gives what was left
// of it.
func (s *session) skips() time.Duration {
	s.c.mu.Lock()
	asked := s.c.skip
	s.c.skip = false
	s.c.mu.Unlock()
	if !asked {
		return 0
	}
	left := s.stops()
	s.c.passed += left
	return left
}

// prompt plays a sound file. ok is false where it is missing.
func (s *session) prompt(name string, offset time.Duration, keys string, open bool) (why wake, key byte, at time.Duration, ok bool) {
	length, ok := s.c.sound(name)
	if !ok {
		return timeUp, 0, 0, false
	}
	if !s.c.Hungup() {
		s.hear(Event{Kind: Prompt, Text: name, Length: length})
	}
	why, key, at = s.play(length, offset, keys, open)
	return why, key, at, true
}

// endpos is the reply of the prompts.
func (s *session) endpos(n int, at int64) outcome {
	s.reply("200 result=%d endpos=%d", n, at)
	if n < 0 {
		return fail
	}
	return done
}

// number is what a command reports of how it ended: the key's ASCII, -1, or 0.
func (w wake) number(key byte) int {
	switch w {
	case pressed:
		return int(key)
	case hungUp:
		return -1
	}
	return 0
}

// streamFile is res_agi.c: handle_streamfile. A new command ends it without a
// line of its own.
func (s *session) streamFile(argv []string) outcome {
	var offset time.Duration
	if len(argv) > 4 {
		n, ok := scanInt(argv[4])
		if !ok {
			return usage
		}
		offset = time.Duration(max(0, n)) * time.Second / 8000
	}
	why, key, at, ok := s.prompt(argv[2], offset, argv[3], true)
	if !ok {
		return s.endpos(-1, 0)
	}
	if why == cut {
		return done
	}
	status := "SUCCESS"
	if why != timeUp {
		status = "FAILED"
	}
	s.c.Vars["PLAYBACKSTATUS"] = status
	return s.endpos(why.number(key), samples(at))
}

// getOption is res_agi.c: handle_getoption: the prompt, then a wait for one of
// the keys. In the wait anything but them is 0, a hangup too.
func (s *session) getOption(argv []string) outcome {
	timeout := 5 * time.Second
	if len(argv) > 4 {
		timeout = time.Duration(atoi(argv[4])) * time.Millisecond
	}
	why, key, at, ok := s.prompt(argv[2], 0, argv[3], true)
	if !ok {
		return s.endpos(-1, 0)
	}
	if why == cut {
		return done
	}
	if why == timeUp {
		if why, key = s.wait(max(timeout, forever), anyKey, true); why == pressed && strings.IndexByte(argv[3], key) < 0 || why == hungUp {
			why = timeUp
		}
	}
	return s.endpos(why.number(key), samples(at))
}

// controlStreamFile is res_agi.c: handle_controlstreamfile. No command
// interrupts it; positions are milliseconds.
func (s *session) controlStreamFile(argv []string) outcome {
	arg := func(i int, def string) string {
		if len(argv) > i && argv[i] != "" {
			return argv[i]
		}
		return def
	}
	skip, start := 3000, 0
	for i, n := range map[int]*int{5: &skip, 9: &start} {
		var ok bool
		if len(argv) > i {
			if *n, ok = scanInt(argv[i]); !ok {
				return usage
			}
		}
	}
	stop, forward, rewind, suspend := argv[4], arg(6, "#"), arg(7, "*"), arg(8, "")
	length, ok := s.c.sound(argv[3])
	if !ok {
		s.c.Vars["CPLAYBACKSTATUS"], s.c.Vars["CPLAYBACKOFFSET"] = "ERROR", "-1"
		return s.endpos(-1, -1)
	}
	s.hear(Event{Kind: Prompt, Text: argv[3], Length: length})
	at := time.Duration(max(0, start)) * time.Millisecond
	jump := time.Duration(skip) * time.Millisecond
	why, key := timeUp, byte(0)
	for on := true; on; {
		why, key, at = s.play(length, at, stop+forward+rewind+suspend, false)
		if why == pressed && strings.IndexByte(stop, key) < 0 && strings.IndexByte(suspend, key) >= 0 {
			why, key = s.wait(forever, stop+suspend, false)
		}
		// Any key that does not stop it lets it go on from somewhere.
		on = why == pressed && strings.IndexByte(stop, key) < 0
		switch {
		case on && strings.IndexByte(forward, key) >= 0:
			at = min(length, at+jump)
		case on && strings.IndexByte(rewind, key) >= 0:
			at = max(0, at-jump)
		}
	}
	ms := at.Milliseconds()
	delete(s.c.Vars, "CPLAYBACKSTOPKEY")
	switch why {
	case timeUp: // the file is closed by then, and its position with it
		ms = -1
		s.c.Vars["CPLAYBACKSTATUS"] = "SUCCESS"
	case pressed:
		s.c.Vars["CPLAYBACKSTATUS"] = "USERSTOPPED"
		s.c.Vars["CPLAYBACKSTOPKEY"] = string(key)
	default:
		s.c.Vars["CPLAYBACKSTATUS"] = "ERROR"
	}
	s.c.Vars["CPLAYBACKOFFSET"] = strconv.FormatInt(ms, 10)
	return s.endpos(why.number(key), ms)
}
