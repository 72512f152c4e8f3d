package runner

import (
	"context"
	"fmt"
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

// A call is that of one worker as long as that lives, and then another's.
func TestRedisClaims(t *testing.T) {
	r, ctx := claimsOf(t, servers.Redis(t)), t.Context()
	renew := func(holder string, want bool) {
		t.Helper()
		if was, err := r.Renew(ctx, holder, time.Minute); was != want || err != nil {
			t.Errorf("%s was there: %v, %v", holder, was, err)
		}
	}
	claim := func(holder string, known bool, owner string, taken bool) {
		t.Helper()
		if got, took, err := r.Claim(ctx, "x/1.1", holder, known, time.Minute); got != owner || took != taken || err != nil {
			t.Errorf("%s: it is %q's, taken %v, %v; want %q", holder, got, took, err, owner)
		}
	}
	renew("a", false)
	renew("a", true)
	renew("b", false)
	claim("b", true, "", false) // nobody's, where somebody had it
	claim("a", false, "a", false)
	claim("a", false, "a", false) // again, as when the answer was lost
	claim("b", false, "a", false)
	if err := r.Release(ctx, "x/1.1", "b"); err != nil { // not its own
		t.Error(err)
	}
	claim("b", false, "a", false)
	if err := r.Leave(ctx, "a"); err != nil {
		t.Error(err)
	}
	if gone, err := r.Gone(ctx, []string{"a", "b"}); fmt.Sprint(gone) != "[a]" || err != nil {
		t.Errorf("gone are %v, %v", gone, err)
	}
	if _, _, err := r.Claim(ctx, "x/1.1", "a", false, time.Minute); err == nil {
		t.Error("a worker whose lease is over claims a call")
	}
	claim("b", true, "b", true)
	if err := r.Release(ctx, "x/1.1", "b"); err != nil {
		t.Error(err)
	}
	renew("c", false)
	claim("c", false, "c", false)
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
				owner, _, err := r.Claim(t.Context(), fmt.Sprint("x/", call), holder, false, time.Minute)
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
	if _, _, err := r.Claim(context.Background(), "x", "a", false, time.Minute); err == nil {
		t.Error("a call is claimed nowhere")
	}
	if _, err := r.Gone(t.Context(), []string{"a"}); err == nil {
		t.Error("a worker is gone that may live")
	}
}

// A password never stands in the list of processes, and what Redis refuses is told
// at the start.
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
	r := claimsOf(t, servers.Redis(t, "--requirepass", "hush"))
	if err := r.check(nil); err == nil || !strings.Contains(err.Error(), "NOAUTH") {
		t.Errorf("without the password: %v", err)
	}
}
