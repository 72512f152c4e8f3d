package spec

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"goagi/luabind"
)

// Suite is what the specs of one run have in common. The zero value has neither
// scripts folders nor modules.
type Suite struct {
	Folders []string                          // scripts folders, in order
	Library func(name string) *luabind.Module // goagi's own modules; may be nil
	Config  map[string]map[string]any         // what the settings file says to them
	// Coverage, where there is one, counts the lines of scripts that the tests run.
	Coverage *Coverage
	Limit    time.Duration // how long a test may take, by the wall's clock; where zero DefaultLimit, and three minutes on a real Asterisk
	// Grace and CallLimit are call.Call's Grace and Limit.
	Grace, CallLimit time.Duration
	// Asterisk has calls be placed on real Asterisks, which Run starts for itself:
	// "host" for the one that is installed, or the folder of a chroot; see package
	// pbx. "" is the simulator. Sounds is a folder of prompts that they have, too.
	Asterisk string
	Sounds   string
	folder   string       // that its tests' folders are in
	begun    atomic.Int64 // tests
	mu       sync.Mutex   // of what follows
	chunks   map[string]func() (*luabind.Chunk, error)
}

// DefaultLimit is how long a test may take that is not told otherwise. Time
// stands still in it but for what it computes.
const DefaultLimit = 10 * time.Second

func (s *Suite) library(name string) *luabind.Module {
	if s.Library == nil {
		return nil
	}
	return s.Library(name)
}

// script compiles a script, once for all calls.
func (s *Suite) script(path string) (*luabind.Chunk, error) {
	s.mu.Lock()
	if s.chunks == nil {
		s.chunks = make(map[string]func() (*luabind.Chunk, error))
	}
	load := s.chunks[path]
	if load == nil {
		load = sync.OnceValues(func() (*luabind.Chunk, error) {
			if s.Coverage == nil {
				return luabind.Load(path)
			}
			chunk, lines, err := luabind.LoadCounted(path)
			if err == nil {
				s.Coverage.add(path, lines)
			}
			return chunk, err
		})
		s.chunks[path] = load
	}
	s.mu.Unlock()
	return load()
}

// Result is what became of a test.
type Result struct {
	Test    *Test
	Err     error         // nil where it holds: often a *luabind.ScriptError whose Err is a *Failure
	Printed string        // what the test itself printed
	Ladder  string        // what happened last in its calls; "" where it holds
	Hints   string        // lines that may say why it fails
	LeftOut string        // why it was not run on a real Asterisk; "" where it was
	Took    time.Duration // by the wall's clock
}

// Run runs tests side by side, as many at once as there are processors, and
// gives each result as it comes, one at a time. Pending ones are passed over. It
// blocks until all have ended, or, once ctx has, until those that run have: then
// the error is its cause, and tests are missing. It can run once in a process at a
// time. Else the error is of package testing, whose bubbles of time it uses, or of
// a real Asterisk that did not start.
func (s *Suite) Run(ctx context.Context, tests []*Test, give func(Result)) (err error) {
	// Nobody else may reach what is in it, nor be there before.
	if s.folder, err = os.MkdirTemp("", "goagi-test-"); err != nil {
		return err
	}
	defer os.RemoveAll(s.folder)
	if s.Asterisk != "" {
		return s.runReal(ctx, tests, give)
	}
	var one sync.Mutex
	next := make(chan *Test, len(tests))
	for _, test := range tests {
		if !test.Pending {
			next <- test
		}
	}
	close(next)
	// Each takes the tests in their order: package testing would start its own in any.
	var all []testing.InternalTest
	for i := range min(runtime.GOMAXPROCS(0), len(next)) {
		all = append(all, testing.InternalTest{Name: fmt.Sprint(i), F: func(t *testing.T) {
			t.Parallel()
			for test := range next {
				if ctx.Err() != nil {
					return
				}
				result := s.run(t, test)
				one.Lock()
				give(result)
				one.Unlock()
			}
		}})
	}
	if err := runTests(all); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// running is what one run of a test has for itself.
type running struct {
	halt  *atomic.Bool    // ends its Lua from anywhere
	data  string          // its data folder
	apart string          // where files are kept that it writes elsewhere
	real  *exchange       // the Asterisk that its calls are placed on, nil for the simulator
	stop  <-chan struct{} // ends its waits on a real one
}

// run runs one test in a bubble.
func (s *Suite) run(t *testing.T, test *Test) Result {
	return s.limited(test, s.limit(DefaultLimit), "it was still busy after %v: does a loop never end?", func(r running) (result Result) {
		synctest.Test(t, func(*testing.T) {
			defer func() {
				if fault := recover(); fault != nil { // past the bubble it would end the program
					result = Result{Test: test, Err: fmt.Errorf("goagi itself failed: %v\n%s", fault, debug.Stack())}
				}
			}()
			result = test.run(r)
		})
		return result
	})
}

// limit is how long a test may take.
func (s *Suite) limit(usual time.Duration) time.Duration {
	if s.Limit != 0 {
		return s.Limit
	}
	return usual
}

// limited runs one test, for so long; late says that it took longer.
func (s *Suite) limited(test *Test, limit time.Duration, late string, run func(running) Result) (result Result) {
	var halt atomic.Bool
	defer time.AfterFunc(limit, func() { halt.Store(true) }).Stop()
	begin := time.Now()
	result.Test = test
	defer func() {
		if fault := recover(); fault != nil { // of the bubble: what is left in it waits for nothing that will come
			result.Err = fmt.Errorf("the test is stuck: %v", fault)
		}
		if halt.Load() {
			why := fmt.Errorf(late, limit)
			if result.Err != nil {
				why = fmt.Errorf("%w %w", why, result.Err)
			}
			result.Err = why
		}
		if left, ok := errors.AsType[*leftOut](result.Err); ok {
			result.Err, result.LeftOut = nil, left.why
		}
		result.Took = time.Since(begin)
	}()
	data := filepath.Join(s.folder, strconv.FormatInt(s.begun.Add(1), 10))
	if result.Err = os.Mkdir(data, 0o700); result.Err != nil {
		return result
	}
	r := running{halt: &halt, data: data, apart: data + "-apart"}
	defer os.RemoveAll(r.data)
	defer os.RemoveAll(r.apart)
	return run(r)
}

// leftOut is the error of a test that a real Asterisk cannot run.
type leftOut struct{ why string }

func (l *leftOut) Error() string { return "left out: " + l.why }

func isLeftOut(err error) bool {
	_, ok := errors.AsType[*leftOut](err)
	return ok
}

// find finds a test among those of the file that has been run again.
func (t *tree) find(test *Test) *item {
	if test.nth >= len(t.items) || !slices.Equal(t.items[test.nth].names(), test.Names) || t.items[test.nth].line != test.Line {
		return nil
	}
	return t.items[test.nth]
}

// run runs the test, and ends its calls.
func (t *Test) run(r running) (result Result) {
	result.Test = t
	var printed text
	defer func() { result.Printed = printed.String() }()
	tree, err := t.File.open(r, &printed)
	if err != nil {
		result.Err = err
		return result
	}
	defer tree.close()
	item := tree.find(t)
	if item == nil {
		result.Err = fmt.Errorf("the file describes other tests when it is run again: names and numbers of tests must not come from the clock or a file (a test begins at %s)", time.Now().UTC().Format("2006-01-02 15:04"))
		return result
	}
	if result.Err = tree.run(item); result.Err != nil {
		result.Ladder = tree.ladder() // before its calls are hung up
	}
	ladder := ""
	if tree.blamed() {
		ladder = tree.ladder()
	}
	for i := 0; i < len(tree.placed); i++ { // a fake may still place one
		p := tree.placed[i]
		if err := p.close(); err != nil && (result.Err == nil || isLeftOut(result.Err)) {
			result.Err = fmt.Errorf("the script failed: %w", err)
			result.Ladder = tree.ladder()
		}
		p.line.leave()
	}
	tree.mu.Lock()
	defer tree.mu.Unlock()
	switch {
	case tree.fault == nil:
	case result.Err == nil, isLeftOut(result.Err) && !isLeftOut(tree.fault):
		result.Err = tree.fault
		result.Ladder = ladder
	default: // what came of it
		result.Err = fmt.Errorf("%w; then %w", tree.fault, result.Err)
	}
	if result.Err != nil {
		result.Hints = tree.hints()
	}
	return result
}

// run runs what comes before a test, the test, and what comes after it; the
// first that fails is the error.
func (t *tree) run(it *item) error {
	t.begun = true
	var groups []*group // innermost first
	for g := it.group; g != nil; g = g.outer {
		groups = append(groups, g)
	}
	ctx := context.Background()
	var err error
	for i := len(groups) - 1; i >= 0 && err == nil; i-- {
		for _, fn := range groups[i].before {
			if err == nil {
				err = t.vm.Call(ctx, fn)
			}
		}
	}
	if err == nil {
		err = t.vm.Call(ctx, it.body)
	}
	for _, g := range groups {
		for _, fn := range g.after {
			if after := t.vm.Call(ctx, fn); err == nil {
				err = after
			}
		}
	}
	return err
}

// text is a builder that several goroutines may write to.
type text struct {
	mu sync.Mutex
	b  []byte
}

// Write adds to it.
func (t *text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	return len(p), nil
}

// String gives all of it.
func (t *text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}
