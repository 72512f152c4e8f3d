package eagi

import "math"

// EchoGuard keeps a Detector from taking a prompt for the caller, where some of
// it comes back on the caller's audio, as on analogue and mobile lines. It
// knows what is played, learns how late and how loud it returns in each band of
// the telephone band, and has that counted as noise.
//
//	prompt ── 10 ms hops ── which one does the caller's audio look like? ── lag
//	                    └── how loud is it there? ───────────────────────── gain
//	lag, gain, prompt ───── power that may be echo ── Detector's noise
//
// Until the lag is found anything within half a second of the prompt may be
// echo. An EchoGuard is for one prompt and one goroutine; the zero value is not
// ready.
type EchoGuard struct {
	power [bands]float64 // what of the frame may be echo

	// The prompt.
	rest []int16 // not yet played
	band *telephoneBand
	past [256]float64 // its last 32 ms at 8 kHz
	sp   *spectrum
	ring [echoRing]echoHop
	mean [bands]float64 // slow mean, dB
	hops int            // ever put into ring

	// The caller's audio.
	frames  int
	sounded int               // of them with the prompt to be heard
	heard   [bands]float64    // slow mean, dB
	cross   [echoLags]float64 // of the swings of both, at each lag
	own     [echoLags]float64 // ... of the prompt's with itself
	square  float64           // ... of the caller's with itself
	lag     int               // hops; -1 until found

	loose, tight echoPath // within reach of the caller's audio, and at lag
}

// echoHop is 10 ms of the prompt.
type echoHop struct {
	power [bands]float64
	swing [bands]float64 // dB over the slow mean
}

// echoPath is what comes back of a prompt.
type echoPath struct {
	sent [bands]float64 // the prompt's power now
	gain [bands]float64 // dB
}

const (
	echoHopSize = bandFrame / 2
	echoEarly   = 10 // hops by which the prompt may play before it is thought to
	echoLate    = 40 // ... and its echo after that
	echoLags    = echoEarly + echoLate + 1
	echoRing    = 64 // hops kept; more than echoLags

	echoKeep  = 0.99 // of what was learned of the lag, each frame
	echoAlike = 0.4  // correlation from which on a lag is believed
	echoFirst = 15   // frames to hear before one is
	echoTail  = 0.25 // of an echo's power is left a frame later, by the room

	echoGain  = -9.0  // dB of an echo not heard yet
	echoWeak  = -45.0 // dB: less is none
	echoRise  = 0.5   // dB in a frame
	echoFall  = 0.05  // ... and down, up to echoHaste times that
	echoHaste = 8.0
	echoHid   = 8.0 // dB under the noise, where an echo tells nothing of itself
	echoBrisk = 75  // frames in which four times as much is learned
	echoPlain = 50  // frames with the prompt before an unfound echo is taken for weak
)

var echoSilence echoHop

// NewEchoGuard makes the guard for a prompt of rate samples a second, which
// plays from the first sample with the next frame the Detector hears. It keeps
// prompt and does not change it.
func NewEchoGuard(rate int, prompt []int16) *EchoGuard {
	g := &EchoGuard{rest: prompt, lag: -1, sp: newSpectrum(256), band: newTelephoneBand(rate)}
	for b := range bands {
		g.tight.gain[b] = echoGain
		g.loose.gain[b] = echoGain
	}
	for range echoEarly / 2 {
		g.play()
	}
	return g
}

// Guard has the detector count as noise what may be echo of g's prompt, from
// the next frame on; nil ends that. A guard taken back later goes on where it
// was.
func (d *Detector) Guard(g *EchoGuard) { d.echo = g }

// play takes 20 ms more of the prompt.
func (g *EchoGuard) play() {
	var fresh [bandFrame]float64
	n := min(len(g.rest), g.band.frame)
	g.band.to(fresh[:], g.rest[:n])
	g.rest = g.rest[n:]
	for i := range 2 {
		copy(g.past[:], g.past[echoHopSize:])
		copy(g.past[len(g.past)-echoHopSize:], fresh[i*echoHopSize:])
		h := &g.ring[g.hops%echoRing]
		byBand(g.sp.of(g.past[:]), &h.power)
		for b, p := range h.power {
			db := 10 * math.Log10(p+floorStart*bandShare(b))
			if g.hops == 0 {
				g.mean[b] = db
			}
			g.mean[b] += 0.025 * (db - g.mean[b])
			h.swing[b] = db - g.mean[b]
		}
		g.hops++
	}
}

// advance is called for each frame of the caller's audio, heard or not.
func (g *EchoGuard) advance() {
	g.play()
	g.frames++
}

// hop is what the prompt was so many hops ago.
func (g *EchoGuard) hop(lag int) *echoHop {
	at := g.hops - 1 - lag
	if at < 0 {
		return &echoSilence
	}
	return &g.ring[at%echoRing]
}

// hear says in g.power what of the caller's next frame may be echo.
func (g *EchoGuard) hear(power *[bands]float64, f *floor) {
	g.find(power, f)
	path := &g.loose
	for b := range bands {
		loudest, here := 0.0, 0.0
		for lag := range echoLags {
			p := g.hop(lag).power[b]
			loudest = max(loudest, p)
			if g.lag >= 0 && lag >= g.lag-1 && lag <= g.lag+1 {
				here = max(here, p)
			}
		}
		g.loose.sent[b] = loudest
		g.tight.sent[b] = max(here, echoTail*g.tight.sent[b])
	}
	if g.lag >= 0 {
		path = &g.tight
	}
	for b := range bands {
		g.power[b] = path.sent[b] * math.Pow(10, path.gain[b]/10)
	}
}

// find looks for the lag at which the caller's audio gets louder and softer in
// each band as the prompt does.
func (g *EchoGuard) find(power *[bands]float64, f *floor) {
	var swing [bands]float64
	for b, p := range power {
		if g.square == 0 { // the first
			g.heard[b] = 10 * math.Log10(2*f.level[b])
		}
		db := 10 * math.Log10(p+f.level[b])
		g.heard[b] += 0.05 * (db - g.heard[b])
		swing[b] = db - g.heard[b]
	}
	g.square *= echoKeep
	for _, s := range swing {
		g.square += s * s
	}
	best, alike := 0, -1.0
	for lag := range echoLags {
		cross, own := 0.0, 0.0
		for b, s := range g.hop(lag).swing {
			cross += swing[b] * s
			own += s * s
		}
		g.cross[lag] = g.cross[lag]*echoKeep + cross
		g.own[lag] = g.own[lag]*echoKeep + own
		if c := g.cross[lag] / math.Sqrt(g.square*g.own[lag]+1e-3); c > alike {
			best, alike = lag, c
		}
	}
	if alike > echoAlike && g.frames > echoFirst {
		g.lag = best
	}
}

// learn takes from a frame how loud the echo is.
func (g *EchoGuard) learn(power *[bands]float64, f *floor, speech bool) {
	sounding := 0
	for b, p := range g.loose.sent {
		if p > floorStart*bandShare(b) {
			sounding++
		}
	}
	if sounding > 4 {
		g.sounded++
	}
	rise, fall, haste := echoRise, echoFall, echoHaste
	if g.frames < echoBrisk {
		rise, fall = 4*rise, 4*fall
	}
	path := &g.tight
	if g.lag < 0 {
		path = &g.loose
		if g.sounded < echoPlain {
			haste = 1
		}
	}
	if speech {
		rise = 0 // that is the caller
	}
	for b, p := range power {
		sent, gain := path.sent[b], &path.gain[b]
		if sent < 1e-7 {
			continue
		}
		now := 10 * math.Log10((p+1e-10)/sent)
		noise := 10 * math.Log10(f.level[b]/sent)
		switch {
		case now < noise+3 && *gain < noise-echoHid:
			continue
		case now > *gain:
			*gain += rise
		default:
			*gain -= fall * min(haste, max(1, (*gain-now)/5))
		}
		*gain = min(0, max(echoWeak, *gain))
	}
}

// loud says whether the echo may be louder than the noise.
func (g *EchoGuard) loud(f *floor) bool {
	sum := 0.0
	for _, p := range g.power {
		sum += p
	}
	return sum > f.total()
}
