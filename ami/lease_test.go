package ami

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// busyClaims are those of a worker with many calls in progress, whose store takes so
// long for each answer.
func busyClaims(t *testing.T, calls int, answer time.Duration) (k *claims, s *store, lost *int, log *bytes.Buffer) {
	s, log, lost = newStore(), new(bytes.Buffer), new(int)
	k = newClaims(slow{s, answer, 0}, t.Context(), t.Context(), slog.New(slog.NewTextHandler(log, nil)))
	k.connected("x", func(c *Call) { *lost++; c.end(errClaimLost) })
	ctx, cancel := context.WithCancel(t.Context())
	var keeping sync.WaitGroup
	keeping.Go(func() { k.keep(ctx) })
	t.Cleanup(func() {
		cancel()
		keeping.Wait()
		k.leave()
	})
	synctest.Wait()
	for i := range calls {
		c := newCall(nil, Message{{"Uniqueid", fmt.Sprint(i)}}, false)
		k.hold(c)
		k.settle(c)
	}
	return k, s, lost, log
}

// A worker with many calls keeps them where a store that is slow has lost what it
// knew, and when the claims are renewed that it would forget.
func TestLeaseOfTheBusy(t *testing.T) {
	const calls = 2500
	synctest.Test(t, func(t *testing.T) {
		_, s, lost, log := busyClaims(t, calls, 200*time.Millisecond)
		after(10 * time.Second)
		s.forgets()
		after(Lease)
		if *lost != 0 || s.claimed() != calls {
			t.Errorf("%d calls are lost, and %d claims are known again: %s", *lost, s.claimed(), log)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		_, s, lost, log := busyClaims(t, calls, 200*time.Millisecond)
		after(claimRefresh * 3 / 4)
		if n := s.claimed(); n < calls/4 || n > calls*3/4 {
			t.Errorf("half of the time renews %d claims", n)
		}
		after(claimRefresh/4 + time.Minute)
		if *lost != 0 || s.claimed() != calls {
			t.Errorf("%d calls are lost, and %d claims renewed: %s", *lost, s.claimed(), log)
		}
	})
}

// A machine that was suspended finds its lease over, although by the clock that
// stood still meanwhile it is not.
func TestLeaseOfTheSuspended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, _, lost, _ := busyClaims(t, 1, 0)
		c := k.held["0"].stays[0]
		if !k.current(c) {
			t.Error("it is not its own")
		}
		k.mu.Lock()
		k.wall = k.wall.Add(-Lease)
		k.mu.Unlock()
		if k.current(c) || *lost != 1 {
			t.Error("it would send a command for what may be another's")
		}
	})
}

// A claim that is renewed while its call ends is not left behind: the channel's next
// stay would wait for a worker that has it no more.
func TestLeaseRenewsNothingThatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, s, _, _ := busyClaims(t, 1, 100*time.Millisecond)
		h := k.held["0"]
		c := h.stays[0]
		c.conn = new(Conn)
		c.end(errBreak)
		var asking sync.WaitGroup
		asking.Go(func() { _ = k.ask(t.Context(), []*held{h}, false) })
		time.Sleep(50 * time.Millisecond)
		k.free(c)
		asking.Wait()
		if s.claimed() != 0 {
			t.Error("a claim is left")
		}
	})
}
