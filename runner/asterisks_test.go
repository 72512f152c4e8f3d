package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"goagi/ami"
)

// renewal is a store of claims that answers a renewal with an error or none.
type renewal struct {
	ami.Claimer
	err error
}

func (r *renewal) Renew(context.Context, string, time.Duration) (bool, error) { return true, r.err }

// A worker that can claim no call serves none: it says so until it can, and again
// when its last lease is over.
func TestReadyWithALease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told int
		a := &asterisks{accounts: []string{"w@one:5038", "w@two:5038"}, claims: true, ready: func() { told++ }}
		store := &renewal{err: errors.New("away")}
		server := &admin{metrics: &metrics{asterisks: a}, asterisks: a}
		says := func(reason string, times int, gauges ...string) {
			t.Helper()
			var b strings.Builder
			if err := server.metrics.write(&b); err != nil {
				t.Error(err)
			}
			if got := server.unready(); got != reason || told != times {
				t.Errorf("it is unready since %q, want %q; ready was called %d times", got, reason, told)
			}
			for _, gauge := range gauges {
				if !strings.Contains(b.String(), "\n"+gauge+"\n") {
					t.Errorf("the metrics lack %s:\n%s", gauge, b.String())
				}
			}
		}
		renew := func() { _, _ = leases{store, a}.Renew(t.Context(), "x", ami.Lease) }

		says("no Asterisk is connected", 0, `goagi_asterisk_connected{asterisk="w@one:5038"} 0`, `goagi_asterisk_connected{asterisk="w@two:5038"} 0`)
		a.connected("w@two:5038", true)
		renew()
		says("calls cannot be claimed", 0, `goagi_asterisk_connected{asterisk="w@one:5038"} 0`, `goagi_asterisk_connected{asterisk="w@two:5038"} 1`, "goagi_claims_available 0")
		store.err = nil
		renew()
		says("", 1, "goagi_claims_available 1")
		time.Sleep(ami.Lease - time.Second)
		store.err = errors.New("away again")
		renew()
		says("", 1)
		time.Sleep(time.Second)
		says("calls cannot be claimed", 1, "goagi_claims_available 0")
		store.err = nil
		renew()
		says("", 1)
		a.connected("w@one:5038", true)
		a.connected("w@two:5038", false)
		says("", 1, `goagi_asterisk_connected{asterisk="w@one:5038"} 1`, `goagi_asterisk_connected{asterisk="w@two:5038"} 0`)
		a.connected("w@one:5038", false)
		says("no Asterisk is connected", 1)
		a.tell(true)
		says("no Asterisk is connected", 1)

		var late int
		b := &asterisks{ready: func() { late++ }}
		b.tell(true)
		b.connected("w@one:5038", true)
		if late != 1 {
			t.Errorf("where Asterisk waits for this service ready was called %d times", late)
		}
	})
}

// One Asterisk with a wrong secret takes the calls of no other: those are served, and
// it is tried again until it is mended. Where all refuse, nothing would ever be served,
// and whoever started goagi sees it end.
func TestRefusedLogins(t *testing.T) {
	refusal := fmt.Errorf("goagi@one: %w", ami.ErrLogin)
	accounts := []ami.Account{{User: "goagi", Addr: "one"}, {User: "goagi", Addr: "two"}}
	for _, row := range []struct {
		name   string
		two    error         // what the second says, nil where it serves
		mended time.Duration // when the first takes the secret, 0 for never
		stop   time.Duration // when goagi is stopped, 0 for never
		took   time.Duration
		want   error
		tries  int // of the first
	}{
		{"the other serves", nil, 0, 150 * time.Second, 150 * time.Second, nil, 3},
		{"it is mended", nil, 90 * time.Second, time.Hour, time.Hour, nil, 3},
		{"both refuse", refusal, 0, 0, 0, ami.ErrLogin, 1},
		{"the other cannot go on", ami.ErrRights, 0, 0, 0, ami.ErrRights, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if row.stop > 0 {
					defer time.AfterFunc(row.stop, cancel).Stop()
				}
				var log strings.Builder
				begin, tries := time.Now(), 0
				err := serveAll(ctx, accounts, slog.New(slog.NewTextHandler(&log, nil)), func(ctx context.Context, a ami.Account) error {
					if a.Addr == "two" && row.two != nil {
						return row.two
					}
					if a.Addr == "one" {
						if tries++; row.mended == 0 || time.Since(begin) < row.mended {
							return refusal
						}
					}
					<-ctx.Done()
					return nil
				})
				if !errors.Is(err, row.want) || row.want == nil && err != nil {
					t.Errorf("it ends with %v", err)
				}
				if took := time.Since(begin); took != row.took || tries != row.tries {
					t.Errorf("%d tries in %v", tries, took)
				}
				if row.stop > 0 && !strings.Contains(log.String(), "level=ERROR msg=\"an Asterisk refuses the login") {
					t.Errorf("the log has %s", log.String())
				}
			})
		})
	}
}
