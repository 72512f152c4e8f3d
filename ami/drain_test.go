package ami

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// worker, or released; and what does not end is told to, and given up at last.
func TestWorkerDrains(t *testing.T) {
	for _, waiting := range []Waiting{ServeWaiting, ReleaseWaiting} {
		synctest.Test(t, func(t *testing.T) {
			b := newPBX(t)
			w := &Worker{Waiting: waiting, Handler: func(ctx context.Context, c *Call) {
				switch c.Channel() {
				case "quick":
					time.Sleep(10 * time.Second)
				case "polite":
					<-ctx.Done()
					if !errors.Is(context.Cause(ctx), ErrShutdown) {
						t.Error(context.Cause(ctx))
					}
				case "stuck":
					<-c.Hungup().Done()
				default:
					t.Errorf("%s was served", c.Channel())
				}
			}}
			w.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
			stop := serving(t, b, w)
			for _, name := range []string{"quick", "polite", "stuck"} {
				b.comes(name)
			}
			synctest.Wait()
			time.AfterFunc(time.Second, func() { b.comes("late") })
			began := time.Now()
			stop()
			if took := time.Since(began); took != DefaultDrain+DefaultLeave {
				t.Errorf("%v: it took %v", waiting, took)
			}
			want := ""
			if waiting == ReleaseWaiting {
				want = breakCommand + ";"
			}
			if b.commands("late") != want || b.commands("quick") != breakCommand+";" || b.commands("polite") != breakCommand+";" {
				t.Errorf("late ran %q, quick %q, polite %q", b.commands("late"), b.commands("quick"), b.commands("polite"))
			}
		})
	}
}

// A call that ends within the drain is no reason to wait longer.
func TestWorkerDrainsNoLongerThanNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newPBX(t)
		stop := serving(t, b, &Worker{Handler: func(context.Context, *Call) { time.Sleep(time.Second) }})
		b.comes("a")
		synctest.Wait()
		began := time.Now()
		stop()
		if took := time.Since(began); took != time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// Somebody who cannot wait for the drain ends it, and calls are told as ever.
func TestWorkerEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newPBX(t)
		w := &Worker{Handler: func(ctx context.Context, _ *Call) { <-ctx.Done() }}
		stop := serving(t, b, w)
		b.comes("a")
		synctest.Wait()
		time.AfterFunc(time.Second, w.End)
		time.AfterFunc(2*time.Second, w.End) // once more does nothing
		began := time.Now()
		stop()
		if took := time.Since(began); took != time.Second {
			t.Errorf("it took %v", took)
		}
		if b.commands("a") != breakCommand+";" {
			t.Errorf("it ran %q", b.commands("a"))
		}
	})
}
