package sim

import (
	"bytes"
	"io"
	"strings"
	"time"
)

// frame is the length of one piece of a caller's audio.
const frame = 20 * time.Millisecond

// frameOf gives the length of a frame in a format of EAGI_AUDIO_FORMAT, and the
// byte that silence is made of. What names none of them is signed 16-bit samples
// at 8 kHz, as in Asterisk where nothing knows the name.
func frameOf(format string) (bytes int, silence byte) {
	switch strings.ToLower(format) {
	case "ulaw":
		return 160, 0xff
	case "alaw":
		return 160, 0xd5
	case "g722":
		return 160, 0
	case "slin12":
		return 480, 0
	case "slin16":
		return 640, 0
	case "slin24":
		return 960, 0
	case "slin32":
		return 1280, 0
	case "slin44":
		return 1764, 0
	case "slin48":
		return 1920, 0
	case "slin96":
		return 3840, 0
	case "slin192":
		return 7680, 0
	}
	return 320, 0
}

// audio is the caller's side of EAGI, or nil where nobody listens.
type audio struct {
	c       *Call
	w       io.Writer
	silence []byte
	frame   []byte
	next    time.Time // when the next frame has come in whole
}

func newAudio(c *Call) *audio {
	if !c.Enhanced || c.Audio == nil {
		return nil
	}
	n, silence := frameOf(c.Vars["EAGI_AUDIO_FORMAT"])
	quiet := bytes.Repeat([]byte{silence}, n)
	return &audio{
		c: c, w: c.Audio, next: time.Now().Add(frame),
		silence: quiet, frame: bytes.Clone(quiet),
	}
}

// hear passes on the frames that have come by now, or, where the command in
// progress is deaf, lets them go by. It says when the next one comes.
//
// Asterisk's end of the pipe does not block: a frame that does not fit is lost
// (a millisecond is as near to that as a deadline comes).
func (a *audio) hear(deaf bool) (next time.Time) {
	if a == nil || a.c.Mute {
		return time.Time{}
	}
	for now := time.Now(); !now.Before(a.next); a.next = a.next.Add(frame) {
		if a.c.Voice != nil {
			a.c.heard = !deaf
			copy(a.frame, a.silence)
			a.c.Voice(a.frame)
		}
		if deaf {
			continue
		}
		if d, ok := a.w.(interface{ SetWriteDeadline(time.Time) error }); ok {
			// From this moment on, not now: the voice took its time.
			d.SetWriteDeadline(time.Now().Add(time.Millisecond))
		}
		a.w.Write(a.frame)
	}
	return a.next
}

func (a *audio) close() {
	if a == nil {
		return
	}
	if c, ok := a.w.(io.Closer); ok {
		c.Close()
	}
}
