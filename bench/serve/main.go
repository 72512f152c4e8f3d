// Command serve measures goagi serve beside the smallest Go server that sends the same six commands, each in a process of
// its own, in turn.
//
//	serve -goagi FILE [-at-once N,...] [-rounds N] [-seconds N] [-idle N] [-soak N] [-also FILE]
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// usual has the six commands in a script that does with Lua's libraries what scripts do.
//
//go:embed usual.lua
var usual []byte

// waiting is a script that waits for a key.
const waiting = "agi.answer() agi.wait_for_digit(-1)"

func main() {
	program := flag.String("goagi", "", "the goagi `binary`")
	atOnce := flag.String("at-once", "100,2000", "`numbers` of calls at once")
	rounds := flag.Int("rounds", 21, "`number` of rounds")
	seconds := flag.Float64("seconds", 0.5, "how long each round lasts")
	idle := flag.Int("idle", 5000, "`number` of calls that wait, for their memory")
	soaks := flag.Int("soak", 0, "place so many `calls` and tell what they leave behind, instead")
	also := flag.String("also", "", "another goagi `binary`, for what a change brought")
	beFloor := flag.Bool("floor", false, "be the smallest server")
	flag.Parse()
	err := error(nil)
	if *beFloor {
		err = floor()
	} else {
		err = run(*program, *also, *atOnce, *rounds, time.Duration(*seconds*float64(time.Second)), *idle, *soaks)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "serve: error:", err)
		os.Exit(1)
	}
}

func run(program, also, atOnce string, rounds int, length time.Duration, idle, soaks int) error {
	scripts, err := os.MkdirTemp("", "serve-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scripts)
	six, err := os.ReadFile("bench/call.lua")
	if err != nil {
		return fmt.Errorf("%w: start it in the project's folder", err)
	}
	for name, text := range map[string][]byte{"call.lua": six, "usual.lua": usual, "wait.lua": []byte(waiting)} {
		if err := os.WriteFile(filepath.Join(scripts, name), text, 0o644); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	smallest, err := start("", self, "-floor")
	if err != nil {
		return err
	}
	defer smallest.stop()
	goagi, err := startGoagi(program, scripts)
	if err != nil {
		return err
	}
	if soaks > 0 {
		defer goagi.stop()
		return soak(goagi, soaks)
	}
	err = wait(goagi, idle)
	goagi.stop() // so many calls leave a heap that the next ones would be measured in
	if err != nil {
		return err
	}
	if goagi, err = startGoagi(program, scripts); err != nil {
		return err
	}
	defer goagi.stop()
	rows := []*row{
		{name: "floor", server: smallest, script: "call.lua"},
		{name: "goagi, six commands", server: goagi, script: "call.lua"},
		{name: "goagi, usual script", server: goagi, script: "usual.lua"},
	}
	if also != "" {
		other, err := startGoagi(also, scripts)
		if err != nil {
			return err
		}
		defer other.stop()
		rows = append(rows,
			&row{name: "also, six commands", server: other, script: "call.lua"},
			&row{name: "also, usual script", server: other, script: "usual.lua"})
	}
	fmt.Printf("%-20s  %7s  %7s  %-20s  %8s  %8s  %11s\n", "server", "at once", "calls/s", "x floor", "p50", "p99", "CPU")
	for text := range strings.SplitSeq(atOnce, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		for range rounds {
			if err := round(rows, n, length); err != nil {
				return err
			}
		}
		for _, r := range rows {
			r.print(n)
		}
	}
	return nil
}

// row is a line of the table.
type row struct {
	name   string
	server *server
	script string

	rates, ratios []float64 // of each round
	took          []time.Duration
	calls         int
	cpu           time.Duration
}

// round has each server at work for a time, between two measures of the floor: machines get slower and faster within
// seconds.
func round(rows []*row, callers int, length time.Duration) error {
	floor := rows[0]
	before, err := floor.work(callers, length/2)
	if err != nil {
		return err
	}
	for _, r := range rows[1:] {
		rate, err := r.work(callers, length)
		if err != nil {
			return err
		}
		after, err := floor.work(callers, length/2)
		if err != nil {
			return err
		}
		r.ratios = append(r.ratios, 2*rate/(before+after))
		before = after
	}
	return nil
}

// work has a server answer calls, and gives how many in a second.
func (r *row) work(callers int, length time.Duration) (float64, error) {
	before, err := r.server.cpu()
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	took, err := load(r.server.addr, r.script, callers, length)
	if err != nil {
		return 0, err
	}
	rate := float64(len(took)) / time.Since(begin).Seconds()
	after, err := r.server.cpu()
	r.rates, r.took, r.calls, r.cpu = append(r.rates, rate), append(r.took, took...), r.calls+len(took), r.cpu+after-before
	return rate, err
}

// print prints the medians of all rounds, and begins anew.
func (r *row) print(callers int) {
	slices.Sort(r.rates)
	slices.Sort(r.ratios)
	slices.Sort(r.took)
	ratio := "1.00"
	if n := len(r.ratios); n > 0 {
		ratio = fmt.Sprintf("%.2f (%.2f to %.2f)", r.ratios[n/2], r.ratios[0], r.ratios[n-1])
	}
	fmt.Printf("%-20s  %7d  %7.0f  %-20s  %5.1f ms  %5.1f ms  %4d us/call\n", r.name, callers, r.rates[len(r.rates)/2], ratio,
		ms(r.took[len(r.took)/2]), ms(r.took[len(r.took)*99/100]), (r.cpu / time.Duration(r.calls)).Microseconds())
	*r = row{name: r.name, server: r.server, script: r.script}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
