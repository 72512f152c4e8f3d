package fastagi

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"goagi/agi"
)

// politeTime is how long Asterisk may take to close its side when this one is
// closed: it does so at once, unless a command is still in progress.
const politeTime = 2 * time.Second

// maxTail is as much as is read of what Asterisk still sends then.
const maxTail = 1 << 20

// failTime is how long the line `failure` may take to get away.
const failTime = time.Second

// segment is what no network takes apart: IPv6's smallest packet has room for
// 1,220 bytes of TCP's, and IPv4's in use are no smaller.
const segment = 1200

// longAgo makes whoever reads or writes give up.
var longAgo = time.Unix(1, 0)

// Conn is one call. Stream has its own rules; the other methods may be called
// from any goroutine.
type Conn struct {
	// Stream is the dialog with Asterisk. Its environment has been read, so Env
	// gives that at once, and it is watched: Hungup ends with the line HANGUP,
	// or when the connection is lost. Its Close breaks the dialog off, but not
	// the connection, which the server closes behind the handler.
	Stream *agi.Stream

	wire   *wire
	source net.Addr // as a PROXY header has it; nil where there is none
}

func newConn(conn net.Conn) *Conn {
	w := &wire{Conn: conn}
	c := &Conn{wire: w}
	c.Stream = agi.NewStream(w, w, func() error { return conn.SetDeadline(longAgo) })
	c.Stream.ExpectNetwork(segment)
	return c
}

// RemoteAddr is Asterisk's address: that of the peer, or the one that the PROXY
// header names.
func (c *Conn) RemoteAddr() net.Addr {
	if c.source != nil {
		return c.source
	}
	return c.Peer()
}

// Peer is the address that the connection comes from: Asterisk's, or its
// proxy's.
func (c *Conn) Peer() net.Addr { return c.wire.RemoteAddr() }

// Fail tells Asterisk that the script failed: AGISTATUS becomes FAILURE, where a
// connection that just ends makes it SUCCESS, and HANGUP where the caller hung
// up. It is the last that is sent, and it blocks for a second at most.
func (c *Conn) Fail() error {
	if err := c.wire.SetWriteDeadline(time.Now().Add(failTime)); err != nil {
		return err
	}
	_, err := io.WriteString(c.wire, "failure\n")
	return err
}

// end closes the connection in the order that Asterisk does not mind. Closed at
// once, its last HANGUP would meet a closed socket, and its log would have a
// broken pipe for each call (res_agi.c: run_agi).
func (c *Conn) end() {
	_ = c.Stream.Close()
	half, ok := c.wire.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || c.wire.SetReadDeadline(time.Now().Add(politeTime)) != nil {
		return
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(c.wire.Conn, maxTail)) // up to its end, or the deadline
}

// readProxy reads the PROXY header.
func (c *Conn) readProxy(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = c.Stream.Close() })
	source, n, rest, err := readProxy(c.wire)
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("waiting for the PROXY header: %w", err)
	}
	c.source, c.wire.rest, c.wire.heard = source, rest, len(rest) > 0
	c.Stream.ExpectNetwork(segment - n)
	return nil
}

// wire is the connection, with what was read too far.
type wire struct {
	net.Conn
	rest  []byte
	heard bool // something came of Asterisk's, behind a PROXY header
}

// Read gives what was read too far first.
func (w *wire) Read(b []byte) (n int, err error) {
	if len(w.rest) > 0 {
		n = copy(b, w.rest)
		w.rest = w.rest[n:]
		return n, nil
	}
	n, err = w.Conn.Read(b)
	w.heard = w.heard || n > 0
	return n, err
}

// name is an address for the log.
func name(addr net.Addr) string {
	if addr == nil {
		return "unknown"
	}
	if _, unix := addr.(*net.UnixAddr); unix {
		return "unix:" + addr.String()
	}
	return addr.String()
}

// connections are all that are open, so that a shutdown can wait for them and
// close them. The zero value takes none.
type connections struct {
	limit int // how many there may be

	mu    sync.Mutex
	open  map[net.Conn]struct{}
	empty chan struct{} // closed when the last one goes; nil until somebody waits for that
}

// add takes a connection in, and reports whether there is room for it.
func (o *connections) add(c net.Conn) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.open) >= o.limit {
		return false
	}
	if o.open == nil {
		o.open = make(map[net.Conn]struct{})
	}
	o.open[c] = struct{}{}
	return true
}

func (o *connections) remove(c net.Conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.open, c)
	if o.empty != nil && len(o.open) == 0 {
		close(o.empty)
	}
}

// emptied gives a channel that closes when all have gone. No more are added.
func (o *connections) emptied() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.empty = make(chan struct{})
	if len(o.open) == 0 {
		close(o.empty)
	}
	return o.empty
}

// closeAll closes them, and tells how many there were.
func (o *connections) closeAll() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	for c := range o.open {
		_ = c.Close()
	}
	return len(o.open)
}

// len tells how many there are.
func (o *connections) len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.open)
}
