package eagi

import (
	"math"
	"slices"
	"strconv"
	"testing"
)

// sine is a tone of so many samples.
func sine(hertz float64, rate, n int, amplitude float64) []int16 {
	samples := make([]int16, n)
	for i := range samples {
		samples[i] = toSample(amplitude * math.Sin(2*math.Pi*hertz*float64(i)/float64(rate)))
	}
	return samples
}

// power is the mean square of samples, in decibels of a full-scale one.
func power(samples []int16) float64 {
	sum := 0.0
	for _, v := range samples {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(sum/float64(len(samples))/(1<<30)+1e-30)
}

// noiseOf is how far below the tone everything else in samples lies, in
// decibels: the tone with the best phase is taken out, then the rest measured.
// It also gives the tone's gain and its delay in samples.
func noiseOf(samples []int16, hertz float64, rate int, amplitude float64) (noise, gain, delay float64) {
	w := 2 * math.Pi * hertz / float64(rate)
	skip := len(samples) / 4 // the edges
	middle := samples[skip : len(samples)-skip]
	var ys, yc, ss, cc, sc float64
	for i, v := range middle {
		sin, cos := math.Sincos(w * float64(skip+i))
		ys += float64(v) * sin
		yc += float64(v) * cos
		ss += sin * sin
		cc += cos * cos
		sc += sin * cos
	}
	s, c := (ys*cc-yc*sc)/(ss*cc-sc*sc), (yc*ss-ys*sc)/(ss*cc-sc*sc)
	rest := 0.0
	for i, v := range middle {
		sin, cos := math.Sincos(w * float64(skip+i))
		d := float64(v) - s*sin - c*cos
		rest += d * d
	}
	n := float64(len(middle))
	tone := math.Hypot(s, c)
	return 10 * math.Log10(rest/n/(amplitude*amplitude/2)), 20 * math.Log10(tone/amplitude), -math.Atan2(c, s) / w
}

// pairs are rates that calls meet: Asterisk's formats, files, voices and
// recognisers.
var pairs = [][2]int{
	{8000, 16000}, {16000, 8000}, {44100, 8000}, {44100, 16000}, {8000, 44100}, {22050, 8000}, {22050, 16000},
	{48000, 8000}, {48000, 16000}, {11025, 8000}, {11025, 16000}, {24000, 16000}, {12000, 8000}, {8000, 48000},
	{192000, 8000}, {96000, 44100}, {16000, 44100}, {8000, 12000}, {44101, 8000}, {7999, 16001},
}

// A voice keeps its pitch, loudness and place at another rate, and gets no
// noise with it that anybody could hear: a recogniser gets what was said.
func TestResampleSines(t *testing.T) {
	worst, edge := -200.0, 0.0
	for _, pair := range pairs {
		from, to := pair[0], pair[1]
		r := NewResampler(from, to)
		low := float64(min(from, to))
		for _, part := range []float64{0.01, 0.05, 0.125, 0.25, 0.33, 0.375, 0.42} {
			hertz := math.Round(part * low)
			const amplitude = 20000
			out := r.Flush(r.Append(nil, sine(hertz, from, from/5, amplitude)))
			noise, gain, delay := noiseOf(out, hertz, to, amplitude)
			if worst = max(worst, noise); noise > -65 {
				t.Errorf("%d to %d, %v Hz: noise at %.1f dB", from, to, hertz, noise)
			}
			if edge = min(edge, gain); math.Abs(gain) > 0.1 {
				t.Errorf("%d to %d, %v Hz: louder by %.3f dB", from, to, hertz, gain)
			}
			if math.Abs(delay) > 0.01 {
				t.Errorf("%d to %d, %v Hz: later by %.4f samples", from, to, hertz, delay)
			}
		}
	}
	t.Logf("noise at most %.1f dB, loss at most %.4f dB", worst, -edge)
}

// What the lower rate cannot hold is gone, and does not come back as a tone
// that nobody spoke.
func TestResampleAliases(t *testing.T) {
	worst := -200.0
	for _, pair := range pairs {
		from, to := pair[0], pair[1]
		if from < to {
			continue
		}
		r := NewResampler(from, to)
		for hertz := float64(to) / 2; hertz < float64(from)/2; hertz += float64(from) / 29 {
			tone := sine(hertz, from, from/10, 30000)
			out := r.Flush(r.Append(nil, tone))
			out = out[len(out)/4 : len(out)*3/4]
			left := power(out) - power(tone)
			if worst = max(worst, left); left > -60 {
				t.Errorf("%d to %d: %.0f Hz comes through at %.1f dB", from, to, hertz, left)
			}
		}
	}
	t.Logf("at most %.1f dB", worst)
}

// A stream lasts as long at the other rate, however short it is, and a click
// stays where it was.
func TestResampleTimes(t *testing.T) {
	for _, pair := range pairs {
		from, to := pair[0], pair[1]
		r := NewResampler(from, to)
		for _, n := range []int{0, 1, 2, 159, 160, 161, 9999} {
			samples := make([]int16, n)
			for i := range samples {
				samples[i] = 1000
			}
			out := r.Flush(r.Append(nil, samples))
			if want := (n*to + from - 1) / from; len(out) != want {
				t.Errorf("%d to %d: %d samples for %d, want %d", from, to, len(out), n, want)
			}
			if middle := len(out) / 2; n == 9999 && out[middle] != 1000 {
				t.Errorf("%d to %d: a constant 1000 becomes %d", from, to, out[middle])
			}
		}
		click := make([]int16, 4000)
		click[2000] = 32000
		out := r.Flush(r.Append(nil, click))
		at := slices.Index(out, slices.Max(out))
		if want := 2000 * float64(to) / float64(from); math.Abs(float64(at)-want) > 1 {
			t.Errorf("%d to %d: a click at %d, want %.1f", from, to, at, want)
		}
	}
}

// Full-scale noise is clipped, not wrapped into a bang.
func TestResampleClips(t *testing.T) {
	square := make([]int16, 8000)
	for i := range square {
		square[i] = 32767
		if i/20%2 == 1 {
			square[i] = -32768
		}
	}
	for i, v := range Resample(square, 8000, 16000) {
		if plus := i/40%2 == 0; i%40 > 3 && i%40 < 37 && (v > 0) != plus {
			t.Fatalf("sample %d is %d", i, v)
		}
	}
}

// A slice that Resample gives is the caller's own, at the same rate too.
func TestResampleSameRate(t *testing.T) {
	in := []int16{1, 2, 3}
	out := Resample(in, 16000, 16000)
	if !slices.Equal(in, out) || &in[0] == &out[0] {
		t.Errorf("%v", out)
	}
}

// A rate that is none is a mistake of the program, found at once.
func TestResamplerRates(t *testing.T) {
	for _, pair := range [][2]int{{0, 8000}, {8000, 0}, {-1, 1}, {8000, MaxRate + 1}, {MaxRate + 1, 8000}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v: no panic", pair)
				}
			}()
			NewResampler(pair[0], pair[1])
		}()
	}
	for _, pair := range [][2]int{{1, MaxRate}, {MaxRate, 1}, {MaxRate - 1, MaxRate}} {
		Resample(make([]int16, 10), pair[0], pair[1])
	}
}

// Any chunking of a stream gives the same samples, and the next stream through
// the same resampler hears nothing of the last.
func FuzzResampler(f *testing.F) {
	f.Add(uint16(0), []byte{1, 2, 3}, []byte{1})
	f.Add(uint16(3), []byte("some audio that is rather long, so that blocks differ"), []byte{7, 0, 1, 30})
	f.Add(uint16(6), make([]byte, 3000), []byte{255, 160, 1})
	made := make([]*Resampler, len(pairs)) // making them takes the longest
	f.Fuzz(func(t *testing.T, which uint16, audio, cuts []byte) {
		i := int(which) % len(pairs)
		pair := pairs[i]
		if made[i] == nil {
			made[i] = NewResampler(pair[0], pair[1])
		}
		r := made[i]
		slin, _ := FormatByName("slin")
		samples := slin.AppendSamples(nil, audio)
		want := r.Flush(r.Append(nil, samples))
		for range 2 {
			var got []int16
			rest, i := samples, 0
			for len(rest) > 0 {
				n := len(rest)
				if len(cuts) > 0 {
					n = min(n, int(cuts[i%len(cuts)])+i%2)
					i++
				}
				got = r.Append(got, rest[:n])
				rest = rest[n:]
			}
			if got = r.Flush(got); !slices.Equal(got, want) {
				t.Fatalf("%v: %d samples, and %d or others in pieces", pair, len(want), len(got))
			}
		}
	})
}

// What a second of audio costs at another rate.
func BenchmarkResampler(b *testing.B) {
	for _, pair := range [][2]int{{8000, 16000}, {16000, 8000}, {44100, 8000}, {8000, 44100}, {48000, 16000}, {22050, 8000}} {
		b.Run(strconv.Itoa(pair[0])+"to"+strconv.Itoa(pair[1]), func(b *testing.B) {
			second := sine(440, pair[0], pair[0], 10000)
			r := NewResampler(pair[0], pair[1])
			var out []int16
			for b.Loop() {
				out = r.Append(out[:0], second)
			}
			b.ReportMetric(float64(b.N)*float64(len(second))/b.Elapsed().Seconds(), "samples/s")
		})
	}
	b.Run("new44100to8000", func(b *testing.B) {
		for b.Loop() {
			NewResampler(44100, 8000)
		}
	})
	b.Run("new44101to8000", func(b *testing.B) {
		for b.Loop() {
			NewResampler(44101, 8000)
		}
	})
}
