package eagi

import "math"

// linePair is the two strongest lines of a spectrum.
type linePair struct {
	low, high float64 // Hz; the same where there is one
	power     float64 // of both, above the noise
	share     float64 // of all power above the noise
}

// toneWatch finds tones that stand still: two lines that hold nearly all
// power and do not move, as no voice does: for 60 ms, or for 40 if they are
// those of a key. In the middle of speech it takes 140 ms, as some voices hold
// still for less.
type toneWatch struct {
	long, short linePair // of the last frame
	run         int      // frames that the lines of 64 ms stood still
}

// hear takes the lines of the last 64 ms and says whether they are a tone;
// talking says whether there was speech just before.
func (t *toneWatch) hear(l linePair, talking bool) bool {
	if l.share > 0.97 && t.long.share > 0.8 && l.still(t.long, 5) {
		t.run++
	} else {
		t.run = 0
	}
	t.long = l
	return t.run >= 2 && !talking || t.run >= 6 || t.run >= 1 && l.isKey()
}

// pure takes the lines of the last 32 ms and says whether they may become a
// tone. Between tones of 440 and 480 Hz the line sways by 10 Hz.
func (t *toneWatch) pure(l linePair, noise float64) bool {
	last := t.short
	t.short = l
	if l.power < 10*noise {
		return false
	}
	if l.isKey() {
		return l.share > 0.77
	}
	return l.share > 0.92 && (last.share < 0.92 || l.still(last, 10))
}

// still says whether the lines are where they were, but for by Hz.
func (l linePair) still(last linePair, by float64) bool {
	return math.Abs(l.low-last.low) <= by && math.Abs(l.high-last.high) <= by
}

// isKey says whether the lines are those of a key, 2.5 % off at most.
func (l linePair) isKey() bool {
	return nearest(l.low, 697, 770, 852, 941) < 0.025 && nearest(l.high, 1209, 1336, 1477, 1633) < 0.025
}

// nearest is how far off, as a part of it, the nearest of four frequencies is.
func nearest(hz, a, b, c, d float64) float64 {
	return min(math.Abs(hz/a-1), math.Abs(hz/b-1), math.Abs(hz/c-1), math.Abs(hz/d-1))
}

// lines finds the two strongest lines of a spectrum that has fine bins for
// each 31.25 Hz. What the noise may hold is taken off, in power itself too.
func lines(power []float64, noise *[bands]float64, fine int) (l linePair) {
	from, to, reach := 6*fine, 112*fine, 2*fine
	all, best := 0.0, from
	for k, b := from, 0; k < to; k++ {
		for b < bands-1 && k >= fine*int(bandEdges[b+1]) {
			b++
		}
		n := noise[b] / float64(fine*int(bandEdges[b+1]-bandEdges[b]))
		power[k] = max(0, power[k]-2*n)
		all += power[k]
		if power[k] > power[best] {
			best = k
		}
	}
	if all == 0 {
		return l
	}
	other := -1
	for k := from; k < to; k++ {
		if (k < best-reach || k > best+reach) && (other < 0 || power[k] > power[other]) {
			other = k
		}
	}
	first, second, firstAt, secondAt := 0.0, 0.0, 0.0, 0.0
	for k := max(from, best-reach); k <= min(to-1, best+reach); k++ {
		first += power[k]
		firstAt += float64(k) * power[k]
	}
	for k := max(from, other-reach); k <= min(to-1, other+reach); k++ {
		if k < best-reach || k > best+reach {
			second += power[k]
			secondAt += float64(k) * power[k]
		}
	}
	l.power = first + second
	l.share = l.power / all
	width := 31.25 / float64(fine)
	l.low = firstAt / first * width
	l.high = l.low
	if second > first/100 {
		l.high = secondAt / second * width
	}
	if l.low > l.high {
		l.low, l.high = l.high, l.low
	}
	return l
}

// clickWatch finds clicks: nearly all power of 40 ms within 5 of them.
type clickWatch struct {
	parts [16]float64 // power of 2.5 ms each
}

// hear takes the next 20 ms and says whether there is a click in the last 40
// and little else.
func (c *clickWatch) hear(fresh []float64) bool {
	copy(c.parts[:], c.parts[8:])
	for i := range 8 {
		sum := 0.0
		for _, x := range fresh[20*i : 20*i+20] {
			sum += x * x
		}
		c.parts[8+i] = sum
	}
	all, best := 0.0, 0.0
	for i, p := range c.parts {
		all += p
		if i > 0 {
			best = max(best, p+c.parts[i-1])
		}
	}
	return best > 0.8*all
}
