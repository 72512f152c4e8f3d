package ami

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A worker whose connection is lost for a moment releases its calls when it is back,
// whenever that was, and no other worker runs their scripts again.
func TestClaimsOfALostConnection(t *testing.T) {
	for moment := range 12 {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t)
			defer s.worker(t, 20, ServeWaiting)()
			s.comes("a")
			after(5 * time.Second)
			s.waits("a")
			defer s.worker(t, 3, ServeWaiting)()
			after(5*time.Second + time.Duration(moment)*leaseRenew/10)
			s.cut(0)
			after(3 * leaseRenew)
			if n := strings.Count(s.heard(), "out of reach"); n != 1 {
				t.Errorf("scripts heard %s", s.heard())
			}
			s.check(t, "a", 1, 0)
			s.comes("a") // and again
			after(25 * time.Second)
			if began, _ := s.scripts("a"); began != 2 || s.done("a") != 1 {
				t.Errorf("when it comes again it is served %d times", began-1)
			}
		})
	}
}

// Where the connection does not come back the calls are another worker's in the end.
func TestClaimsOfALostAsterisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		defer s.worker(t, 100, ServeWaiting)()
		s.comes("a")
		after(5 * time.Second)
		s.waits("a")
		stop := s.worker(t, 3, ServeWaiting)
		after(5 * time.Second)
		s.shuts(true) // to who comes anew
		s.cut(0)
		after(Lease - leaseRenew)
		if began, _ := s.scripts("a"); began != 1 {
			t.Error("it begins anew while the first may be back")
		}
		after(2 * Lease)
		s.check(t, "a", 2, 1)
		stop()
		s.shuts(false)
	})
}

// A store that loses who lives, as one does whose clock is set forward or that throws
// out what is old, does not have the calls of who does live begin again.
func TestClaimsOfHoldersThatTheStoreForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		for range 2 {
			defer s.worker(t, 60, ServeWaiting)()
			after(leaseRenew / 2) // between the two says nobody that the other lives
		}
		s.comes("a")
		for moment := range 10 {
			after(5*time.Second + time.Duration(moment)*100*time.Millisecond)
			s.store.forgetsHolders()
		}
		after(time.Minute)
		s.check(t, "a", 1, 1)
	})
}

// Where a worker dies and the store loses all it knew, or goes away for good, at the same
// time, its calls are served by the others or go on: none waits for ever.
func TestClaimsOfTheDeadThatTheStoreForgets(t *testing.T) {
	for what, store := range map[string]func(s *store){
		"forgets": func(s *store) { s.forgets() },
		"away":    func(s *store) { s.goes(true) },
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t)
			s.claimedBy(t, "dead", "a")
			defer s.worker(t, 3, ServeWaiting)()
			s.comes("a")
			after(5 * time.Second)
			store(s.store)
			began := map[string]int{"forgets": 1, "away": 0}[what]
			after(Lease)
			if n, _ := s.scripts("a"); n != 0 {
				t.Errorf("%s: it is served while the other may live", what)
			}
			after(2 * quietFor)
			s.check(t, "a", began, began)
		})
	}
}

// A call that is another worker's is not taken from anybody, and nothing is logged,
// where this one only waits for it.
func TestClaimsThatAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		k := newClaims(s, t.Context(), t.Context(), slog.New(slog.NewTextHandler(t.Output(), nil)))
		k.connected("x", func(*Call) { t.Error("it is given up") })
		if err := k.renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		k.ends.Stop()
		c := newCall(nil, Message{{"Uniqueid", "a"}}, false)
		s.mu.Lock()
		s.calls["x/a"] = Claim{"other", 1}
		s.mu.Unlock()
		k.hold(c) // it has been asked for, and not answered yet
		k.verify(t.Context(), c, true)
	})
}

// What a worker that died had read of the call's arguments is asked for by the next.
func TestClaimsOfTheDeadWithManyArguments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		var all served
		w := &Worker{Handler: all.handle, Claims: s.store}
		s.claimedBy(t, "dead", "a")
		stop := serving(t, s.pbx, w)
		env := "agi_request: async\nagi_threadid: 1\nagi_arg_1: hello.lua\nagi_arg_2: "
		env = strings.NewReplacer(":", "%3A", " ", "%20", "\n", "%0A").Replace(env + strings.Repeat("x", maxRead-len(env)))
		s.say(event("AsyncAGIStart", "Channel", "a", "Uniqueid", "a", "Env", env) +
			event("AsyncAGIExec", "Channel", "a", "Uniqueid", "a", "CommandId", ourNonce+"dead-1", "Result", "200%20result%3D1%0A"))
		after(2 * Lease)
		stop()
		if all.String() != "a found hello.lua one" {
			t.Errorf("served were %v", &all)
		}
	})
}
