package std

import (
	"context"
	"database/sql/driver"
	"errors"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ncruces/go-sqlite3"
	sqlite "github.com/ncruces/go-sqlite3/driver"
)

// A value and a row of SQLite may have as many bytes as an answer may, but for
// these: one that was written when answers could be large is not in the way of those
// who want small ones, and several fit into SQLite's memory of 256 MiB.
const (
	leastLimit = 16 << 20
	mostLimit  = 64 << 20
)

// busyTimeout is how long SQLite waits for another writer, where the statement's
// own time is not over before.
const busyTimeout = time.Minute

// lockedAgain is how soon it is asked again.
const lockedAgain = 5 * time.Millisecond

func connectSQLite(p *address) (*connector, error) {
	// A format of times that none has keeps the driver from reading texts as such.
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: p.file}).EscapedPath(), RawQuery: "_timefmt=none"}
	inner, err := (&sqlite.SQLite{}).OpenConnector(name.String())
	if err != nil {
		return nil, err
	}
	return &connector{plain: &sqliteFile{inner, p.inside, p.file == memoryFile}}, nil
}

// sqliteFile makes connections to a file that are set up for many writers.
type sqliteFile struct {
	driver.Connector
	inside bool
	alone  bool // it is in memory
}

// Connect is driver.Connector's.
func (f *sqliteFile) Connect(ctx context.Context) (conn driver.Conn, err error) {
	defer noMemory(&err) // of the machine's, for it
	conn, err = f.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := f.prepare(ctx, conn.(sqlite.Conn).Raw()); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func (f *sqliteFile) prepare(ctx context.Context, raw *sqlite3.Conn) error {
	defer raw.SetInterrupt(raw.SetInterrupt(ctx))
	if err := raw.BusyTimeout(busyTimeout); err != nil {
		return err
	}
	// Of processes that make a file at once, SQLite turns away all but one here.
	for err := raw.Exec("PRAGMA journal_mode=wal"); err != nil; err = raw.Exec("PRAGMA journal_mode=wal") {
		if !errors.Is(err, sqlite3.BUSY) {
			return err
		}
		select {
		case <-time.After(lockedAgain):
		case <-ctx.Done():
			return err
		}
	}
	err := raw.Exec("PRAGMA synchronous=normal; PRAGMA foreign_keys=on")
	if err != nil || !f.inside {
		return err
	}
	return noOtherFiles(raw)
}

// noOtherFiles has a connection open no file but its own.
func noOtherFiles(raw *sqlite3.Conn) error {
	return raw.SetAuthorizer(func(action sqlite3.AuthorizerActionCode, _, _, _, _ string) sqlite3.AuthorizerReturnCode {
		if action == sqlite3.AUTH_ATTACH { // also VACUUM INTO
			return sqlite3.AUTH_DENY
		}
		return sqlite3.AUTH_OK
	})
}

// isVacuum reports whether a statement is VACUUM, and nothing else: SQLite attaches
// a file for it, of its own.
func isVacuum(text string) bool {
	words := strings.Fields(strings.TrimSuffix(strings.TrimSpace(text), ";"))
	if len(words) == 0 || len(words) > 2 || !strings.EqualFold(words[0], "VACUUM") {
		return false
	}
	return len(words) == 1 || words[1] == "main"
}

// errMemory is the error of a statement that SQLite has no memory for.
var errMemory = errors.New("SQLite: out of memory: the statement's values are too large together")

// noMemory makes a panic of SQLite's an error: it runs in a memory of its own, and
// panics where that is full. Others go on.
func noMemory(err *error) {
	value := recover()
	if value == nil {
		return
	}
	fault, ok := value.(error)
	if !ok || !errors.Is(fault, syscall.ENOMEM) && !strings.Contains(fault.Error(), "out of memory") {
		panic(value)
	}
	*err = errMemory
}

// mind calls do. A panic for want of memory is the statement's fault, and the end of
// the connection.
func (l *link) mind(do func() error) (err error) {
	if _, ok := l.Conn.(sqlite.Conn); !ok {
		return do()
	}
	defer func() { l.broken = l.broken || errors.Is(err, errMemory) }()
	defer noMemory(&err)
	return do()
}

// limit has SQLite refuse values and rows that are larger than an answer may be.
func (l *link) limit(most int) {
	file, ok := l.Conn.(sqlite.Conn)
	if most = min(max(most, leastLimit), mostLimit); ok && most != l.most {
		file.Raw().Limit(sqlite3.LIMIT_LENGTH, most)
		l.most = most
	}
}

// Close is driver.Conn's. SQLite would keep the file, its locks and its memory as
// long as there are statements.
func (l *link) Close() (err error) {
	if file, ok := l.Conn.(sqlite.Conn); ok {
		defer noMemory(&err)
		for _, s := range slices.Collect(file.Raw().Stmts()) {
			_ = end(s) // what its last run failed with
		}
	}
	return l.Conn.Close()
}

// end closes a statement, also one that has had no memory: closing it tells that
// again.
func end(s *sqlite3.Stmt) (err error) {
	defer noMemory(&err)
	return s.Close()
}
