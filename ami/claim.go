package ami

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"goagi/agi"
)

// Claimer is a store that all workers on an Asterisk share, by which each call
// becomes that of one. It knows holders, each a worker's Serve, and whose claim a
// call is. Its methods are called from many goroutines at once, and end with ctx
// or soon by themselves. After an error what was asked for may have come about or
// not.
type Claimer interface {
	// ID gives what this store is told from others by. It is chosen by whoever asks
	// first, and stays as long as the store does not lose it.
	ID(ctx context.Context) (string, error)
	// Renew notes that a holder lives for so long from now, and reports whether it
	// was noted already.
	Renew(ctx context.Context, holder string, d time.Duration) (was bool, err error)
	// Gone gives those of some holders that do not live.
	Gone(ctx context.Context, holders []string) ([]string, error)
	// Leave ends a holder.
	Leave(ctx context.Context, holder string) error
	// Claim gives calls to claims of living holders, each at once with all that is
	// asked at the same time, and gives the claims that have them then. A call is
	// given where nobody has it and From is zero, where it was released, where
	// an earlier claim of the same holder has it, and where From has it, whose holder
	// does not live. The zero Claim is given back where nobody has it but From is not
	// zero: the store has lost it. A holder that is not alive itself gets an error.
	// What is claimed may be forgotten after d.
	Claim(ctx context.Context, wanted []Wanted, d time.Duration) ([]Claim, error)
	// Owners gives the claims that have some calls, zero for those that nobody has.
	Owners(ctx context.Context, calls []string) ([]Claim, error)
	// Release gives a call up where the claim still has it. That it was released, and
	// not lost, is known for d.
	Release(ctx context.Context, call string, claim Claim, d time.Duration) error
}

// Claim is the Number-th one of a Holder, which counts them: what is said of one
// does not hold for the next. The zero value is nobody's.
type Claim struct {
	Holder string
	Number uint64
}

// Wanted is a call that is asked for.
type Wanted struct {
	Call  string
	Claim Claim
	From  Claim // whose it was when it was last seen; zero where it was not
}

// How long things take where calls are claimed.
const (
	// Lease is how long the claims of a worker last that gives no sign of life.
	// From the last sign on they are its own for nine tenths of that, by its own
	// clock: then it takes its hands off its calls, before another can take them.
	Lease = 20 * time.Second

	leaseRenew = Lease / 5
	leaseOwn   = Lease * 9 / 10
	// A store that answers slower is not there.
	claimTimeout = 3 * time.Second
	// A holder is gone that the store did not know for so long: where the store has
	// lost it, its worker says meanwhile that it lives. So the store knows it for less
	// than the lease.
	goneFor    = leaseRenew + claimTimeout
	leaseKnown = Lease - goneFor
	claimAgain = time.Second
	roomPause  = time.Second // of a worker that has no room for a call
	// A claim is forgotten after claimKept, and renewed each claimRefresh: no call
	// outlasts it, and a worker that dies leaves nothing for ever.
	claimKept    = 3 * time.Hour
	claimRefresh = time.Hour // half of that, and the rest by chance
	// unservedFor is how long a call that came while the store is out of reach
	// waits before it goes on in the dialplan, and half of that more, by chance,
	// so that workers do not all end it. quietFor is the same for one that another
	// worker may have: since its last command.
	unservedFor = 10 * time.Second
	quietFor    = 2 * time.Minute
)

// errClaimLost is what a script hears whose call may be another worker's by now.
var errClaimLost = &agi.Error{Kind: agi.ErrHangup, Message: "this worker's claim on the call is lost: another may serve it by now"}

// identify gives what all connections to one Asterisk know it by, whatever its
// address is: its entity ID, which is made of a network card's address and may be
// the same in two containers, its name, and when it was started. The error is
// ErrRights where it cannot be asked for.
func identify(ctx context.Context, conn *Conn) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, conn.account.timeout(), ErrSilent)
	defer cancel()
	entity, err := conn.Do(ctx, Action("Getvar", "Variable", "ENTITYID"))
	var settings, status Message
	if err == nil {
		settings, err = conn.Do(ctx, Action("CoreSettings"))
	}
	if err == nil {
		status, err = conn.Do(ctx, Action("CoreStatus"))
	}
	if refused, is := errors.AsType[*ActionError](err); is {
		return "", fmt.Errorf("%w: %w", ErrRights, refused)
	}
	if err != nil {
		return "", fmt.Errorf("asking which Asterisk this is: %w", err)
	}
	return fmt.Sprintf("%s/%s/%sT%s", entity.Get("Value"), settings.Get("SystemName"),
		status.Get("CoreStartupDate"), status.Get("CoreStartupTime")), nil
}

// own waits until the call is this worker's, which may be never, and reports
// whether it is. taken says that another had it, which is gone. Where claims
// cannot be had for long the call is nobody's: then it is to be released, and
// never served. ctx ends the waiting, but not what has been asked of the store.
func (k *claims) own(ctx context.Context, c *Call) (mine, taken, nobodys bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()
	since := time.Now()
	for from := (Claim{}); ctx.Err() == nil; {
		owner, err := k.claim(c.life, c, from)
		switch {
		case err != nil && k.hopeless(c, since, from != Claim{}):
			k.log.Error("a call goes on in the dialplan, since nobody can claim it", "call", c.Uniqueid(), "error", err)
			return true, false, true
		case err != nil:
			_ = pause(ctx, claimAgain/2+rand.N(claimAgain))
		case owner.Holder == k.name():
			if k.proves(c) && k.settle(c) {
				return true, taken, false
			}
		case k.draining.Err() != nil:
			cancel() // it is another's, or will be
		case owner == Claim{}:
			// The store has lost whose it is, who reminds it of that as long as its
			// lease lasts.
			if changed, _ := k.await(ctx, c, owner, Lease); !changed && k.draining.Err() == nil {
				from, taken = Claim{}, true
			}
			since = time.Now()
		default:
			from = owner
			_, taken = k.await(ctx, c, owner, claimKept)
			since = time.Now()
		}
	}
	k.free(c)
	return false, false, false
}

// claim tries it once, when this worker is known to the store.
func (k *claims) claim(ctx context.Context, c *Call, from Claim) (owner Claim, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, claimTimeout, errors.New("the claims' store does not answer"))
	defer cancel()
	if err := k.ready(ctx); err != nil {
		return Claim{}, err
	}
	h := k.hold(c)
	owners, err := k.store.Claim(ctx, []Wanted{{h.call, h.claim, from}}, claimKept)
	if err != nil {
		return Claim{}, err
	}
	if owners[0].Holder != h.claim.Holder {
		k.drop(c)
	}
	return owners[0], nil
}

// proves makes sure that the stay that was claimed is still on. Another worker may
// have served it to its end already, of which this one has not heard yet: then
// it hears of that before it hears of a command that only now was queued. To the
// other workers that command tells that somebody serves the call.
func (k *claims) proves(c *Call) bool {
	defer context.AfterFunc(k.calls, func() { c.Close() })()
	text, lost, err := c.rest()
	if err != nil {
		return false
	}
	if c.early != nil {
		text, lost = c.early.text+text, c.early.lost || lost
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	lost = lost || !c.sign.IsZero() // another worker has read what there was
	c.early = &early{text, lost}
	return true
}

// early is what lay in the pipe of a call before its first command.
type early struct {
	text string
	lost bool
}

// hopeless reports whether a call has waited long enough for a claim, and this
// worker is the one that lets it go on: of several that want to, it is the one
// whose command comes first in the call's queue, for they all see the same order.
// Behind a command of a script it is none.
func (k *claims) hopeless(c *Call, since time.Time, owned bool) bool {
	c.mu.Lock()
	sign := c.sign
	c.mu.Unlock()
	limit := unservedFor
	if c.found && !c.begun || owned || !sign.IsZero() {
		limit = quietFor
	}
	if sign.After(since) {
		since = sign
	}
	if time.Since(since) < limit+time.Duration(c.lot*float64(limit)/2) || !k.proves(c) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sign.Equal(sign)
}
