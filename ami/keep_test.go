package ami

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// An Asterisk that is away for a while is found again, soon at first, and then
// without hammering at it.
func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		p, account := newPeer(t, always(success))
		up := account.Dial
		away := errors.New("connection refused")
		var tries []time.Time
		account.Dial = func(ctx context.Context) (net.Conn, error) {
			if tries = append(tries, time.Now()); len(tries) > 1 && len(tries) < 12 {
				return nil, away
			}
			return up(ctx)
		}
		var log bytes.Buffer
		used := 0
		err := Keep(ctx, account, slog.New(slog.NewTextHandler(&log, nil)), func(ctx context.Context, c *Conn) {
			if used++; used == 2 {
				cancel()
				return
			}
			p.wire.Close()
			<-c.Done()
		})
		if err != nil || used != 2 {
			t.Errorf("%v, used %d times", err, used)
		}
		pause := firstPause
		for i := 1; i < len(tries); i++ {
			if waited := tries[i].Sub(tries[i-1]); waited < pause/2 || waited > pause {
				t.Errorf("try %d came after %v, want %v to %v", i, waited, pause/2, pause)
			}
			pause = min(2*pause, lastPause)
		}
		if !strings.Contains(log.String(), "connection refused") || strings.Contains(log.String(), "hush") {
			t.Error(log.String())
		}
	})
}

// A wrong secret is the operator's mistake when it is wrong from the start, and a
// matter of time later, as when Asterisk loads its users anew.
func TestKeepAndRefusedLogins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var refuse atomic.Bool
		refuse.Store(true)
		_, account := newPeer(t, always(success))
		good := account.Dial
		account.Dial = func(ctx context.Context) (net.Conn, error) {
			if !refuse.Load() {
				return good(ctx)
			}
			near, far := net.Pipe()
			go func() {
				defer far.Close()
				_, _ = far.Write([]byte("Asterisk Call Manager/9.0.0\r\n"))
				_, _ = far.Read(make([]byte, 1000))
				_, _ = far.Write([]byte("Response: Error\r\nMessage: Authentication failed\r\n\r\n"))
			}()
			return near, nil
		}
		if err := Keep(t.Context(), account, nil, nil); !errors.Is(err, ErrLogin) {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		refuse.Store(false)
		used := 0
		err := Keep(ctx, account, nil, func(context.Context, *Conn) {
			used++
			refuse.Store(used == 1)
			time.AfterFunc(time.Minute, func() { refuse.Store(false) })
			if used == 2 {
				cancel()
			}
		})
		if err != nil || used != 2 {
			t.Errorf("%v, used %d times", err, used)
		}
	})
}

// A shutdown does not wait for an Asterisk that is away.
func TestKeepEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
		defer cancel()
		began := time.Now()
		err := Keep(ctx, Account{Dial: func(context.Context) (net.Conn, error) { return nil, errors.New("away") }}, nil, nil)
		if took := time.Since(began); err != nil || took != 100*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}
