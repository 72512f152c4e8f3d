package pbx

import (
	"errors"
	"os"
	"sync"
	"testing"
)

// Shared is one Asterisk for all tests of a test binary, started by the first
// that needs it. The zero value is ready.
type Shared struct {
	Options Options

	once sync.Once
	a    *Asterisk
	err  error
}

// Get gives the Asterisk. Where there is none, or none that may have a nameserver
// of its own, the test is skipped, unless the environment variable CI is set: there
// it fails.
func (s *Shared) Get(tb testing.TB) *Asterisk {
	tb.Helper()
	s.once.Do(func() { s.a, s.err = Start(s.Options) })
	switch {
	case (errors.Is(s.err, ErrNone) || errors.Is(s.err, ErrNoNameserver)) && os.Getenv("CI") == "":
		tb.Skip(s.err)
	case s.err != nil:
		tb.Fatal(s.err)
	}
	return s.a
}

// Stop stops the Asterisk, if any test has started it.
func (s *Shared) Stop() {
	if s.a != nil {
		s.a.Stop()
	}
}
