package spec

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"goagi/luabind"
)

// Coverage counts how often the lines of scripts are run. The zero value has
// counted nothing; it may be used by several goroutines at once.
type Coverage struct {
	mu    sync.RWMutex
	files map[string]*covered
}

// covered is a script.
type covered struct {
	lines  []int          // that statements begin on
	counts []atomic.Int64 // by line
}

// add begins to count a script.
func (c *Coverage) add(path string, lines []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.files == nil {
		c.files = make(map[string]*covered)
	}
	last := 0
	if len(lines) > 0 {
		last = lines[len(lines)-1]
	}
	c.files[path] = &covered{lines, make([]atomic.Int64, last+1)}
}

// Missed adds a script that no test has run. It does nothing for one that one has;
// the error is that of luabind.Load.
func (c *Coverage) Missed(path string) error {
	c.mu.RLock()
	_, there := c.files[path]
	c.mu.RUnlock()
	if there {
		return nil
	}
	_, lines, err := luabind.LoadCounted(path)
	if err == nil {
		c.add(path, lines)
	}
	return err
}

// count counts one line of a script that was added.
func (c *Coverage) count(path string, line int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	c.files[path].counts[line].Add(1)
}

// Table writes a line for each script: how many of its lines were run, and which
// were not.
func (c *Coverage) Table(w io.Writer) {
	c.each(func(path string, f *covered) {
		var missed []int
		for _, line := range f.lines {
			if f.counts[line].Load() == 0 {
				missed = append(missed, line)
			}
		}
		share := 100.0
		if len(f.lines) > 0 {
			share = 100 * float64(len(f.lines)-len(missed)) / float64(len(f.lines))
		}
		fmt.Fprintf(w, "%5.1f %%  %s", share, path)
		if len(missed) > 0 {
			fmt.Fprintf(w, "  not run: %s", f.runs(missed))
		}
		fmt.Fprintln(w)
	})
}

// LCOV writes the counts in the form that lcov and most other tools read.
func (c *Coverage) LCOV(w io.Writer) {
	c.each(func(path string, f *covered) {
		fmt.Fprintf(w, "SF:%s\n", path)
		hit := 0
		for _, line := range f.lines {
			n := f.counts[line].Load()
			if n > 0 {
				hit++
			}
			fmt.Fprintf(w, "DA:%d,%d\n", line, n)
		}
		fmt.Fprintf(w, "LF:%d\nLH:%d\nend_of_record\n", len(f.lines), hit)
	})
}

func (c *Coverage) each(do func(path string, f *covered)) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, path := range slices.Sorted(maps.Keys(c.files)) {
		do(path, c.files[path])
	}
}

// runs writes lines as "3, 7-9": those between which no other statement begins
// are one run.
func (f *covered) runs(missed []int) string {
	var parts []string
	for i := 0; i < len(missed); {
		first := slices.Index(f.lines, missed[i])
		n := 1
		for i+n < len(missed) && f.lines[first+n] == missed[i+n] {
			n++
		}
		if n == 1 {
			parts = append(parts, fmt.Sprint(missed[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", missed[i], missed[i+n-1]))
		}
		i += n
	}
	return strings.Join(parts, ", ")
}
