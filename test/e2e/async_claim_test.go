package e2e

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"goagi/pbx"
	"goagi/redis"
	"goagi/test/servers"
)

// busy is a script that works for some seconds, and tells whether another one had
// its call at the same time.
const busy = `local me = tostring({}) .. os.clock()
agi.var.BEGAN = (agi.var.BEGAN or "") .. "x"
agi.var.OWNER = me
for i = 1, tonumber(arg[1]) do
	agi.exec("Wait", "0.2")
	if agi.var.OWNER ~= me then agi.var.TWO = "at once" end
end
agi.var.ENDED = (agi.var.ENDED or "") .. "x"`

// crowd is calls that run at the same time.
type crowd struct {
	mu    sync.Mutex
	calls []*pbx.Call
}

// gather places so many calls, ten at a time.
func gather(t *testing.T, a *pbx.Asterisk, n int, plan pbx.Plan) *crowd {
	t.Helper()
	var all crowd
	var placing sync.WaitGroup
	for range 10 {
		placing.Go(func() {
			for range n / 10 {
				c, err := a.Place(plan)
				if err != nil {
					t.Error(err)
					return
				}
				all.mu.Lock()
				all.calls = append(all.calls, c)
				all.mu.Unlock()
			}
		})
	}
	placing.Wait()
	t.Cleanup(func() {
		for _, c := range all.calls {
			c.Close()
		}
	})
	return &all
}

// end waits for the calls' ends, and counts what variables they left.
func (all *crowd) end(t *testing.T, names ...string) map[string]int {
	t.Helper()
	count := make(map[string]int)
	for _, c := range all.calls {
		got, err := c.Vars(names...)
		if err != nil {
			t.Errorf("a call does not end: %v", err)
			continue
		}
		var words []string
		for _, name := range names {
			words = append(words, got[name])
		}
		count[strings.Join(words, "/")]++
	}
	return count
}

// share starts a worker that shares the Asterisk with others by a Redis.
func share(t *testing.T, a *pbx.Asterisk, s *servers.Server, flags ...string) *serving {
	t.Helper()
	return work(t, a, map[string]string{"busy.lua": busy}, append([]string{"--claim=" + s.URL}, flags...)...)
}

// kill ends a worker as a lack of memory does.
func (s *serving) kill() {
	s.t.Helper()
	if err := s.process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	<-s.ended
}

// Of two workers each has its calls, and when one dies under load every call comes
// to its end: with the other, from its script's beginning, or in the dialplan. No
// call has two scripts at once, and none is served twice to the end.
func TestAsyncClaims(t *testing.T) {
	a, s := asterisk.Get(t), servers.Redis(t)
	for _, waiting := range []string{"serve", "release"} {
		t.Run(waiting, func(t *testing.T) {
			one, two := share(t, a, s, "--waiting="+waiting), share(t, a, s, "--waiting="+waiting)
			all := gather(t, a, 60, pbx.Plan{Steps: []string{"AGI(agi:async,busy.lua,15)", "Set(WENT=on)"}})
			time.AfterFunc(time.Second, one.kill)
			count := all.end(t, "BEGAN", "ENDED", "TWO", "WENT")
			t.Logf("scripts that began/ended: %v; the one that stayed served %d", count, len(two.calls()))
			allowed := map[string]bool{"x/x//on": true, "xx/x//on": waiting == "serve", "x///on": waiting == "release"}
			for what := range maps.Keys(count) {
				if !allowed[what] {
					t.Errorf("%d calls ended with %s", count[what], what)
				}
			}
			if count["x/x//on"] == 60 {
				t.Error("the worker that was killed had no call")
			}
			two.stops()
			if left := keys(t, s); left > 0 {
				t.Errorf("%d calls are somebody's, although they are over", left)
			}
		})
	}
}

// stops ends a worker as an operator does.
func (s *serving) stops() {
	s.t.Helper()
	if err := s.process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	if err := <-s.ended; err != nil {
		s.t.Errorf("it ended with %v", err)
	}
}

// keys counts the calls and workers that a Redis knows.
func keys(t *testing.T, s *servers.Server) int64 {
	t.Helper()
	return evaluate(t, s, `local n = 0
for _, key in ipairs(redis.call("keys", "goagi:*")) do
	if key ~= "goagi:store" and redis.call("get", key) ~= "-" then n = n + 1 end
end
return n`)
}

// evaluate runs a script in a Redis that gives a number.
func evaluate(t *testing.T, s *servers.Server, script string) int64 {
	t.Helper()
	options, err := redis.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := redis.NewPool(options)
	defer p.Close()
	replies, err := p.Do(t.Context(), []string{"EVAL", script, "0"})
	if err != nil {
		t.Fatal(err)
	}
	n, ok := replies[0].(int64)
	if !ok {
		t.Fatal(replies[0])
	}
	return n
}

// Two workers in turn, as in an update: each call is served once, and nothing is
// left in Redis.
func TestAsyncClaimsWhileWorkersChange(t *testing.T) {
	a, s := asterisk.Get(t), servers.Redis(t)
	old := share(t, a, s)
	first := gather(t, a, 20, pbx.Plan{Steps: []string{"AGI(agi:async,busy.lua,8)", "Set(WENT=on)"}})
	next := share(t, a, s)
	second := gather(t, a, 20, pbx.Plan{Steps: []string{"AGI(agi:async,busy.lua,8)", "Set(WENT=on)"}})
	old.stops()
	third := gather(t, a, 20, pbx.Plan{Steps: []string{"AGI(agi:async,busy.lua,2)", "Set(WENT=on)"}})
	for _, all := range []*crowd{first, second, third} {
		if count := all.end(t, "BEGAN", "ENDED", "TWO", "WENT"); count["x/x//on"] != 20 {
			t.Errorf("they ended with %v", count)
		}
	}
	if n := len(old.calls()) + len(next.calls()); n != 60 {
		t.Errorf("%d calls are in the logs", n)
	}
	next.stops()
	if n := keys(t, s); n != 0 {
		t.Errorf("%d keys are left", n)
	}
}

// A call that enters Async AGI again at once is served by one worker each time.
func TestAsyncClaimsOfStaysInARow(t *testing.T) {
	a, s := asterisk.Get(t), servers.Redis(t)
	one, two := share(t, a, s), share(t, a, s)
	step := "AGI(agi:async,busy.lua,1)"
	for range 4 {
		all := gather(t, a, 50, pbx.Plan{Steps: []string{step, step, step, "Set(WENT=on)"}})
		if count := all.end(t, "BEGAN", "ENDED", "TWO", "WENT"); count["xxx/xxx//on"] != 50 {
			t.Errorf("they ended with %v", count)
		}
	}
	if n := len(one.calls()) + len(two.calls()); n != 600 {
		t.Errorf("%d scripts ran for 600 stays", n)
	}
}

// Redis loses who lives, as where its clock is set forward: no call begins twice.
func TestAsyncClaimsOfForgottenWorkers(t *testing.T) {
	a, s := asterisk.Get(t), servers.Redis(t)
	share(t, a, s)
	share(t, a, s)
	all := gather(t, a, 20, pbx.Plan{Steps: []string{"AGI(agi:async,busy.lua,50)", "Set(WENT=on)"}})
	for _, c := range all.calls {
		until(t, c, "BEGAN", "x")
	}
	evaluate(t, s, `for _, key in ipairs(redis.call("keys", "goagi:holder:*")) do redis.call("del", key) end return 0`)
	if count := all.end(t, "BEGAN", "ENDED", "TWO", "WENT"); count["x/x//on"] != 20 {
		t.Errorf("they ended with %v", count)
	}
}

// A worker that stands still loses its call to the other, which serves it; when it
// goes on its script is told so, and sends nothing more.
func TestAsyncClaimsOfASlowWorker(t *testing.T) {
	a, s := asterisk.Get(t), servers.Redis(t)
	slow := share(t, a, s)
	c := place(t, a, pbx.Plan{Steps: []string{"AGI(agi:async,busy.lua,20)", "Set(WENT=on)"}})
	until(t, c, "BEGAN", "x")
	other := share(t, a, s)
	if err := slow.process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	until(t, c, "BEGAN", "xx")
	t.Logf("the other has the call after %v", time.Since(began).Round(100*time.Millisecond))
	if err := slow.process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	slow.says("this worker's claims have run out: it could not renew them in time")
	slow.says("call")
	if record := slow.calls()[0]; !strings.Contains(fmt.Sprint(record), "HANGUP") {
		t.Errorf("its script ended with %v", record)
	}
	check(t, c, vars{"BEGAN": "xx", "ENDED": "x", "TWO": "", "WENT": "on", "GOAGI_STATUS": "OK"})
	if len(other.calls()) != 1 || len(slow.calls()) != 1 {
		t.Errorf("the logs have %v and %v", slow.calls(), other.calls())
	}
}

// Without Redis nobody serves a call, for another might, but none waits for ever;
// those in progress go on for as long as the claims last. When Redis is back all
// is well, also where it has forgotten everything.
func TestAsyncClaimsWithoutRedis(t *testing.T) {
	a, s := asterisk.Get(t), servers.Redis(t)
	one, two := share(t, a, s), share(t, a, s)
	short := place(t, a, pbx.Plan{Steps: []string{"AGI(agi:async,busy.lua,50)", "Set(WENT=on)"}})
	long := place(t, a, pbx.Plan{Steps: []string{"AGI(agi:async,busy.lua,1000)", "Set(WENT=on)"}})
	until(t, short, "BEGAN", "x")
	until(t, long, "BEGAN", "x")
	s.Stop()
	fresh := place(t, a, pbx.Plan{Steps: []string{"Set(GOAGI_STATUS=none)", "AGI(agi:async,busy.lua,1)", "Set(WENT=on)"}})
	began := time.Now()
	check(t, fresh, vars{"BEGAN": "", "GOAGI_STATUS": "none", "AGISTATUS": "SUCCESS", "WENT": "on"})
	t.Logf("a call that nobody could claim goes on after %v", time.Since(began).Round(100*time.Millisecond))
	check(t, short, vars{"BEGAN": "x", "ENDED": "x", "WENT": "on"})
	check(t, long, vars{"BEGAN": "x", "ENDED": "", "TWO": "", "WENT": "on"})
	t.Logf("one in progress after %v", time.Since(began).Round(100*time.Millisecond))
	s.Start()
	one.says("claims can be had again")
	two.says("claims can be had again")
	all := gather(t, a, 10, pbx.Plan{Steps: []string{"AGI(agi:async,busy.lua,40)", "Set(WENT=on)"}})
	s.Stop()
	s.Start() // it keeps nothing on disk
	// A claim that Redis has lost before the workers renewed it may be the other's for a
	// moment, whose script begins too; never do both go on.
	if count := all.end(t, "BEGAN", "ENDED", "TWO", "WENT"); count["x/x//on"]+count["xx/x//on"] != 10 {
		t.Errorf("they ended with %v", count)
	}
}

// Workers whose claims are in different databases would both serve every call.
func TestAsyncClaimsInDifferentPlaces(t *testing.T) {
	a, s := asterisk.Get(t), servers.Redis(t)
	scripts := map[string]string{"busy.lua": busy}
	share(t, a, s)
	refused := command(t, scripts, "async", "--ami=worker@"+a.AMI, "--claim="+strings.TrimSuffix(s.URL, "/0")+"/1")
	if err := <-refused.ended; err == nil || !refused.shows("the same --claim redis://") {
		t.Errorf("it ended with %v", err)
	}
	check(t, place(t, a, pbx.Plan{Steps: []string{"AGI(agi:async,busy.lua,1)"}}), vars{"BEGAN": "x", "GOAGI_STATUS": "OK"})
}

// Claims over TLS: the certificate is checked against what the machine trusts.
func TestAsyncClaimsOverTLS(t *testing.T) {
	a, s := asterisk.Get(t), servers.SecureRedis(t)
	scripts := map[string]string{"busy.lua": busy}
	t.Setenv("GOAGI_AMI_SECRET", a.Pass)
	stranger := command(t, scripts, "async", "--ami=worker@"+a.AMI, "--claim="+s.URL)
	stranger.says("no claims can be had yet: the Redis of --claim does not answer")
	if !stranger.shows("certificate") {
		t.Error("nobody is told why")
	}
	stranger.kill()
	t.Setenv("SSL_CERT_FILE", s.CA)
	work(t, a, scripts, "--claim="+s.URL)
	check(t, place(t, a, pbx.Plan{Steps: []string{"AGI(agi:async,busy.lua,1)"}}), vars{"BEGAN": "x", "GOAGI_STATUS": "OK"})
}

// A second worker without claims is refused and says what to do; one that follows
// a worker that died serves after some seconds.
func TestAsyncSecondWorker(t *testing.T) {
	a := asterisk.Get(t)
	scripts := map[string]string{"busy.lua": busy}
	first := work(t, a, scripts)
	for _, flags := range [][]string{nil, {"--claim=" + servers.Redis(t).URL}} { // with claims of its own
		refused := command(t, scripts, append([]string{"async", "--ami=worker@" + a.AMI}, flags...)...)
		if err := <-refused.ended; err == nil || !refused.shows("--claim redis://") {
			t.Errorf("%v: it ended with %v", flags, err)
		}
	}
	first.kill()
	began := time.Now()
	next := work(t, a, scripts)
	t.Logf("after one that was killed it takes %v", time.Since(began).Round(10*time.Millisecond))
	check(t, place(t, a, pbx.Plan{Steps: []string{"AGI(agi:async,busy.lua,1)"}}), vars{"ENDED": "x", "GOAGI_STATUS": "OK"})
	next.stops()
	began = time.Now()
	work(t, a, scripts)
	t.Logf("after one that was stopped %v", time.Since(began).Round(10*time.Millisecond))
}
