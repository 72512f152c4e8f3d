package sim

import (
	"io"
	"strings"
	"time"
)

// frame is the length of one piece of a caller's audio.
const frame = 20 * time.Millisecond

// frameBytes is how long a frame is in a format of EAGI_AUDIO_FORMAT: signed
// 16-bit samples at 8 kHz unless it names another one.
func frameBytes(format string) int {
	switch strings.ToLower(format) {
	case "ulaw", "alaw", "g722":
		return 160
	case "slin12":
		return 480
	case "slin16":
		return 640
	case "slin24":
		return 960
	case "slin32":
		return 1280
	case "slin44":
		return 1764
	case "slin48":
		return 1920
	case "slin96":
		return 3840
	case "slin192":
		return 7680
	}
	return 320
}

// audio is the caller's side of EAGI, or nil where nobody listens.
type audio struct {
	w     io.Writer
	voice func([]byte)
	frame []byte
	next  time.Time // when the next frame has come in whole
}

func newAudio(c *Call) *audio {
	if !c.Enhanced || c.Audio == nil || c.Mute {
		return nil
	}
	return &audio{
		w: c.Audio, voice: c.Voice, next: time.Now().Add(frame),
		frame: make([]byte, frameBytes(c.Vars["EAGI_AUDIO_FORMAT"])),
	}
}

// hear passes on the frames that have come by now, or, where the command in
// progress is deaf, lets them go by. It says when the next one comes.
//
// Asterisk's end of the pipe does not block: a frame that does not fit is lost
// (a millisecond is as near to that as a deadline comes).
func (a *audio) hear(deaf bool) (next time.Time) {
	if a == nil {
		return time.Time{}
	}
	for now := time.Now(); !now.Before(a.next); a.next = a.next.Add(frame) {
		if a.voice != nil {
			a.voice(a.frame)
		}
		if deaf {
			continue
		}
		if d, ok := a.w.(interface{ SetWriteDeadline(time.Time) error }); ok {
			d.SetWriteDeadline(now.Add(time.Millisecond))
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
