package eagi

import (
	"math"
	"testing"
)

// The first syllable must be told while the 300 ms before it are still there,
// or the recogniser gets "no" for "I know"; callers of all levels count.
func TestDetectorHearsTheFirstSyllable(t *testing.T) {
	for _, level := range []float64{-10, -20, -30, -40} {
		for _, noise := range []float64{level - 12, level - 20, -65} {
			for _, wait := range []float64{0, 1.2} {
				s := newSignal(7).silence(wait)
				from := s.frames()
				s.say(2, level, 120)
				to := s.frames()
				frames := detect(s.silence(1).over(noise))
				noSpeech(t, frames, 0, from, "line noise")
				n, first, last := speechIn(frames, from, len(frames))
				if first < 0 || first-from > 5 {
					t.Errorf("level %.0f, noise %.0f, after %.1f s: told at frame %d", level, noise, wait, first-from)
				}
				if last > to+4 || last < to-12 {
					t.Errorf("level %.0f, noise %.0f, after %.1f s: ended at frame %d of %d", level, noise, wait, last-from, to-from)
				}
				if n < (to-from)*6/10 {
					t.Errorf("level %.0f, noise %.0f, after %.1f s: %d frames of %d", level, noise, wait, n, to-from)
				}
			}
		}
	}
}

// What a line hums and hisses must not open an utterance, or the script hears
// a caller who says nothing.
func TestDetectorIgnoresSteadyNoise(t *testing.T) {
	for _, level := range []float64{-25, -40, -60} {
		noSpeech(t, detect(newSignal(1).hiss(10, level)), 0, 500, "white noise")
	}
	for _, mains := range []float64{50, 60} {
		s := newSignal(2).add(10, -30, func(t float64) (v float64) {
			for h := 1.0; h < 12; h++ {
				v += math.Sin(2*math.Pi*mains*h*t+h*h) / h
			}
			return v
		})
		noSpeech(t, detect(s.over(-55)), 0, 500, "hum")
	}
}

// A caller who walks into the street must not be taken for talking until he is
// back: louder noise is speech for half a second at most, and never again, and
// what is said in it is heard.
func TestDetectorForgetsAStepOfNoise(t *testing.T) {
	s := newSignal(3).hiss(4, -55).hiss(4, -35)
	from := s.frames()
	words := newSignal(4).say(2, -20, 110)
	s.hiss(float64(words.frames())/50, -35)
	for i, v := range words.x {
		s.x[from*bandFrame+i] += v
	}
	frames := detect(s)
	noSpeech(t, frames, 0, 200, "the quiet line")
	noSpeech(t, frames, 225, from, "the loud line after half a second")
	if n, first, _ := speechIn(frames, from, len(frames)); first < 0 || first > from+5 || n < 50 {
		t.Errorf("speech in it: %d frames, the first %d", n, first-from)
	}
}

// Phones that send nothing in pauses, and mute keys, must not teach the
// detector that the line has no noise: the line's noise would be speech then.
func TestDetectorKeepsTheFloorThroughSilence(t *testing.T) {
	s := newSignal(5).hiss(2, -45)
	s.silence(5).hiss(2, -45)
	from := s.frames()
	s.say(0.7, -25, 150)
	frames := detect(s)
	noSpeech(t, frames, 0, from, "noise before and after silence")
	if _, first, _ := speechIn(frames, from, len(frames)); first < 0 || first > from+5 {
		t.Errorf("speech after it is told at frame %d", first-from)
	}
	if got := frames[150].Noise; math.Abs(got+46) > 3 {
		t.Errorf("in the silence the line's noise is %.1f dBFS", got)
	}
}

// A line that was silent from the first moment has callers too.
func TestDetectorHearsSpeechAfterSilenceOnly(t *testing.T) {
	s := newSignal(6).silence(3)
	from := s.frames()
	frames := detect(s.say(0.7, -38, 180))
	if _, first, _ := speechIn(frames, 0, len(frames)); first < from || first > from+5 {
		t.Errorf("told at frame %d", first-from)
	}
	if frames[10].Level != -100 || frames[10].Speech {
		t.Errorf("silence is %+v", frames[10])
	}
}

// Knocks and crackles last a few ms; a caller who puts the phone down has not
// said anything.
func TestDetectorIgnoresClicks(t *testing.T) {
	s := newSignal(10).silence(10)
	for i := 0; i < 20; i++ {
		at := 4000*i + 137*i
		for k := range 8 + i {
			s.x[at+k] = 0.4 * (s.r.Float64() - 0.5) * 2
		}
	}
	noSpeech(t, detect(s.over(-55)), 0, 500, "clicks")
}

// A script written for one kind of channel must work on another: the same
// audio gets the same decisions at any rate.
func TestDetectorDecidesTheSameAtAnyRate(t *testing.T) {
	s := newSignal(11).silence(0.6).say(2, -28, 120).silence(0.8).tone(0.2, -15, 770, 1336).silence(0.6).say(1.4, -28, 210).silence(0.6).over(-55)
	want := detect(s)
	for _, rate := range []int{12000, 16000, 24000, 32000, 44100, 48000, 96000, 192000} {
		got := hear(NewDetector(rate), rate, s.pcm(rate))
		differ := 0
		for i := range want {
			if got[i].Speech != want[i].Speech || got[i].Tone != want[i].Tone {
				differ++
			}
			if math.Abs(got[i].Level-want[i].Level) > 3 && want[i].Level > -50 {
				t.Errorf("rate %d, frame %d: level %.1f, at 8 kHz %.1f", rate, i, got[i].Level, want[i].Level)
			}
		}
		if differ > len(want)/40 {
			t.Errorf("rate %d: %d of %d frames differ from 8 kHz", rate, differ, len(want))
		}
	}
}

// Scripts show the level, and recordings are judged by it.
func TestDetectorTellsLevels(t *testing.T) {
	frames := detect(newSignal(12).tone(1, -20, 500))
	if got := frames[30].Level; math.Abs(got+20) > 0.2 {
		t.Errorf("a sine of -20 dBFS is %.2f", got)
	}
	frames = detect(newSignal(13).hiss(4, -40))
	if got := frames[150].Noise; math.Abs(got+41) > 1.5 { // 3.15 kHz of 4
		t.Errorf("white noise of -40 dBFS is noise of %.2f", got)
	}
}

// A call must not grow with its length, nor stop for the collector.
func TestDetectorAllocatesNothing(t *testing.T) {
	for _, rate := range []int{8000, 44100, 48000} {
		d := NewDetector(rate)
		d.Guard(NewEchoGuard(rate, make([]int16, rate)))
		frame := newSignal(14).hiss(0.02, -30).pcm(rate)
		if n := testing.AllocsPerRun(100, func() { d.Frame(frame) }); n > 0 {
			t.Errorf("rate %d: %.0f allocations per frame", rate, n)
		}
	}
}

// A last frame cut short is no reason to die in the caller's face.
func TestDetectorTakesFramesOfWrongLength(t *testing.T) {
	for _, rate := range []int{8000, 48000} {
		d := NewDetector(rate)
		d.Frame(nil)
		d.Frame(make([]int16, 7))
		d.Frame(make([]int16, rate))
	}
}

func TestDetectorRefusesRates(t *testing.T) {
	for _, rate := range []int{0, 4000, 11025, 384000} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("rate %d is taken", rate)
				}
			}()
			NewDetector(rate)
		}()
	}
}

func BenchmarkDetector(b *testing.B) {
	for _, rate := range []int{8000, 16000, 44100, 192000} {
		b.Run(rateName(rate), func(b *testing.B) {
			d := NewDetector(rate)
			pcm := newSignal(15).say(2, -25, 120).over(-45).pcm(rate)
			b.ReportAllocs()
			for b.Loop() {
				hear(d, rate, pcm)
			}
			seconds := float64(len(pcm)) / float64(rate)
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)/seconds, "ms/s")
		})
	}
}

func rateName(rate int) string {
	name := ""
	for ; rate > 0; rate /= 10 {
		name = string(rune('0'+rate%10)) + name
	}
	return name
}
