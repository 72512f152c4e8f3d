package agi

import (
	"strconv"
	"strings"
	"time"
)

// ms writes a duration in the milliseconds of the wire.
func ms(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// notPlayed is the message for a file that Asterisk cannot play.
func notPlayed(file string) string {
	return quoted(file, 200) + " could not be played: is it there, in a format this Asterisk plays? The name goes without its extension"
}

// StreamFile plays a sound file, named without its extension, from offset in
// samples. A key of escape ends it. It gives that key, "" for none, and the
// sample it stopped at. An empty file plays nothing.
func (s *Session) StreamFile(file, escape string, offset int) (key string, endpos int, err error) {
	key, reply, err := s.key(notPlayed(file), "STREAM FILE", file, escape, strconv.Itoa(offset))
	return key, reply.Endpos, err
}

// Controls are the keys of ControlStreamFile; "" leaves Asterisk's own.
type Controls struct {
	Forward string        // skips forward; "#" where empty
	Rewind  string        // skips back; "*" where empty
	Pause   string        // pauses and goes on; none where empty
	Skip    time.Duration // how far one skip goes; 3 s where zero
	Offset  time.Duration // where to begin
}

// ControlStreamFile plays a file that the caller winds with keys
// (res_agi.c: handle_controlstreamfile). It gives the key of escape that ended
// it and the millisecond it stopped at, -1 for the end of the file.
func (s *Session) ControlStreamFile(file, escape string, c Controls) (key string, endpos int, err error) {
	if c.Skip == 0 {
		c.Skip = 3 * time.Second
	}
	key, reply, err := s.key(notPlayed(file), "CONTROL STREAM FILE", file, escape, ms(c.Skip),
		orElse(c.Forward, "#"), orElse(c.Rewind, "*"), c.Pause, ms(c.Offset))
	return key, reply.Endpos, err
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// GetOption plays a file, then waits for a key of escape until timeout; 5 s
// where that is zero. It always names a timeout, for without one Asterisk asks
// a dialplan that may not be there. Asterisk answers 0, as for no key, when the
// caller hangs up while it waits (res_agi.c: handle_getoption), so where no key
// came the channel's status is asked.
func (s *Session) GetOption(file, escape string, timeout time.Duration) (key string, endpos int, err error) {
	if timeout <= 0 {
		timeout = 5 * time.Second
	}
	key, reply, err := s.key(notPlayed(file), "GET OPTION", file, escape, ms(timeout))
	if err == nil && key == "" && s.lostChannel() {
		err = s.hangup("GET OPTION", reply.Code)
	}
	return key, reply.Endpos, err
}

// MaxDigits is the most digits GetData collects (res_agi.c: handle_getdata has
// a buffer of 1,024 bytes).
const MaxDigits = 1023

// GetData plays a file and collects digits until #, which is not among them,
// max digits (MaxDigits where zero), or timeout between two of them; where
// timeout is zero, 6 s for the first and 2 s for each further. timedOut tells
// silence, and digits cut short by it, from an end by # or by count. Digits are
// text: "0042" and "*9" are themselves.
func (s *Session) GetData(file string, timeout time.Duration, max int) (digits string, timedOut bool, err error) {
	if max == 0 {
		max = MaxDigits
	}
	if max < 1 || max > MaxDigits {
		return "", false, &Error{Kind: ErrUsage, Command: "GET DATA",
			Message: "the number of digits must be from 1 to " + strconv.Itoa(MaxDigits)}
	}
	reply, err := s.Command("GET DATA", file, ms(timeout), strconv.Itoa(max))
	if err != nil {
		return "", false, err
	}
	if reply.Result == "-1" {
		return "", false, s.gone("GET DATA", reply, notPlayed(file))
	}
	return onlyDigits(reply.Result), reply.Value == "timeout", nil
}

// onlyDigits drops what is no key: ControlPlayback during GET DATA puts bytes
// from 0xE8 on among the digits (main/app.c: ast_app_getdata).
func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && keyOf(int(r)) != "" {
			return r
		}
		return -1
	}, text)
}

// WaitForDigit waits for any key; without end where timeout is negative.
func (s *Session) WaitForDigit(timeout time.Duration) (key string, err error) {
	wait := ms(timeout)
	if timeout < 0 {
		wait = "-1"
	}
	key, _, err = s.key("the channel could not be listened to", "WAIT FOR DIGIT", wait)
	return key, err
}

// Recording says how RecordFile goes about it.
type Recording struct {
	Escape  string        // keys that end it
	Max     time.Duration // its longest; no limit where negative
	Offset  int           // samples into the file at which to begin
	Beep    bool          // a tone first
	Silence time.Duration // as much silence ends it, in whole seconds; 0 for never
}

// Recorded says how a recording ended.
type Recorded struct {
	Reason string // "dtmf", "timeout" (silence too), "hangup", "randomerror", "waitfor" or "writefile"
	Key    string // the key that ended it, else ""
	Endpos int    // its length in samples
}

// RecordFile records the caller into a file of a format ("wav", "gsm").
// A hangup is the reason "hangup", with what was recorded kept, and not an
// error. With "timeout" the number on the wire is left-over milliseconds, not
// a key; a key pressed during the tone gives "randomerror" with the key, and no
// recording (res_agi.c: handle_recordfile). A format or folder that cannot be
// written is ErrFailed.
func (s *Session) RecordFile(file, format string, r Recording) (Recorded, error) {
	limit := ms(r.Max)
	if r.Max < 0 {
		limit = "-1"
	}
	args := []string{file, format, r.Escape, limit}
	if r.Offset > 0 || r.Beep || r.Silence > 0 {
		args = append(args, strconv.Itoa(r.Offset))
	}
	if r.Beep {
		args = append(args, "BEEP")
	}
	if r.Silence > 0 {
		args = append(args, "s="+strconv.Itoa(int((r.Silence+time.Second-1)/time.Second)))
	}
	code, reply, err := s.number("RECORD FILE", args...)
	if err != nil {
		return Recorded{}, err
	}
	rec := Recorded{Reason: reply.Value, Endpos: reply.Endpos}
	switch {
	case reply.Value == "writefile":
		return rec, s.gone("RECORD FILE", reply, "the recording could not be written: is the folder there, and the format known to this Asterisk?")
	case reply.Value == "dtmf", reply.Value == "randomerror" && code > 0:
		rec.Key = keyOf(code)
	case !reply.HasValue && code < 0:
		return rec, s.gone("RECORD FILE", reply, "nothing was recorded")
	}
	return rec, nil
}
