package asr

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// The pauses between tries: the first is between half and all of firstPause,
// each further one is twice as long, up to longestPause.
const firstPause, longestPause = 400 * time.Millisecond, 8 * time.Second

// retry tries, and up to retries times more where the error says that it may
// help. It gives up at once, with what the engine said, where the pause would
// outlast ctx: that says more than a timeout would.
func retry(ctx context.Context, retries int, try func() (Transcript, error)) (Transcript, error) {
	for tries := 1; ; tries++ {
		t, err := try()
		e := (*Error)(nil)
		if err == nil || !errors.As(err, &e) {
			return t, err
		}
		pause := pauseAfter(tries, e.after)
		deadline, limited := ctx.Deadline()
		if !e.again || tries > retries || limited && time.Until(deadline) <= pause {
			if tries > 1 {
				e.Message = fmt.Sprintf("%s (tried %d times)", e.Message, tries)
			}
			return t, e
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			over := ended(ctx, e.Engine, e.Doing)
			over.Message = over.Kind.Error() + ", after " + e.Message
			return t, over
		}
	}
}

// pauseAfter is how long to wait after a try, at least as long as asked for.
func pauseAfter(tries int, asked time.Duration) time.Duration {
	pause := min(firstPause<<min(tries-1, 10), longestPause)
	return max(asked, pause/2+rand.N(pause/2))
}
