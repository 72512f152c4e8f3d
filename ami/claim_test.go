package ami

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"goagi/agi"
)

// site is an Asterisk, a store and what the scripts of several workers did.
type site struct {
	*pbx
	store *store
	log   bytes.Buffer
	shut  atomic.Bool // nobody connects any more

	mu     sync.Mutex
	began  map[string]int // scripts, by channel
	at     map[string]int // ... that run at this moment
	ended  map[string]int // ... to their end
	twice  []string       // channels that two scripts had at once
	errors []error        // what scripts heard
}

func newSite(t *testing.T) *site {
	s := &site{pbx: newPBX(t), store: newStore(), began: make(map[string]int), at: make(map[string]int), ended: make(map[string]int)}
	dial := s.account.Dial
	s.account.Dial = func(ctx context.Context) (net.Conn, error) {
		if s.shut.Load() {
			return nil, errors.New("it is shut")
		}
		return dial(ctx)
	}
	return s
}

// worker starts one whose scripts send so many commands, one a second.
func (s *site) worker(t *testing.T, commands int, waiting Waiting) (stop func()) {
	return s.starts(t, &Worker{Claims: s.store, Waiting: waiting, Drain: -1, Leave: -1}, func(string) int { return commands })
}

// starts starts a worker; commands says how many a channel's script sends.
func (s *site) starts(t *testing.T, w *Worker, commands func(name string) int) (stop func()) {
	w.Log = slog.New(slog.NewTextHandler(&locked{s: s}, nil))
	w.Handler = func(_ context.Context, c *Call) {
		s.note(func() {
			s.began[c.Channel()]++
			if s.at[c.Channel()]++; s.at[c.Channel()] > 1 {
				s.twice = append(s.twice, c.Channel())
			}
		})
		var err error
		for i := 0; i < commands(c.Channel()) && err == nil; i++ {
			time.Sleep(time.Second)
			_, err = c.RoundTrip(line("NOOP", fmt.Sprint(i)))
		}
		s.note(func() {
			s.at[c.Channel()]--
			if err == nil {
				s.ended[c.Channel()]++
			} else {
				s.errors = append(s.errors, err)
			}
		})
	}
	return serving(t, s.pbx, w)
}

// claimedBy has a worker have a call that gives no sign of life any more.
func (s *site) claimedBy(t *testing.T, holder, call string) {
	t.Helper()
	if _, err := s.store.Renew(t.Context(), holder, leaseKnown); err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.Claim(t.Context(), []Wanted{{"//T/" + call, Claim{holder, 1}, Claim{}}}, claimKept); err != nil {
		t.Fatal(err)
	}
}

func (s *site) note(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// locked writes to the site's log.
type locked struct{ s *site }

func (l *locked) Write(b []byte) (n int, err error) {
	l.s.note(func() { n, err = l.s.log.Write(b) })
	return n, err
}

// check says what became of a call: how often its script began and came to its
// end, and whether the call went on in the dialplan.
func (s *site) check(t *testing.T, name string, began, ended int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.began[name] != began || s.ended[name] != ended || len(s.twice) > 0 {
		t.Errorf("%s: %d scripts began and %d ended, want %d and %d; two at once: %v", name, s.began[name], s.ended[name], began, ended, s.twice)
	}
	if ran := s.commands(name); strings.Count(ran, breakCommand) != 1 || !strings.HasSuffix(ran, breakCommand+";") {
		t.Errorf("%s ran %s", name, ran)
	}
}

// scripts counts those that began for a call, and those that run.
func (s *site) scripts(name string) (began, at int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.began[name], s.at[name]
}

// done counts the scripts that came to their end for a call.
func (s *site) done(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended[name]
}

// heard is what scripts heard.
func (s *site) heard() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprint(s.errors)
}

// cut breaks the n-th connection and everything that the worker behind it does.
func (s *site) cut(n int) {
	s.peer.mu.Lock()
	defer s.peer.mu.Unlock()
	s.wires[n].Close()
}

// shuts has Asterisk take no more connections, or take them again.
func (s *site) shuts(shut bool) { s.shut.Store(shut) }

// after lets time pass, and everything happen that happens then.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// Of three workers each call is served by one, and nothing of it is left.
func TestClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		for range 3 {
			defer s.worker(t, 3, ServeWaiting)()
		}
		for i := range 40 {
			s.comes(fmt.Sprint("call-", i))
		}
		after(10 * time.Second)
		for i := range 40 {
			s.check(t, fmt.Sprint("call-", i), 1, 1)
		}
		s.comes("call-7") // and again, by whomever
		after(10 * time.Second)
		if began, _ := s.scripts("call-7"); began != 2 || s.store.claimed() != 0 {
			t.Errorf("a call that came again was served %d times; %d claims are left", began, s.store.claimed())
		}
	})
}

// A worker that has no room leaves calls to one that has, and not to nobody.
func TestClaimsOfTheFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		full := 0
		w := &Worker{Claims: s.store, Room: func() bool { return false }, Handler: func(context.Context, *Call) { full++ }}
		defer serving(t, s.pbx, w)()
		stop := s.worker(t, 1, ServeWaiting)
		s.comes("a")
		after(5 * time.Second)
		s.check(t, "a", 1, 1)
		stop()
		s.comes("b")
		after(5 * time.Second)
		if full != 1 {
			t.Errorf("the full worker served %d calls", full)
		}
	})
}

// The calls of a worker that is gone become another's when its claims have run
// out: served or released, as that one's operator wants.
func TestClaimsOfTheDead(t *testing.T) {
	for waiting, began := range map[Waiting]int{ServeWaiting: 2, ReleaseWaiting: 1} {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t)
			// One that died while a script of its own had the call.
			s.claimedBy(t, "dead", "a")
			stop := s.worker(t, 3, waiting)
			s.comes("a")
			after(Lease - time.Second)
			if began, _ := s.scripts("a"); began != 0 {
				t.Error("it is served while the other may live")
			}
			after(2*watchEvery + 4*time.Second) // and its script
			s.check(t, "a", began-1, began-1)
			stop()
		})
	}
}

// A worker that stands still for longer than its claims last loses its calls
// before another has them, and its scripts are told so and send nothing more.
func TestClaimsOfTheSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		slow := s.worker(t, 100, ServeWaiting)
		s.comes("a")
		synctest.Wait()
		s.store.goes(true)
		after(Lease / 2)
		s.store.goes(false)
		after(Lease)
		if _, at := s.scripts("a"); at != 1 {
			t.Errorf("a store that is away for a moment costs the call: %v", s.heard())
		}
		s.store.goes(true)
		after(Lease)
		ran := s.commands("a")
		if _, at := s.scripts("a"); at != 0 || strings.Count(s.heard(), "claim on the call is lost") != 1 {
			t.Errorf("the script hears %v", s.heard())
		}
		s.store.goes(false)
		other := s.worker(t, 3, ServeWaiting)
		after(Lease)
		s.check(t, "a", 1, 0) // by whom it was served before it is released
		if sent := strings.Count(strings.TrimPrefix(s.commands("a"), ran), "NOOP"); sent != 0 {
			t.Errorf("it sent %d commands more", sent)
		}
		slow()
		other()
	})
}

// A process that did not run for a while finds that out before its next command.
func TestClaimsAreLookedAtBeforeEachCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newClaims(newStore(), t.Context(), t.Context(), slog.New(slog.DiscardHandler))
		lost := 0
		k.connected("x", func(c *Call) { lost++; c.end(errClaimLost) })
		c := newCall(nil, Message{{"Uniqueid", "1"}}, false)
		c.claims = k
		if err := k.renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		k.ends.Stop() // as in a process that does not run
		if owner, err := k.claim(t.Context(), c, Claim{}); owner.Holder != k.name() || err != nil || !k.settle(c) {
			t.Fatal(owner, err)
		}
		after(leaseOwn - 1)
		if !c.current() {
			t.Error("it is not this worker's before its time")
		}
		after(1)
		if c.current() || lost != 1 {
			t.Error("it is this worker's although another may have it")
		}
		if _, err := c.RoundTrip(line("SET VARIABLE", "X", "1")); err == nil || !strings.Contains(err.Error(), agi.ErrHangup.Error()) && !strings.Contains(err.Error(), "claim") {
			t.Errorf("the script hears %v", err)
		}
	})
}

// Where the store is out of reach nobody serves a call, and none waits for ever.
func TestClaimsWithoutTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.store.goes(true)
		for range 2 {
			defer s.worker(t, 3, ServeWaiting)()
		}
		s.waits("found")
		s.comes("a")
		s.comes("b")
		after(unservedFor / 2)
		if s.commands("a") != "" {
			t.Error("a call that could be served soon is released")
		}
		after(2 * unservedFor)
		s.check(t, "a", 0, 0)
		s.check(t, "b", 0, 0)
		if !strings.Contains(s.log.String(), "claims cannot be had") || !strings.Contains(s.log.String(), "nobody can claim") {
			t.Errorf("the operator reads %s", &s.log)
		}
		s.comes("c")
		after(unservedFor / 2)
		s.store.goes(false)
		after(unservedFor)
		s.check(t, "c", 1, 1) // it came back in time
	})
}

// A worker that does not reach the store does not end the calls of another that
// does.
func TestClaimsOfAnotherStayWhereTheStoreIsOutOfReach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		defer s.worker(t, 50, ServeWaiting)()
		cut := newStore()
		cut.goes(true)
		w := &Worker{Claims: cut, Handler: func(context.Context, *Call) { t.Error("it serves the call") }}
		defer serving(t, s.pbx, w)()
		s.comes("a")
		after(2 * time.Minute)
		s.check(t, "a", 1, 1)
	})
}

// A store that loses what it knew, as one without files does when it is started
// anew, is reminded of it before another worker takes the calls.
func TestClaimsThatTheStoreForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		for range 2 {
			defer s.worker(t, 60, ServeWaiting)()
		}
		s.comes("a")
		after(10 * time.Second)
		s.store.forgets()
		after(time.Minute)
		s.check(t, "a", 1, 1)
	})
}

// A worker hears late of a call that another one has served already: it sends
// nothing that would run when the channel comes again.
func TestClaimsOfTheLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		defer s.worker(t, 3, ServeWaiting)()
		s.hush("gone", true) // it has left Async AGI; its queue takes commands all the same
		s.comes("gone")
		after(2 * time.Second)
		s.say(event("AsyncAGIEnd", "Channel", "gone", "Uniqueid", "gone"))
		after(2 * time.Second)
		if ran := s.commands("gone"); strings.Count(ran, ";") != 1 || !strings.HasPrefix(ran, "GET FULL VARIABLE") {
			t.Errorf("it ran %s", ran)
		}
		if s.store.claimed() != 0 {
			t.Error("a claim is left")
		}
	})
}

// Whoever is woken by the end of a stay finds it over: else its claim would be kept
// although the call is gone.
func TestClaimsEndWithTheStay(t *testing.T) {
	c := newCall(nil, Message{{"Uniqueid", "1"}}, false)
	die, woken := c.die, false
	c.die = func(cause error) {
		woken = true
		if c.mu.Lock(); !c.isOver {
			t.Error("a call's life has ended whose stay is not over")
		}
		c.mu.Unlock()
		die(cause)
	}
	c.end(errHangup)
	if !woken {
		t.Error("its life goes on")
	}
}
