package eagi

import (
	"math"
	"strconv"
)

// MaxRate is the highest rate of samples, per second, that anything here takes.
const MaxRate = 384000

// The resampler's filter: a sinc under a Kaiser window. Its stopband begins
// where the lower of the two rates can hold no more, so nothing above folds
// down: at least 80 dB below. Its passband ends 16 % under that, for 8 kHz at
// 3.4 kHz, where a telephone ends too.
const (
	stopband  = 80.0 // dB
	crossings = 32   // zeros of the sinc on each side, counted at the lower rate
	// maxTaps bounds the memory for ratios that no audio has.
	maxTaps = 1 << 15
	// maxPhases is how many filters there are at most; all rates of telephones,
	// files and sound cards but the oddest pairs need fewer. Where there would be
	// more the nearest one before is used, whose error is below -60 dB.
	maxPhases = 2048
)

// Resampler turns a stream of samples into one of another rate. It is linear
// in phase and makes up for its delay: sample n is what was heard at n/to
// seconds, so speech stays where it was. How the stream is cut into blocks
// changes nothing in what comes out. It starts no goroutine, and belongs to one
// at a time.
//
//	in ──▶ buf │ i-half+1 ... i, i+1 ... i+half │ · phases[p] ──▶ out
//	                          ▲ where out is heard: p/up after sample i
type Resampler struct {
	up, down int         // out is up samples for down of in
	half     int         // taps of a filter on each side
	phases   [][]float32 // the filters, by where out lies between two samples of in
	buf      []float32
	at       int // where the next filter begins in buf
	phase    int // of up: how far behind sample i of in out lies
}

// NewResampler makes a resampler between two rates, samples per second. Rates
// below 1 or above [MaxRate] panic: who lets people choose one checks it.
// Making one takes about a millisecond, for pairs with large common multiples
// up to a hundred.
func NewResampler(from, to int) *Resampler {
	if from < 1 || to < 1 || from > MaxRate || to > MaxRate {
		panic("eagi: resample from " + strconv.Itoa(from) + " to " + strconv.Itoa(to))
	}
	d := commonDivisor(from, to)
	r := &Resampler{up: to / d, down: from / d}
	if r.up == r.down {
		return r
	}
	low := min(1, float64(to)/float64(from)) // the lower rate, in in's
	r.half = min(maxTaps, int(math.Ceil(crossings/low)))
	r.phases = filters(min(r.up, maxPhases), r.half, low)
	r.reset()
	return r
}

// commonDivisor is the greatest of two positive numbers.
func commonDivisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// filters makes n filters of 2*half taps, each for samples n-th of the way
// further behind. low is the lower rate in units of in's.
func filters(n, half int, low float64) [][]float32 {
	// Kaiser's formulas for a stopband: its window's shape, and how wide the band
	// between pass and stop is for the length.
	beta := 0.1102 * (stopband - 8.7)
	width := (stopband - 8) / (2.285 * 2 * float64(half)) / math.Pi
	cutoff := max(low/2, low-width/2)
	flat := make([]float32, n*2*half)
	taps := make([]float64, 2*half)
	all := make([][]float32, n)
	for p := range all {
		sum := 0.0
		for k := range taps {
			d := float64(k-half+1) - float64(p)/float64(n)
			x := d / float64(half)
			taps[k] = sinc(cutoff*d) * bessel0(beta*math.Sqrt(max(0, 1-x*x)))
			sum += taps[k]
		}
		all[p], flat = flat[:2*half:2*half], flat[2*half:]
		for k, tap := range taps {
			all[p][k] = float32(tap / sum) // a constant stays what it is
		}
	}
	return all
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// bessel0 is the modified Bessel function of order nought, by its series.
func bessel0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= (x / 2 / k) * (x / 2 / k)
		sum += term
	}
	return sum
}

// reset is the silence before a stream.
func (r *Resampler) reset() {
	r.buf = append(r.buf[:0], make([]float32, max(0, r.half-1))...)
	r.at, r.phase = 0, 0
}

// resampleBlock is how much of a block is taken at a time, which bounds buf.
const resampleBlock = 4096

// Append takes the next block of the stream and appends to dst what can be
// told by then: the last 32 samples of the lower rate wait for what follows.
func (r *Resampler) Append(dst, block []int16) []int16 {
	if r.phases == nil {
		return append(dst, block...)
	}
	for len(block) > 0 {
		n := min(len(block), resampleBlock)
		for _, v := range block[:n] {
			r.buf = append(r.buf, float32(v))
		}
		dst = r.filter(dst)
		block = block[n:]
	}
	return dst
}

// Flush ends the stream: it appends to dst what still waits, so that the whole
// stream out is as long as the one in, rounded up to a sample. The next Append
// begins a new one.
func (r *Resampler) Flush(dst []int16) []int16 {
	if r.phases == nil {
		return dst
	}
	for rest := r.half; rest > 0; rest -= min(rest, resampleBlock) {
		r.buf = append(r.buf, make([]float32, min(rest, resampleBlock))...)
		dst = r.filter(dst)
	}
	r.reset()
	return dst
}

// filter makes all samples for which buf has enough, and drops what no further
// one needs.
func (r *Resampler) filter(dst []int16) []int16 {
	taps := 2 * r.half
	for r.at+taps <= len(r.buf) {
		p := r.phase
		if r.up > len(r.phases) {
			p = int(int64(p) * int64(len(r.phases)) / int64(r.up))
		}
		dst = append(dst, toSample(dot(r.phases[p], r.buf[r.at:r.at+taps])))
		r.phase += r.down
		r.at += r.phase / r.up
		r.phase %= r.up
	}
	gone := min(r.at, len(r.buf))
	r.buf = r.buf[:copy(r.buf, r.buf[gone:])]
	r.at -= gone
	return dst
}

// dot is the sum of the products; both are of the same even length. Four sums
// side by side let the processor add while it multiplies.
func dot(h, x []float32) float32 {
	x = x[:len(h)]
	var a, b, c, d float32
	i := 0
	for ; i+4 <= len(h); i += 4 {
		h, x := h[i:i+4:i+4], x[i:i+4:i+4]
		a += h[0] * x[0]
		b += h[1] * x[1]
		c += h[2] * x[2]
		d += h[3] * x[3]
	}
	for ; i < len(h); i++ {
		a += h[i] * x[i]
	}
	return a + c + (b + d)
}

// toSample is the nearest sample; what is too loud is clipped, and what is no
// number is silence.
func toSample[T float32 | float64](v T) int16 {
	switch {
	case v >= math.MaxInt16:
		return math.MaxInt16
	case v <= math.MinInt16:
		return math.MinInt16
	case v >= 0:
		return int16(v + 0.5)
	case v < 0:
		return int16(v - 0.5)
	}
	return 0
}

// Resample gives samples at another rate, in a new slice: len(samples)*to/from
// of them, rounded up, so that they last as long, each heard when it was. Rates
// are as for [NewResampler]; where both are the same it is a copy.
func Resample(samples []int16, from, to int) []int16 {
	r := NewResampler(from, to)
	n := int64(len(samples)) * int64(r.up)
	out := make([]int16, 0, n/int64(r.down)+1)
	return r.Flush(r.Append(out, samples))
}
