// Command async measures what a command takes over Async AGI, beside process AGI and FastAGI, all through one real Asterisk,
// and what of that is Asterisk's own: a client without a script that sends the next command as soon as the last one's result
// is there, and one that always has some in the queue, so that Asterisk never has to look for them.
//
//	async -goagi FILE [-rounds N] [-commands N] [-at-once N,...] [-claim URL]
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"goagi/pbx"
)

// script reads a variable so many times, and says how long one takes, and how long it took until it began.
const script = `local time = require "time"
local began = time.now()
local n = tonumber(arg[1])
for i = 1, n do agi.get_variable("X") end
agi.var.EACH = ("%.0f"):format((time.now() - began) / n * 1e6)
agi.var.FIRST = ("%.0f"):format((began - tonumber(agi.var.ENTERED)) * 1e6)
`

func main() {
	b := &bench{}
	flag.StringVar(&b.program, "goagi", "", "the goagi `binary`")
	flag.IntVar(&b.rounds, "rounds", 7, "`number` of rounds")
	flag.IntVar(&b.commands, "commands", 50, "`number` of commands in a call")
	atOnce := flag.String("at-once", "1,40", "`numbers` of calls at once")
	flag.StringVar(&b.claim, "claim", "", "`URL` of a Redis, for a row with claims")
	flag.Parse()
	if err := b.run(strings.Split(*atOnce, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "async: error:", err)
		os.Exit(1)
	}
}

// bench is one run.
type bench struct {
	program, claim   string
	rounds, commands int
	a                *pbx.Asterisk
	scripts          string
}

// row is a way to run the calls.
type row struct {
	name  string
	app   string                       // in the dialplan
	begin func() (func() error, error) // starts what serves it, and gives what ends that; nil: nothing
}

func (b *bench) run(atOnce []string) (err error) {
	if b.a, err = pbx.Start(pbx.Options{}); err != nil {
		return err
	}
	defer b.a.Stop()
	if b.scripts, err = os.MkdirTemp("", "async-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.scripts)
	if err := os.WriteFile(filepath.Join(b.scripts, "x.lua"), []byte(script), 0o644); err != nil {
		return err
	}
	if err := b.a.Install(b.program, "goagi"); err != nil {
		return err
	}
	if err := b.a.Script("scripts/x.lua", script); err != nil {
		return err
	}
	n := strconv.Itoa(b.commands)
	rows := []row{
		{"process AGI", "AGI(goagi,x.lua," + n + ")", nil},
		{"FastAGI", "AGI(agi://127.0.0.1:4599/x.lua," + n + ")", b.goagi("serve", "--listen=127.0.0.1:4599")},
		{"Async AGI", "AGI(agi:async,x.lua," + n + ")", b.goagi("async", "--ami=worker@"+b.a.AMI)},
		{"bare client", "AGI(agi:async,bare)", b.bare(1)},
		{"bare client, 10 queued", "AGI(agi:async,bare)", b.bare(10)},
	}
	if b.claim != "" {
		rows = slices.Insert(rows, 3, row{"Async AGI, claimed", rows[2].app, b.goagi("async", "--ami=worker@"+b.a.AMI, "--claim="+b.claim)})
	}
	fmt.Printf("%-24s  %-9s  %7s  %9s  %9s  %9s  %12s\n", "", "caller", "at once", "a command", "fastest", "slowest", "script began")
	for _, text := range atOnce {
		calls, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		for _, mute := range []bool{false, true} {
			if err := b.table(rows, calls, mute); err != nil {
				return err
			}
		}
	}
	return nil
}

// table measures all rows in turn, round after round, and prints them.
func (b *bench) table(rows []row, calls int, mute bool) error {
	each, first := make([][]int, len(rows)), make([][]int, len(rows))
	for range b.rounds {
		for i, r := range rows {
			es, fs, err := b.round(r, calls, mute)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			each[i], first[i] = append(each[i], es...), append(first[i], fs...)
		}
	}
	caller := map[bool]string{false: "talks", true: "is silent"}[mute]
	for i, r := range rows {
		slices.Sort(each[i])
		slices.Sort(first[i])
		began := "-"
		if n := len(first[i]); n > 0 {
			began = ms(first[i][n/2])
		}
		n := len(each[i])
		fmt.Printf("%-24s  %-9s  %7d  %9s  %9s  %9s  %12s\n", r.name, caller, calls, ms(each[i][n/2]), ms(each[i][0]), ms(each[i][n-1]), began)
	}
	return nil
}

func ms(microseconds int) string { return fmt.Sprintf("%.2f ms", float64(microseconds)/1000) }

// round has one row at work.
func (b *bench) round(r row, calls int, mute bool) (each, first []int, err error) {
	if r.begin != nil {
		end, err := r.begin()
		if err != nil {
			return nil, nil, err
		}
		defer end()
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	for range calls {
		all.Go(func() {
			got, failed := b.call(r.app, mute)
			mu.Lock()
			defer mu.Unlock()
			if failed != nil {
				err = failed
				return
			}
			each = append(each, got[0])
			if got[1] > 0 {
				first = append(first, got[1])
			}
		})
	}
	all.Wait()
	return each, first, err
}

// call places one call, and gives its two figures in microseconds, the second 0 where there is none.
func (b *bench) call(app string, mute bool) (got [2]int, err error) {
	c, err := b.a.Place(pbx.Plan{Mute: mute, Vars: [][2]string{{"X", "value"}}, Steps: []string{
		"Wait(1)", "Set(ENTERED=${STRFTIME(,,%s.%6q)})", app,
	}})
	if err != nil {
		return got, err
	}
	defer c.Close()
	vars, err := c.Vars("EACH", "FIRST", "GOAGI_ERROR")
	if err != nil {
		return got, err
	}
	if got[0], err = strconv.Atoi(vars["EACH"]); err != nil {
		return got, fmt.Errorf("the script says %q: %s", vars["EACH"], vars["GOAGI_ERROR"])
	}
	got[1], _ = strconv.Atoi(vars["FIRST"])
	return got, nil
}

// goagi gives what starts a server and waits until it takes calls.
func (b *bench) goagi(words ...string) func() (func() error, error) {
	return func() (func() error, error) {
		cmd := exec.Command(b.program, append(words, "--scripts="+b.scripts)...)
		cmd.Env = append(os.Environ(), "GOAGI_AMI_SECRET="+b.a.Pass)
		out, err := cmd.StderrPipe()
		if err != nil {
			return nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		ready := make(chan bool, 1)
		go look(out, ready) // ends with the process
		select {
		case <-ready:
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			return nil, fmt.Errorf("%s does not begin", words[0])
		}
		return func() error {
			_ = cmd.Process.Signal(os.Interrupt)
			return cmd.Wait()
		}, nil
	}
}
