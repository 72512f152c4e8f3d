package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"syscall"
	"time"

	"goagi/eagi"
)

// cpuTable tells what detection costs, and what making a detector does.
func cpuTable(s *settings, w io.Writer, clips []clip) error {
	r := rand.New(rand.NewPCG(s.seed, 5))
	c := talk(r, clips)
	if err := c.mix(r, noises[1], 20, codecs[0], clips); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nCPU, user and system, of one detector\n")
	table := newTable(w, "rate", "per second of audio", "times real time", "with an echo guard", "NewDetector")
	for _, hz := range []int{8000, 16000, 44100, 48000, 192000} {
		// What is in the samples does not matter to the cost: each is
		// repeated as often as it takes.
		pcm := make([]int16, len(c.pcm)/frame*(hz/50))
		for i := range pcm {
			pcm[i] = c.pcm[min(len(c.pcm)-1, i*rate/hz)]
		}
		plain := cost(hz, pcm, nil)
		guarded := cost(hz, pcm, pcm)
		const made = 200
		start := used()
		for range made {
			eagi.NewDetector(hz)
		}
		making := used() - start
		tableRow(table, fmt.Sprint(hz), fmt.Sprintf("%.2f ms", 1000*plain), fmt.Sprintf("%.0f", 1/plain),
			fmt.Sprintf("%.2f ms", 1000*guarded), fmt.Sprintf("%.2f ms", float64(making.Microseconds())/made/1000))
	}
	table.Flush()
	return nil
}

// cost is seconds of CPU per second of audio, the least of five rounds.
func cost(hz int, pcm, prompt []int16) float64 {
	least := 1e9
	for range 5 {
		d := eagi.NewDetector(hz)
		if prompt != nil {
			d.Guard(eagi.NewEchoGuard(hz, prompt))
		}
		start, n := used(), hz/50
		for at := 0; at+n <= len(pcm); at += n {
			d.Frame(pcm[at : at+n])
		}
		least = min(least, (used()-start).Seconds()/(float64(len(pcm))/float64(hz)))
	}
	return least
}

// used is the CPU time of this process so far.
func used() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
