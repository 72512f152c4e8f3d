package luabind

import (
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
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
