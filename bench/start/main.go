package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "start: error:", err)
		os.Exit(1)
	}
}

func run(args []string, w io.Writer) error {
	flags := flag.NewFlagSet("start", flag.ContinueOnError)
	rounds := flags.Int("rounds", 5, "`number` of rounds")
	calls := flags.Int("calls", 80, "`number` of calls of each program in a round")
	agiDir := flags.String("agi-dir", "", "the `folder` that AST_AGI_DIR names")
	if err := flags.Parse(args); err != nil {
		return err
	}
	programs, err := split(flags.Args())
	if err != nil {
		return err
	}
	if *rounds < 1 || *calls < 1 {
		return fmt.Errorf("-rounds and -calls want at least 1")
	}
	sink, err := null()
	if err != nil {
		return err
	}
	defer sink.Close()
	ast := asterisk{stderr: sink.Fd(), env: []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"AST_AGI_DIR=" + *agiDir,
	}}

	// One call of each to warm the page cache; a program that is broken may say why on our fd 2.
	first := ast
	first.stderr = os.Stderr.Fd()
	for _, p := range programs {
		if _, err := first.call(p, nil); err != nil {
			return err
		}
	}
	fmt.Fprintln(w, machine())
	fmt.Fprintf(w, "%d rounds of %d calls of each program, in turn; medians, lowest and highest round in brackets\n\n", *rounds, *calls)
	rows, err := measure(ast, programs, *rounds, *calls)
	if err != nil {
		return err
	}
	return print(w, rows)
}

// split parts the arguments at "--" into programs.
func split(args []string) ([]program, error) {
	var programs []program
	for _, part := range strings.Split(strings.Join(args, "\x00"), "\x00--\x00") {
		words := strings.Split(part, "\x00")
		if len(words) < 2 {
			return nil, fmt.Errorf("want NAME PATH [ARG...] [-- NAME PATH [ARG...]]..., have %q", words)
		}
		programs = append(programs, program{words[0], words[1:]})
	}
	return programs, nil
}

// measure runs every program rounds times calls times. Memory is read in calls of its own, since reading it takes time.
func measure(ast asterisk, programs []program, rounds, calls int) ([]row, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // no collection within a round

	rows := make([]row, len(programs))
	for i, p := range programs {
		rows[i].program = p
		own, peak := make([]int, 5), make([]int, 5)
		for n := range own {
			_, err := ast.call(p, func(pid int) error {
				m, err := memoryOf(pid)
				own[n], peak[n] = m.own, m.peak
				return err
			})
			if err != nil {
				return nil, err
			}
		}
		rows[i].own, rows[i].peak = median(own), median(peak)
	}

	order := rand.New(rand.NewPCG(1, 1))
	for range rounds {
		runtime.GC()
		first := make([][]time.Duration, len(programs))
		whole := make([][]time.Duration, len(programs))
		cpu := make([][]time.Duration, len(programs))
		for range calls {
			for _, i := range order.Perm(len(programs)) {
				c, err := ast.call(programs[i], nil)
				if err != nil {
					return nil, err
				}
				first[i] = append(first[i], c.first)
				whole[i] = append(whole[i], c.whole)
				cpu[i] = append(cpu[i], c.cpu)
			}
		}
		for i := range rows {
			rows[i].first = append(rows[i].first, median(first[i]))
			rows[i].whole = append(rows[i].whole, median(whole[i]))
			rows[i].cpu = append(rows[i].cpu, median(cpu[i]))
		}
	}
	return rows, nil
}

// machine says on what the figures were measured. What cannot be read is left out.
func machine() string {
	words := []string{}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				words = append(words, strings.TrimSpace(value))
				break
			}
		}
	}
	words = append(words, fmt.Sprintf("%d CPUs", runtime.NumCPU()))
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		words = append(words, "Linux "+strings.TrimSpace(string(text)))
	}
	words = append(words, runtime.Version())
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		words = append(words, "load "+strings.Fields(string(text))[0]+" at the start")
	}
	return strings.Join(words, ", ")
}
