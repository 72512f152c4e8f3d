package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"goagi/luabind/std"
	"goagi/spec"
)

// specEnding is how the names of spec files end.
const specEnding = "_spec.lua"

// testFlags are those that only test has.
var testFlags = [...]struct{ name, value, usage string }{
	{"coverage", "[=FILE]", "say which lines of the scripts the tests ran, and write it to a file in the form of lcov"},
	{"filter", "REGEXP", "only tests whose whole name it matches"},
	{"format", "FORMAT", "human, or junit: an XML report on stdout (human)"},
	{"seed", "N", "the order in which tests begin, as an earlier run printed it"},
}

// runTest runs call specs.
func runTest(args []string) int {
	var filter, format, coverage string
	var seed uint64
	set, words, err := readCommand(args, func(_ *settings, flags *pflag.FlagSet) {
		flags.StringVar(&coverage, "coverage", "", "")
		flags.Lookup("coverage").NoOptDefVal = "-"
		flags.StringVar(&filter, "filter", "", "")
		flags.StringVar(&format, "format", "human", "")
		flags.Uint64Var(&seed, "seed", rand.Uint64N(1e6), "")
	})
	wanted, wrong := regexp.Compile(filter)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		printHelp(os.Stdout)
		return exitDone
	case err == nil && wrong != nil:
		err = &usageError{"--filter: " + wrong.Error(), ""}
	case err == nil && format != "human" && format != "junit":
		err = &usageError{fmt.Sprintf("--format: %q is none: use human or junit", format), ""}
	}
	var paths []string
	if err == nil {
		paths, err = specFiles(words)
	}
	if err != nil {
		return fail(err)
	}
	suite := &spec.Suite{Folders: scriptFolders(set), Library: std.Find, Config: set.modules}
	if coverage != "" {
		suite.Coverage = new(spec.Coverage)
	}
	run := &testRun{seed: seed, begin: time.Now()}
	for _, path := range paths {
		file, err := suite.Load(path)
		if err != nil {
			run.results = append(run.results, spec.Result{Test: &spec.Test{File: &spec.File{Path: path}}, Err: err})
			continue
		}
		for _, test := range file.Tests() {
			if wanted.MatchString(test.Name()) {
				run.tests = append(run.tests, test)
			}
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	order := slices.Clone(run.tests)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	if err := suite.Run(ctx, order, func(r spec.Result) { run.results = append(run.results, r) }); err != nil {
		return fail(err)
	}
	run.took = time.Since(run.begin)
	code := run.report(os.Stdout, format)
	if err := writeCoverage(suite.Coverage, coverage, format); err != nil {
		return fail(err)
	}
	return code
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

// specFiles finds the spec files of paths, "." where none is given.
func specFiles(paths []string) ([]string, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var found []string
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return nil, &usageError{err.Error(), "goagi test [PATH...] takes spec files and folders that they are in"}
		case !info.IsDir():
			found = append(found, path)
			continue
		}
		err = filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && len(entry.Name()) > 1 && entry.Name()[0] == '.' && entry.Name() != "..":
				return fs.SkipDir
			case !entry.IsDir() && strings.HasSuffix(path, specEnding):
				found = append(found, path)
			}
			return nil
		})
		if err != nil {
			return nil, &usageError{err.Error(), ""}
		}
	}
	if len(found) == 0 {
		return nil, &usageError{"no file named NAME" + specEnding + " is in " + strings.Join(paths, ", "), "goagi test [PATH...] takes spec files and folders that they are in"}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// testRun is what a run of the specs gave.
type testRun struct {
	seed    uint64
	begin   time.Time
	took    time.Duration
	tests   []*spec.Test // all that were chosen, in the files' order
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
	if failed > 0 || len(r.tests) == 0 {
		return exitFailed
	}
	return exitDone
}
