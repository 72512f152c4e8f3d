package eagi

// talk turns likely frames into speech: what begins must be confirmed by the
// frame after it, and must not be a tone or a click.
type talk struct {
	loudness float64 // dBFS of the caller's loud frames, 1 dB less each second
	run      int     // likely frames in a row
	held     int     // of them held back since they may become a tone
	since    int     // frames since the last speech
	rest     int     // frames left until a tone has left the spectrum
}

const (
	talkPause = 25 // frames after which speech begins anew
	talkGap   = 10 // frames of silence after which it must be confirmed again
	talkBreak = 3  // ... after which it could be a tone or a click
	mostHeld  = 4  // frames that a tone has to show itself
	talkSure  = 8  // likely frames in a row after which it takes a tone longer
)

// evidence is what is known of a frame.
type evidence struct {
	likely  bool // speech by its power, pitch and level
	present bool // ... which is in this very frame, not only in those before
	pure    bool // one or two lines that stand still hold nearly all power
	tone    bool // and they do for as long as no voice does
	clicked bool // nearly all power is that of a few ms
}

// decide says whether the frame is speech.
func (t *talk) decide(e evidence) bool {
	t.loudness = max(quietest, t.loudness-0.02)
	t.since++
	t.rest--
	if e.tone {
		t.rest = 3
	}
	begins := t.since > talkBreak
	switch {
	case !e.likely || t.rest > 0 || begins && e.clicked:
		t.run, t.held = 0, 0
		return false
	case begins && !e.present:
		return false
	case begins && e.pure && t.held < mostHeld:
		t.held++
		return false
	}
	if t.run++; t.run < 2 && t.since > talkGap {
		return false
	}
	t.since = 0
	return true
}

// loud is told the level of each frame of speech.
func (t *talk) loud(level float64) {
	if level > t.loudness {
		t.loudness += 0.2 * (level - t.loudness)
	}
}

// pause is a frame of nothing.
func (t *talk) pause() {
	t.run, t.held = 0, 0
	t.since++
}
