package e2e

import (
	"fmt"
	"os"
	"testing"
	"time"

	"goagi/pbx"
	"goagi/test/servers"
)

// A caller who hangs up while the script waits for what other calls share, a
// list in Redis, a lock, a value in the cache, ends the wait at once, and what the
// script does then it can finish, in these same stores.
func TestHangupDuringSharedWaits(t *testing.T) {
	t.Parallel()
	url := servers.Redis(t).URL
	for i, wait := range []string{
		`db:blpop("list", 0)`,
		`db:lock("lock", 60, print, {wait = 60})`,
		`cache.once(key, 60, function() db:blpop("list", 0) end)`,
		`db:lock("held by " .. key, 60, function() agi.sleep(20) end)`,
	} {
		t.Run(wait, func(t *testing.T) {
			t.Parallel()
			a := installed(t, &asterisk)
			c := call(t, a, fmt.Sprintf(`agi.answer()
				local cache, db, key = require "cache", assert(require "redis".connect(%q)), "hangup-%d-%d"
				db:set("lock", "another's")
				agi.var.READY = "yes"
				local ok, e = pcall(function() %s end)
				agi.var.KIND = type(e) == "table" and e.kind or tostring(e)
				assert(cache.set(key, "kept", 60))
				agi.var.KEPT = db:incr(key) .. cache.once(key, 60, print)
				agi.var.FREE = db:exists("held by " .. key)
				error(e)`, url, os.Getpid(), i, wait), pbx.Plan{Steps: []string{"AGI(goagi,%s)"}})
			listens(t, c)
			do(t, c, "EXEC Wait 0.3") // well into the wait
			begin := time.Now()
			hangup(t, c)
			check(t, c, vars{"KIND": "hangup", "KEPT": "1kept", "FREE": "0", "AGISTATUS": "HANGUP", "GOAGI_STATUS": "HANGUP"})
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("the script went on for %v", took)
			}
		})
	}
}

// Calls that are processes of their own count together.
func TestCallsCountTogether(t *testing.T) {
	t.Parallel()
	a := installed(t, &asterisk)
	key := fmt.Sprintf("count-%d", os.Getpid())
	var calls []*pbx.Call
	for range 6 {
		calls = append(calls, call(t, a, fmt.Sprintf(`local cache = require "cache"
			for i = 1, 50 do assert(cache.incr(%q, 1, 60)) end`, key), pbx.Plan{}))
	}
	for _, c := range calls {
		check(t, c, vars{"GOAGI_STATUS": "OK"})
	}
	c := call(t, a, fmt.Sprintf(`agi.var.COUNT = require "cache".get(%q)`, key), pbx.Plan{})
	check(t, c, vars{"COUNT": "300", "GOAGI_STATUS": "OK"})
}
