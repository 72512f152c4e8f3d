package std

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/lib/pq"
	"github.com/ncruces/go-sqlite3"
	sqlite "github.com/ncruces/go-sqlite3/driver"
)

// largestValue is as large as one value of SQLite may be, in bytes.
const largestValue = 64 << 20

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
	return &connector{plain: &sqliteFile{inner, p.inside}}, nil
}

// sqliteFile makes connections to a file that are set up for many writers.
type sqliteFile struct {
	driver.Connector
	inside bool
}

// Connect is driver.Connector's.
func (f *sqliteFile) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := f.Connector.Connect(ctx)
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
	raw.Limit(sqlite3.LIMIT_LENGTH, largestValue)
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

func connectPostgres(p *address) (*connector, error) {
	port, err := strconv.ParseUint(p.port, 10, 16)
	if err != nil {
		return nil, errors.New("the port of the database is not from 0 to 65535")
	}
	query := p.url.Query()
	config := pq.Config{
		Host: p.host, Port: uint16(port), User: p.user, Password: p.password, Database: p.name,
		ApplicationName: "goagi", ClientEncoding: "UTF8", Datestyle: "ISO, MDY",
		SSLSNI: true, SSLRootCert: p.ca, ConnectTimeout: p.timeout,
	}
	if name := query.Get("application_name"); name != "" {
		config.ApplicationName = name
	}
	if path := query.Get("search_path"); path != "" {
		config.Runtime = map[string]string{"search_path": path}
	}
	switch {
	case p.socket != "":
		config.Host, config.SSLMode = p.socket, pq.SSLModeDisable
	case p.tls == "off":
		config.SSLMode = pq.SSLModeDisable
	case p.tls == "verify":
		config.SSLMode = pq.SSLModeVerifyFull
	default:
		config.SSLMode = pq.SSLMode(p.tls)
	}
	return &connector{wired: func(w *wire) (driver.Connector, error) {
		c, err := pq.NewConnectorConfig(config)
		if err == nil {
			c.Dialer(w)
		}
		return c, err
	}}, nil
}

func connectMySQL(p *address) (*connector, error) {
	config := mysql.NewConfig()
	config.User, config.Passwd, config.DBName = p.user, p.password, p.name
	config.Net, config.Addr = "tcp", net.JoinHostPort(p.host, p.port)
	config.Timeout, config.ClientFoundRows = p.timeout, true // as other databases count
	config.Logger = &mysql.NopLogger{}                       // an error is given to the script
	switch {
	case p.socket != "":
		config.Net, config.Addr = "unix", p.socket
	case p.tls == "verify":
		config.TLS = &tls.Config{ServerName: p.host}
		if p.ca != "" {
			pem, err := os.ReadFile(p.ca)
			if err != nil {
				return nil, err
			}
			config.TLS.RootCAs = x509.NewCertPool()
			if !config.TLS.RootCAs.AppendCertsFromPEM(pem) {
				return nil, fmt.Errorf("%s holds no certificate", p.ca)
			}
		}
	case p.tls != "off":
		config.TLS = &tls.Config{ServerName: p.host, InsecureSkipVerify: true}
		config.AllowFallbackToPlaintext = p.tls == "prefer"
	}
	inner, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	return &connector{plain: inner}, nil
}

// lost reports whether an error of a driver's means that its connection is of no
// more use, though the driver does not say so itself.
func lost(err error) bool {
	if errors.Is(err, mysql.ErrInvalidConn) {
		return true
	}
	e, ok := errors.AsType[*mysql.MySQLError](err)
	if !ok {
		return false
	}
	switch e.Number {
	case 1053, 1317, 1927, 4031: // shut down, interrupted, killed, idle for too long
		return true
	}
	return false
}
