package spec

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"goagi/luabind"
)

// Coverage counts how often the lines of scripts are run. A script is one, however
// its path is written: from the working folder or from the root, or by a link. The
// zero value has counted nothing; it may be used by several goroutines at once.
type Coverage struct {
	mu     sync.RWMutex
	files  map[string]*covered // by the whole path, without links
	loaded map[string]*covered // the same, by their paths as they were loaded
}

// covered is a script.
type covered struct {
	lines  []int          // that statements begin on
	counts []atomic.Int64 // by line
	err    error          // why it has no lines: it cannot be compiled
}

// add begins to count a script.
func (c *Coverage) add(path string, lines []int) {
	last := 0
	if len(lines) > 0 {
		last = lines[len(lines)-1]
	}
	c.keep(path, &covered{lines: lines, counts: make([]atomic.Int64, last+1)})
}

// keep keeps a script under its path, where it is not there under another one.
func (c *Coverage) keep(path string, f *covered) {
	whole := wholePath(path)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.files == nil {
		c.files, c.loaded = make(map[string]*covered), make(map[string]*covered)
	}
	if there := c.files[whole]; there != nil && there.err == nil {
		f = there
	}
	c.files[whole], c.loaded[path] = f, f
}

// wholePath gives a path from the root, and without links where all of it is there.
func wholePath(path string) string {
	whole, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if real, err := filepath.EvalSymlinks(whole); err == nil {
		return real
	}
	return whole
}

// Missed adds a script that no test has run, and one that cannot be compiled with
// what is wrong with it. It does nothing for one that a test has run. It reads the
// file.
func (c *Coverage) Missed(path string) {
	whole := wholePath(path)
	c.mu.RLock()
	_, there := c.files[whole]
	c.mu.RUnlock()
	if there {
		return
	}
	if _, lines, err := luabind.LoadCounted(path); err == nil {
		c.add(path, lines)
	} else {
		c.keep(path, &covered{err: err})
	}
}

// count counts one line of a script that was added.
func (c *Coverage) count(path string, line int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if f := c.loaded[path]; line < len(f.counts) { // else it was saved between two loads
		f.counts[line].Add(1)
	}
}

// Table writes a line for each script: how many of its lines were run, and which
// were not. Paths are from the working folder, where that is shorter.
func (c *Coverage) Table(w io.Writer) {
	c.each(func(path string, f *covered) {
		if f.err != nil {
			fmt.Fprintf(w, "%5.1f %%  %s  does not compile: %s\n", 0.0, path, Visible([]byte(f.err.Error())))
			return
		}
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

// LCOV writes the counts in the form that lcov and most other tools read, with
// Table's paths. It leaves out what does not compile.
func (c *Coverage) LCOV(w io.Writer) {
	c.each(func(path string, f *covered) {
		if f.err != nil {
			return
		}
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
	here, _ := filepath.Abs(".")
	if real, err := filepath.EvalSymlinks(here); err == nil {
		here = real
	}
	for _, path := range slices.Sorted(maps.Keys(c.files)) {
		shown := path
		if from, err := filepath.Rel(here, path); err == nil && len(from) < len(path) {
			shown = from
		}
		do(shown, c.files[path])
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
