package ami

import (
	"context"
	"slices"
	"time"
)

const (
	watchEvery   = time.Second
	remindAtOnce = 200 // calls
)

// waiter waits for a call whose claim is another's, as it last saw.
type waiter struct {
	call  string
	owner Claim
	woken chan bool // whether that other is gone
}

// wake lets it look again.
func (w *waiter) wake(gone bool) {
	select {
	case w.woken <- gone:
	default: // it has been told already
	}
}

// await waits for at most d until the store says otherwise than that a claim has
// a call, its holder is gone, or the store is in trouble.
func (k *claims) await(ctx context.Context, c *Call, owner Claim, d time.Duration) (changed, gone bool) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	defer context.AfterFunc(k.draining, cancel)()
	w := &waiter{owner: owner, woken: make(chan bool, 1)}
	k.mu.Lock()
	w.call = k.asterisk + "/" + c.Uniqueid()
	k.waiters[w] = true
	if k.trouble != nil {
		w.wake(false)
	}
	k.mu.Unlock()
	defer func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.waiters, w)
	}()
	select {
	case gone := <-w.woken:
		return true, gone
	case <-ctx.Done():
		return false, false
	}
}

// watch does what is to be done for the calls that are held and waited for, until
// ctx ends. The lease does not wait for it.
func (k *claims) watch(ctx context.Context) {
	for pause(ctx, watchEvery) == nil {
		k.remind(ctx)
		k.look(ctx)
	}
}

// remind claims anew what is held where that is due: the store has lost it, or
// would forget it.
func (k *claims) remind(ctx context.Context) {
	for ctx.Err() == nil {
		var due []*held
		k.mu.Lock()
		now := time.Now()
		for _, h := range k.held {
			if !h.due.IsZero() && !now.Before(h.due) && len(due) < remindAtOnce {
				due = append(due, h)
				h.refresh()
			}
		}
		k.mu.Unlock()
		if len(due) == 0 {
			return
		}
		if k.ask(ctx, due, false) != nil {
			k.mu.Lock()
			for _, h := range due {
				h.due = now
			}
			k.mu.Unlock()
			return
		}
	}
}

// ask claims anew what is held, of which known says that the store knows it. A
// call that another has is taken from its script.
func (k *claims) ask(ctx context.Context, calls []*held, known bool) error {
	within, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	wanted := make([]Wanted, len(calls))
	for i, h := range calls {
		wanted[i] = Wanted{Call: h.call, Claim: h.claim}
		if known {
			wanted[i].From = h.claim
		}
	}
	owners, err := k.store.Claim(within, wanted, claimKept)
	if err != nil {
		return err
	}
	for i, h := range calls {
		k.mu.Lock()
		released := h.released
		k.mu.Unlock()
		switch holder := owners[i].Holder; {
		case holder != "" && holder != h.claim.Holder:
			k.yield(h)
		case released:
			k.release(h) // meanwhile: it may be claimed again now
		}
	}
	return nil
}

// yield takes a call from its script that is another's.
func (k *claims) yield(h *held) {
	k.mu.Lock()
	stays, lost := slices.Clone(h.stays), k.lost
	k.mu.Unlock()
	for _, c := range stays {
		k.drop(c)
	}
	for i, c := range stays {
		if i == 0 {
			k.log.Error("a call is another worker's by now", "call", c.Uniqueid())
		}
		lost(c)
	}
}

// verify asks whose a call is that a command of another worker ran for.
func (k *claims) verify(ctx context.Context, c *Call, known bool) {
	k.mu.Lock()
	h := k.held[c.Uniqueid()]
	ours := h != nil && !h.due.IsZero() && slices.Contains(h.stays, c)
	k.mu.Unlock()
	if ours {
		_ = k.ask(ctx, []*held{h}, known) // renewing tells
	}
}

// look finds out what has become of the claims that are waited for, and of their
// holders.
func (k *claims) look(ctx context.Context) {
	var waiters []*waiter
	var calls, holders []string
	k.mu.Lock()
	if k.trouble == nil {
		for w := range k.waiters {
			waiters, calls = append(waiters, w), append(calls, w.call)
			if w.owner.Holder != "" && !slices.Contains(holders, w.owner.Holder) {
				holders = append(holders, w.owner.Holder)
			}
		}
	}
	k.mu.Unlock()
	if len(waiters) == 0 || ctx.Err() != nil {
		return
	}
	within, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	owners, err := k.store.Owners(within, calls)
	var gone []string
	if err == nil {
		gone, err = k.store.Gone(within, holders)
	}
	if err != nil {
		return // renewing tells
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	since := make(map[string]time.Time)
	for _, holder := range gone {
		if since[holder] = k.gone[holder]; since[holder].IsZero() {
			since[holder] = time.Now()
		}
	}
	k.gone = since
	for i, w := range waiters {
		left := k.gone[w.owner.Holder]
		switch {
		case owners[i] != w.owner:
			w.wake(false)
		case !left.IsZero() && time.Since(left) >= goneFor:
			w.wake(true)
		}
	}
}
