package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"goagi/eagi"
)

// detector is one row of the tables: it hears a whole line at 8 kHz and says
// for each 20 ms whether there is speech.
type detector struct {
	name string
	hear func(pcm []int16) ([]bool, error)
}

// detectors are goagi's, two plain ones to compare it with, and the programs.
func detectors(also programs) []detector {
	all := []detector{
		{"goagi", func(pcm []int16) ([]bool, error) { return heardBy(eagi.NewDetector(rate), pcm), nil }},
		{"level", func(pcm []int16) ([]bool, error) { return byLevel(pcm), nil }},
		{"energy", func(pcm []int16) ([]bool, error) { return byEnergy(pcm), nil }},
	}
	for _, pair := range also {
		name, program, _ := strings.Cut(pair, "=")
		all = append(all, detector{name, func(pcm []int16) ([]bool, error) { return byProgram(program, pcm) }})
	}
	return all
}

func heardBy(d *eagi.Detector, pcm []int16) []bool {
	heard := make([]bool, len(pcm)/frame)
	for i := range heard {
		heard[i] = d.Frame(pcm[i*frame : (i+1)*frame]).Speech
	}
	return heard
}

// byLevel is what Asterisk's own silence detection does by default: dsp.c
// takes a frame for silence if the mean of its samples' sizes is under 256.
func byLevel(pcm []int16) []bool {
	heard := make([]bool, len(pcm)/frame)
	for i := range heard {
		sum := 0
		for _, v := range pcm[i*frame : (i+1)*frame] {
			sum += max(int(v), -int(v))
		}
		heard[i] = sum/frame >= 256
	}
	return heard
}

// byEnergy is the textbook's: 6 dB over the quietest frame of the last one and
// a half seconds, and over -55 dBFS.
func byEnergy(pcm []int16) []bool {
	heard := make([]bool, len(pcm)/frame)
	levels := make([]float64, len(heard))
	for i := range heard {
		sum := 1.0
		for _, v := range pcm[i*frame : (i+1)*frame] {
			sum += float64(v) * float64(v)
		}
		levels[i] = 10 * math.Log10(sum/frame/(1<<30))
		quietest := levels[i]
		for _, l := range levels[max(0, i-75):i] {
			quietest = min(quietest, l)
		}
		heard[i] = levels[i] > max(quietest+6, -55)
	}
	return heard
}

// byProgram hands the samples to a program, started anew for each line.
func byProgram(program string, pcm []int16) ([]bool, error) {
	raw := make([]byte, 0, 2*len(pcm))
	for _, v := range pcm {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(v))
	}
	words := strings.Fields(program)
	out, err := pipe(raw, words[0], words[1:]...)
	if err != nil {
		return nil, err
	}
	heard := make([]bool, 0, len(pcm)/frame)
	for _, c := range out {
		if c == '0' || c == '1' {
			heard = append(heard, c == '1')
		}
	}
	if len(heard) != len(pcm)/frame {
		return nil, fmt.Errorf("%s: %d decisions for %d frames", program, len(heard), len(pcm)/frame)
	}
	return heard, nil
}
