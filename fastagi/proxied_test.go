package fastagi_test

import (
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"goagi/agi"
	"goagi/fastagi"
	"goagi/sim"
)

// Behind a proxy the script learns Asterisk's address, and Allow looks at the
// proxy's: what a header says, anybody can say.
func TestProxied(t *testing.T) {
	const header = "PROXY TCP4 8.8.8.8 10.0.0.2 12345 4573\r\n"
	t.Run("a call", func(t *testing.T) {
		addrs := make(chan [2]string, 1)
		v := serve(t, &fastagi.Server{ProxyProtocol: true, Handler: func(_ context.Context, c *fastagi.Conn) {
			addrs <- [2]string{c.RemoteAddr().String(), c.Peer().String()}
		}})
		for _, cut := range []string{header + wholeBlock, header, header[:10]} {
			c := v.dial(t)
			c.say(t, cut)
			c.say(t, strings.TrimPrefix(header+wholeBlock, cut))
			c.closed(t)
			if got := <-addrs; got[0] != "8.8.8.8:12345" || got[1] != c.LocalAddr().String() {
				t.Errorf("the call comes from %s over %s", got[0], got[1])
			}
		}
	})
	t.Run("none of it", func(t *testing.T) {
		v := serve(t, &fastagi.Server{ProxyProtocol: true, Handler: greeter})
		if status := v.call(t, new(sim.Call)); status != "FAILURE" {
			t.Errorf("AGISTATUS is %s", status)
		}
		if !strings.Contains(v.log.String(), "no header of the PROXY protocol") {
			t.Errorf("the log is %s", v.log)
		}
	})
	t.Run("not asked for", func(t *testing.T) {
		v := serve(t, &fastagi.Server{Handler: greeter})
		c := v.dial(t)
		c.say(t, header+wholeBlock)
		if line := c.line(t); line != "failure" {
			t.Errorf("got %q", line)
		}
	})
	t.Run("the proxy looks whether we live", func(t *testing.T) {
		v := serve(t, &fastagi.Server{ProxyProtocol: true, Handler: greeter})
		c := v.dial(t)
		c.say(t, "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00")
		c.Conn.(*net.TCPConn).CloseWrite()
		c.closed(t)
		v.count(t, "probes", func(c fastagi.Counts) int64 { return c.Probes }, 1)
	})
	t.Run("Allow", func(t *testing.T) {
		v := serve(t, &fastagi.Server{ProxyProtocol: true, Allow: []netip.Prefix{netip.MustParsePrefix("8.8.8.8/32")}, Handler: greeter})
		c := v.dial(t)
		io.WriteString(c, header+wholeBlock) // it may be closed already
		io.ReadAll(c)
		v.count(t, "refused connections", func(c fastagi.Counts) int64 { return c.Refused }, 1)
	})
}

// Header and block together have no more time than a block alone.
func TestSlowProxy(t *testing.T) {
	const header = "PROXY UNKNOWN\r\n"
	for what, say := range map[string]func(*sim.End){
		"nothing":       func(*sim.End) {},
		"half a header": func(a *sim.End) { io.WriteString(a, header[:9]) },
		"a late header": func(a *sim.End) { time.Sleep(agi.EnvTimeout - time.Second); io.WriteString(a, header) },
		"a late block":  func(a *sim.End) { time.Sleep(agi.EnvTimeout - time.Second); io.WriteString(a, header+wholeBlock[:99]) },
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newListener()
				serve(t, &fastagi.Server{ProxyProtocol: true, Handler: greeter}, l)
				asterisk := l.dial()
				begin := time.Now()
				var saying sync.WaitGroup
				saying.Go(func() { say(asterisk) })
				text, err := io.ReadAll(asterisk)
				if string(text) != "failure\n" || err != nil || time.Since(begin) != agi.EnvTimeout {
					t.Errorf("it was sent %q, %v after %v", text, err, time.Since(begin))
				}
				asterisk.Close()
				saying.Wait()
			})
		})
	}
}
