package eagi

import (
	"slices"
	"testing"
)

// What is kept is the newest, whatever the sizes of the pieces.
func TestRingKeepsTheNewest(t *testing.T) {
	for _, piece := range []int{1, 7, 100, 9999, 20000, 50000} {
		r := ring{most: 20000}
		next := int64(0)
		for next < 70000 {
			samples := make([]int16, piece)
			for i := range samples {
				samples[i] = int16(next)
				next++
			}
			r.write(samples)
		}
		if r.end != next || r.end-r.start != 20000 {
			t.Fatalf("in pieces of %d: kept from %d to %d of %d", piece, r.start, r.end, next)
		}
		got := make([]int16, 30000)
		if n := r.read(got, r.start); n != 20000 || got[0] != int16(r.start) || got[n-1] != int16(next-1) {
			t.Fatalf("in pieces of %d: read %d, from %d to %d", piece, n, got[0], got[n-1])
		}
	}
}

// A call in which little is said takes little memory.
func TestRingGrowsWithUse(t *testing.T) {
	r := ring{most: 1 << 20}
	r.write(make([]int16, 100))
	if len(r.buf) > firstRing {
		t.Errorf("100 samples take room for %d", len(r.buf))
	}
	want := []int16{1, 2, 3}
	r.write(want)
	r.write(make([]int16, 3*firstRing)) // grows, and keeps what was there
	got := make([]int16, 3)
	if r.read(got, 100); !slices.Equal(got, want) {
		t.Errorf("%v is %v after growing", want, got)
	}
}

// A gap of any length is silence, and costs no more than what is kept.
func TestRingSilence(t *testing.T) {
	r := ring{most: 1000}
	r.write([]int16{5})
	r.silence(300)
	r.write([]int16{6})
	got := make([]int16, 1000)
	if n := r.read(got, 0); n != 302 || got[0] != 5 || got[301] != 6 || got[150] != 0 {
		t.Errorf("read %d: %d ... %d", n, got[0], got[301])
	}
	r.silence(1 << 40)
	if r.end != 1<<40+302 || r.end-r.start != 1000 {
		t.Errorf("kept from %d to %d", r.start, r.end)
	}
}
