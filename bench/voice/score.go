package main

import (
	"fmt"
	"slices"
	"text/tabwriter"
)

// tally counts frames, and how far off starts and ends of utterances are.
type tally struct {
	speech, missed  int // frames of speech
	quiet, alarmed  int // frames without
	speechH, missH  int // the same with 200 ms of hangover on both sides
	quietH, alarmH  int
	starts, ends    []float64 // ms late; negative is early
	spoken, unheard int       // utterances
	phantoms        int       // utterances heard where there is none
}

const hangover = 10 // frames

// score compares a detector's frames with the truth.
func (t *tally) score(truth, heard []bool) {
	count := func(truth, heard []bool, speech, missed, quiet, alarmed *int) {
		for i, v := range truth {
			switch {
			case v && !heard[i]:
				*speech++
				*missed++
			case v:
				*speech++
			case heard[i]:
				*quiet++
				*alarmed++
			default:
				*quiet++
			}
		}
	}
	count(truth, heard, &t.speech, &t.missed, &t.quiet, &t.alarmed)
	count(hung(truth), hung(heard), &t.speechH, &t.missH, &t.quietH, &t.alarmH)
	t.utterances(truth, heard)
}

// hung adds the hangover.
func hung(s []bool) []bool {
	out, left := make([]bool, len(s)), 0
	for i, v := range s {
		if v {
			left = hangover + 1
		}
		if left > 0 {
			left--
			out[i] = true
		}
	}
	return out
}

// span is a stretch of frames.
type span struct{ from, to int }

// spans are the utterances: stretches with pauses of less than pause frames,
// of at least least voiced frames.
func spans(s []bool, pause, least int) (all []span) {
	voiced := 0
	end := func() {
		if len(all) > 0 && voiced < least {
			all = all[:len(all)-1]
		}
	}
	for i, v := range s {
		if !v {
			continue
		}
		if len(all) == 0 || i-all[len(all)-1].to >= pause {
			end()
			all = append(all, span{from: i})
			voiced = 0
		}
		all[len(all)-1].to = i + 1
		voiced++
	}
	end()
	return all
}

// utterances are told apart by pauses of 500 ms; one must have 60 ms of
// speech to be one.
func (t *tally) utterances(truth, heard []bool) {
	want, got := spans(truth, 25, 3), spans(heard, 25, 3)
	for _, g := range got {
		if !slices.ContainsFunc(want, func(w span) bool { return g.from < w.to+hangover && w.from-hangover < g.to }) {
			t.phantoms++
		}
	}
	for i, w := range want {
		t.spoken++
		// The frames that can only be this utterance's: from the middle of
		// the pause before to the middle of the pause behind.
		from, to := 0, len(heard)
		if i > 0 {
			from = (want[i-1].to + w.from) / 2
		}
		if i+1 < len(want) {
			to = (w.to + want[i+1].from) / 2
		}
		first, last := -1, -1
		for _, g := range got {
			for k := max(g.from, from); k < min(g.to, to); k++ {
				if heard[k] {
					if first < 0 {
						first = k
					}
					last = k
				}
			}
		}
		if first < 0 || first >= w.to || last < w.from {
			t.unheard++
			continue
		}
		t.starts = append(t.starts, 20*float64(first-w.from))
		t.ends = append(t.ends, 20*float64(last+1-w.to))
	}
}

// quantile of a copy of x.
func quantile(x []float64, q float64) float64 {
	if len(x) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(x))
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}

func percent(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return 100 * float64(n) / float64(of)
}

// total adds tallies up.
func total(of []tally) (sum tally) {
	for _, t := range of {
		sum.speech, sum.missed = sum.speech+t.speech, sum.missed+t.missed
		sum.quiet, sum.alarmed = sum.quiet+t.quiet, sum.alarmed+t.alarmed
		sum.speechH, sum.missH = sum.speechH+t.speechH, sum.missH+t.missH
		sum.quietH, sum.alarmH = sum.quietH+t.quietH, sum.alarmH+t.alarmH
		sum.starts = append(sum.starts, t.starts...)
		sum.ends = append(sum.ends, t.ends...)
		sum.spoken, sum.unheard, sum.phantoms = sum.spoken+t.spoken, sum.unheard+t.unheard, sum.phantoms+t.phantoms
	}
	return sum
}

// row writes t into a table of speech in noise.
func (t *tally) row(table *tabwriter.Writer, name, noise string) {
	cent := func(n, of int) string { return fmt.Sprintf("%.1f %%", percent(n, of)) }
	ms := func(of []float64, q float64) string { return fmt.Sprintf("%.0f ms", quantile(of, q)) }
	tableRow(table, name, noise, cent(t.missed, t.speech), cent(t.alarmed, t.quiet), cent(t.missH, t.speechH), cent(t.alarmH, t.quietH),
		ms(t.starts, 0.5), ms(t.starts, 0.9), ms(t.ends, 0.5), ms(t.ends, 0.9),
		fmt.Sprintf("%d of %d", t.unheard, t.spoken), fmt.Sprint(t.phantoms))
}
