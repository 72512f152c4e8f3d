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
// becomes that of one. It knows holders, which are a worker's connection to one
// Asterisk, and which holder has which call. Its methods are called from many
// goroutines at once, and end with ctx or soon by themselves. After an error what
// was asked for may have come about or not.
type Claimer interface {
	// Renew notes that a holder lives for so long from now, and reports whether it
	// was noted already.
	Renew(ctx context.Context, holder string, d time.Duration) (was bool, err error)
	// Gone gives those of some holders that do not live any more.
	Gone(ctx context.Context, holders []string) ([]string, error)
	// Leave ends a holder, and so all its claims.
	Leave(ctx context.Context, holder string) error
	// Claim gives a call to a living holder, at once with all other claims, where
	// nobody has it, unless known is set, and where one has it that is gone. It
	// gives the holder that has the call then, "" for none, and whether that took
	// it from one that is gone. A holder that is not alive itself gets an error.
	// What is claimed may be forgotten after d.
	Claim(ctx context.Context, call, holder string, known bool, d time.Duration) (owner string, taken bool, err error)
	// Release gives a call up where the holder still has it.
	Release(ctx context.Context, call, holder string) error
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
	claimAgain   = time.Second
	roomPause    = time.Second // of a worker that has no room for a call
	// A claim is forgotten after claimKept, and renewed each claimRefresh: no call
	// outlasts it, and a worker that dies leaves nothing for ever.
	claimKept    = 3 * time.Hour
	claimRefresh = time.Hour
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
	known := false // that somebody had it
	for ctx.Err() == nil {
		owner, took, err := k.claim(c.life, c, known)
		switch {
		case err != nil && k.hopeless(c, since):
			k.log.Error("a call goes on in the dialplan, since nobody can claim it", "call", c.Uniqueid(), "error", err)
			return true, false, true
		case err != nil:
			_ = pause(ctx, claimAgain/2+rand.N(claimAgain))
		case owner == k.name():
			if k.proves(c) && k.settle(c) {
				return true, took, false
			}
		case owner == "":
			// It was another's, and is nobody's: it is just over, or the store
			// has lost what it knew, of which that other will remind it.
			_ = pause(ctx, Lease)
			known = false
			if k.draining.Err() != nil {
				cancel()
			}
		default:
			k.awaitGone(ctx, owner)
			known, since = true, time.Now()
			if k.draining.Err() != nil {
				cancel() // it is another's, or will be
			}
		}
	}
	k.free(c)
	return false, false, false
}

// claim tries it once, when this worker is known to the store.
func (k *claims) claim(ctx context.Context, c *Call, known bool) (owner string, taken bool, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, claimTimeout, errors.New("the claims' store does not answer"))
	defer cancel()
	holder, err := k.ready(ctx)
	if err != nil {
		return "", false, err
	}
	k.hold(c, holder)
	owner, taken, err = k.store.Claim(ctx, k.asterisk+"/"+c.Uniqueid(), holder, known, claimKept)
	if err == nil && owner != holder {
		k.drop(c)
	}
	return owner, taken, err
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
	c.early = &early{text, lost}
	return true
}

// early is what lay in the pipe of a call before its first command.
type early struct {
	text string
	lost bool
}

// hopeless reports whether a call has waited long enough for a claim.
func (k *claims) hopeless(c *Call, since time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	limit := unservedFor
	if c.found && !c.begun || !c.sign.IsZero() {
		limit = quietFor
	}
	if c.sign.After(since) {
		since = c.sign
	}
	return time.Since(since) >= limit+time.Duration(c.lot*float64(limit)/2)
}
