package std

import (
	"strings"
	"sync"
	"testing"
	"time"

	"goagi/call"
	"goagi/luabind"
	"goagi/test/servers"
)

// What calls do under a lock they do one after the other.
func TestRedisLock(t *testing.T) {
	who := redisCaller(servers.Redis(t).URL)
	who.shared = new(luabind.Shared)
	defer who.shared.Close()
	var calls sync.WaitGroup
	for range 10 {
		calls.Go(func() {
			placed(t, who, connectRedis+`for i = 1, 3 do
				local a, b, c = db:lock("l", 5, function()
					local n = tonumber(db:get("n") or 0)
					db:set("n", n + 1)
					return n, nil, "c"
				end)
				assert(a and b == nil and c == "c", b)
			end`).check(t, map[string]string{"GOAGI_STATUS": "OK"})
		})
	}
	calls.Wait()
	placed(t, who, connectRedis+`assert(db:get("n") == "30") assert(db:exists("l") == 0)`).check(t, map[string]string{"GOAGI_STATUS": "OK"})
}

// However its function ends, the lock is free for the next call.
func TestRedisLockIsReleased(t *testing.T) {
	who := redisCaller(servers.Redis(t).URL)
	for fn, want := range map[string]string{
		`error("no luck", 0)`:        "ERROR no luck",
		`os.exit(0)`:                 "OK ",
		`agi.hangup() agi.sleep(60)`: "HANGUP ",
		`coroutine.yield(1)`:         "ERROR can not yield",
		`db:set("l", "another's")`:   "OK ",
		`agi.var.WHY = select(2, db:lock("l", 1, print, {wait = 0.05}))`: "OK did not become free within 50ms",
	} {
		e := placed(t, who, connectRedis+`db:del("l") db:lock("l", 60, function() assert(db:pttl("l") > 50000) `+fn+` end)`)
		status, text, _ := strings.Cut(want, " ")
		if said := e.vars["GOAGI_ERROR"] + e.vars["WHY"]; e.vars["GOAGI_STATUS"] != status || !strings.Contains(said, text) {
			t.Errorf("%s: %s %q", fn, e.vars["GOAGI_STATUS"], said)
		}
		left := `nil`
		if strings.Contains(fn, "another") {
			left = `"another's"`
		}
		placed(t, who, connectRedis+`assert(db:get("l") == `+left+`)`).check(t, map[string]string{"GOAGI_STATUS": "OK"})
	}
	e := placed(t, who, connectRedis+`db:del("l") db:lock("l", 0.001, function() agi.sleep(0.02) end)`)
	if !strings.Contains(e.log, "longer than its ttl") {
		t.Errorf("a lock that ended early is not told of: %s", e.log)
	}
}

// A caller who hangs up while another call has the lock does not wait for it.
func TestRedisLockHangup(t *testing.T) {
	s := servers.Redis(t)
	wire := tap(t, s.Addr, false, "NX")
	who := redisCaller("redis://" + wire.addr)
	who.hangsUpOn = wire.saw
	_, err := serverPool(t, s).Do(t.Context(), []string{"SET", "l", "another's"})
	check(t, err)
	e := placed(t, who, connectRedis+`db:lock("l", 60, print, {wait = 60})`)
	if e.Status != call.Hangup || e.took > 20*time.Second {
		t.Errorf("%v after %v: %v", e.Status, e.took, e.Err)
	}
}
