package fastagi

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Counts are what a server has seen since Serve began. All but the last two only
// grow.
type Counts struct {
	Connections  int64 // accepted
	Refused      int64 // ... and closed: the address is not allowed
	Busy         int64 // ... and answered by `failure`: MaxCalls were in progress, or far too many connections open
	NoRoom       int64 // ... and answered by `failure`: Room said no
	Probes       int64 // ... and closed by the other side before a byte came
	Bad          int64 // ... and answered by `failure`: no PROXY header or environment block, or not in time
	Calls        int64 // ... and handed to Handler
	Panics       int64 // calls that ended in a panic
	AcceptErrors int64 // of Accept

	InProgress int64 // calls now
	Idle       int64 // other connections now: new, silent, or being closed
}

type counters struct {
	connections, refused, busy, noRoom, probes, bad, calls, panics, acceptErrors atomic.Int64
}

// Counts gives the counters as they are now.
func (s *Server) Counts() Counts {
	n := &s.count
	c := Counts{
		Connections: n.connections.Load(), Refused: n.refused.Load(), Busy: n.busy.Load(), NoRoom: n.noRoom.Load(), Probes: n.probes.Load(),
		Bad: n.bad.Load(), Calls: n.calls.Load(), Panics: n.panics.Load(), AcceptErrors: n.acceptErrors.Load(),
		InProgress: s.calls.Load(),
	}
	c.Idle = max(0, int64(s.open.len())-c.InProgress)
	return c
}

// rareTime is how much time lies between two records of a kind.
const rareTime = 10 * time.Second

// The kinds of record that a client can make the server write.
const (
	notAllowed = iota
	tooMany
	noRoom
	noCall
	acceptFailed
	kinds
)

// rare keeps strangers from filling the log.
type rare struct {
	mu   sync.Mutex
	next [kinds]time.Time // when another of the kind may be written
	left [kinds]int       // not written since the last one
}

// log writes a warning, unless one of its kind was written just now.
func (r *rare) log(log *slog.Logger, kind int, message string, args ...any) {
	now := time.Now()
	r.mu.Lock()
	if now.Before(r.next[kind]) {
		r.left[kind]++
		r.mu.Unlock()
		return
	}
	left := r.left[kind]
	r.next[kind], r.left[kind] = now.Add(rareTime), 0
	r.mu.Unlock()
	if left > 0 {
		args = append(args, "more since the last record", left)
	}
	log.Warn(message, args...)
}
