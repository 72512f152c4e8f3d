package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
)

// measure makes the tables.
func measure(s *settings, w io.Writer) error {
	all, lacking, err := sources(s)
	if err != nil {
		return err
	}
	for _, name := range lacking {
		fmt.Fprintf(os.Stderr, "bench/voice: no speech of %s: install it\n", name)
	}
	clips := half(all, s.half)
	if len(clips) < 20 {
		return errors.New("too little speech on this machine to measure with")
	}
	seconds, speakers := 0.0, map[string]bool{}
	for _, c := range clips {
		seconds += float64(len(c.x)) / rate
		speakers[c.source] = true
	}
	fmt.Fprintf(w, "%d clips of %d voices, %.0f s; half %q; seed %d; %s %s/%s\n", len(clips), len(speakers), seconds, s.half, s.seed,
		runtime.Version(), runtime.GOOS, runtime.GOARCH)

	detectors := detectors(s.also)
	if s.wants("noise") {
		if err := noiseTables(s, w, detectors, clips); err != nil {
			return err
		}
	}
	if s.wants("sounds") {
		if err := soundTable(s, w, detectors); err != nil {
			return err
		}
	}
	if s.wants("echo") {
		if err := echoTables(s, w, clips); err != nil {
			return err
		}
	}
	if s.wants("cpu") {
		return cpuTable(s, w, clips)
	}
	return nil
}

// ratios are how far the noise lies below the speech, in dB. The first is a
// good line.
var ratios = []float64{40, 20, 10, 5}

// noiseTables compares the detectors on speech in noise.
func noiseTables(s *settings, w io.Writer, detectors []detector, clips []clip) error {
	// tallies are by detector, ratio and noise.
	tallies := make([][][]tally, len(detectors))
	for d := range tallies {
		tallies[d] = make([][]tally, len(ratios))
		for i := range ratios {
			tallies[d][i] = make([]tally, len(noises))
		}
	}
	for i, ratio := range ratios {
		for n, noise := range noises {
			r := rand.New(rand.NewPCG(s.seed, uint64(n)))
			for k := range s.calls {
				c := talk(r, clips)
				if err := c.mix(r, noise, ratio, codecs[k%len(codecs)], clips); err != nil {
					return err
				}
				for d := range detectors {
					heard, err := detectors[d].hear(c.pcm)
					if err != nil {
						return err
					}
					tallies[d][i][n].score(c.truth, heard)
				}
			}
		}
	}

	fmt.Fprintf(w, "\nSpeech in noise: %s\n", names(noises[:len(noises)-1]))
	table := newTable(w, "detector", "noise", "missed", "alarms", "missed, hung", "alarms, hung", "start, median", "p90", "end, median", "p90", "unheard", "phantoms")
	for d := range detectors {
		for i, ratio := range ratios {
			sum := total(tallies[d][i][:len(noises)-1])
			sum.row(table, detectors[d].name, below(ratio))
		}
	}
	table.Flush()

	fmt.Fprintf(w, "\nOf these, goagi by kind of noise; babble is eight people at once\n")
	table = newTable(w, "kind", "noise", "missed", "alarms", "missed, hung", "alarms, hung", "start, median", "p90", "end, median", "p90", "unheard", "phantoms")
	for n := range noises {
		for i, ratio := range ratios {
			tallies[0][i][n].row(table, noises[n].name, below(ratio))
		}
	}
	table.Flush()
	return nil
}

func names(of []noise) string {
	var all []string
	for _, n := range of {
		all = append(all, n.name)
	}
	return strings.Join(all, ", ")
}

func below(ratio float64) string { return fmt.Sprintf("-%.0f dB", ratio) }

// soundTable tells what the detectors take for speech that is none.
func soundTable(s *settings, w io.Writer, detectors []detector) error {
	const seconds = 60
	fmt.Fprintf(w, "\nFrames of speech, and utterances a minute, in what is none (line noise at -55 dBFS; G.711 and, behind the /, GSM)\n")
	head := []string{"sound"}
	for _, d := range detectors {
		head = append(head, d.name, "utterances")
	}
	table := newTable(w, head...)
	for _, sound := range sounds {
		row := []string{sound.name}
		x := sound.make(rand.New(rand.NewPCG(s.seed, 3)), seconds)
		line := steady(-55, noises[0].make)(rand.New(rand.NewPCG(s.seed, 4)), seconds)
		for i := range x {
			x[i] += line[i]
		}
		for _, d := range detectors {
			var frames, utterances []string
			for _, through := range codecs[:2] {
				pcm, err := through.trip(quantise(x))
				if err != nil {
					return err
				}
				heard, err := d.hear(pcm)
				if err != nil {
					return err
				}
				n := 0
				for _, v := range heard {
					if v {
						n++
					}
				}
				frames = append(frames, fmt.Sprintf("%.1f %%", percent(n, len(heard))))
				utterances = append(utterances, fmt.Sprint(len(spans(heard, 25, 3))))
			}
			row = append(row, strings.Join(frames, " / "), strings.Join(utterances, " / "))
		}
		tableRow(table, row...)
	}
	table.Flush()
	return nil
}

// newTable starts a table; tableRow adds to it.
func newTable(w io.Writer, head ...string) *tabwriter.Writer {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	tableRow(table, head...)
	return table
}

func tableRow(table *tabwriter.Writer, cells ...string) {
	fmt.Fprintln(table, strings.Join(cells, "\t"))
}
