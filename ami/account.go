package ami

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"time"
)

// What the zero values of an Account's fields stand for.
const (
	DefaultTimeout = 10 * time.Second
	DefaultPing    = 20 * time.Second
	DefaultBacklog = 10_000
)

// Account is a user of one Asterisk's manager interface. Addr, User and Secret
// are needed.
type Account struct {
	// Addr is host:port; 5038 is Asterisk's own port, 5039 the one with TLS.
	Addr   string
	User   string
	Secret string `json:"-"` // never in an error or a log
	// Plain sends the secret itself, where the usual way is the MD5 of a
	// challenge with it.
	Plain bool
	// TLS makes the connection encrypted. Where it names no server, that is the
	// host of Addr.
	TLS *tls.Config `json:"-"`
	// Events says which events are wanted, as in "agi,call": all that the user
	// may read where empty, none for "off".
	Events string
	// Timeout bounds the way to a login, each write, and how long a ping may go
	// unanswered: DefaultTimeout where zero.
	Timeout time.Duration
	// Ping is how often a ping is sent: DefaultPing where zero, never where
	// negative.
	Ping time.Duration
	// Backlog is how many events may wait for Receive: DefaultBacklog where zero.
	Backlog int
	// Dial makes the connection, for tests and tunnels: TCP to Addr where nil.
	Dial func(context.Context) (net.Conn, error) `json:"-"`
}

// String gives user@host:port, without the secret.
func (a Account) String() string { return a.User + "@" + a.Addr }

// GoString is String, so that no way of printing shows the secret.
func (a Account) GoString() string { return a.String() }

// masked is what somebody else says without the secret, which it may say back.
func (a Account) masked(text string) string {
	if a.Secret == "" {
		return text
	}
	return strings.ReplaceAll(text, a.Secret, "***")
}

func (a Account) timeout() time.Duration { return orElse(a.Timeout, DefaultTimeout) }
func (a Account) backlog() int           { return orElse(a.Backlog, DefaultBacklog) }

func orElse[T comparable](value, zero T) T {
	var none T
	if value == none {
		return zero
	}
	return value
}

// dial makes the connection, with TLS where that is wanted.
func (a Account) dial(ctx context.Context) (net.Conn, error) {
	dial := a.Dial
	if dial == nil {
		dial = func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", a.Addr)
		}
	}
	wire, err := dial(ctx)
	if err != nil || a.TLS == nil {
		return wire, err
	}
	config := a.TLS.Clone()
	if config.ServerName == "" && !config.InsecureSkipVerify {
		host, _, err := net.SplitHostPort(a.Addr)
		if err != nil {
			host = a.Addr
		}
		config.ServerName = host
	}
	secure := tls.Client(wire, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		wire.Close()
		return nil, err
	}
	return secure, nil
}

// CheckRights asks Asterisk what the connection's user may do, and gives ErrRights
// where something is missing that a [Worker] does. The right to read cannot be
// asked for.
func CheckRights(ctx context.Context, c *Conn) error {
	may, err := c.Do(ctx, Action("ListCommands"))
	if err != nil {
		return err
	}
	var missing []string
	for _, action := range [...]string{"AGI", "Setvar", "Getvar", "Status", "CoreShowChannels", "CoreSettings"} {
		if _, ok := may.Lookup(action); !ok {
			missing = append(missing, action)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: not allowed are %s", ErrRights, strings.Join(missing, ", "))
	}
	return nil
}
