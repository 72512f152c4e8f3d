// Package leaks fails a test binary that leaves goroutines behind. Tests in a
// synctest bubble fail by themselves; this is for all others.
package leaks

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Main runs the tests and ends the process, for use as TestMain. A goroutine
// that is still there two seconds after the last test is a failure, unless its
// stack holds one of the texts of known, which name the leaks that a test is
// about.
func Main(m *testing.M, known ...string) {
	code := m.Run()
	if left := await(known); code == 0 && left != "" {
		fmt.Fprintf(os.Stderr, "goroutines left behind:\n\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

// await gives the stacks of the goroutines that do not end.
func await(known []string) string {
	deadline := time.After(2 * time.Second)
	for {
		left := others(known)
		if left == "" {
			return ""
		}
		select {
		case <-deadline:
			return left
		default:
			runtime.Gosched()
		}
	}
}

// others gives the stacks of all goroutines but this one, the runtime's own
// and the known.
func others(known []string) string {
	buffer := make([]byte, 1<<20)
	stacks := strings.Split(string(buffer[:runtime.Stack(buffer, true)]), "\n\n")
	known = append(known, "os/signal.signal_recv", "os/signal.loop")
	var left []string
next:
	for _, stack := range stacks[1:] {
		for _, text := range known {
			if strings.Contains(stack, text) {
				continue next
			}
		}
		left = append(left, stack)
	}
	return strings.Join(left, "\n\n")
}
