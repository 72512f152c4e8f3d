package eagi

import "math"

// spectrum is the power spectrum of a short piece of audio: a Hann window and
// a real FFT done as a complex one of half the size. It is made once and then
// allocates nothing. One goroutine.
type spectrum struct {
	size   int       // samples in a piece, a power of two
	window []float64 // Hann, scaled so that the bins add up to the mean square
	turn   []complex128
	swap   []int
	z      []complex128 // size/2
	power  []float64    // size/2 + 1 bins, of 8000/size Hz each at 8 kHz
}

func newSpectrum(size int) *spectrum {
	half := size / 2
	s := &spectrum{
		size:   size,
		window: make([]float64, size),
		turn:   make([]complex128, half),
		swap:   make([]int, half),
		z:      make([]complex128, half),
		power:  make([]float64, half+1),
	}
	squares := 0.0
	for i := range s.window {
		s.window[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(size))
		squares += s.window[i] * s.window[i]
	}
	// With this scale, power of white noise of variance v adds up to v over all
	// bins (each counted once, the mirrored half folded in).
	scale := math.Sqrt(2 / (squares * float64(size)))
	for i := range s.window {
		s.window[i] *= scale
	}
	for i := range s.turn {
		sin, cos := math.Sincos(-2 * math.Pi * float64(i) / float64(size))
		s.turn[i] = complex(cos, sin)
	}
	bits := 0
	for 1<<bits < half {
		bits++
	}
	for i := range s.swap {
		r := 0
		for b := range bits {
			r |= i >> b & 1 << (bits - 1 - b)
		}
		s.swap[i] = r
	}
	return s
}

// of computes the power of each bin of x, which has size samples of full
// scale 1, and returns it; the slice is good until the next call.
func (s *spectrum) of(x []float64) []float64 {
	x, w := x[:s.size], s.window[:s.size]
	for i, r := range s.swap {
		s.z[r] = complex(x[2*i]*w[2*i], x[2*i+1]*w[2*i+1])
	}
	s.transform()
	half := s.size / 2
	s.power[0] = square(real(s.z[0]) + imag(s.z[0]))
	s.power[half] = square(real(s.z[0]) - imag(s.z[0]))
	for k := 1; k < half; k++ {
		a, b := s.z[k], s.z[half-k]
		b = complex(real(b), -imag(b))
		odd := (a - b) * s.turn[k]
		x := (a + b + complex(imag(odd), -real(odd))) / 2
		s.power[k] = square(real(x)) + square(imag(x))
	}
	return s.power
}

// cosines is the cosine transform of x with x[k] = x[size-k], without a window:
// where x is a spectrum, how much it repeats. Good until the next call.
func (s *spectrum) cosines(x []float64) []float64 {
	for i, r := range s.swap {
		s.z[r] = complex(x[2*i], x[2*i+1])
	}
	s.transform()
	half := s.size / 2
	s.power[0] = real(s.z[0]) + imag(s.z[0])
	s.power[half] = real(s.z[0]) - imag(s.z[0])
	for k := 1; k < half; k++ {
		a, b := s.z[k], s.z[half-k]
		b = complex(real(b), -imag(b))
		odd := (a - b) * s.turn[k]
		s.power[k] = (real(a+b) + imag(odd)) / 2
	}
	return s.power
}

// transform is the complex FFT in place, of a z that was filled in bit-reversed
// order.
func (s *spectrum) transform() {
	z, n := s.z, len(s.z)
	for i := 0; i+1 < n; i += 2 {
		z[i], z[i+1] = z[i]+z[i+1], z[i]-z[i+1]
	}
	for span := 2; span < n; span *= 2 {
		step := n / span // turn is of twice n
		for at := 0; at < n; at += 2 * span {
			low, high := z[at:at+span], z[at+span:at+2*span]
			for i := range low {
				t := high[i] * s.turn[i*step]
				low[i], high[i] = low[i]+t, low[i]-t
			}
		}
	}
}

func square(x float64) float64 { return x * x }
