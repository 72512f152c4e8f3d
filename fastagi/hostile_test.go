package fastagi_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"goagi/agi"
	"goagi/fastagi"
	"goagi/sim"
)

// good fails unless a call goes through now.
func good(t *testing.T, v *served) {
	t.Helper()
	c := new(sim.Call)
	c.Press("1")
	if status := v.call(t, c); status != "SUCCESS" || c.Vars["KEY"] != "key 1" {
		t.Errorf("another call: AGISTATUS is %s, KEY %q", status, c.Vars["KEY"])
	}
}

// Clients who send no block are told that their call failed, in bounded time.
func TestClientsWithoutACall(t *testing.T) {
	for what, row := range map[string]struct {
		send func(*sim.End)
		took time.Duration
	}{
		"silence":                 {func(*sim.End) {}, agi.EnvTimeout},
		"half a block":            {func(a *sim.End) { io.WriteString(a, wholeBlock[:200]) }, agi.EnvTimeout},
		"a byte a second":         {drip, agi.EnvTimeout},
		"a long block, no answer": {func(a *sim.End) { io.WriteString(a, strings.Replace(wholeBlock, "Ann", strings.Repeat("n", 2000), 1)) }, agi.EnvTimeout},
		"another protocol":        {func(a *sim.End) { io.WriteString(a, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") }, 0},
		"no newline ever":         {func(a *sim.End) { a.Write(bytes.Repeat([]byte("x"), 1<<20)) }, 0},
		"lines without end":       {func(a *sim.End) { a.Write(bytes.Repeat([]byte("agi_x: y\n"), 1<<17)) }, 0},
		"a half-close":            {func(a *sim.End) { io.WriteString(a, wholeBlock[:200]); a.CloseWrite() }, 0},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newListener()
				v := serve(t, &fastagi.Server{Handler: func(context.Context, *fastagi.Conn) { t.Error("there is no call") }}, l)
				asterisk := l.dial()
				begin := time.Now()
				var sending sync.WaitGroup
				sending.Go(func() { row.send(asterisk) })
				text, err := io.ReadAll(asterisk)
				if strings.HasPrefix(string(text), "GET FULL VARIABLE ") {
					_, rest, _ := strings.Cut(string(text), "\n")
					text = []byte(rest)
				}
				if string(text) != "failure\n" || err != nil || time.Since(begin) != row.took {
					t.Errorf("it was sent %q, %v after %v", text, err, time.Since(begin))
				}
				asterisk.Close()
				sending.Wait()
				synctest.Wait()
				if n := v.Counts(); n.Bad != 1 || n.Calls != 0 {
					t.Errorf("%+v", n)
				}
			})
		})
	}
}

// drip is a slow loris.
func drip(a *sim.End) {
	for i := range wholeBlock {
		if _, err := a.Write([]byte{wholeBlock[i]}); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

// A load balancer that looks whether the port is open is no news.
func TestProbe(t *testing.T) {
	v := serve(t, &fastagi.Server{Handler: greeter})
	for range 5 {
		c := v.dial(t)
		c.Conn.(*net.TCPConn).CloseWrite()
		c.closed(t)
	}
	good(t, v)
	if n := v.Counts(); n.Probes != 5 || n.Bad != 0 || v.log.String() != "" {
		t.Errorf("%+v, the log is %q", n, v.log)
	}
}

// A block of hundreds of megabytes without a newline takes no memory, and no
// time from others.
func TestEndlessBlock(t *testing.T) {
	v := serve(t, &fastagi.Server{Handler: greeter})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var clients sync.WaitGroup
	for range 4 {
		c := v.dial(t)
		clients.Go(func() {
			part := bytes.Repeat([]byte("x"), 1<<20)
			for range 200 {
				if _, err := c.Write(part); err != nil {
					return // cut off, as it should be
				}
			}
			t.Error("200 MB were taken")
		})
	}
	good(t, v)
	clients.Wait()
	runtime.ReadMemStats(&after)
	if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 20<<20 {
		t.Errorf("%d bytes were allocated", grown)
	}
	v.count(t, "open connections", func(c fastagi.Counts) int64 { return c.Idle }, 0)
}

// A connection that is torn down in the middle of anything is that call's loss.
func TestReset(t *testing.T) {
	v := serve(t, &fastagi.Server{Handler: greeter})
	reset := func(c *client) {
		c.Conn.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	for what, until := range map[string]func(*client){
		"before the block":         func(*client) {},
		"in the block":             func(c *client) { c.say(t, wholeBlock[:300]) },
		"behind the block":         func(c *client) { c.say(t, wholeBlock) },
		"behind a command":         func(c *client) { c.say(t, wholeBlock); c.line(t) },
		"in a reply":               func(c *client) { c.say(t, wholeBlock); c.line(t); c.say(t, "200 resu") },
		"between reply and HANGUP": func(c *client) { c.say(t, wholeBlock); c.line(t); c.say(t, "200 result=-1\nHANG") },
	} {
		t.Run(what, func(t *testing.T) {
			for range 20 {
				c := v.dial(t)
				until(c)
				reset(c)
			}
			good(t, v)
		})
	}
	v.count(t, "open connections", func(c fastagi.Counts) int64 { return c.InProgress + c.Idle }, 0)
}

// Thousands of silent clients take nothing from a call, and are gone soon.
func TestSilentClients(t *testing.T) {
	const many = 2000
	v := serve(t, &fastagi.Server{MaxCalls: 10, Handler: greeter})
	var silent []net.Conn
	for range many {
		silent = append(silent, v.dial(t).Conn)
	}
	begin := time.Now()
	good(t, v)
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("the call took %v", took)
	}
	for _, c := range silent {
		if text, err := io.ReadAll(c); string(text) != "failure\n" || err != nil {
			t.Fatalf("it was sent %q, %v", text, err)
		}
		c.Close()
	}
	v.count(t, "open connections", func(c fastagi.Counts) int64 { return c.Idle }, 0)
	if n := v.Counts(); n.Bad != many || n.Calls != 1 || strings.Count(v.log.String(), "\n") > 3 {
		t.Errorf("%+v; the log is %s", n, v.log)
	}
}

// Calls that begin in the same moment are no more than MaxCalls either.
func TestCallsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newListener()
		v := serve(t, &fastagi.Server{MaxCalls: 2, Handler: func(context.Context, *fastagi.Conn) { time.Sleep(time.Second) }}, l)
		var calls [5]*sim.End
		for i := range calls {
			calls[i] = l.dial()
		}
		failed := 0
		for _, asterisk := range calls {
			io.WriteString(asterisk, wholeBlock)
		}
		for _, asterisk := range calls {
			if text, _ := io.ReadAll(asterisk); string(text) == "failure\n" {
				failed++
			}
			asterisk.Close()
		}
		if n := v.Counts(); failed != 3 || n.Calls != 2 || n.Busy != 3 {
			t.Errorf("%d calls failed; %+v", failed, n)
		}
		synctest.Wait()
	})
}

// Only who is allowed may speak at all.
func TestAllow(t *testing.T) {
	prefixes := func(list ...string) (all []netip.Prefix) {
		for _, p := range list {
			all = append(all, netip.MustParsePrefix(p))
		}
		return all
	}
	near := map[string]bool{"127.0.0.1": true, "::1": true, "10.1.2.3": true, "172.16.0.1": true, "192.168.1.1": true, "169.254.1.1": true,
		"fd00::1": true, "fe80::1%eth0": true, "::ffff:10.0.0.1": true, "::ffff:8.8.8.8": false, "8.8.8.8": false, "172.32.0.1": false, "2001:db8::1": false}
	for _, row := range []struct {
		allow []netip.Prefix
		want  map[string]bool
	}{
		{nil, near},
		{prefixes("8.8.8.0/24", "2001:db8::/32", "fe80::/10"), map[string]bool{"8.8.8.8": true, "::ffff:8.8.8.8": true, "8.8.9.8": false, "127.0.0.1": false,
			"2001:db8::9": true, "2001:db9::1": false, "fe80::1%eth0": true}},
	} {
		for addr, want := range row.want {
			synctest.Test(t, func(t *testing.T) {
				l := newListener()
				v := serve(t, &fastagi.Server{Allow: row.allow, Handler: func(context.Context, *fastagi.Conn) {}}, l)
				for range 3 {
					asterisk, program := sim.Pipe()
					l.conns <- &wire{End: program, peer: net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(addr), 999))}
					io.WriteString(asterisk, wholeBlock)
					if text, _ := io.ReadAll(asterisk); len(text) > 0 {
						t.Errorf("%s was sent %q", addr, text)
					}
					asterisk.Close()
				}
				synctest.Wait()
				if n := v.Counts(); n.Calls == 3 != want || n.Refused == 3 == want {
					t.Errorf("%s: %+v", addr, n)
				}
				if n := strings.Count(v.log.String(), "not allowed"); n > 1 || n == 1 == want {
					t.Errorf("%s: the log is %s", addr, v.log)
				}
			})
		}
	}
}

// Whatever a client sends, and in whatever pieces, it is answered by commands and
// `failure` only, ends in bounded time and leaves nothing behind.
func FuzzServe(f *testing.F) {
	f.Add([]byte(wholeBlock), uint64(1), false)
	f.Add([]byte(wholeBlock+"200 result=0\n200 result=53\nHANGUP\n200 result=1\n"), uint64(2), false)
	f.Add([]byte(wholeBlock+"520-Usage\n200 result=1 (\n"), uint64(3), false)
	f.Add([]byte("agi_network: yes\n\n\n\nHANGUP\n"), uint64(4), false)
	f.Add([]byte("PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n"+wholeBlock), uint64(5), true)
	f.Add([]byte("\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x0a\x00\x00\x01\x0a\x00\x00\x02\x00\x01\x00\x02"+wholeBlock), uint64(6), true)
	f.Fuzz(func(t *testing.T, said []byte, seed uint64, proxy bool) {
		synctest.Test(t, func(t *testing.T) {
			l := newListener()
			v := serve(t, &fastagi.Server{ProxyProtocol: proxy, Handler: greeter}, l)
			asterisk := l.dial()
			var sending sync.WaitGroup
			sending.Go(func() {
				dice := rand.New(rand.NewPCG(seed, 0))
				for rest := said; len(rest) > 0; {
					n := 1 + dice.IntN(len(rest))
					if _, err := asterisk.Write(rest[:n]); err != nil {
						return
					}
					rest = rest[n:]
					time.Sleep(time.Duration(dice.IntN(100)) * time.Millisecond)
				}
				asterisk.CloseWrite()
			})
			begin := time.Now()
			text, _ := io.ReadAll(asterisk)
			asterisk.Close()
			for line := range strings.Lines(string(text)) {
				switch word, _, _ := strings.Cut(strings.TrimSpace(line), " "); word {
				case "ANSWER", "WAIT", "SET", "GET", "CHANNEL", "failure":
				default:
					t.Errorf("it was sent %q", line)
				}
			}
			sending.Wait()
			if took := time.Since(begin); took > time.Minute+time.Duration(len(said))*100*time.Millisecond {
				t.Errorf("it took %v", took)
			}
			synctest.Wait()
			if n := v.Counts(); n.Panics != 0 || n.InProgress+n.Idle != 0 || n.Connections != 1 {
				t.Errorf("%+v", n)
			}
		})
	})
}
