package asr

import "math"

// at gives the same speech at another rate, by a windowed sinc: nothing above
// half of the lower of the two rates is left in it. A rate of 0 leaves it as
// it is.
func (s Speech) at(rate int) Speech {
	if rate == 0 || rate == s.Rate {
		return s
	}
	up, down := ratio(rate, s.Rate)
	cutoff := 0.94 * min(1, float64(up)/float64(down)) // of half the rate it has
	reach := int(math.Ceil(16 / cutoff))               // samples to each side
	taps := make([][]float32, up)                      // one filter for each place between two samples
	for phase := range taps {
		taps[phase] = sinc(float64(phase)/float64(up), cutoff, reach)
	}
	out := make([]int16, len(s.Samples)*up/down)
	for n := range out {
		place := n * down
		first := place/up - reach + 1
		sum := float32(0)
		for i, tap := range taps[place%up] {
			if at := first + i; at >= 0 && at < len(s.Samples) {
				sum += tap * float32(s.Samples[at])
			}
		}
		out[n] = int16(max(math.MinInt16, min(math.MaxInt16, math.Round(float64(sum)))))
	}
	return Speech{Rate: rate, Samples: out}
}

// sinc gives a low-pass filter for the point that lies fraction of a sample
// behind one, under a Hann window, with a gain of one.
func sinc(fraction, cutoff float64, reach int) []float32 {
	taps, sum := make([]float64, 2*reach), 0.0
	for i := range taps {
		x := float64(i-reach+1) - fraction
		window := 0.5 + 0.5*math.Cos(math.Pi*x/float64(reach))
		taps[i] = cutoff * window
		if angle := math.Pi * cutoff * x; angle != 0 {
			taps[i] *= math.Sin(angle) / angle
		}
		sum += taps[i]
	}
	out := make([]float32, len(taps))
	for i, tap := range taps {
		out[i] = float32(tap / sum)
	}
	return out
}

// mirrored gives the same speech at a higher rate, by straight lines between
// its samples. That is no good filter, and meant: it leaves a faint mirror
// image of the voice above the band of the telephone. A model that learnt from
// speech with hisses up there mistakes their total absence for something else;
// with the image pocketsphinx gets about half as many words wrong as with a
// clean resampling (bench/wer).
func (s Speech) mirrored(rate int) Speech {
	if rate <= s.Rate {
		return s.at(rate)
	}
	up, down := ratio(rate, s.Rate)
	out := make([]int16, len(s.Samples)*up/down)
	for n := range out {
		place := n * down
		at, part := place/up, place%up
		here, next := int(s.Samples[at]), int(s.Samples[min(at+1, len(s.Samples)-1)])
		out[n] = int16(here + (next-here)*part/up)
	}
	return Speech{Rate: rate, Samples: out}
}

// ratio gives two rates in their lowest terms.
func ratio(to, from int) (up, down int) {
	a, b := to, from
	for b != 0 {
		a, b = b, a%b
	}
	return to / a, from / a
}
