package ami

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"
)

// claims are those of one connection, which last as long as its lease does.
type claims struct {
	store    Claimer
	asterisk string          // what workers know it by
	calls    context.Context // ended: no call is waited for
	draining context.Context // ended: no more calls are wanted
	log      *slog.Logger
	lost     func(c *Call) // takes a call from its script; set before keep

	mu      sync.Mutex // held for a few assignments, never across a wait
	holder  string
	until   time.Time     // our own until then; zero: there is no lease
	leased  chan struct{} // closed when there is one
	ends    *time.Timer   // of the lease
	held    []*Call
	others  map[string]chan struct{} // closed when that holder is gone
	trouble bool                     // the store did not answer the last time
}

func newClaims(store Claimer, asterisk string, calls, draining context.Context, log *slog.Logger) *claims {
	k := &claims{store: store, asterisk: asterisk, calls: calls, draining: draining, log: log, others: make(map[string]chan struct{})}
	k.begin()
	return k
}

// begin makes a holder that nobody knows yet. The caller holds mu, or is alone.
func (k *claims) begin() {
	k.holder = strconv.FormatUint(rand.Uint64(), 36) + strconv.FormatUint(rand.Uint64(), 36)
	k.until, k.leased, k.held = time.Time{}, make(chan struct{}), nil
}

func (k *claims) name() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.holder
}

// ready waits for the lease.
func (k *claims) ready(ctx context.Context) (holder string, err error) {
	k.mu.Lock()
	holder, leased := k.holder, k.leased
	k.mu.Unlock()
	select {
	case <-leased:
		return holder, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// hold notes a call that may be ours from now on.
func (k *claims) hold(c *Call, holder string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.holder == holder && !slices.Contains(k.held, c) {
		k.held = append(k.held, c)
	}
}

// drop forgets a call, and reports whether it was held and no other stay of its
// channel is, so that its claim can go.
func (k *claims) drop(c *Call) (holder string, last bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := slices.Index(k.held, c)
	if i < 0 {
		return "", false
	}
	k.held = slices.Delete(k.held, i, i+1)
	return k.holder, !slices.ContainsFunc(k.held, func(other *Call) bool { return other.Uniqueid() == c.Uniqueid() })
}

// settle makes a call that is claimed this worker's, unless the lease has ended
// meanwhile.
func (k *claims) settle(c *Call) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !slices.Contains(k.held, c) {
		return false
	}
	c.holder = k.holder
	return true
}

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
// holder is gone: then another takes it at once.
func (k *claims) free(c *Call) {
	c.mu.Lock()
	over := c.isOver
	c.mu.Unlock()
	holder, last := k.drop(c)
	if !last || !over || c.conn.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), claimTimeout)
	defer cancel()
	if err := k.store.Release(ctx, k.asterisk+"/"+c.Uniqueid(), holder); err != nil {
		k.log.Warn("the claim on a call that is over was not released", "call", c.Uniqueid(), "error", err)
	}
}

// current reports whether a call that is about to be sent something is still this
// worker's. That it is found out before each command is for a process that did
// not run for a while.
func (k *claims) current(c *Call) bool {
	k.mu.Lock()
	past := !k.until.IsZero() && !time.Now().Before(k.until)
	was := c.holder != "" && c.holder != k.holder
	k.mu.Unlock()
	if past {
		k.lapse()
	}
	return !was && c.life.Err() == nil
}

// lapse ends the lease where it is over: scripts lose their calls, and a new
// holder begins.
func (k *claims) lapse() {
	k.mu.Lock()
	if k.until.IsZero() || time.Now().Before(k.until) {
		k.mu.Unlock()
		return
	}
	held := k.held
	k.begin()
	k.mu.Unlock()
	k.log.Error("this worker's claims have run out: it could not renew them in time", "calls", len(held))
	for _, c := range held {
		if k.had(c) { // others go on trying
			k.lost(c)
		}
	}
}

// keep renews the lease until ctx ends, and gives all claims up then.
func (k *claims) keep(ctx context.Context) {
	refreshed := time.Now()
	for {
		k.renew(ctx)
		k.look(ctx)
		if time.Since(refreshed) > claimRefresh {
			k.remind(ctx)
			refreshed = time.Now()
		}
		if pause(ctx, leaseRenew) != nil {
			break
		}
	}
	k.mu.Lock()
	holder := k.holder
	if k.ends != nil {
		k.ends.Stop()
	}
	k.mu.Unlock()
	last, cancel := context.WithTimeout(context.Background(), claimTimeout)
	defer cancel()
	_ = k.store.Leave(last, holder) // else it ends by itself
}

// renew says that this worker lives. Where the store does not know it although it
// should, it has lost what it knew: it is told again of each call, before others
// think that these are nobody's.
func (k *claims) renew(ctx context.Context) {
	k.lapse()
	holder := k.name()
	within, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	began := time.Now()
	was, err := k.store.Renew(within, holder, Lease)
	if ctx.Err() != nil {
		return
	}
	k.told(err)
	if err != nil {
		return
	}
	k.mu.Lock()
	first := k.until.IsZero()
	if k.holder != holder || !first && !time.Now().Before(k.until) {
		k.mu.Unlock()
		return // it has run out meanwhile
	}
	k.until = began.Add(leaseOwn)
	if k.ends == nil {
		k.ends = time.AfterFunc(time.Until(k.until), k.lapse)
	} else {
		k.ends.Reset(time.Until(k.until))
	}
	if first {
		close(k.leased)
	}
	k.mu.Unlock()
	if !first && !was {
		k.log.Warn("the claims' store has lost what it knew")
		k.remind(ctx)
	}
}

// told logs when the store goes and comes.
func (k *claims) told(err error) {
	k.mu.Lock()
	before := k.trouble
	k.trouble = err != nil
	k.mu.Unlock()
	switch {
	case err != nil && !before:
		k.log.Error("claims cannot be had or renewed", "error", err)
	case err == nil && before:
		k.log.Info("claims can be had again")
	}
}

// remind claims anew what is held.
func (k *claims) remind(ctx context.Context) {
	k.mu.Lock()
	held := slices.Clone(k.held)
	k.mu.Unlock()
	for _, c := range held {
		k.verify(ctx, c, false)
	}
}

// verify takes a call from its script where the store says that another has it.
func (k *claims) verify(ctx context.Context, c *Call, known bool) {
	k.mu.Lock()
	holder, ours := k.holder, slices.Contains(k.held, c)
	k.mu.Unlock()
	if !ours || ctx.Err() != nil {
		return
	}
	within, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	owner, _, err := k.store.Claim(within, k.asterisk+"/"+c.Uniqueid(), holder, known, claimKept)
	if err == nil && owner != "" && owner != holder {
		k.drop(c)
		k.log.Error("a call is another worker's by now", "call", c.Uniqueid())
		k.lost(c)
	}
}

// awaitGone waits until another holder is gone, or ctx ends.
func (k *claims) awaitGone(ctx context.Context, holder string) {
	k.mu.Lock()
	gone := k.others[holder]
	if gone == nil {
		gone = make(chan struct{})
		k.others[holder] = gone
	}
	k.mu.Unlock()
	select {
	case <-gone:
	case <-ctx.Done():
	}
}

// look finds out which other holders are gone.
func (k *claims) look(ctx context.Context) {
	k.mu.Lock()
	var others []string
	for holder := range k.others {
		others = append(others, holder)
	}
	k.mu.Unlock()
	if len(others) == 0 || ctx.Err() != nil {
		return
	}
	within, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	gone, err := k.store.Gone(within, others)
	if err != nil {
		return // renewing tells
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, holder := range gone {
		if ended := k.others[holder]; ended != nil {
			close(ended)
			delete(k.others, holder)
		}
	}
}
