package fastagi

import (
	"net"
	"testing"
)

// There is an end to how many connections are kept open, and a shutdown misses
// none of them.
func TestConnections(t *testing.T) {
	o := connections{limit: 2}
	var ours, theirs [3]net.Conn
	for i := range ours {
		ours[i], theirs[i] = net.Pipe()
		defer ours[i].Close()
		defer theirs[i].Close()
		if room := o.add(ours[i]); room != (i < 2) {
			t.Errorf("room for connection %d: %v", i+1, room)
		}
	}
	o.remove(ours[0])
	if !o.add(ours[2]) {
		t.Error("the room of one that has gone is lost")
	}
	empty := o.emptied()
	if n := o.closeAll(); n != 2 || o.len() != 2 {
		t.Errorf("%d were closed", n)
	}
	for i, conn := range theirs[1:] {
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Errorf("connection %d is open", i+2)
		}
		select {
		case <-empty:
			t.Errorf("connection %d is forgotten", i+2)
		default:
		}
		o.remove(ours[i+1])
	}
	<-empty
}
