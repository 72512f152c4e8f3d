package asr

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"
)

// tone gives a second of a sine.
func tone(rate int, hertz float64) Speech {
	s := Speech{Rate: rate, Samples: make([]int16, rate)}
	for i := range s.Samples {
		s.Samples[i] = int16(math.Round(10000 * math.Sin(2*math.Pi*hertz*float64(i)/float64(rate))))
	}
	return s
}

// level measures how loud a frequency is in speech, away from its ends.
func level(s Speech, hertz float64) float64 {
	re, im := 0.0, 0.0
	part := s.Samples[s.Rate/4 : s.Rate*3/4]
	for i, sample := range part {
		sin, cos := math.Sincos(2 * math.Pi * hertz * float64(i) / float64(s.Rate))
		re, im = re+cos*float64(sample), im+sin*float64(sample)
	}
	return 2 * math.Hypot(re, im) / float64(len(part))
}

// Resampling keeps the voice as it is and adds nothing to it.
func TestResampling(t *testing.T) {
	for _, rates := range [][2]int{{8000, 16000}, {16000, 8000}, {44100, 16000}, {8000, 11025}, {48000, 16000}, {192000, 8000}} {
		got := tone(rates[0], 1000).at(rates[1])
		if got.Rate != rates[1] || len(got.Samples) != rates[1] {
			t.Errorf("%v: %d samples at %d", rates, len(got.Samples), got.Rate)
		}
		if l := level(got, 1000); l < 9900 || l > 10100 {
			t.Errorf("%v: a level of %.0f", rates, l)
		}
		if image := level(got, float64(min(rates[0], rates[1]))-1000); rates[1] > rates[0] && image > 20 {
			t.Errorf("%v: a mirror image of %.0f", rates, image)
		}
		if rates[1] < rates[0] {
			if l := level(tone(rates[0], float64(rates[1])*0.7).at(rates[1]), float64(rates[1])*0.3); l > 50 {
				t.Errorf("%v: what is too high for the rate is folded down, at %.0f", rates, l)
			}
		}
	}
	if s := tone(8000, 1000); &s.at(0).Samples[0] != &s.Samples[0] || &s.at(8000).Samples[0] != &s.Samples[0] {
		t.Error("speech that has the rate is copied")
	}
	loudest := Speech{Rate: 8000, Samples: slices.Repeat([]int16{math.MaxInt16}, 1000)}
	if least := slices.Min(loudest.at(16000).Samples); least < 0 {
		t.Errorf("the loudest speech wraps around, to %d", least)
	}
}

// For pocketsphinx the voice keeps an image above the telephone's band.
func TestMirroring(t *testing.T) {
	got := tone(8000, 3000).mirrored(16000)
	if len(got.Samples) != 16000 || got.Rate != 16000 {
		t.Fatalf("%d samples at %d", len(got.Samples), got.Rate)
	}
	voice, image := level(got, 3000), level(got, 5000)
	if voice < 6000 || image < 2000 || image > voice {
		t.Errorf("the voice at %.0f, its image at %.0f", voice, image)
	}
	if got := tone(48000, 1000).mirrored(16000); len(got.Samples) != 16000 {
		t.Error("a higher rate")
	}
	if got := (Speech{Rate: 8000}).mirrored(16000); len(got.Samples) != 0 {
		t.Error("silence")
	}
}

func BenchmarkMirrored(b *testing.B) {
	for s := tone(8000, 1000); b.Loop(); {
		s.mirrored(16000)
	}
}

func BenchmarkResampled(b *testing.B) {
	for s := tone(8000, 1000); b.Loop(); {
		s.at(16000)
	}
}

// Speech of a rate that no engine takes: who writes the script is told what to
// do about it.
func TestRateOutOfRange(t *testing.T) {
	for rate, has := range map[int]string{0: "0", 3999: "3999", 192001: "192001"} {
		want := "asr: vosk: take the speech: it has " + has + " samples a second, and must have 4000 to 192000: resample it"
		if done, err := trivial("vosk", Speech{Rate: rate}); !done || !errors.Is(err, ErrOption) || err.Error() != want {
			t.Errorf("%d: %v", rate, err)
		}
	}
}

// Audio lasts as long as it lasts: an overflow would tell a script that less
// than nothing of the caller's voice was dropped.
func TestVeryLongSpeech(t *testing.T) {
	if strconv.IntSize < 64 {
		t.Skip("no int holds so many samples")
	}
	year := 365 * 24 * time.Hour
	samples := int(int64(year/time.Second)*8000 + 1)
	if got := lasts(samples, 8000); got != year+125*time.Microsecond {
		t.Error(got)
	}
	if got := lasts(11025, 44100); got != time.Second/4 {
		t.Error(got)
	}
}
