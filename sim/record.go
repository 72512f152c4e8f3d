package sim

import (
	"strings"
	"time"
)

// recordFile is res_agi.c: handle_recordfile. The words behind the timeout are
// an offset, a beep and s=SECONDS of silence that end it, each of which may be
// left out.
func (s *session) recordFile(argv []string) outcome {
	ms, ok := scanInt(argv[5])
	if !ok {
		return usage
	}
	beep, silence := recordOptions(argv[6:])
	if beep {
		length, ok := s.c.sound("beep")
		if ok {
			s.hear(Event{Kind: Beep, Text: "beep", Length: length})
			if why, key := s.wait(length, argv[4], false); why != timeUp {
				s.reply("200 result=%d (randomerror) endpos=0", why.number(key))
				return done
			}
		}
	}
	if !records(argv[3]) {
		s.reply("200 result=-1 (writefile)")
		return fail
	}
	name := argv[2] + "." + argv[3]
	var longest time.Duration
	if ms >= 0 {
		longest = time.Duration(ms) * time.Millisecond
	}
	s.hear(Event{Kind: Recording, Text: name, Length: longest})
	begin := time.Now()
	if ms < 0 {
		longest = forever
	}
	why, key := s.listen(longest, silence, argv[4])
	length := time.Since(begin)
	s.hear(Event{Kind: Recorded, Text: name, Length: length})
	at := samples(length.Truncate(frame))
	if s.c.Mute {
		at = 0
	}
	switch why {
	case hungUp:
		s.reply("200 result=-1 (hangup) endpos=%d", at)
		return fail
	case pressed:
		s.reply("200 result=%d (dtmf) endpos=%d", key, at)
		return done
	}
	// The number is what was left to wait when the last frame came.
	left := 0
	if s.c.Mute {
		// There was none.
	} else if ms > 0 && length >= longest {
		left = ms - int((longest - 1).Truncate(frame).Milliseconds())
	} else if longest > 0 {
		left = int((longest - length).Milliseconds())
	}
	s.reply("200 result=%d (timeout) endpos=%d", left, at)
	return done
}

// records tells whether Asterisk can write a file of a format.
func records(format string) bool {
	switch strings.ToLower(format) {
	case "wav", "wav16", "wav49", "gsm", "ulaw", "ul", "mu", "ulw", "pcm", "alaw", "al", "alw", "sln", "slin", "raw",
		"sln12", "sln16", "sln24", "sln32", "sln44", "sln48", "g722", "g729", "ogg", "au":
		return true
	}
	return false
}

// recordOptions reads the words after RECORD FILE's timeout. A first one that
// is neither a number nor s=N asks for the beep, as does a second one.
func recordOptions(words []string) (beep bool, silence time.Duration) {
	for i, w := range words {
		if i > 2 {
			break
		}
		if at := strings.IndexByte(w, 's'); at >= 0 && silence == 0 && strings.HasPrefix(w[at:], "s=") {
			silence = time.Duration(max(0, atoi(w[at+2:]))) * time.Second
		}
		_, number := scanInt(w)
		if !strings.Contains(w, "=") && (i == 1 || i == 0 && !number) {
			beep = true
		}
	}
	return beep, silence
}

// listen records until a key, the longest time, a hangup, or silence (0: does
// not count) since the caller last spoke.
func (s *session) listen(longest, silence time.Duration, keys string) (wake, byte) {
	if silence == 0 || s.c.Mute {
		return s.wait(longest, keys, false)
	}
	begin := time.Now()
	for {
		s.c.mu.Lock()
		from := s.c.speaking
		s.c.mu.Unlock()
		if from.Before(begin) {
			from = begin
		}
		d := time.Until(from.Add(silence))
		if longest >= 0 {
			d = min(d, longest-time.Since(begin))
		}
		if d <= 0 {
			return timeUp, 0
		}
		if why, key := s.wait(d, keys, false); why != timeUp {
			return why, key
		}
	}
}
