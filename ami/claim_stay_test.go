package ami

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// slow is a store whose answers take their time, each as long as its kind does.
type slow struct {
	*store
	claim, release time.Duration
}

func (s slow) Release(ctx context.Context, call string, claim Claim, d time.Duration) error {
	time.Sleep(s.release)
	return s.store.Release(ctx, call, claim, d)
}

func (s slow) Claim(ctx context.Context, wanted []Wanted, d time.Duration) ([]Claim, error) {
	time.Sleep(s.claim)
	return s.store.Claim(ctx, wanted, d)
}

// broke waits until a channel was sent so many ASYNCAGI BREAK, and a little more.
func (s *site) broke(name string, n int) {
	for range 100000 {
		if strings.Count(s.commands(name), breakCommand) >= n {
			break
		}
		time.Sleep(time.Millisecond)
	}
	time.Sleep(time.Millisecond)
}

// A call that enters Async AGI again at once is served by one worker each time,
// although the claim on its last stay is released while that on this one is made.
func TestClaimsOfStaysInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		for _, store := range []Claimer{slow{s.store, 0, 5 * time.Millisecond}, slow{s.store, 10 * time.Millisecond, 0}} {
			defer s.with(t, store, 3)()
		}
		for stay := range 6 {
			s.comes("a")
			s.broke("a", stay+1)
		}
		after(10 * time.Second)
		if began, _ := s.scripts("a"); began != 6 || s.done("a") != 6 || len(s.twice) > 0 || s.store.claimed() != 0 {
			t.Errorf("of 6 stays %d began and %d ended; two at once: %v; %d claims are left; heard: %v", began, s.done("a"), s.twice, s.store.claimed(), s.heard())
		}
	})
}

// with starts a worker that has this store.
func (s *site) with(t *testing.T, store Claimer, commands int) (stop func()) {
	return s.starts(t, &Worker{Claims: store, Drain: -1, Leave: -1}, func(string) int { return commands })
}

// A caller whose last stay was a worker's that is being stopped is the other's at
// once, and does not wait until that one is gone.
func TestClaimsOfWhoIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		stop := s.starts(t, &Worker{Claims: slow{s.store, 0, 5 * time.Millisecond}, Drain: time.Minute, Leave: -1}, func(name string) int {
			return map[string]int{"long": 50, "a": 3}[name]
		})
		s.comes("long")
		s.comes("a")
		after(time.Second)
		defer s.worker(t, 1, ServeWaiting)()
		var stopped sync.WaitGroup
		stopped.Go(stop)
		s.broke("a", 1)
		s.comes("a")
		after(4 * time.Second)
		if began, _ := s.scripts("a"); began != 2 || s.done("a") != 2 {
			t.Errorf("%d scripts began and %d ended", began, s.done("a"))
		}
		stopped.Wait()
		s.check(t, "long", 1, 1)
	})
}

// Without the store one worker lets a call go on: a second ASYNCAGI BREAK would end
// the channel's next stay before its script begins.
func TestClaimsEndOnceWithoutTheStore(t *testing.T) {
	for range 40 {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t)
			s.store.goes(true)
			answer := s.peer.answer
			s.peer.answer = func(m Message) string { // as Asterisk, which looks each 100 ms where the caller is silent
				text := answer(m)
				response, events, _ := strings.Cut(text, "\r\n\r\n")
				if m.Get("Action") != "AGI" {
					return text
				}
				events = strings.ReplaceAll(events, "#", m.Get("ActionID"))
				time.AfterFunc(100*time.Millisecond, func() { s.say(events) })
				return response + "\r\n\r\n"
			}
			for range 8 {
				defer s.worker(t, 3, ServeWaiting)()
			}
			s.comes("a")
			after(3 * unservedFor)
			s.check(t, "a", 0, 0)
		})
	}
}

// A call whose script waits for a long Dial is not cut off by a worker that does not
// reach the store: its command's end shows that somebody serves it.
func TestClaimsOfALongCommandWhereTheStoreIsOutOfReach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.waits("a")
		cut := newStore()
		cut.goes(true)
		defer serving(t, s.pbx, &Worker{Claims: cut, Handler: func(context.Context, *Call) { t.Error("it serves the call") }})()
		after(settle)
		s.hush("a", true)
		after(3 * quietFor)
		ran := strings.Split(s.commands("a"), ";")
		id := s.asked("AGI")[0].Get("CommandID")
		s.say(event("AsyncAGIExec", "Channel", "a", "Uniqueid", "a", "CommandId", ourNonce+"other-1", "Result", "200%20result%3D0%0A"))
		s.hush("a", false)
		token := strings.TrimSuffix(strings.TrimPrefix(ran[0], `GET FULL VARIABLE "`), `"`)
		s.say(event("AsyncAGIExec", "Channel", "a", "Uniqueid", "a", "CommandId", id, "Result", fmt.Sprintf("200%%20result%%3D1%%20(%s)%%0A", token)))
		after(quietFor / 2)
		if ran := s.commands("a"); strings.Contains(ran, breakCommand) {
			t.Errorf("it ran %s", ran)
		}
	})
}

// A worker's own ASYNCAGI BREAK is no sign of another.
func TestClaimsAndTheirOwnBreak(t *testing.T) {
	c := newCall(nil, Message{{"Uniqueid", "1"}}, false)
	if c.executed(Message{{"CommandID", c.nonce + "break"}, {"Result", "200%20result%3D0%0A"}}) || !c.sign.IsZero() {
		t.Error("each call would be asked for once more when it is over")
	}
	if !c.executed(Message{{"CommandID", ourNonce + "other-1"}, {"Result", "200%20result%3D0%0A"}}) || c.sign.IsZero() {
		t.Error("another's command is not seen")
	}
}
