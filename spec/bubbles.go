package spec

import (
	"errors"
	"flag"
	"io"
	"os"
	"reflect"
	"testing"
	"time"
)

// runTests runs functions as package testing runs tests, which is the only way to
// a bubble of time in a program that is no test. What it uses of that package is
// outside of Go's promise of compatibility: all of it is in this file, and
// TestBubbleOutsideOfTests says what broke. It blocks until all have ended.
func runTests(tests []testing.InternalTest) error {
	if len(tests) == 0 {
		return nil
	}
	if testing.Testing() && flag.Parsed() { // where it is running already
		testing.RunTests(matchAll, tests)
		return nil
	}
	// It has flags, and reads them from the command line, which is not its own.
	flags := flag.CommandLine
	flag.CommandLine = flag.NewFlagSet("spec", flag.ContinueOnError)
	defer func() { flag.CommandLine = flags }()
	testing.Init()
	if err := flag.CommandLine.Parse(nil); err != nil {
		return err
	}
	// It says PASS on stdout.
	stdout := os.Stdout
	silence, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	os.Stdout = silence
	defer func() {
		os.Stdout = stdout
		silence.Close()
	}()
	if code := testing.MainStart(surroundings{}, tests, nil, nil, nil).Run(); code != 0 {
		return errors.New("package testing did not run the tests")
	}
	return nil
}

func matchAll(string, string) (bool, error) { return true, nil }

// surroundings are what package testing asks of the go command's side: nothing is
// profiled, covered or fuzzed.
type surroundings struct{}

type corpusEntry = struct {
	Parent     string
	Path       string
	Data       []byte
	Values     []any
	Generation int
	IsSeed     bool
}

func (surroundings) ImportPath() string                          { return "goagi/spec" }
func (surroundings) ModulePath() string                          { return "goagi" }
func (surroundings) MatchString(a, b string) (bool, error)       { return matchAll(a, b) }
func (surroundings) SetPanicOnExit0(bool)                        {}
func (surroundings) StartCPUProfile(io.Writer) error             { return nil }
func (surroundings) StopCPUProfile()                             {}
func (surroundings) StartTestLog(io.Writer)                      {}
func (surroundings) StopTestLog() error                          { return nil }
func (surroundings) WriteProfileTo(string, io.Writer, int) error { return nil }
func (surroundings) CoordinateFuzzing(time.Duration, int64, time.Duration, int64, int, []corpusEntry, []reflect.Type, string, string) error {
	return nil
}
func (surroundings) RunFuzzWorker(func(corpusEntry) error) error              { return nil }
func (surroundings) ReadCorpus(string, []reflect.Type) ([]corpusEntry, error) { return nil, nil }
func (surroundings) CheckCorpus([]any, []reflect.Type) error                  { return nil }
func (surroundings) ResetCoverage()                                           {}
func (surroundings) SnapshotCoverage()                                        {}
func (surroundings) InitRuntimeCoverage() (string, func(string, string) (string, error), func() float64) {
	return "", nil, nil
}
