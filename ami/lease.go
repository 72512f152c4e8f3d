package ami

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"
)

// claims are those of one Serve, which last as long as its lease does: that is
// renewed while there is a connection, and outlasts one that comes back soon.
type claims struct {
	store    Claimer
	calls    context.Context // ended: no call is waited for
	draining context.Context // ended: no more calls are wanted
	log      *slog.Logger

	mu       sync.Mutex    // held for a few assignments, never across a wait
	asterisk string        // what workers know it by
	lost     func(c *Call) // takes a call from its script
	holder   string
	count    uint64        // of the claims
	until    time.Time     // our own until then; zero: there is no lease
	wall     time.Time     // the same by the clock on the wall, which goes on while the machine is suspended
	leased   chan struct{} // closed when there is one
	ends     *time.Timer   // of the lease
	held     map[string]*held
	waiters  map[*waiter]bool
	gone     map[string]time.Time // holders, by when they were first not seen
	trouble  error                // what the store answered last, nil where it did as asked
}

// held is a call that is ours, or may be.
type held struct {
	call     string // as the store knows it
	claim    Claim
	stays    []*Call   // those of its channel that want it
	due      time.Time // when the store is to be reminded of it; zero: it is not ours yet
	released bool
}

func newClaims(store Claimer, calls, draining context.Context, log *slog.Logger) *claims {
	k := &claims{store: store, calls: calls, draining: draining, log: log, waiters: make(map[*waiter]bool), gone: make(map[string]time.Time)}
	k.begin()
	return k
}

// begin makes a holder that nobody knows yet. The caller holds mu, or is alone.
func (k *claims) begin() {
	k.holder = strconv.FormatUint(rand.Uint64(), 36) + strconv.FormatUint(rand.Uint64(), 36)
	k.until, k.leased, k.held = time.Time{}, make(chan struct{}), make(map[string]*held)
}

// connected says which Asterisk there is a connection to, and what takes its calls
// from their scripts. One that was started anew has none of the calls before.
func (k *claims) connected(asterisk string, lost func(c *Call)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.asterisk != asterisk {
		k.begin()
	}
	k.asterisk, k.lost = asterisk, lost
}

func (k *claims) name() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.holder
}

// ready waits for the lease. Where the store is in trouble it does not.
func (k *claims) ready(ctx context.Context) error {
	k.mu.Lock()
	leased, trouble := k.leased, k.trouble
	k.mu.Unlock()
	if trouble != nil {
		return trouble
	}
	select {
	case <-leased:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// hold notes a call that may be ours from now on. All stays of a channel share a
// claim.
func (k *claims) hold(c *Call) *held {
	k.mu.Lock()
	defer k.mu.Unlock()
	h := k.held[c.Uniqueid()]
	if h == nil {
		k.count++
		h = &held{call: k.asterisk + "/" + c.Uniqueid(), claim: Claim{k.holder, k.count}}
		k.held[c.Uniqueid()] = h
	}
	if !slices.Contains(h.stays, c) {
		h.stays = append(h.stays, c)
	}
	return h
}

// drop forgets a stay, and gives what it held where no other stay of its channel
// does.
func (k *claims) drop(c *Call) *held {
	k.mu.Lock()
	defer k.mu.Unlock()
	h := k.held[c.Uniqueid()]
	if h == nil || !slices.Contains(h.stays, c) {
		return nil
	}
	h.stays = slices.DeleteFunc(h.stays, func(stay *Call) bool { return stay == c })
	if len(h.stays) > 0 {
		return nil
	}
	delete(k.held, c.Uniqueid())
	return h
}

// settle makes a call that is claimed this worker's, unless the lease has ended
// meanwhile.
func (k *claims) settle(c *Call) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	h := k.held[c.Uniqueid()]
	if h == nil || !slices.Contains(h.stays, c) {
		return false
	}
	c.holder = k.holder
	h.refresh()
	return true
}

// refresh has the store reminded some time.
func (h *held) refresh() { h.due = time.Now().Add(claimRefresh/2 + rand.N(claimRefresh/2)) }

// had reports whether a call was this worker's.
func (k *claims) had(c *Call) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return c.holder != ""
}

// over gives a call up whose script has ended, once its stay has.
func (k *claims) over(c *Call) {
	select {
	case <-c.over:
	case <-k.draining.Done():
	}
	k.free(c)
}

// free gives a call up. Where its stay is not over it stays claimed until this
// holder is gone: then another takes it.
func (k *claims) free(c *Call) {
	c.mu.Lock()
	over := c.isOver
	c.mu.Unlock()
	h := k.drop(c)
	if h == nil || !over || c.conn.Err() != nil {
		return
	}
	k.mu.Lock()
	h.released = true
	k.mu.Unlock()
	k.release(h)
}

func (k *claims) release(h *held) {
	ctx, cancel := context.WithTimeout(context.Background(), claimTimeout)
	defer cancel()
	if err := k.store.Release(ctx, h.call, h.claim, Lease); err != nil {
		k.log.Warn("the claim on a call that is over was not released", "call", h.call, "error", err)
	}
}

// current reports whether a call that is about to be sent something is still this
// worker's. That it is found out before each command is for a process that did
// not run for a while.
func (k *claims) current(c *Call) bool {
	k.mu.Lock()
	past := k.past()
	was := c.holder != "" && c.holder != k.holder
	k.mu.Unlock()
	if past {
		k.lapse()
	}
	return !was && context.Cause(c.life) != error(errClaimLost)
}

// past reports whether the lease is over, by either clock. The caller holds mu.
func (k *claims) past() bool {
	now := time.Now()
	return !k.until.IsZero() && (!now.Before(k.until) || !now.Round(0).Before(k.wall))
}

// lapse ends the lease where it is over: scripts lose their calls, and a new
// holder begins.
func (k *claims) lapse() {
	k.mu.Lock()
	if !k.past() {
		k.mu.Unlock()
		return
	}
	var served []*Call // others go on trying
	for _, h := range k.held {
		for _, c := range h.stays {
			if c.holder != "" {
				served = append(served, c)
			}
		}
	}
	lost := k.lost
	k.begin()
	k.mu.Unlock()
	if len(served) == 0 {
		return
	}
	k.log.Error("this worker's claims have run out: it could not renew them in time", "calls", len(served))
	for _, c := range served {
		lost(c)
	}
}

// keep renews the lease, and does what is to be done for claims, until ctx ends.
func (k *claims) keep(ctx context.Context) {
	var watching sync.WaitGroup
	watching.Go(func() { k.watch(ctx) })
	for every := time.Duration(0); pause(ctx, every) == nil; {
		if every = leaseRenew; k.renew(ctx) != nil {
			every = claimAgain
		}
	}
	watching.Wait()
}

// leave gives all claims up, when there will be no connection any more.
func (k *claims) leave() {
	k.mu.Lock()
	holder, leased := k.holder, !k.until.IsZero()
	if k.ends != nil {
		k.ends.Stop()
	}
	k.mu.Unlock()
	if !leased {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), claimTimeout)
	defer cancel()
	_ = k.store.Leave(ctx, holder) // else it ends by itself
}

// renew says that this worker lives. Where the store did not know it any more, it may
// have lost all it knew: it is told again of each call, before others think that
// these are nobody's.
func (k *claims) renew(ctx context.Context) error {
	k.lapse()
	holder := k.name()
	within, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	began := time.Now()
	was, err := k.store.Renew(within, holder, leaseKnown)
	if ctx.Err() != nil {
		return nil
	}
	k.told(err)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	first := k.until.IsZero()
	if k.holder != holder || k.past() {
		return nil // it has run out meanwhile
	}
	k.until = began.Add(leaseOwn)
	k.wall = k.until.Round(0)
	if k.ends == nil {
		k.ends = time.AfterFunc(time.Until(k.until), k.lapse)
	} else {
		k.ends.Reset(time.Until(k.until))
	}
	switch {
	case first:
		close(k.leased)
	case !was:
		k.log.Warn("the claims' store did not know this worker any more, and is told of its calls again")
		for _, h := range k.held {
			if !h.due.IsZero() {
				h.due = began
			}
		}
	}
	return nil
}

// id gives what the store is told from others by.
func (k *claims) id(ctx context.Context) (string, error) {
	within, cancel := context.WithTimeoutCause(ctx, claimTimeout, errors.New("the claims' store does not answer"))
	defer cancel()
	id, err := k.store.ID(within)
	if ctx.Err() == nil {
		k.told(err)
	}
	return id, err
}

// told notes whether the store does what it is asked, and logs when it goes and
// comes.
func (k *claims) told(err error) {
	k.mu.Lock()
	before := k.trouble
	k.trouble = err
	if err != nil {
		for w := range k.waiters {
			w.wake(false) // it finds out that claims cannot be had
		}
	}
	k.mu.Unlock()
	switch {
	case err != nil && before == nil:
		k.log.Error("claims cannot be had or renewed", "error", err)
	case err == nil && before != nil:
		k.log.Info("claims can be had again")
	}
}
