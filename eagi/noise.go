package eagi

import "math"

// bands is how many bands of the telephone band are told apart. They grow
// from 125 Hz wide at 250 Hz to 310 Hz at 3,400 Hz.
const bands = 17

// bandEdges are bins of a spectrum of 256 samples at 8 kHz, 31.25 Hz each.
var bandEdges = [bands + 1]uint8{8, 12, 16, 20, 24, 28, 32, 37, 42, 47, 53, 59, 65, 72, 80, 88, 98, 109}

// byBand adds a power spectrum of 256 samples up to bands.
func byBand(power []float64, to *[bands]float64) {
	for b := range to {
		sum := 0.0
		for _, p := range power[bandEdges[b]:bandEdges[b+1]] {
			sum += p
		}
		to[b] = sum
	}
}

// floor follows the power of line noise in each band: the minimum of the
// smoothed power over a second and a half, raised by what a minimum lies below
// the mean. The zero value is not ready; use newFloor.
type floor struct {
	level  [bands]float64 // the noise
	smooth [bands]float64
	least  [floorParts][bands]float64 // of each part of the last second and a half
	part   int                        // the current one
	filled int                        // frames in it
	seen   int                        // frames in all
}

const (
	floorParts  = 8
	floorFrames = 10     // in a part
	floorBias   = 1.5    // mean over minimum, of white noise
	floorStart  = 1e-5   // -50 dBFS: what a line has that was not heard yet
	floorLeast  = 2.5e-7 // -66 dBFS: quieter than that none need be
)

func newFloor() (f floor) {
	for b := range f.level {
		f.level[b] = floorStart * bandShare(b)
	}
	f.restart()
	return f
}

// bandShare is the part of white noise that falls into band b.
func bandShare(b int) float64 {
	return float64(bandEdges[b+1]-bandEdges[b]) / 128
}

// restart makes the floor forget all but what it hears now.
func (f *floor) restart() {
	for p := range f.least {
		for b := range f.least[p] {
			f.least[p][b] = math.Inf(1)
		}
	}
	if f.seen > 0 {
		f.least[f.part] = f.smooth
	}
}

// hear takes the power of one more frame. With rise false it can only lower
// the floor.
func (f *floor) hear(power *[bands]float64, rise bool) {
	if f.seen == 0 {
		f.smooth = *power
	}
	f.seen++
	for b, p := range power {
		f.smooth[b] += 0.25 * (p - f.smooth[b])
	}
	if rise {
		if f.filled++; f.filled > floorFrames {
			f.filled = 1
			f.part = (f.part + 1) % floorParts
			for b := range f.least[f.part] {
				f.least[f.part][b] = math.Inf(1)
			}
		}
	}
	pace := 0.2
	if f.seen < 50 {
		pace = 0.5
	}
	for b, p := range f.smooth {
		if rise || p*floorBias < f.level[b] {
			f.least[f.part][b] = min(f.least[f.part][b], p)
		}
		low := math.Inf(1)
		for i := range f.least {
			low = min(low, f.least[i][b])
		}
		low = max(low*floorBias, floorLeast*bandShare(b))
		switch {
		case low < f.level[b]:
			f.level[b] += 0.5 * (low - f.level[b])
		case f.seen >= 4 && !math.IsInf(low, 1):
			f.level[b] += pace * (low - f.level[b])
		}
	}
}

// total is the noise of all bands.
func (f *floor) total() float64 {
	sum := 0.0
	for _, p := range f.level {
		sum += p
	}
	return sum
}
