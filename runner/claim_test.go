package runner

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"goagi/ami"
	"goagi/test/servers"
)

var _ ami.Claimer = (*redisClaims)(nil)

// claimsOf opens the claims in a server of the test's own.
func claimsOf(t *testing.T, s *servers.Server) *redisClaims {
	t.Helper()
	claims, err := openClaims(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(claims.Close)
	return claims
}

// claimOne claims a call for the number-th claim of a holder, from another's.
func (r *redisClaims) claimOne(ctx context.Context, call string, claim, from ami.Claim) (ami.Claim, error) {
	owners, err := r.Claim(ctx, []ami.Wanted{{Call: call, Claim: claim, From: from}}, time.Minute)
	if err != nil {
		return ami.Claim{}, err
	}
	return owners[0], nil
}

// A call is that of one worker as long as that lives, and then another's.
func TestRedisClaims(t *testing.T) {
	s := servers.Redis(t)
	r, ctx := claimsOf(t, s), t.Context()
	renew := func(holder string, want bool) {
		t.Helper()
		if was, err := r.Renew(ctx, holder, time.Minute); was != want || err != nil {
			t.Errorf("%s was there: %v, %v", holder, was, err)
		}
	}
	var none ami.Claim
	a1, a2, b1, b2, c1 := ami.Claim{Holder: "a", Number: 1}, ami.Claim{Holder: "a", Number: 10}, ami.Claim{Holder: "b", Number: 9}, ami.Claim{Holder: "b", Number: 10}, ami.Claim{Holder: "c", Number: 1}
	claim := func(who, from, want ami.Claim) {
		t.Helper()
		if got, err := r.claimOne(ctx, "x/1.1", who, from); got != want || err != nil {
			t.Errorf("%v from %v: it is %v's, %v; want %v", who, from, got, err, want)
		}
	}
	release := func(who, left ami.Claim) {
		t.Helper()
		if err := r.Release(ctx, "x/1.1", who, time.Minute); err != nil {
			t.Error(err)
		}
		if got, err := r.Owners(ctx, []string{"x/0", "x/1.1"}); len(got) != 2 || got[1] != left || err != nil {
			t.Errorf("when %v gives it up it is %v's, %v; want %v", who, got, err, left)
		}
	}
	renew("a", false)
	renew("a", true)
	renew("b", false)
	claim(b1, a1, none) // lost, where somebody had it
	claim(a1, none, a1)
	claim(a1, none, a1) // again, as when the answer was lost
	claim(a1, a1, a1)
	claim(b1, none, a1)
	claim(b1, a1, a1)
	release(b1, a1)     // not its own
	claim(a2, none, a2) // the channel's next stay
	claim(a1, a1, a2)   // late, of the last one
	release(a1, a2)
	release(a2, none)
	claim(b1, a1, b1) // at once: it was released, and not lost
	claim(a1, none, b1)
	if err := r.Leave(ctx, "b"); err != nil {
		t.Error(err)
	}
	if gone, err := r.Gone(ctx, []string{"a", "b"}); fmt.Sprint(gone) != "[b]" || err != nil {
		t.Errorf("gone are %v, %v", gone, err)
	}
	if _, err := r.claimOne(ctx, "x/1.1", b2, b1); err == nil {
		t.Error("a worker whose lease is over claims a call")
	}
	claim(a1, none, b1) // it has not been seen to be gone
	claim(a1, b2, b1)
	renew("c", false)
	claim(a1, b1, a1)
	claim(c1, b1, a1)
	release(a1, none)
	claim(c1, none, c1)
}

// A Redis is known by one name to all, until it has lost all it knew.
func TestRedisClaimsName(t *testing.T) {
	s := servers.Redis(t)
	one, two := claimsOf(t, s), claimsOf(t, s)
	first, err := one.ID(t.Context())
	if err != nil || first == "" {
		t.Fatal(first, err)
	}
	if second, err := two.ID(t.Context()); second != first || err != nil {
		t.Errorf("it is %q and %q, %v", first, second, err)
	}
	if other, err := claimsOf(t, servers.Redis(t)).ID(t.Context()); other == first || err != nil {
		t.Errorf("two are %q, %v", other, err)
	}
}

// A worker with many calls asks for all of them together, and about those of others.
func TestRedisClaimsOfMany(t *testing.T) {
	r := claimsOf(t, servers.Redis(t))
	if _, err := r.Renew(t.Context(), "a", time.Minute); err != nil {
		t.Fatal(err)
	}
	var wanted []ami.Wanted
	var calls []string
	for i := range 2*ownersAtOnce + 1 {
		call := fmt.Sprint("x/", i)
		calls = append(calls, call)
		wanted = append(wanted, ami.Wanted{Call: call, Claim: ami.Claim{Holder: "a", Number: uint64(i + 1)}})
	}
	got, err := r.Claim(t.Context(), wanted, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	owners, err := r.Owners(t.Context(), calls)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range wanted {
		if got[i] != w.Claim || owners[i] != w.Claim {
			t.Fatalf("%s is %v's, and %v's later", w.Call, got[i], owners[i])
		}
	}
	if none, err := r.Owners(t.Context(), nil); len(none) != 0 || err != nil {
		t.Errorf("of no calls: %v, %v", none, err)
	}
}

// Whatever many workers ask at once, one has the call.
func TestRedisClaimsAtOnce(t *testing.T) {
	s := servers.Redis(t)
	var mu sync.Mutex
	owners := make(map[string]int)
	var all sync.WaitGroup
	for worker := range 4 {
		r := claimsOf(t, s)
		holder := fmt.Sprint("worker-", worker)
		if _, err := r.Renew(t.Context(), holder, time.Minute); err != nil {
			t.Fatal(err)
		}
		for call := range 50 {
			all.Go(func() {
				owner, err := r.claimOne(t.Context(), fmt.Sprint("x/", call), ami.Claim{Holder: holder, Number: uint64(call)}, ami.Claim{})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				owners[fmt.Sprint(call, owner)]++
			})
		}
	}
	all.Wait()
	if len(owners) != 50 {
		t.Errorf("50 calls have %d owners", len(owners))
	}
}

// A Redis that is gone is an error, soon.
func TestRedisClaimsWithoutRedis(t *testing.T) {
	s := servers.Redis(t)
	r := claimsOf(t, s)
	s.Stop()
	if _, err := r.claimOne(context.Background(), "x", ami.Claim{Holder: "a", Number: 1}, ami.Claim{}); err == nil {
		t.Error("a call is claimed nowhere")
	}
	if _, err := r.Gone(t.Context(), []string{"a"}); err == nil {
		t.Error("a worker is gone that may live")
	}
}

// A password never stands in the list of processes.
func TestClaimSettings(t *testing.T) {
	for _, row := range []struct {
		args []string
		want bool
	}{
		{[]string{"async", "--claim=redis://:pw@h"}, true}, {[]string{"--claim", "rediss://u:pw@h"}, true}, {[]string{"--claim", "redis://:p%w@h"}, true},
		{[]string{"--claim", "redis://u@h"}, false}, {[]string{"--claim=redis://h:6379/0"}, false}, {[]string{"--claim"}, false},
	} {
		if got := passwordInClaim(row.args); got != row.want {
			t.Errorf("%v: %v", row.args, got)
		}
	}
}

// A Redis where no call can ever be claimed is told at the start: else every caller
// would wait for it in vain.
func TestClaimsCheck(t *testing.T) {
	s := servers.Redis(t)
	for _, row := range []struct {
		name string
		args []string
		user string
		want string
	}{
		{"fine", nil, "", ""},
		{"a user with all that is needed", []string{"--user", "w", "on", ">p", "~goagi:*", "-@all", "+eval", "+exists", "+get", "+mget", "+set", "+del"}, "w:p@", ""},
		{"a user that cannot write", []string{"--user", "w", "on", ">p", "~*", "-@all", "+eval", "+exists"}, "w:p@", "can't run this command"},
		{"a user that cannot look", []string{"--user", "w", "on", ">p", "~*", "-@all", "+eval", "+exists", "+get", "+set", "+del"}, "w:p@", "mget"},
		{"a user with other keys", []string{"--user", "w", "on", ">p", "~other:*", "+@all"}, "w:p@", "NOPERM"},
		{"no password", []string{"--requirepass", "hush"}, "", "NOAUTH"},
		{"a replica", []string{"--replicaof", strings.ReplaceAll(s.Addr, ":", " ")}, "", "READONLY"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var args []string
			for _, arg := range row.args {
				args = append(args, strings.Fields(arg)...)
			}
			url := strings.Replace(servers.Redis(t, args...).URL, "redis://", "redis://"+row.user, 1)
			r, err := openClaims(url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(r.Close)
			err = r.check(slog.New(slog.NewTextHandler(t.Output(), nil)))
			if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
				t.Errorf("it says %v", err)
			}
		})
	}
}

// Who reads the log at a start learns which of the two is not there, Asterisk or
// Redis, and where it was looked for; not what opens it.
func TestRedisThatIsNotThere(t *testing.T) {
	for scheme, hint := range map[string]string{"redis": "is it there", "rediss": "rediss:// is for a Redis with TLS"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().String()
		l.Close()
		r, err := openClaims(scheme + "://:s3cr3t@" + addr)
		if err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		err = r.check(slog.New(slog.NewTextHandler(&log, nil)))
		r.Close()
		if err != nil || strings.Contains(log.String(), "s3cr3t") {
			t.Errorf("%s: %v, %s", scheme, err, log.String())
		}
		for _, part := range []string{"the Redis of --claim", "redis=" + addr, hint} {
			if !strings.Contains(log.String(), part) {
				t.Errorf("%s: %q is not in %s", scheme, part, log.String())
			}
		}
	}
}
