package eagi

import "math"

// Everything is decided in the telephone band: 8 kHz, 160 samples in 20 ms.
const (
	bandRate  = 8000
	bandFrame = bandRate / 50
)

// telephoneBand brings frames of any rate to 8 kHz, 1 ms late. At 8 kHz it
// does nothing but scale. One goroutine; no allocation after it is made.
type telephoneBand struct {
	frame   int // samples in a frame as they come
	average int // that many are averaged first, where the rate is very high
	taps    int
	phases  int       // after so many samples at 8 kHz the pattern of positions repeats
	filter  []float64 // phases rows of taps
	start   []int     // where in past each sample of a frame begins
	past    []float64 // the end of the frames before, then this one
}

// zeros is how many zero crossings of the sinc are kept to each side. With the
// Hann window over it, what lies above 4.3 kHz is down by 40 dB.
const zeros = 8

func newTelephoneBand(rate int) *telephoneBand {
	b := &telephoneBand{frame: rate / 50, average: 1}
	if b.frame == bandFrame {
		return b
	}
	// Averaging lets through some of what lies near the rate after it, which
	// telephone audio does not have; 24 kHz is far enough from the band.
	for n := 2; rate/n >= 24000; n++ {
		if b.frame%n == 0 {
			b.average = n
		}
	}
	in := b.frame / b.average
	ratio := float64(in) / bandFrame
	reach := int(math.Ceil(zeros * ratio))
	b.taps = 2*reach + 1
	b.phases = bandFrame / gcd(in, bandFrame)
	b.filter = make([]float64, b.phases*b.taps)
	b.start = make([]int, bandFrame)
	for i := range b.start {
		b.start[i] = i * in / bandFrame
	}
	for p := range b.phases {
		shift := float64(p)*ratio - float64(b.start[p])
		row, sum := b.filter[p*b.taps:(p+1)*b.taps], 0.0
		for i := range row {
			row[i] = windowedSinc((float64(i-reach) - shift) / ratio)
			sum += row[i]
		}
		for i := range row {
			row[i] /= sum
		}
	}
	b.past = make([]float64, b.taps-1+in)
	return b
}

// windowedSinc is the low-pass of a cutoff of 0.925 of half the rate, at x
// samples from its middle.
func windowedSinc(x float64) float64 {
	if math.Abs(x) >= zeros {
		return 0
	}
	w := 0.5 + 0.5*math.Cos(math.Pi*x/zeros)
	if x = x * math.Pi * 0.925; math.Abs(x) > 1e-9 {
		w *= math.Sin(x) / x
	}
	return w
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// to writes the 160 samples of frame, full scale 1, to out. A frame that is
// too short is filled up with zeros, of one too long the end is ignored.
func (b *telephoneBand) to(out []float64, frame []int16) {
	if len(frame) > b.frame {
		frame = frame[:b.frame]
	}
	if b.taps == 0 {
		for i := range frame {
			out[i] = float64(frame[i]) / 32768
		}
		clear(out[len(frame):bandFrame])
		return
	}
	kept := copy(b.past, b.past[len(b.past)-(b.taps-1):])
	fresh := b.past[kept:]
	clear(fresh)
	if b.average == 1 {
		for i, x := range frame {
			fresh[i] = float64(x) / 32768
		}
	} else {
		scale := 1 / (32768 * float64(b.average))
		for i := 0; (i+1)*b.average <= len(frame); i++ {
			sum := 0
			for _, x := range frame[i*b.average : (i+1)*b.average] {
				sum += int(x)
			}
			fresh[i] = float64(sum) * scale
		}
	}
	for i, p := 0, 0; i < bandFrame; i++ {
		row := b.filter[p*b.taps : (p+1)*b.taps]
		x, sum := b.past[b.start[i]:], 0.0
		x = x[:len(row)]
		for j, c := range row {
			sum += c * x[j]
		}
		out[i] = sum
		if p++; p == b.phases {
			p = 0
		}
	}
}
