package ami

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"
)

// The pause before a further try to connect, which doubles with each. A part of
// it is left to chance, so that many clients of one Asterisk that comes back do
// not all come at once.
const (
	firstPause = 500 * time.Millisecond
	lastPause  = 30 * time.Second
)

// Keep holds a connection as long as ctx lasts: it connects, has use work with
// the connection, closes it when use returns, and begins again. use should
// return when the connection is over or ctx has ended. Keep returns nil once ctx
// has ended, and use with it. A first login that is refused is its only error:
// later ones, and whatever else goes wrong, are tried again after a pause. log is
// told of each try that did not work; nil: nobody is.
func Keep(ctx context.Context, a Account, log *slog.Logger, use func(context.Context, *Conn)) error {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	pause, known := firstPause, false
	for ctx.Err() == nil {
		wait := chance(pause)
		conn, err := Dial(ctx, a)
		switch {
		case ctx.Err() != nil && err != nil:
			return nil
		case errors.Is(err, ErrLogin) && !known:
			return err
		case err != nil:
			log.Warn("no connection to Asterisk's manager interface", "error", err, "again", wait.String())
		default:
			known = true
			began := time.Now()
			use(ctx, conn)
			lost := conn.Err()
			conn.Close()
			if ctx.Err() != nil {
				return nil
			}
			if time.Since(began) > lastPause {
				pause, wait = firstPause, chance(firstPause)
			}
			log.Warn("the connection to Asterisk's manager interface is over", "to", a.String(), "error", lost, "again", wait.String())
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
		pause = min(2*pause, lastPause)
	}
	return nil
}

// chance leaves a part of a pause to chance, in whole milliseconds.
func chance(pause time.Duration) time.Duration {
	return (pause/2 + rand.N(pause/2)).Round(time.Millisecond)
}
