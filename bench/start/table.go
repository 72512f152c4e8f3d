package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// row is what was measured of one program: one slice of medians per figure, one entry per round.
type row struct {
	program
	first, whole, cpu []time.Duration
	own, peak         int // KiB
}

// median is the middle of v, the lower one of two. It sorts v.
func median[T cmp.Ordered](v []T) T {
	slices.Sort(v)
	return v[(len(v)-1)/2]
}

// ratio is a program's figure as a multiple of the floor's: the median over the rounds, and the lowest and highest
// round. Each round is compared with the floor's own median in that round.
type ratio struct{ mid, low, high float64 }

func over(v, floor []time.Duration) ratio {
	r := make([]float64, len(v))
	for i := range v {
		r[i] = float64(v[i]) / float64(floor[i])
	}
	mid := median(r) // sorted now
	return ratio{mid, r[0], r[len(r)-1]}
}

func (r ratio) String() string { return fmt.Sprintf("%.2f (%.2f to %.2f)", r.mid, r.low, r.high) }

// print writes the table. The first row is the floor.
func print(w io.Writer, rows []row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "program\tfirst command\tx floor\twhole call\tx floor\tCPU\tx floor\town\tpeak")
	for _, r := range rows {
		floor := rows[0]
		fmt.Fprintf(t, "%s\t%s\t%v\t%s\t%v\t%s\t%v\t%s\t%s\n", r.name,
			ms(r.first), over(r.first, floor.first),
			ms(r.whole), over(r.whole, floor.whole),
			ms(r.cpu), over(r.cpu, floor.cpu),
			mib(r.own), mib(r.peak))
	}
	return t.Flush()
}

func ms(v []time.Duration) string {
	return fmt.Sprintf("%.2f ms", median(slices.Clone(v)).Seconds()*1000)
}

func mib(kib int) string { return fmt.Sprintf("%.2f MiB", float64(kib)/1024) }
