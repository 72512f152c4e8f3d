package eagi

import (
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// listened is what one Listen gave.
type listened struct {
	samples []int16
	ending  Ending
	err     error
}

// FuzzUtterances: pipes do not keep frames apart, and Asterisk writes late and
// in bursts; what the caller says is the same all the same, to the sample.
func FuzzUtterances(f *testing.F) {
	f.Add(uint64(1), uint16(1))
	f.Add(uint64(2), uint16(320))
	f.Add(uint64(3), uint16(4000))
	s := newSignal(1)
	for i := range 4 {
		s.hiss(0.9, -62).vowel(0.25+0.05*float64(i), -24, 130, 600, 1400).hiss(0.1, -62).vowel(0.2, -22, 120, 400, 2000)
	}
	pcm := s.hiss(0.5, -62).pcm(8000)
	f.Fuzz(func(t *testing.T, seed uint64, most uint16) {
		var whole, got []listened
		synctest.Test(t, func(t *testing.T) { whole = hearing(t, pcm, func() int { return 2 * len(pcm) }) })
		if len(whole) != 5 || whole[3].samples == nil || whole[4].err != io.EOF {
			t.Fatalf("in one piece: %v", whole)
		}
		random := rand.New(rand.NewPCG(seed, 0))
		size := func() int { return 1 + random.IntN(max(1, int(most))) }
		synctest.Test(t, func(t *testing.T) { got = hearing(t, pcm, size) })
		same := func(a, b listened) bool {
			return slices.Equal(a.samples, b.samples) && a.ending == b.ending && errors.Is(a.err, b.err)
		}
		if !slices.EqualFunc(got, whole, same) {
			t.Errorf("pieces of up to %d bytes make another call of it: %d utterances, not %d", most, len(got), len(whole))
		}
	})
}

// hearing listens to the end of audio that comes in pieces.
func hearing(t *testing.T, pcm []int16, size func() int) (all []listened) {
	t.Helper()
	a, phone := call(t, 0)
	r := reader(t, a, 0)
	go func() {
		for rest := slin(t).AppendBytes(nil, pcm); len(rest) > 0; {
			n := min(size(), len(rest))
			phone.Write(rest[:n])
			rest = rest[n:]
		}
		phone.Close()
	}()
	l := Listening{Silence: 300 * time.Millisecond, Detector: NewDetector(8000)}.withDefaults()
	for {
		u, ending, err := r.listen(t.Context(), l)
		heard := listened{ending: ending, err: err}
		if u != nil {
			heard.samples = u.Samples()
		}
		if all = append(all, heard); err != nil {
			return all
		}
	}
}
