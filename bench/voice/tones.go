package main

import (
	"math"
	"math/rand/v2"
)

// sound is what a line carries besides speech.
type sound struct {
	name string
	make func(r *rand.Rand, seconds float64) []float64 // dBFS as on a line
}

// tones adds sines of the given frequencies, each of level dBFS (of its root
// mean square), to x between two times in seconds.
func addTones(x []float64, from, to, level float64, hz ...float64) {
	a := math.Sqrt2 * math.Pow(10, level/20)
	for i := int(from * rate); i < min(len(x), int(to*rate)); i++ {
		for _, f := range hz {
			x[i] += a * math.Sin(2*math.Pi*f*float64(i)/rate)
		}
	}
}

// cadence makes a sound of tones that come and go: on and off in turn, in
// seconds.
func cadence(level float64, hz []float64, times ...float64) func(*rand.Rand, float64) []float64 {
	return func(_ *rand.Rand, seconds float64) []float64 {
		x := make([]float64, int(seconds*rate))
		for at, i := 0.3, 0; at < seconds; i++ {
			next := at + times[i%len(times)]
			if i%2 == 0 {
				addTones(x, at, next, level, hz...)
			}
			at = next
		}
		return x
	}
}

var (
	dtmfLow  = [4]float64{697, 770, 852, 941}
	dtmfHigh = [4]float64{1209, 1336, 1477, 1633}
)

// keys presses all sixteen keys, 60 to 120 ms each, with a twist of up to 6 dB
// and 1.5 % off at most.
func keys(r *rand.Rand, seconds float64) []float64 {
	x := make([]float64, int(seconds*rate))
	for at, i := 0.2, 0; at+0.2 < seconds; i++ {
		long, twist, off := 0.06+0.06*r.Float64(), 12*r.Float64()-6, 1+0.03*(r.Float64()-0.5)
		level := -8 - 18*r.Float64()
		addTones(x, at, at+long, level+min(0, twist), dtmfLow[i%4]*off)
		addTones(x, at, at+long, level-max(0, twist), dtmfHigh[i/4%4]*off)
		at += long + 0.08 + 0.3*r.Float64()
	}
	return x
}

// clicks are of 1 to 4 ms, from -30 to -6 dBFS at their peak.
func clicks(r *rand.Rand, seconds float64) []float64 {
	x := make([]float64, int(seconds*rate))
	for at := 0.2; at < seconds; at += 0.3 + r.Float64() {
		a, n := math.Pow(10, (-6-24*r.Float64())/20), 8+r.IntN(24)
		for i := range n {
			if k := int(at*rate) + i; k < len(x) {
				x[k] += a * (2*r.Float64() - 1) * (1 - float64(i)/float64(n))
			}
		}
	}
	return x
}

// breaths are half a second of noise that swells and ebbs, at -40 dBFS.
func breaths(r *rand.Rand, seconds float64) []float64 {
	x := telephone(pink(r, int(seconds*rate)))
	unit(x)
	long := rate / 2
	for i := range x {
		if k := i % (4 * long); k < long {
			x[i] *= 0.01 * math.Sin(math.Pi*float64(k)/float64(long))
		} else {
			x[i] = 0
		}
	}
	return x
}

// steady is noise of a level from the first sample.
func steady(level float64, make func(*rand.Rand, int, []clip) []float64) func(*rand.Rand, float64) []float64 {
	return func(r *rand.Rand, seconds float64) []float64 {
		x := make(r, int(seconds*rate), nil)
		for i := range x {
			x[i] *= math.Pow(10, level/20)
		}
		return x
	}
}

// stepping is white noise that is 20 dB louder in every other ten seconds.
func stepping(r *rand.Rand, seconds float64) []float64 {
	x := unit(telephone(white(r, int(seconds*rate))))
	for i := range x {
		x[i] *= 0.003
		if i/(10*rate)%2 == 1 {
			x[i] *= 10
		}
	}
	return x
}

// comfort is noise as a phone with silence suppression makes it: a new level
// every 80 ms, 2 dB up or down.
func comfort(r *rand.Rand, seconds float64) []float64 {
	x := unit(telephone(brown(r, int(seconds*rate))))
	level := 0.0
	for i := range x {
		if i%640 == 0 {
			level = math.Pow(10, (-52+4*(r.Float64()-0.5))/20)
		}
		x[i] *= level
	}
	return x
}

var sounds = []sound{
	{"white noise -45", steady(-45, noises[0].make)},
	{"white noise -30", steady(-30, noises[0].make)},
	{"pink noise -35", steady(-35, noises[1].make)},
	{"hum -35", steady(-35, noises[3].make)},
	{"noise in steps of 20 dB", stepping},
	{"comfort noise", comfort},
	{"DTMF, 16 keys", keys},
	{"US dial 350+440", cadence(-16, []float64{350, 440}, 8, 2)},
	{"US busy 480+620", cadence(-20, []float64{480, 620}, 0.5, 0.5)},
	{"US ringback 440+480", cadence(-22, []float64{440, 480}, 2, 4)},
	{"US reorder 480+620", cadence(-20, []float64{480, 620}, 0.25, 0.25)},
	{"UK dial 350+450", cadence(-18, []float64{350, 450}, 8, 2)},
	{"UK ringback 400+450", cadence(-20, []float64{400, 450}, 0.4, 0.2, 0.4, 2)},
	{"European dial 425", cadence(-16, []float64{425}, 8, 2)},
	{"European busy 425", cadence(-16, []float64{425}, 0.48, 0.48)},
	{"European ringback 425", cadence(-18, []float64{425}, 1, 4)},
	{"fax CNG 1100", cadence(-14, []float64{1100}, 0.5, 3)},
	{"answer tone 2100", cadence(-14, []float64{2100}, 3, 2)},
	{"milliwatt 1004", cadence(-12, []float64{1004}, 10, 2)},
	{"clicks", clicks},
	{"breath", breaths},
}
