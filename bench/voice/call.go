package main

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
)

// call is what one caller's line carries: a few utterances with pauses.
type call struct {
	clean []float64
	truth []bool // each 20 ms
	level float64
	pcm   []int16 // what the detector gets
}

// codec is what the audio went through before it reaches Asterisk.
type codec struct {
	name string
	sox  []string // format and options, nil for none
}

var codecs = []codec{
	{"G.711", []string{"-t", "ul"}},
	{"GSM", []string{"-t", "gsm"}},
	{"none", nil},
}

// levels are those of callers, dBFS of active speech.
var levels = []float64{-14, -20, -26, -32, -38}

// talk makes a call of six clips. Every third caller talks at once.
func talk(r *rand.Rand, clips []clip) *call {
	c := &call{level: levels[r.IntN(len(levels))]}
	gain := math.Pow(10, (c.level+20)/20)
	silence := func(frames int) {
		c.clean = append(c.clean, make([]float64, frames*frame)...)
		c.truth = append(c.truth, make([]bool, frames)...)
	}
	if r.IntN(3) > 0 {
		silence(10 + r.IntN(90))
	}
	for range 6 {
		clip := clips[r.IntN(len(clips))]
		for _, v := range clip.x {
			c.clean = append(c.clean, gain*v)
		}
		c.truth = append(c.truth, clip.speech...)
		silence(35 + r.IntN(65))
	}
	return c
}

// mix adds noise at snr dB below the active speech and sends the sum through
// the codec. Even the quietest line has noise at -70 dBFS.
func (c *call) mix(r *rand.Rand, n noise, snr float64, through codec, clips []clip) error {
	level := math.Max(c.level-snr, -70)
	gain := math.Pow(10, level/20)
	x := n.make(r, len(c.clean), clips)
	for i, v := range c.clean {
		x[i] = x[i]*gain + v
	}
	var err error
	c.pcm, err = through.trip(quantise(x))
	return err
}

func quantise(x []float64) []int16 {
	pcm := make([]int16, len(x))
	for i, v := range x {
		pcm[i] = int16(math.Round(math.Max(-32768, math.Min(32767, v*32768))))
	}
	return pcm
}

// trip codes and decodes.
func (c codec) trip(pcm []int16) ([]int16, error) {
	if c.sox == nil {
		return pcm, nil
	}
	raw := make([]byte, 0, 2*len(pcm))
	for _, v := range pcm {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(v))
	}
	linear := []string{"-t", "raw", "-e", "signed", "-b", "16"}
	form := []string{"-r", "8000", "-c", "1"}
	coded, err := pipe(raw, "sox", join([]string{"-q", "-D"}, linear, form, []string{"-"}, c.sox, form, []string{"-"})...)
	if err != nil {
		return nil, err
	}
	raw, err = pipe(coded, "sox", join([]string{"-q", "-D"}, c.sox, form, []string{"-"}, linear, form, []string{"-"})...)
	if err != nil {
		return nil, err
	}
	out := make([]int16, len(pcm))
	for i := range min(len(raw)/2, len(out)) {
		out[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return out, nil
}

func join(lists ...[]string) (all []string) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}
