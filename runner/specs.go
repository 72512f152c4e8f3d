package runner

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"goagi/luabind/std"
	"goagi/pbx"
	"goagi/spec"
)

// specEnding is how the names of spec files end.
const specEnding = "_spec.lua"

// testFlags are those that only test has.
var testFlags = [...]flagText{
	{"asterisk", "[=CHROOT]", "place the calls on a real Asterisk of its own: the installed one, or that of a chroot (GOAGI_TEST_ASTERISK)"},
	{"coverage", "[=FILE]", "say which lines of the scripts the tests ran, and write it to a file in the form of lcov"},
	{"filter", "REGEXP", "only tests whose whole name it matches"},
	{"format", "FORMAT", "human, or junit: an XML report on stdout (human)"},
	{"seed", "N", "the order in which tests begin, as an earlier run printed it"},
	{"sounds", "DIR", "with --asterisk: prompts that it has besides its own"},
	{"watch", "", "run them again whenever a script or a spec is saved"},
}

// testAsked is what the command line of test says.
type testAsked struct {
	filter, format, coverage string
	asterisk, sounds         string
	seed                     uint64
	watch                    bool
	wanted                   *regexp.Regexp // made of filter
	words                    []string
}

// runTest runs call specs.
func runTest(args []string) int {
	var t testAsked
	set, words, err := readCommand(args, func(_ *settings, flags *pflag.FlagSet) {
		flags.SetInterspersed(true) // no script follows whose flags they could be
		flags.StringVar(&t.asterisk, "asterisk", "", "")
		flags.Lookup("asterisk").NoOptDefVal = "-"
		flags.StringVar(&t.sounds, "sounds", "", "")
		flags.StringVar(&t.coverage, "coverage", "", "")
		flags.Lookup("coverage").NoOptDefVal = "-"
		flags.StringVar(&t.filter, "filter", "", "")
		flags.StringVar(&t.format, "format", "human", "")
		flags.Uint64Var(&t.seed, "seed", rand.Uint64N(1e6), "")
		flags.BoolVar(&t.watch, "watch", false, "")
	})
	t.words = words
	var wrong error
	t.wanted, wrong = regexp.Compile(t.filter)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		printCommand(os.Stdout, "test")
		return exitDone
	case err != nil && slices.Contains(args, "--shuffle"):
		err = &usageError{err.Error(), "the order is always random, and --seed N repeats one"}
	case err == nil && wrong != nil:
		err = &usageError{"--filter: " + wrong.Error(), ""}
	case err == nil && t.sounds != "" && t.asterisk == "":
		err = &usageError{"--sounds is for --asterisk: the simulator has every prompt", "place(script, {prompts = {name = seconds}, missing = {name}}) says otherwise"}
	case err == nil && t.format != "human" && t.format != "junit":
		err = &usageError{fmt.Sprintf("--format: %q is none: use human or junit", t.format), ""}
	}
	if err != nil {
		return fail(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGHUP, os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process
	time.Local = time.UTC        // a test gives the same on each machine
	for {
		before := t.saved(set)
		code, err := t.once(ctx, set)
		if err != nil {
			code = fail(err)
		}
		if !t.watch {
			return code
		}
		// On stdout there may be a report that a program reads.
		fmt.Fprintln(stderr, "waiting for a script or a spec to be saved; Ctrl-C ends it")
		if !t.changed(ctx, set, before) {
			return code
		}
		fmt.Fprintln(stderr)
	}
}

// once runs the specs, and gives the exit code.
func (t *testAsked) once(ctx context.Context, set *settings) (int, error) {
	if err := noScripts(t.words); err != nil {
		return 0, err
	}
	paths, err := filesIn(t.words, specEnding, "goagi test [PATH...] takes spec files and folders that they are in")
	if err != nil {
		return 0, err
	}
	suite := &spec.Suite{Grace: set.grace, CallLimit: set.limit, Folders: scriptFolders(set), Library: std.Find, Config: set.modules}
	suite.Asterisk, suite.Sounds = whichAsterisk(t.asterisk), t.sounds
	if t.coverage != "" {
		suite.Coverage = new(spec.Coverage)
	}
	run := &testRun{seed: t.seed, begin: time.Now()}
	for _, path := range paths {
		file, err := suite.Load(path)
		if err != nil {
			run.results = append(run.results, spec.Result{Test: &spec.Test{File: &spec.File{Path: path}}, Err: err})
			continue
		}
		for _, test := range file.Tests() {
			run.all++
			if t.wanted.MatchString(test.Name()) {
				run.tests = append(run.tests, test)
			}
		}
	}
	order := slices.Clone(run.tests)
	rand.New(rand.NewPCG(t.seed, 0)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	if err := suite.Run(ctx, order, func(r spec.Result) { run.results = append(run.results, r) }); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			err = &usageError{"--asterisk: no Asterisk is installed here", "apt install asterisk, or --asterisk=FOLDER of a chroot that has one"}
		}
		if ctx.Err() == nil {
			return 0, err
		}
		run.cut = true // what there is is told, and that it is not all
	}
	run.took = time.Since(run.begin)
	if suite.Coverage != nil {
		addMissed(suite.Coverage, paths)
	}
	code := run.report(os.Stdout, t.format)
	return code, writeCoverage(suite.Coverage, t.coverage, t.format)
}

// noScripts refuses scripts where specs are wanted: run as one it would only say that
// it has no call.
func noScripts(words []string) error {
	for _, path := range words {
		name, lua := strings.CutSuffix(path, ".lua")
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || !lua || strings.HasSuffix(path, specEnding) {
			continue
		}
		its := name + specEnding
		if _, err := os.Stat(its); err == nil {
			return &usageError{path + " is a script, its spec is " + its, "goagi test " + its}
		}
		return &usageError{path + " is no spec: those are named NAME" + specEnding, "goagi try --record " + its + " " + path +
			" writes a call to it as one; goagi new NAME.lua makes a script with its spec"}
	}
	return nil
}

// whichAsterisk says which Asterisk --asterisk means: the installed one, "host",
// where nothing else is said.
func whichAsterisk(flag string) string {
	if flag != "-" {
		return flag
	}
	return cmp.Or(os.Getenv(pbx.Variable), "host")
}

// saved gives the times, in nanoseconds, at which the Lua files were saved that the tests may
// depend on.
func (t *testAsked) saved(set *settings) map[string]int64 {
	times := make(map[string]int64)
	folders := scriptFolders(set)
	if len(t.words) == 0 {
		folders = append(folders, ".")
	}
	for _, path := range t.words {
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			path = filepath.Dir(path)
		}
		folders = append(folders, path)
	}
	for _, folder := range folders {
		_ = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".lua" {
				return nil // what cannot be read does not change
			}
			if info, err := entry.Info(); err == nil {
				times[path] = info.ModTime().UnixNano()
			}
			return nil
		})
	}
	return times
}

// looksEach is how often files are looked at.
const looksEach = 300 * time.Millisecond

// changed waits until a file has been saved, come or gone; false says that ctx
// has ended.
func (t *testAsked) changed(ctx context.Context, set *settings, before map[string]int64) bool {
	look := time.NewTicker(looksEach)
	defer look.Stop()
	for maps.Equal(before, t.saved(set)) {
		select {
		case <-look.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// addMissed adds the scripts beside the specs that no test has run.
func addMissed(c *spec.Coverage, specs []string) {
	for _, path := range specs {
		beside, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*.lua"))
		for _, script := range beside {
			if !strings.HasSuffix(script, specEnding) {
				c.Missed(script)
			}
		}
	}
}

// writeCoverage writes the table of a run's coverage, and the file that was asked
// for.
func writeCoverage(c *spec.Coverage, path, format string) error {
	if c == nil {
		return nil
	}
	if format == "human" {
		c.Table(os.Stdout)
	}
	if path == "-" {
		return nil
	}
	var b bytes.Buffer
	c.LCOV(&b)
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		return &usageError{"--coverage: " + err.Error(), ""}
	}
	return nil
}

// testRun is what a run of the specs gave.
type testRun struct {
	seed    uint64
	begin   time.Time
	took    time.Duration
	tests   []*spec.Test // all that were chosen, in the files' order
	all     int          // chosen or not
	cut     bool         // it was ended before its time
	results []spec.Result
}

// report writes what became of the tests, and gives the exit code.
func (r *testRun) report(w io.Writer, format string) int {
	slices.SortFunc(r.results, func(a, b spec.Result) int {
		return strings.Compare(fmt.Sprintf("%s:%06d", a.Test.File.Path, a.Test.Line), fmt.Sprintf("%s:%06d", b.Test.File.Path, b.Test.Line))
	})
	failed, pending := 0, 0
	for _, result := range r.results {
		if result.Err != nil {
			failed++
		}
	}
	for _, test := range r.tests {
		if test.Pending {
			pending++
		}
	}
	if format == "junit" {
		r.junit(w, failed, pending)
	} else {
		r.human(w, failed, pending)
	}
	if failed > 0 || len(r.tests) == 0 || r.cut {
		return exitFailed
	}
	return exitDone
}
