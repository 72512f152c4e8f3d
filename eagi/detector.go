package eagi

import (
	"fmt"
	"math"
)

// Frame is what a Detector says of 20 ms of audio.
type Frame struct {
	// Speech says that somebody speaks. It is told for each frame by itself:
	// most gaps within words are in it.
	Speech bool
	// Tone says that the frame is a key's tone (DTMF) or a steady tone of the
	// network: dial, busy, ringback, fax. Such a frame is never Speech, nor
	// are the frames in which it begins.
	Tone bool
	// Level is the root mean square in dBFS: 0 is a square wave of full scale,
	// -3 a sine, -100 silence.
	Level float64
	// Noise is what the line's noise is thought to be, in dBFS of 250 to 3,400
	// Hz. It is never below -66.
	Noise float64
}

// Detector tells speech from noise, tones and clicks in telephone audio, 20 ms
// at a time. It takes for noise what is quietest over a second and a half, and
// learns how loud the caller is, so that what lies far below is background. A
// caller who talks in the very first frames is heard. Other people's talk
// nearly as loud as the caller's is speech too.
//
// What begins must be voiced and last two frames. Speech is told 40 to 80 ms
// after it began, a hiss (s, f, sh) when its vowel comes, 200 ms later at
// most but for very noisy lines; keep 300 ms of what came before. Its end is
// told within 60 ms.
//
// It costs 0.4 ms of CPU per second of audio, 0.7 at the highest rates, and
// allocates nothing after NewDetector. A Detector is for one goroutine and one
// stream of audio; the zero value is not ready.
type Detector struct {
	band   *telephoneBand
	past   [512]float64 // the last 64 ms
	short  *spectrum    // of the last 32 ms: levels
	long   *spectrum    // of the last 64 ms: pitch and tones
	across *spectrum    // of a spectrum: pitch
	mirror [512]float64 // a spectrum and its mirror image
	power  [bands]float64
	floor  floor
	tone   toneWatch
	click  clickWatch
	talk   talk
	echo   *EchoGuard // nil while no prompt plays

	level     float64 // dBFS, smoothed over 40 ms
	near      float64 // 0 is the noise and 1 the caller's level, over 100 ms
	voiced    float64 // pitch over 130 ms
	voicedNow float64 // over 50 ms
	dull      float64 // of what is not speech
	hiss      int     // likely frames in a row without pitch
}

// NewDetector makes a detector of audio of rate samples a second, 8,000 to
// 192,000 and a multiple of 50. Any other rate is the program's mistake, and
// it panics.
func NewDetector(rate int) *Detector {
	if rate < bandRate || rate > 192000 || rate%50 != 0 {
		panic(fmt.Sprintf("eagi: no detector for %d samples a second", rate))
	}
	return &Detector{
		band:   newTelephoneBand(rate),
		short:  newSpectrum(256),
		long:   newSpectrum(512),
		across: newSpectrum(512),
		floor:  newFloor(),
		talk:   talk{loudness: quietest, since: talkPause},
		level:  quietest,
		dull:   0.2,
	}
}

const (
	quietest = -100.0      // dBFS of silence
	idle     = 17. / 32768 // no more than codecs send for nothing
)

// Frame hears the next rate/50 samples. A shorter frame is filled up with
// silence, the rest of a longer one is not heard.
func (d *Detector) Frame(frame []int16) Frame {
	copy(d.past[:], d.past[bandFrame:])
	fresh := d.past[len(d.past)-bandFrame:]
	d.band.to(fresh, frame)
	if d.echo != nil {
		d.echo.advance()
	}

	sum, peak := 0.0, 0.0
	for _, x := range fresh {
		sum += x * x
		peak = max(peak, math.Abs(x))
	}
	f := Frame{Level: powerDB(sum / bandFrame)}
	if peak < idle {
		// No line is that quiet: nothing is sent (silence suppression, a mute
		// key, a codec's idle code), which says nothing about its noise.
		d.pause()
		f.Noise = powerDB(d.floor.total())
		return f
	}

	power := d.short.of(d.past[256:])
	byBand(power, &d.power)
	noise := d.floor.level
	if d.echo != nil {
		d.echo.expect(&d.power, &noise)
		for b, p := range d.echo.power {
			noise[b] += p
		}
	}
	e := evidence{pure: d.tone.pure(lines(power, &noise, 1), d.floor.total())}
	power = d.long.of(d.past[:])
	pitch := d.pitch(power)
	e.tone = d.tone.hear(lines(power, &noise, 2), d.talk.run > talkSure && d.talk.since < talkBreak)
	e.clicked = d.click.hear(fresh)
	e.likely, e.present = d.weigh(pitch, &noise)

	f.Tone = e.tone
	f.Speech = d.talk.decide(e)
	if f.Speech {
		d.talk.loud(d.level)
	}
	if f.Tone {
		d.forget()
	}
	if d.echo != nil {
		d.echo.learn(&d.power, &d.floor.level, f.Speech)
	}
	// A vowel is no noise, however long; and what holds a tone or an echo
	// says little about the noise under it.
	held := f.Tone || f.Speech && pitch > vowel || d.echo != nil && d.echo.loud(d.floor.total())
	d.floor.hear(&d.power, !held)
	f.Noise = powerDB(d.floor.total())
	return f
}

// pause forgets what was heard just now.
func (d *Detector) pause() {
	d.tone, d.click = toneWatch{}, clickWatch{}
	d.talk.pause()
	d.forget()
}

// forget drops the smoothed evidence.
func (d *Detector) forget() {
	d.level, d.near, d.voiced, d.voicedNow, d.hiss = quietest, 0, 0, 0, 0
}

const (
	vowel     = 0.28 // pitch of a sure one
	hissPitch = 0.21 // all noise is below
	hissLong  = 25   // frames: no s is that long
	settled   = 25   // frames after which the floor can be trusted
)

// weigh says whether the frame is likely speech, and whether what makes it so
// is in this frame and not only in those before. It goes by the power over
// the noise, the pitch, and how near the level is to the caller's; the
// weights come from a logistic regression on one half of bench/voice's clips.
func (d *Detector) weigh(pitch float64, noise *[bands]float64) (likely, present bool) {
	excess, total, ground := 0.0, 0.0, 0.0
	for b, p := range d.power {
		n := noise[b]
		total, ground = total+p, ground+n
		if r := min(p/n, 100); r > 1 {
			// The logarithm of how much likelier such power is if there is
			// speech of that power, than if there is only noise.
			excess += r - 1 - math.Log(r)
		}
	}
	excess = math.Log1p(excess / bands)
	d.voicedNow += 0.4 * (pitch - d.voicedNow)
	d.voiced += 0.15 * (pitch - d.voiced)
	level, low := powerDB(total), powerDB(ground)
	d.level += 0.5 * (level - d.level)
	span := max(10, d.talk.loudness-low)
	near := min(1.2, max(0, (d.level-low)/span))
	d.near += 0.2 * (near - d.near)
	span = min(40, span) / 10

	z := 0.82*excess + 1.81*d.voiced + 8.72*d.near + (0.94*near-1.51)*span - 1.04
	if z <= 0 {
		d.hiss = 0
		d.dull += 0.02 * (min(d.voicedNow, vowel) - d.dull)
		return false, false
	}
	switch {
	case d.floor.seen < settled && d.voicedNow < vowel:
		return false, false // as likely the noise, which is not known yet
	case d.talk.since > talkPause && d.voicedNow < d.dull+0.06:
		return false, false // a breath, a knock, a car, or an s before its vowel
	}
	if d.hiss++; pitch > hissPitch {
		d.hiss = 0
	}
	if d.hiss >= hissLong {
		if d.hiss == hissLong {
			d.floor.restart() // this is the noise, then
		}
		return false, false
	}
	return true, excess > 0.3
}

// pitch is how much the spectrum repeats itself every 64 to 400 Hz: 0.12 in
// noise, over 0.28 in a vowel. power has 257 bins.
func (d *Detector) pitch(power []float64) float64 {
	sum := 0.0
	for k := 14; k < 128; k++ {
		a := math.Sqrt(power[k])
		d.mirror[k], d.mirror[len(d.mirror)-k] = a, a
		sum += a
	}
	best := 0.0
	for _, r := range d.across.cosines(d.mirror[:])[20:126] {
		best = max(best, r)
	}
	return best / (2*sum + 1e-12)
}

// powerDB is a mean square in dBFS.
func powerDB(power float64) float64 {
	return max(quietest, 10*math.Log10(power+1e-11))
}
