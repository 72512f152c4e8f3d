package eagi

import (
	"math"
	"testing"
)

// A key pressed while the script listens is a key and no answer: each of the
// sixteen, as bad as the network may bring it, is no frame of speech.
func TestKeysAreNotSpeech(t *testing.T) {
	low, high := []float64{697, 770, 852, 941}, []float64{1209, 1336, 1477, 1633}
	for _, long := range []float64{0.06, 0.25} {
		for _, twist := range []float64{-8, 4} {
			for _, noise := range []float64{-65, -40} {
				s := newSignal(20).silence(1)
				for i := range 16 {
					level, off := -10-float64(i%5)*4, 1+0.015*float64(i%3-1)
					tones := newSignal(0).tone(long, level, low[i%4]*off)
					for k, v := range newSignal(0).tone(long, level+twist, high[i/4]*off).x {
						tones.x[k] += v
					}
					s.x = append(s.x, tones.x...)
					s.silence(0.1 + 0.03*float64(i))
				}
				noSpeech(t, detect(s.over(noise)), 0, s.frames(), "keys")
			}
		}
	}
}

// Scripts that dial out listen to what the network plays.
func TestNetworkTonesAreNotSpeech(t *testing.T) {
	for _, tone := range []struct {
		name    string
		on, off float64
		hz      []float64
	}{
		{"US dial", 5, 1, []float64{350, 440}},
		{"US busy", 0.5, 0.5, []float64{480, 620}},
		{"US reorder", 0.24, 0.26, []float64{480, 620}},
		{"US ringback", 2, 1.5, []float64{440, 480}},
		{"UK dial", 5, 1, []float64{350, 450}},
		{"UK ringback", 0.4, 0.2, []float64{400, 450}},
		{"European dial", 5, 1, []float64{425}},
		{"European busy", 0.48, 0.48, []float64{425}},
		{"European ringback", 1, 2, []float64{425}},
		{"fax CNG", 0.5, 1.5, []float64{1100}},
		{"answer tone", 3, 1, []float64{2100}},
		{"test tone", 4, 1, []float64{1004}},
	} {
		for _, level := range []float64{-12, -28} {
			s := newSignal(21).silence(0.5)
			for range 3 {
				s.tone(tone.on, level, tone.hz...).silence(tone.off)
			}
			frames := detect(s.over(-60))
			noSpeech(t, frames, 0, len(frames), tone.name)
			n := 0
			for _, f := range frames[25 : 25+int(50*tone.on)] {
				if f.Tone {
					n++
				}
			}
			if n < int(50*tone.on)-5 {
				t.Errorf("%s at %.0f dBFS: %d frames of tone in %.1f s", tone.name, level, n, tone.on)
			}
		}
	}
}

// A caller who answers right after a key must be heard.
func TestSpeechAfterAKey(t *testing.T) {
	s := newSignal(22).silence(1).tone(0.15, -12, 852, 1336).silence(0.1)
	from := s.frames()
	frames := detect(s.say(0.7, -25, 130).over(-55))
	if _, first, _ := speechIn(frames, 0, len(frames)); first < from || first > from+6 {
		t.Errorf("told at frame %d after its beginning", first-from)
	}
}

// A vowel held is no tone: the voice moves. (A note sung or whistled is one.)
func TestVowelsAreNotTones(t *testing.T) {
	for _, pitch := range []float64{95, 140, 220, 260} {
		s := newSignal(23).silence(0.6)
		for _, f := range [][2]float64{{700, 1200}, {300, 2300}, {330, 700}} {
			s.vowel(0.6, -22, pitch, f[0], f[1]).silence(0.6)
		}
		tones := 0
		frames := detect(s.over(-55))
		for _, f := range frames {
			if f.Tone {
				tones++
			}
		}
		if tones > 6 {
			t.Errorf("pitch %.0f: %d frames of tone", pitch, tones)
		}
		if n, _, _ := speechIn(frames, 0, len(frames)); n < 60 {
			t.Errorf("pitch %.0f: %d frames of speech of 90", pitch, n)
		}
	}
}

func TestLinesAreFoundBetweenBins(t *testing.T) {
	none := [bands]float64{}
	for _, hz := range [][2]float64{{697, 1209}, {941, 1633}, {350, 620}} {
		s := newSpectrum(512)
		x := newSignal(0).tone(0.08, -20, hz[0], hz[1]).x[:512]
		l := lines(s.of(x), &none, 2)
		if math.Abs(l.low-hz[0]) > 2 || math.Abs(l.high-hz[1]) > 2 || l.share < 0.99 {
			t.Errorf("%v Hz are %+v", hz, l)
		}
	}
	if l := lines(newSpectrum(512).of(make([]float64, 512)), &none, 2); l != (linePair{}) {
		t.Errorf("silence has %+v", l)
	}
}
