package eagi

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Every decision stands on the spectrum: a wrong bin would be a tone missed
// and a vowel taken for one.
func TestSpectrumIsThatOfTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{256, 512} {
		s := newSpectrum(size)
		x := make([]float64, size)
		for i := range x {
			x[i] = r.Float64() - 0.5
		}
		got := s.of(x)
		for k := 0; k <= size/2; k += 7 {
			var re, im float64
			for i, v := range x {
				sin, cos := math.Sincos(2 * math.Pi * float64(k*i%size) / float64(size))
				re += v * s.window[i] * cos
				im -= v * s.window[i] * sin
			}
			if want := re*re + im*im; math.Abs(got[k]-want) > 1e-9 {
				t.Errorf("size %d, bin %d: %g, want %g", size, k, got[k], want)
			}
		}
	}
}

// Levels are told in dBFS: the bins of noise must add up to its mean square.
func TestSpectrumKeepsThePower(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	s := newSpectrum(256)
	x := make([]float64, 256)
	sum, n := 0.0, 400
	for range n {
		for i := range x {
			x[i] = 0.1 * r.NormFloat64()
		}
		for _, p := range s.of(x) {
			sum += p
		}
	}
	if db := 10 * math.Log10(sum/float64(n)/0.01); math.Abs(db) > 0.2 {
		t.Errorf("the bins add up to %.2f dB of the mean square", db)
	}
}
