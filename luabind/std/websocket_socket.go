package std

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// socket is a connection, and the goroutine that reads it. A read that gives up
// would close the connection: so that one reads for as long as there is one, and
// the script takes what it has read.
//
//	server ──▶ read ──▶ held ──▶ take
type socket struct {
	conn    *websocket.Conn
	raw     net.Conn // beneath it
	most    int      // bytes of a message
	stop    context.CancelFunc
	reader  sync.WaitGroup
	parting atomic.Bool   // this side closes it
	came    chan struct{} // tells of something new in held; holds one
	room    chan struct{} // tells that something was taken; holds one
	gone    chan struct{} // closed when nothing more is read; why and code stay then
	why     error
	code    int // the server's, 0 for none

	mu      sync.Mutex // guards what follows; never held across a wait
	held    []wsMessage
	holding int // bytes
}

// wsMessage is one that came.
type wsMessage struct{ text, kind string }

// Limits of what is held, besides twice the longest message.
const heldMessages = 64

// farewell is how long a server may take to take leave of a call that is over.
const farewell = 250 * time.Millisecond

// errLongMessage is why the connection was closed when such a message came.
var errLongMessage = errors.New("a message is longer")

// errSocketClosed is why nothing comes any more after the script's own close.
var errSocketClosed = errors.New("closed")

// openSocket begins to read a connection. leave ends that.
func openSocket(conn *websocket.Conn, raw net.Conn, most int) *socket {
	if encrypted, ok := raw.(*tls.Conn); ok {
		raw = encrypted.NetConn() // whose Close writes nothing, and waits for nothing
	}
	s := &socket{conn: conn, raw: raw, most: most, came: make(chan struct{}, 1), room: make(chan struct{}, 1), gone: make(chan struct{})}
	conn.SetReadLimit(-1) // read has its own
	var ctx context.Context
	ctx, s.stop = context.WithCancel(context.Background())
	s.reader.Go(func() {
		err := s.read(ctx)
		s.code, s.why = s.ending(err)
		close(s.gone)
		if err == errLongMessage {
			_ = s.part(context.Background(), farewell, websocket.StatusMessageTooBig, "")
		}
		_ = conn.CloseNow()
	})
	return s
}

// read holds what comes, until the connection or ctx ends.
func (s *socket) read(ctx context.Context) error {
	for {
		kind, from, err := s.conn.Reader(ctx)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(io.LimitReader(from, int64(s.most)+1))
		if err != nil {
			return err
		}
		if len(text) > s.most {
			return errLongMessage
		}
		m := wsMessage{string(text), "text"}
		if kind == websocket.MessageBinary {
			m.kind = "binary"
		}
		for !s.hold(m) {
			select {
			case <-s.room:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		rouse(s.came)
	}
}

// ending gives the server's code, 0 for none, and why nothing comes any more.
func (s *socket) ending(err error) (code int, why error) {
	closed, byServer := errors.AsType[websocket.CloseError](err)
	switch {
	case s.parting.Load():
		return 0, errSocketClosed
	case err == errLongMessage:
		return 0, fmt.Errorf("%w than %d bytes (option max_size)", err, s.most)
	case byServer && closed.Code == websocket.StatusNoStatusRcvd:
		return 0, errors.New("closed by the server")
	case byServer:
		return int(closed.Code), errors.New(strings.TrimSpace(fmt.Sprintf("closed by the server: %d %s", closed.Code, webLine(closed.Reason, 123))))
	}
	for errors.Unwrap(err) != nil { // what the library was doing is of no interest
		err = errors.Unwrap(err)
	}
	if err == net.ErrClosed {
		return 0, errSocketClosed
	}
	return 0, webError(context.Background(), 0, err)
}

// because says why something could not be done with the connection.
func (s *socket) because(ctx context.Context, timeout time.Duration, err error) error {
	if ctx.Err() == nil {
		timer := time.NewTimer(farewell)
		defer timer.Stop()
		select {
		case <-s.gone: // the reader most likely knows better why
			return s.why
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return webError(ctx, timeout, err)
}

// close closes the connection in good order, which ends early where ctx does.
func (s *socket) close(ctx context.Context, code websocket.StatusCode, reason string) error {
	select {
	case <-s.gone:
		return nil // closed already
	default:
	}
	s.parting.Store(true)
	err := s.part(ctx, 5*time.Second, code, reason)
	s.leave(ctx)
	if _, answered := errors.AsType[websocket.CloseError](err); err != nil && !answered {
		return errors.New("the server did not close the connection in good order")
	}
	return nil
}

// part takes leave of the server, for so long at most.
func (s *socket) part(ctx context.Context, limit time.Duration, code websocket.StatusCode, reason string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = s.raw.Close() })() // whatever the library waits for
	return s.conn.Close(code, reason)
}

// leave ends the connection with the call, and waits for the reader's end. Where
// ctx still lets it, the server is told.
func (s *socket) leave(ctx context.Context) {
	select {
	case <-s.gone: // and the reader takes leave, where somebody must
		s.reader.Wait()
	default:
		if !s.parting.Swap(true) && ctx.Err() == nil {
			_ = s.part(ctx, farewell, websocket.StatusGoingAway, "")
		}
	}
	s.stop()
	_ = s.raw.Close()
	s.reader.Wait()
}

// hold holds a message, if there is room for it.
func (s *socket) hold(m wsMessage) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.held) > 0 && (len(s.held) >= heldMessages || s.holding+len(m.text) > 2*s.most) {
		return false
	}
	s.held = append(s.held, m)
	s.holding += len(m.text)
	return true
}

// take gives the oldest message, if there is one.
func (s *socket) take() (m wsMessage, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.held) == 0 {
		return m, false
	}
	m = s.held[0]
	s.held = s.held[1:]
	s.holding -= len(m.text)
	rouse(s.room)
	return m, true
}

// some reports whether a message is held.
func (s *socket) some() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.held) > 0
}

// rouse tells the goroutine that waits for a channel, now or next.
func rouse(waiting chan<- struct{}) {
	select {
	case waiting <- struct{}{}:
	default:
	}
}
