package std

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"

	sqlite "github.com/ncruces/go-sqlite3/driver"
)

// link is a connection as package database/sql keeps it in its pool: a driver's,
// and what drivers leave undone.
//
// Statements go to it past database/sql, which would send one again when the
// connection broke, though the database may have done it.
type link struct {
	driver.Conn
	wire     *wire // nil where the driver looks after it
	prepared map[string]driver.Stmt
	changed  bool // a statement may have left its session other than it was
	broken   bool // it is of no more use

	// What only SQLite has.
	inside bool // no file but its own
	alone  bool // the database is in memory, and goes with the connection
	most   int  // bytes of a value, 0 before it was set
}

// connector makes links, by one of two.
type connector struct {
	plain driver.Connector                      // of a driver that ends its waits with their contexts
	wired func(*wire) (driver.Connector, error) // of one that does not, to dial by a wire
}

// Driver is driver.Connector's.
func (c *connector) Driver() driver.Driver { return nil }

// Connect is driver.Connector's.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	if c.plain != nil {
		conn, err := c.plain.Connect(ctx)
		if err != nil {
			return nil, err
		}
		l := &link{Conn: conn}
		if file, ok := c.plain.(*sqliteFile); ok {
			l.inside, l.alone = file.inside, file.alone
		}
		return l, nil
	}
	w := new(wire)
	inner, err := c.wired(w)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { w.limit(0) })
	conn, err := inner.Connect(ctx)
	w.connected()
	if !stop() && err == nil {
		err = errors.Join(context.Cause(ctx), conn.Close())
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return &link{Conn: conn, wire: w}, nil
}

// ResetSession is driver.SessionResetter's: it keeps a connection from use that
// the database has closed meanwhile.
func (l *link) ResetSession(ctx context.Context) error {
	if l.wire != nil && l.wire.ended() {
		return driver.ErrBadConn
	}
	if inner, ok := l.Conn.(driver.SessionResetter); ok {
		return inner.ResetSession(ctx)
	}
	return nil
}

// IsValid is driver.Validator's, and asked when a connection goes back to the pool:
// what a script has changed in its session is not for the next one, and is gone with
// the connection.
func (l *link) IsValid() bool {
	if l.broken || l.changed && !l.alone {
		return false
	}
	l.changed = false
	if file, ok := l.Conn.(sqlite.Conn); ok && !file.Raw().GetAutocommit() {
		return l.alone && file.Raw().Exec("ROLLBACK") == nil
	}
	inner, ok := l.Conn.(driver.Validator)
	return !ok || inner.IsValid()
}

// cancelling is how long a driver may take to end a statement in the database,
// once its context has ended.
const cancelling = 300 * time.Millisecond

// guard has what the driver does end soon after ctx. It ends with whole, which
// reports whether the connection may be used again.
func (l *link) guard(ctx context.Context) (whole func() bool) {
	if l.wire == nil {
		return func() bool { return true }
	}
	return context.AfterFunc(ctx, func() { l.wire.limit(cancelling) })
}

// statement gives a prepared one, and what ends it.
func (l *link) statement(ctx context.Context, q *question) (driver.Stmt, func() error, error) {
	if q.keep {
		err := l.prepare(ctx, q.text)
		return l.prepared[q.text], func() error { return nil }, err
	}
	s, err := l.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, q.text)
	if err != nil {
		return nil, nil, err
	}
	return s, s.Close, nil
}

// mostPrepared is how many prepared statements a connection keeps.
const mostPrepared = 100

// prepare has the database read a statement, and keeps it for the connection's
// next use.
func (l *link) prepare(ctx context.Context, text string) error {
	if l.prepared[text] != nil {
		return nil
	}
	s, err := l.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	if len(l.prepared) >= mostPrepared {
		for other, old := range l.prepared { // any one
			delete(l.prepared, other)
			if err := old.Close(); err != nil {
				return err
			}
			break
		}
	}
	if l.prepared == nil {
		l.prepared = make(map[string]driver.Stmt)
	}
	l.prepared[text] = s
	return nil
}

// query runs a statement. The rows are to be closed, then end called.
func (l *link) query(ctx context.Context, q *question) (rows driver.Rows, end func() error, err error) {
	end = func() error { return nil }
	l.changed = l.changed || q.changes
	if direct, ok := l.Conn.(driver.QueryerContext); ok && !q.keep {
		rows, err = direct.QueryContext(ctx, q.text, q.values)
		if !errors.Is(err, driver.ErrSkip) {
			return rows, end, err
		}
	}
	s, end, err := l.statement(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	rows, err = s.(driver.StmtQueryContext).QueryContext(ctx, q.values)
	if err != nil {
		l.forget(q)
		return nil, nil, errors.Join(err, end())
	}
	return rows, end, nil
}

// exec runs a statement that gives no rows.
func (l *link) exec(ctx context.Context, q *question) (driver.Result, error) {
	l.changed = l.changed || q.changes
	if file, ok := l.Conn.(sqlite.Conn); ok && l.inside && isVacuum(q.text) {
		if err := file.Raw().SetAuthorizer(nil); err != nil {
			return nil, err
		}
		defer func() { l.broken = l.broken || noOtherFiles(file.Raw()) != nil }()
	}
	if direct, ok := l.Conn.(driver.ExecerContext); ok && !q.keep {
		result, err := direct.ExecContext(ctx, q.text, q.values)
		if !errors.Is(err, driver.ErrSkip) {
			return result, err
		}
	}
	s, end, err := l.statement(ctx, q)
	if err != nil {
		return nil, err
	}
	result, err := s.(driver.StmtExecContext).ExecContext(ctx, q.values)
	if err != nil {
		l.forget(q)
	}
	return result, errors.Join(err, end())
}

// forget has a kept statement be prepared anew when it is next run: its tables may
// have changed.
func (l *link) forget(q *question) {
	if s := l.prepared[q.text]; q.keep && s != nil {
		delete(l.prepared, q.text)
		_ = s.Close() // the error that led here is the one to be told
	}
}

// command runs a statement without values.
func (l *link) command(ctx context.Context, text string) error {
	_, err := l.exec(ctx, &question{text: text})
	return err
}

// wire is the network connection of a driver that does not end its waits with
// their contexts. It is used by several goroutines at once.
type wire struct {
	mu   sync.Mutex
	conn net.Conn
	done bool // connected: what is dialled now is for something else
}

// Dial is the driver's dialer.
func (w *wire) Dial(network, address string) (net.Conn, error) {
	return w.DialContext(context.Background(), network, address)
}

// DialTimeout is the driver's dialer.
func (w *wire) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return w.DialContext(ctx, network, address)
}

// DialContext is the driver's dialer.
func (w *wire) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.done {
		if w.conn != nil {
			w.conn.Close() // a first try, without what it could not do
		}
		w.conn = conn
	}
	return conn, nil
}

func (w *wire) connected() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done = true
}

// limit has all that waits end after d.
func (w *wire) limit(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil {
		_ = w.conn.SetDeadline(time.Now().Add(d))
	}
}

func (w *wire) close() {
	if w.conn != nil {
		w.conn.Close()
	}
}

// ended reports whether an unused connection has something to read: the database
// says nothing unasked, but for its end.
func (w *wire) ended() bool {
	raw, ok := w.conn.(syscall.Conn)
	if !ok {
		return false
	}
	control, err := raw.SyscallConn()
	if err != nil {
		return true
	}
	ended := false
	err = control.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		ended = !errors.Is(err, syscall.EAGAIN)
		return true
	})
	return ended || err != nil
}
