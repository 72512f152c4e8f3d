package eagi

import "math"

// EchoGuard keeps a Detector from taking the prompt that plays for the caller.
// On analogue and mobile lines it comes back with the caller's audio, some 15
// dB lower and 30 to 150 ms later.
//
// With the prompt's samples it finds the echo's delay (within a third of a
// second of speech, from 100 ms before to 400 ms after the prompt is thought
// to begin) and how loud it is in each band, and expects that much echo from
// then on. Before, it expects as much as the loudest of the prompt within
// reach could give, 9 dB lower. A line without echo is known after a second;
// the guard then costs nothing.
//
// Without the samples it can only learn how loud the echo is from the first
// 400 ms of sound. So it hears nobody during these, takes a caller who speaks
// in them for the echo, and then hears only who is louder than that, or
// louder than -28 dBFS in any case. If nothing comes within 700 ms it takes the
// line for one without echo.
//
// Make one for each prompt that plays and hand it to Detector.Guard. It is for
// one goroutine, the Detector's; the zero value is not ready.
type EchoGuard struct {
	power   [bands]float64 // what of the current frame may be echo
	frames  int            // heard so far
	prompt  *echoPrompt    // nil without samples
	lag     int            // of the echo behind the prompt in hops, -1 while not found
	busy    int            // frames in which the prompt could be heard
	gain    [bands]float64 // dB, of the echo to expected
	could   [bands]float64 // the prompt's power where its echo could be, unless lag is known
	likely  [bands]float64 // ... and is, if it is
	mean    [bands]float64 // slow mean of the line's dB
	swing   float64        // sums that fade over two seconds: of the line's swings squared,
	swings  [echoLags]float64
	matches [echoLags]float64 // of the prompt's at each lag, and of their products

	learned int // frames of what may be echo, without the prompt
}

const (
	echoEarly  = 10 // hops that a prompt may begin before we think it does
	echoLags   = echoEarly + 40 + 1
	echoGain   = -9.0 // dB, of an echo as loud as any
	echoMatch  = 0.4  // correlation by which the delay is known
	echoMargin = -1.0 // dB on the gain, which is the ninth decile of what was seen
	echoWait   = 50   // busy frames after which a line without a match has no echo

	blindWait  = 35 // frames within which an echo begins
	blindLearn = 20 // frames from which its level is learned
	blindMost  = 1.6e-3
)

// NewEchoGuard makes a guard for a prompt of rate samples a second (as
// NewDetector takes them), or for an unknown one if prompt is nil or empty. It keeps
// prompt, which must not change, and reads it as it plays.
func NewEchoGuard(rate int, prompt []int16) *EchoGuard {
	g := &EchoGuard{lag: -1}
	for b := range g.gain {
		g.gain[b] = echoGain
	}
	if len(prompt) > 0 {
		g.prompt = newEchoPrompt(rate, prompt)
	}
	return g
}

// Guard makes the frames from now on be heard with g, whose prompt begins to
// play now, or within 100 ms before or after. Guard(nil) ends that: say it 400
// ms after the prompt has ended or was stopped. A frame that is not handed in
// meanwhile moves the prompt by 20 ms; up to what the guard can reach it finds
// the delay anew.
func (d *Detector) Guard(g *EchoGuard) { d.echo = g }

// advance goes on by a frame, whatever is heard in it.
func (g *EchoGuard) advance() {
	g.frames++
	if g.prompt != nil {
		g.prompt.read()
	}
}

// expect works out what of a frame may be echo.
func (g *EchoGuard) expect(power, noise *[bands]float64) {
	if g.prompt == nil {
		g.expectBlind(power, noise)
		return
	}
	g.find(power, noise)
	active := 0
	for b := range g.power {
		could := 0.0
		for lag := range echoLags {
			could = max(could, g.prompt.hop(lag).power[b])
		}
		g.could[b] = could
		if could > promptFloor*bandShare(b) {
			active++
		}
		if g.lag >= 0 {
			// The rooms and codecs on the way draw the echo out.
			g.likely[b] *= 0.25
			for lag := max(0, g.lag-1); lag <= min(echoLags-1, g.lag+1); lag++ {
				g.likely[b] = max(g.likely[b], g.prompt.hop(lag).power[b])
			}
			could = g.likely[b]
		}
		g.power[b] = could * math.Pow(10, (g.gain[b]+echoMargin)/10)
	}
	if active > 4 {
		g.busy++
	}
}

// find correlates the line's swings in level, in each band, with the prompt's
// at each lag.
func (g *EchoGuard) find(power, noise *[bands]float64) {
	const fade = 0.99
	var swing [bands]float64
	g.swing *= fade
	for b, p := range power {
		db := 10 * math.Log10(p+noise[b])
		if g.frames <= 1 {
			g.mean[b] = db
		}
		g.mean[b] += 0.05 * (db - g.mean[b])
		swing[b] = db - g.mean[b]
		g.swing += square(swing[b])
	}
	best, match := 0, 0.0
	for lag := range echoLags {
		product, squares := 0.0, 0.0
		for b, s := range g.prompt.hop(lag).swing {
			product += s * swing[b]
			squares += s * s
		}
		g.matches[lag] = g.matches[lag]*fade + product
		g.swings[lag] = g.swings[lag]*fade + squares
		if r := g.matches[lag] / math.Sqrt(g.swing*g.swings[lag]+1e-3); r > match {
			best, match = lag, r
		}
	}
	if match < echoMatch || g.frames <= 15 {
		return
	}
	if g.lag < 0 {
		for b := range g.gain {
			g.gain[b] = echoGain // of another thing from now on
		}
	}
	g.lag = best
}

// learn takes the same frame once it is known whether the caller speaks in it.
func (g *EchoGuard) learn(power, noise *[bands]float64, speech bool) {
	if g.prompt == nil {
		g.learnBlind(power, speech)
		return
	}
	pace := 1.0
	if g.frames < 75 {
		pace = 4
	}
	most := 8.0 // times as fast down as when the gain is nearly right
	if g.lag < 0 && g.busy < echoWait {
		most = 1 // the echo may not have come yet
	}
	for b, p := range power {
		from := g.could[b]
		if g.lag >= 0 {
			from = g.likely[b]
		}
		if from < 1e-7 {
			continue
		}
		heard, hidden := powerDB(p/from), powerDB(noise[b]/from)
		switch gain := g.gain[b]; {
		case gain < hidden-8 && heard < hidden+3:
			// The noise is louder than that.
		case heard <= gain:
			g.gain[b] = max(-45, gain-0.05*pace*min(most, max(1, (gain-heard)/5)))
		case !speech:
			g.gain[b] = min(0, gain+0.5*pace)
		}
	}
}

// expectBlind and learnBlind do without the prompt.
func (g *EchoGuard) expectBlind(power, noise *[bands]float64) {
	total, ground := 0.0, 0.0
	for b, p := range power {
		total, ground = total+p, ground+noise[b]
	}
	if g.learned == 0 && g.frames <= blindWait && total > 4*ground {
		g.learned = 1
	}
	scale := 0.0
	switch {
	case g.learned == 0:
	case g.learned < blindLearn:
		g.learned++
		for b := range g.power {
			g.power[b] = 1
		}
		return
	default:
		sum := 0.0
		for _, p := range g.likely {
			sum += p
		}
		scale = min(2, blindMost/(sum+1e-12))
	}
	for b, p := range g.likely {
		g.power[b] = scale * p
	}
}

func (g *EchoGuard) learnBlind(power *[bands]float64, speech bool) {
	for b, p := range power {
		switch {
		case g.learned == 0 || p <= g.likely[b]:
		case g.learned < blindLearn:
			g.likely[b] = p
		case !speech:
			g.likely[b] *= 1.1
		}
	}
}

// loud says whether the echo may be louder than the noise.
func (g *EchoGuard) loud(noise float64) bool {
	sum := 0.0
	for _, p := range g.power {
		sum += p
	}
	return sum > noise
}
