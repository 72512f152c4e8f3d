package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"goagi/ami"
	"goagi/fastagi"
)

// startWait is how long the service waits for Asterisk until it counts as started:
// an Asterisk on this host may wait for that itself, as with our unit it does.
const startWait = 5 * time.Second

// asterisks are the manager interfaces that goagi async has its calls from. Any
// number of goroutines may use them; the fields above mu are set before.
type asterisks struct {
	accounts []string
	claims   bool   // calls are claimed, which takes a lease
	ready    func() // called once, by tell

	mu     sync.Mutex // held for a few assignments
	up     []string   // the accounts that are connected
	leased time.Time  // what the last renewal of a lease holds until
	told   bool       // ready was called
}

// newAsterisks gives those of a server's start, which tell systemd when they are
// ready.
func newAsterisks(accounts []ami.Account, claims bool) *asterisks {
	a := &asterisks{claims: claims, ready: func() { _ = fastagi.Notify("READY=1") }} // where systemd wants to know
	for _, account := range accounts {
		if name := account.String(); !slices.Contains(a.accounts, name) {
			a.accounts = append(a.accounts, name)
		}
	}
	return a
}

// connected notes that a connection came up, or is over.
func (a *asterisks) connected(account string, up bool) {
	a.mu.Lock()
	if i := slices.Index(a.up, account); up {
		a.up = append(a.up, account)
	} else if i >= 0 {
		a.up = slices.Delete(a.up, i, i+1)
	}
	a.mu.Unlock()
	a.tell(false)
}

// renewed notes that calls can be claimed until then. Each connection has a lease
// of its own, but they are in one store, which is there for all of them or for none.
func (a *asterisks) renewed(until time.Time) {
	a.mu.Lock()
	a.leased = until
	a.mu.Unlock()
	a.tell(false)
}

// tell calls ready the first time that calls can be served, or it is told anyway.
func (a *asterisks) tell(anyway bool) {
	a.mu.Lock()
	now := !a.told && (anyway || a.lacks() == "")
	a.told = a.told || now
	a.mu.Unlock()
	if now {
		a.ready()
	}
}

// unready says why no call can be served, "" where some can. One Asterisk is
// enough: another may be away for days, and the metrics tell of each.
func (a *asterisks) unready() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lacks()
}

// lacks is unready. The caller holds mu.
func (a *asterisks) lacks() string {
	switch {
	case len(a.up) == 0:
		return "no Asterisk is connected"
	case a.claims && !time.Now().Before(a.leased):
		return "calls cannot be claimed"
	}
	return ""
}

// write writes the gauges.
func (a *asterisks) write(b *bytes.Buffer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	const connected, claimable = "goagi_asterisk_connected", "goagi_claims_available"
	fmt.Fprintf(b, "# HELP %s Whether the manager interface is connected, by account.\n# TYPE %[1]s gauge\n", connected)
	for _, account := range a.accounts {
		fmt.Fprintf(b, "%s{asterisk=\"%s\"} %d\n", connected, escaped(account), one(slices.Contains(a.up, account)))
	}
	if a.claims {
		fmt.Fprintf(b, "# HELP %s Whether calls can be claimed.\n# TYPE %[1]s gauge\n%[1]s %d\n", claimable, one(time.Now().Before(a.leased)))
	}
}

// loginAgain is how long an Asterisk that has refused the login is left alone: what
// asks more often fills its security log, or is shut out.
const loginAgain = time.Minute

// serveAll serves all Asterisks until ctx ends, each by serve. An error that no time
// mends ends all: somebody must look. A login that is refused is one only where all
// refuse it; else the others are served, and it is tried again.
func serveAll(ctx context.Context, accounts []ami.Account, log *slog.Logger, serve func(context.Context, ami.Account) error) error {
	asked := ctx
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var mu sync.Mutex                      // held for a few assignments
	errs := make([]error, len(accounts))   // of those that have ended, or wait for a further try
	refused := make([]bool, len(accounts)) // those that wait for one
	note := func(i int, err error) (ends bool) {
		mu.Lock()
		defer mu.Unlock()
		errs[i], refused[i] = err, errors.Is(err, ami.ErrLogin)
		return err != nil && (!refused[i] || !slices.Contains(refused, false))
	}
	var all sync.WaitGroup
	for i, account := range accounts {
		all.Go(func() {
			for {
				err := serve(ctx, account)
				if errors.Is(err, ami.ErrSecond) {
					hint := "stop that one first, or start all of them with the same --claim redis://HOST, which parts the calls"
					if len(accounts) > 1 {
						hint = "it may be this one, where --ami names one Asterisk by two addresses; else " + hint
					}
					log.Error("another worker is connected to this Asterisk", "asterisk", account.String(), "hint", hint)
				}
				if note(i, err) {
					stop()
				}
				if !errors.Is(err, ami.ErrLogin) || ctx.Err() != nil {
					return
				}
				log.Error("an Asterisk refuses the login, and only the others are served", "asterisk", account.String(), "error", err, "again", loginAgain.String(),
					"hint", "its manager.conf has the secret and the addresses that may log in; goagi's own secret is read at its start")
				timer := time.NewTimer(loginAgain)
				select {
				case <-ctx.Done():
					timer.Stop()
					if asked.Err() != nil {
						note(i, nil) // it was stopped, and not by this
					}
					return
				case <-timer.C:
					note(i, nil)
				}
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// one is a truth as a gauge has it.
func one(truth bool) int {
	if truth {
		return 1
	}
	return 0
}

// leases are claims whose leases are noted.
type leases struct {
	ami.Claimer
	noted *asterisks
}

// Renew implements ami.Claimer.
func (l leases) Renew(ctx context.Context, holder string, d time.Duration) (bool, error) {
	began := time.Now()
	was, err := l.Claimer.Renew(ctx, holder, d)
	if err == nil {
		l.noted.renewed(began.Add(d))
	}
	return was, err
}
