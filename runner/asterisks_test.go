package runner

import (
	"context"
	"errors"
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
