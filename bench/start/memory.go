package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// memory is what a process holds at the last command of its call, in KiB. rusage's maxrss would not do: it counts what
// the parent held at the fork.
type memory struct {
	own  int // anonymous pages: heap, stacks and written data, which no other process shares
	peak int // the most that was ever resident, file pages included, which processes of one program share
}

// memoryOf reads a running process's memory from /proc.
func memoryOf(pid int) (m memory, err error) {
	dir := "/proc/" + strconv.Itoa(pid)
	rollup, err := field(dir+"/smaps_rollup", "Anonymous", "Rss")
	if err != nil {
		return m, err
	}
	status, err := field(dir+"/status", "VmHWM")
	if err != nil {
		return m, err
	}
	// VmHWM is kept per CPU and summed late, so it may be a few pages under Rss, which is exact.
	return memory{own: rollup[0], peak: max(rollup[1], status[0])}, nil
}

// field reads the named "Name:   123 kB" lines of a file in /proc, in the order of names.
func field(path string, names ...string) ([]int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	values := make([]int, len(names))
	found := 0
	for line := range strings.Lines(string(text)) {
		name, rest, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		for i := range names {
			if name != names[i] {
				continue
			}
			if values[i], err = strconv.Atoi(strings.Fields(rest)[0]); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", path, name, err)
			}
			found++
		}
	}
	if found != len(names) {
		return nil, fmt.Errorf("%s: not all of %s are there", path, strings.Join(names, ", "))
	}
	return values, nil
}
