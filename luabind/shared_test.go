package luabind

import (
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

type closing struct {
	name  string
	order *[]string
}

func (c closing) Close() error {
	*c.order = append(*c.order, c.name)
	return nil
}

// A hundred calls that begin at once open one pool, and not a hundred.
func TestSharedOpensOnce(t *testing.T) {
	var shared Shared
	var order []string
	var opened atomic.Int32
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			got, err := shared.Open("pool", func() (io.Closer, error) {
				opened.Add(1)
				return closing{"pool", &order}, nil
			})
			if err != nil || got.(closing).name != "pool" {
				t.Error(got, err)
			}
		})
	}
	all.Wait()
	if _, err := shared.Open("other", func() (io.Closer, error) { return closing{"other", &order}, nil }); err != nil {
		t.Error(err)
	}
	if opened.Load() != 1 {
		t.Errorf("opened %d times", opened.Load())
	}
	if err := shared.Close(); err != nil || !slices.Equal(order, []string{"other", "pool"}) {
		t.Errorf("closed %v, %v", order, err)
	}
	if _, err := shared.Open("pool", nil); !errors.Is(err, errSharedClosed) {
		t.Errorf("opened behind the end: %v", err)
	}
}

// A database that was down when the first call asked is tried again by the next.
func TestSharedTriesAgain(t *testing.T) {
	var shared Shared
	down := errors.New("down")
	if _, err := shared.Open("db", func() (io.Closer, error) { return nil, down }); !errors.Is(err, down) {
		t.Error(err)
	}
	if _, err := shared.Open("db", func() (io.Closer, error) { return closing{"db", new([]string)}, nil }); err != nil {
		t.Error(err)
	}
}

// A script that names a database for each caller leaves no pool behind for each: what
// no call has used for a while is closed, and opened anew where one wants it.
func TestSharedClosesWhatNobodyUses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var shared Shared
		var order []string
		lend := func(vm *VM, name string) {
			t.Helper()
			got, err := shared.Lend(vm, name, func() (io.Closer, error) { return closing{name, &order}, nil })
			if err != nil || got.(closing).name != name {
				t.Error(got, err)
			}
		}
		closed := func(want ...string) {
			t.Helper()
			synctest.Wait()
			shared.sweeps.Lock()
			defer shared.sweeps.Unlock()
			if !slices.Equal(order, want) {
				t.Errorf("closed %v, want %v", order, want)
			}
		}
		if _, err := shared.Open("stays", func() (io.Closer, error) { return closing{"stays", &order}, nil }); err != nil {
			t.Error(err)
		}
		one, two, long := New(Host{}), New(Host{}), New(Host{})
		lend(one, "a")
		lend(one, "a")
		lend(two, "a")
		lend(two, "b")
		lend(long, "c")
		one.Close()
		time.Sleep(keepUnused + time.Second)
		closed() // for the second has it
		two.Close()
		three := New(Host{})
		time.Sleep(keepUnused / 2)
		lend(three, "b")
		three.Close()
		time.Sleep(keepUnused/2 + time.Second)
		closed("a")
		time.Sleep(keepUnused / 2)
		closed("a", "b")
		time.Sleep(10 * keepUnused)
		closed("a", "b")
		four := New(Host{})
		lend(four, "a")
		lend(long, "c")
		four.Close()
		long.Close()
		if err := shared.Close(); err != nil {
			t.Error(err)
		}
		closed("a", "b", "a", "c", "stays")
		time.Sleep(10 * keepUnused)
		closed("a", "b", "a", "c", "stays")
	})
}

// A thing that could not be opened is nobody's, and the next call's.
func TestSharedLendsAgain(t *testing.T) {
	var shared Shared
	vm, down := New(Host{}), errors.New("down")
	if _, err := shared.Lend(vm, "db", func() (io.Closer, error) { return nil, down }); !errors.Is(err, down) {
		t.Error(err)
	}
	if _, err := shared.Lend(vm, "db", func() (io.Closer, error) { return closing{"db", new([]string)}, nil }); err != nil {
		t.Error(err)
	}
	vm.Close()
	if err := shared.Close(); err != nil {
		t.Error(err)
	}
}
