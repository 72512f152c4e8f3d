package main

import (
	"math"
	"math/rand/v2"
)

// noise makes n samples of one kind, root mean square 1, in the telephone band
// (but for hum, which gets into a line anywhere).
type noise struct {
	name string
	make func(r *rand.Rand, n int, clips []clip) []float64
}

var noises = []noise{
	{"white", func(r *rand.Rand, n int, _ []clip) []float64 { return unit(telephone(white(r, n))) }},
	{"pink", func(r *rand.Rand, n int, _ []clip) []float64 { return unit(telephone(pink(r, n))) }},
	{"brown", func(r *rand.Rand, n int, _ []clip) []float64 { return unit(telephone(brown(r, n))) }},
	{"hum", hum},
	{"street", street},
	{"babble", babble},
}

func white(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

// pink is a sum of first-order low-passes, 3 dB down per octave to within 1 dB.
func pink(r *rand.Rand, n int) []float64 {
	x := white(r, n)
	var a, b, c float64
	for i, v := range x {
		a = 0.99765*a + 0.0990460*v
		b = 0.96300*b + 0.2965164*v
		c = 0.57000*c + 1.0526913*v
		x[i] = a + b + c + 0.1848*v
	}
	return x
}

func brown(r *rand.Rand, n int) []float64 {
	x := white(r, n)
	at := 0.0
	for i, v := range x {
		at = 0.99*at + v
		x[i] = at
	}
	return x
}

// hum is 50 or 60 Hz and its harmonics, over white noise 20 dB below.
func hum(r *rand.Rand, n int, _ []clip) []float64 {
	mains := 50 + 10*float64(r.IntN(2)) + 0.1*r.NormFloat64()
	strength := []float64{1, 0.5, 0.6, 0.2, 0.4, 0.1, 0.25, 0.08, 0.15, 0.05}
	phase := make([]float64, len(strength))
	for i := range phase {
		phase[i] = 2 * math.Pi * r.Float64()
	}
	x := unit(telephone(white(r, n)))
	for i := range x {
		x[i] *= 0.1
		for h, s := range strength {
			x[i] += s * math.Sin(2*math.Pi*mains*float64(h+1)*float64(i)/rate+phase[h])
		}
	}
	return unit(x)
}

// street is pink noise that swells and ebbs by 10 dB within seconds, as
// vehicles pass.
func street(r *rand.Rand, n int, _ []clip) []float64 {
	x := telephone(pink(r, n))
	level, aim, left := 0.0, 0.0, 0
	for i := range x {
		if left == 0 {
			aim, left = 10*r.Float64()-5, rate/2+r.IntN(2*rate)
		}
		left--
		level += (aim - level) / (0.6 * rate)
		x[i] *= math.Pow(10, level/20)
	}
	return unit(x)
}

// babble is eight people talking at once.
func babble(r *rand.Rand, n int, clips []clip) []float64 {
	x := make([]float64, n)
	for range 8 {
		for at := -r.IntN(2 * rate); at < n; {
			c := clips[r.IntN(len(clips))]
			for i, v := range c.x {
				if at+i >= 0 && at+i < n {
					x[at+i] += v
				}
			}
			at += len(c.x)
		}
	}
	return unit(x)
}

// unit brings x to a root mean square of 1.
func unit(x []float64) []float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	if sum == 0 {
		return x
	}
	scale := 1 / math.Sqrt(sum/float64(len(x)))
	for i := range x {
		x[i] *= scale
	}
	return x
}

// telephone passes 300 to 3,400 Hz.
func telephone(x []float64) []float64 {
	const reach = 100
	var taps [2*reach + 1]float64
	for i := range taps {
		t := float64(i - reach)
		w := 0.5 + 0.5*math.Cos(math.Pi*t/(reach+1))
		if t == 0 {
			taps[i] = w * 2 * (3400 - 300) / rate
			continue
		}
		taps[i] = w * (math.Sin(2*math.Pi*3400*t/rate) - math.Sin(2*math.Pi*300*t/rate)) / (math.Pi * t)
	}
	y := make([]float64, len(x))
	for i := range y {
		for j, c := range taps {
			if k := i + j - reach; k >= 0 && k < len(x) {
				y[i] += c * x[k]
			}
		}
	}
	return y
}
