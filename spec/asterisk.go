package spec

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"goagi/pbx"
)

// exchange is a real Asterisk. One test at a time has it.
type exchange struct {
	*pbx.Asterisk
	relays *relays
	placed int
}

// newExchange starts an Asterisk of its own: the one that is installed, "host", or
// a chroot's. Its prompts are Asterisk's, and those in the folder sounds.
func newExchange(where, sounds string) (*exchange, error) {
	a, err := pbx.Start(pbx.Options{Where: where, Debug: true, Sounds: sounds})
	if err != nil {
		return nil, err
	}
	x := &exchange{Asterisk: a}
	program, err := os.Executable()
	if err == nil {
		err = a.Install(program, relayProgram)
	}
	if err == nil {
		x.relays, err = newRelays(filepath.Join(a.Dir, "agi"), a.UID())
	}
	if err != nil {
		a.Stop()
		return nil, err
	}
	return x, nil
}

func (x *exchange) close() {
	x.relays.close()
	x.Stop()
}

// runReal is Run on Asterisks of its own, as many tests at once as there are of
// those.
func (s *Suite) runReal(ctx context.Context, tests []*Test, give func(Result)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan *Test)
	var one sync.Mutex
	var all sync.WaitGroup
	for range min(exchanges, len(tests)) {
		all.Go(func() {
			var x *exchange
			defer func() {
				if x != nil {
					x.close()
				}
			}()
			for test := range next {
				if ctx.Err() != nil {
					continue
				}
				if x == nil {
					var err error
					if x, err = newExchange(s.Asterisk, s.Sounds); err != nil {
						cancel(err)
						continue
					}
				}
				result := s.runOn(ctx, x, test)
				if ctx.Err() != nil {
					continue // it was cut short
				}
				one.Lock()
				give(result)
				one.Unlock()
			}
		})
	}
	for _, test := range tests {
		if !test.Pending {
			next <- test
		}
	}
	close(next)
	all.Wait()
	return context.Cause(ctx)
}

// exchanges is how many Asterisks are run at once: they wait most of the time.
const exchanges = 6

// runOn runs one test on a real Asterisk.
func (s *Suite) runOn(ctx context.Context, x *exchange, test *Test) Result {
	limit := s.limit(realLimit)
	return s.limited(test, limit, "it was not over after %v", func(r running) Result {
		defer context.AfterFunc(ctx, func() { r.halt.Store(true) })()
		if err := errors.Join(x.ClearDatabase(), x.ClearGlobals()); err != nil {
			return Result{Test: test, Err: err}
		}
		ctx, stop := context.WithTimeout(ctx, limit)
		defer stop()
		r.real, r.stop = x, ctx.Done()
		return test.run(r)
	})
}

// realLimit is how long a test may take on a real Asterisk that is not told
// otherwise.
const realLimit = 3 * time.Minute
