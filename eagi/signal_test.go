package eagi

import (
	"math"
	"math/rand/v2"
	"testing"
)

// signal is audio under construction, of full scale 1, at 8 kHz. Levels are
// root mean squares in dBFS.
type signal struct {
	x []float64
	r *rand.Rand
}

func newSignal(seed uint64) *signal {
	return &signal{r: rand.New(rand.NewPCG(seed, 1))}
}

// frames is how many frames there are so far.
func (s *signal) frames() int { return len(s.x) / bandFrame }

func amplitude(level float64) float64 { return math.Pow(10, level/20) }

// silence appends digital silence.
func (s *signal) silence(seconds float64) *signal {
	s.x = append(s.x, make([]float64, int(seconds*50+0.5)*bandFrame)...)
	return s
}

// add appends what at gives for each moment, brought to a level.
func (s *signal) add(seconds, level float64, at func(t float64) float64) *signal {
	from, sum := len(s.x), 0.0
	s.silence(seconds)
	fresh := s.x[from:]
	for i := range fresh {
		fresh[i] = at(float64(i) / bandRate)
		sum += fresh[i] * fresh[i]
	}
	scale := amplitude(level) / math.Sqrt(sum/float64(len(fresh)))
	for i := range fresh {
		fresh[i] *= scale
	}
	return s
}

// tone appends sines of one level each.
func (s *signal) tone(seconds, level float64, hz ...float64) *signal {
	all := level + 10*math.Log10(float64(len(hz)))
	return s.add(seconds, all, func(t float64) (v float64) {
		for _, f := range hz {
			v += math.Sin(2 * math.Pi * f * t)
		}
		return v
	})
}

// hiss appends white noise.
func (s *signal) hiss(seconds, level float64) *signal {
	return s.add(seconds, level, func(float64) float64 { return s.r.NormFloat64() })
}

// vowel appends one of a voice of pitch Hz that falls by a fifth, between two
// formants, as a syllable swells and ebbs.
func (s *signal) vowel(seconds, level, pitch, first, second float64) *signal {
	phase := 0.0
	return s.add(seconds, level, func(t float64) (v float64) {
		f := pitch * (1.1 - 0.2*t/seconds)
		phase += 2 * math.Pi * f / bandRate
		for h := 1.0; h*f < 3400; h++ {
			strength := 0.02 + 1/(1+square((h*f-first)/90)) + 0.5/(1+square((h*f-second)/140))
			if h*f < 300 {
				strength *= 0.3
			}
			v += strength * math.Sin(h*phase)
		}
		return v * min(1, 30*t, 20*(seconds-t))
	})
}

// say appends words of three syllables, one of them after a hiss, for about so
// many seconds; each takes 0.72 s.
func (s *signal) say(seconds, level, pitch float64) *signal {
	formants := [][2]float64{{700, 1200}, {300, 2300}, {500, 1800}, {400, 900}, {600, 1500}}
	for n := 0; float64(n)*0.72 < seconds; n++ {
		for i, long := range []float64{0.18, 0.12, 0.22} {
			f := formants[(3*n+i)%len(formants)]
			if i == 1 {
				s.hiss(0.08, level-12)
			}
			s.vowel(long, level, pitch*(1+0.05*float64(i)), f[0], f[1])
		}
		s.silence(0.12)
	}
	return s
}

// over adds white noise to all there is.
func (s *signal) over(level float64) *signal {
	a := amplitude(level)
	for i := range s.x {
		s.x[i] += a * s.r.NormFloat64()
	}
	return s
}

// pcm gives the samples at a rate.
func (s *signal) pcm(rate int) []int16 {
	out := make([]int16, len(s.x)/bandFrame*(rate/50))
	for i := range out {
		v := 0.0
		if rate == bandRate {
			v = s.x[i]
		} else {
			// A sinc under a parabola, from the 12 samples to each side.
			at := float64(i) * bandRate / float64(rate)
			sin, sign := math.Sin(math.Pi*(at-math.Floor(at)))/math.Pi, 1.0
			for k := int(at); k > int(at)-12 && k >= 0; k-- {
				v += sign * s.x[k] * parabolicSinc(sin, at-float64(k))
				sign = -sign
			}
			sign = 1
			for k := int(at) + 1; k < int(at)+12 && k < len(s.x); k++ {
				v += sign * s.x[k] * parabolicSinc(sin, float64(k)-at)
				sign = -sign
			}
		}
		out[i] = int16(math.Round(max(-32768, min(32767, 32768*v))))
	}
	return out
}

// parabolicSinc is the windowed sinc at x, of which the sine's size is known.
func parabolicSinc(sin, x float64) float64 {
	if x < 1e-9 {
		return 1
	}
	return sin / x * (1 - x*x/144)
}

// hear gives what d says of each frame.
func hear(d *Detector, rate int, pcm []int16) []Frame {
	n := rate / 50
	frames := make([]Frame, len(pcm)/n)
	for i := range frames {
		frames[i] = d.Frame(pcm[i*n : (i+1)*n])
	}
	return frames
}

// detect gives what a fresh detector says of s at 8 kHz.
func detect(s *signal) []Frame { return hear(NewDetector(bandRate), bandRate, s.pcm(bandRate)) }

// speechIn counts the frames of speech between two frames and names the first
// and the last, -1 if there is none.
func speechIn(frames []Frame, from, to int) (n, first, last int) {
	first, last = -1, -1
	for i := max(0, from); i < min(len(frames), to); i++ {
		if frames[i].Speech {
			if n++; first < 0 {
				first = i
			}
			last = i
		}
	}
	return n, first, last
}

// noSpeech fails the test where there is speech.
func noSpeech(t *testing.T, frames []Frame, from, to int, of string) {
	t.Helper()
	if n, first, _ := speechIn(frames, from, to); n > 0 {
		t.Errorf("%s: %d frames of speech, the first %d ms in", of, n, 20*(first-from))
	}
}
