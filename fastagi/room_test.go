package fastagi_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"goagi/fastagi"
	"goagi/sim"
)

// Where there is no room for a call, Asterisk hears so at once and can go on to
// another server; once there is, calls are taken again.
func TestNoRoom(t *testing.T) {
	var room atomic.Bool
	v := serve(t, &fastagi.Server{Room: room.Load, Handler: func(context.Context, *fastagi.Conn) {}})
	c := v.dial(t)
	if line := c.line(t); line != "failure" {
		t.Errorf("got %q", line)
	}
	c.closed(t)
	if status := v.call(t, new(sim.Call)); status != "FAILURE" {
		t.Errorf("AGISTATUS is %s", status)
	}
	if n := v.Counts(); n.NoRoom != 2 || n.Calls != 0 || n.Busy != 0 {
		t.Errorf("%+v", n)
	}
	if n := strings.Count(v.log.String(), "there is no room"); n != 1 {
		t.Errorf("%d records of it in the log: %s", n, v.log)
	}
	room.Store(true)
	if status := v.call(t, new(sim.Call)); status != "SUCCESS" {
		t.Errorf("AGISTATUS is %s", status)
	}
}
