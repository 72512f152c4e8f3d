package ami

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// second starts one more worker and gives how its Serve ended, or nil where it
// serves after a while, and what ends it then.
func second(t *testing.T, b *pbx, w *Worker, while time.Duration) (err error, serves bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	w.Connected = func(_ Account, up bool) { serves = serves || up }
	go func() { done <- w.Serve(ctx, b.account) }()
	time.Sleep(while)
	cancel()
	return <-done, serves
}

func idle(context.Context, *Call) {}

// A second worker on an Asterisk is refused, and the first goes on.
func TestMarkerRefusesTheSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newPBX(t)
		stop := serving(t, b, &Worker{Handler: idle})
		if err, serves := second(t, b, &Worker{Handler: idle}, time.Minute); !errors.Is(err, ErrSecond) || serves {
			t.Errorf("the second: %v, serves: %v", err, serves)
		}
		if err, serves := second(t, b, &Worker{Handler: idle, Claims: newStore()}, time.Minute); !errors.Is(err, ErrSecond) || serves {
			t.Errorf("the second, with claims: %v, serves: %v", err, serves)
		}
		stop()
		if left := b.marked(); left != "" {
			t.Errorf("the first leaves %q", left)
		}
	})
}

// Workers with claims refuse one without, and not each other.
func TestMarkerOfWorkersWithClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, store := newPBX(t), newStore()
		stop := serving(t, b, &Worker{Handler: idle, Claims: store})
		if err, serves := second(t, b, &Worker{Handler: idle, Claims: store}, time.Minute); err != nil || !serves {
			t.Errorf("one more with claims: %v, serves: %v", err, serves)
		}
		if err, serves := second(t, b, &Worker{Handler: idle}, time.Minute); !errors.Is(err, ErrSecond) || serves {
			t.Errorf("one without: %v, serves: %v", err, serves)
		}
		stop()
	})
}

// Workers whose claims are in different stores would both serve every call: the
// second is refused, also where its store could not be reached at first. A store
// that has lost all it knew is no other one.
func TestMarkerOfDifferentStores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, other := newSite(t), newStore()
		stop := s.worker(t, 3, ServeWaiting)
		after(markerAnswer)
		for _, away := range []bool{false, true} {
			other.goes(away)
			time.AfterFunc(unservedFor/2, func() { other.goes(false) })
			w := &Worker{Handler: func(context.Context, *Call) { t.Error("it serves a call") }, Claims: other}
			time.AfterFunc(time.Second, func() { s.comes(fmt.Sprint("a", away)) })
			if err, serves := second(t, s.pbx, w, time.Minute); !errors.Is(err, ErrSecond) || serves {
				t.Errorf("one with another store: %v, serves: %v", err, serves)
			}
			s.check(t, fmt.Sprint("a", away), 1, 1)
		}
		s.store.forgets()
		if err, _ := second(t, s.pbx, &Worker{Handler: idle, Claims: s.store}, time.Minute); err != nil {
			t.Errorf("one with the same store, that was started anew: %v", err)
		}
		stop()
	})
}

// Who follows one that died serves after a few seconds, who follows one that has
// left at once.
func TestMarkerOfTheDead(t *testing.T) {
	for marker, most := range map[string]time.Duration{
		"": markerPause, "dead here": markerAnswer + markerLook + markerPause, "dead asks": markerAnswer + markerLook + markerPause, "all-x here": markerAnswer + markerLook + markerPause,
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newPBX(t)
			b.mark(marker)
			began := time.Now()
			var took time.Duration
			w := &Worker{Handler: idle}
			w.Connected = func(_ Account, up bool) {
				if up {
					took = time.Since(began)
				}
			}
			stop := serving(t, b, w)
			time.Sleep(time.Minute)
			stop()
			if took == 0 || took > most {
				t.Errorf("after %q it serves in %v", marker, took)
			}
		})
	}
}

// Of workers that come at the same moment one stays.
func TestMarkerAtTheSameMoment(t *testing.T) {
	for _, marker := range []string{"", "dead here"} {
		synctest.Test(t, func(t *testing.T) {
			b := newPBX(t)
			b.mark(marker)
			results := make(chan error, 3)
			for range 3 {
				go func() {
					err, _ := second(t, b, &Worker{Handler: idle}, time.Minute)
					results <- err
				}()
			}
			refused := 0
			for range 3 {
				if errors.Is(<-results, ErrSecond) {
					refused++
				}
			}
			if refused != 2 {
				t.Errorf("after %q %d of 3 were refused", marker, refused)
			}
		})
	}
}

// A worker that another one has followed while it did not run goes, and so does
// one of two that take themselves for the only one. A dialplan that clears its
// variables changes nothing.
func TestMarkerOfTwo(t *testing.T) {
	for marker, want := range map[string]error{"zzzzzzzzzzzzzzzz here": ErrSecond, "! here": nil, "": nil, "x asks": nil} {
		synctest.Test(t, func(t *testing.T) {
			b := newPBX(t)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- (&Worker{Handler: idle}).Serve(ctx, b.account) }()
			time.Sleep(markerPause)
			synctest.Wait()
			mine := b.marked()
			b.mark(marker)
			time.Sleep(2 * markerLook)
			if is := b.marked(); want == nil && is != mine {
				t.Errorf("it is %q after %q", is, marker)
			}
			cancel()
			if err := <-done; !errors.Is(err, want) {
				t.Errorf("after %q: %v", marker, err)
			}
		})
	}
}
