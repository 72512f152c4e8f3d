package redis

import (
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Options say how a server is reached. The zero value of all but Network and
// Address serves.
type Options struct {
	Network  string // "tcp" or "unix"
	Address  string // host:port, or the socket's path
	User     string // "" for the server's default
	Password string // "" for none
	Database int
	TLS      *tls.Config   // nil for none
	Timeout  time.Duration // of connecting, and of each command that does not wait by itself; 5 s where 0
	Most     int           // connections at once; 100 where 0
	MaxReply int64         // bytes of the replies to one Do; 16 MiB where 0
}

func (o *Options) timeout() time.Duration {
	if o.Timeout == 0 {
		return 5 * time.Second
	}
	return o.Timeout
}

func (o *Options) most() int {
	if o.Most == 0 {
		return 100
	}
	return o.Most
}

func (o *Options) maxReply() int64 {
	if o.MaxReply == 0 {
		return 16 << 20
	}
	return o.MaxReply
}

// ErrURL is the error of a URL that names no server. It does not hold the URL,
// which may hold a password.
var ErrURL = errors.New("the URL must be redis://user:password@host:port/database, rediss:// for TLS, or unix://path")

// Parse reads a URL. The error is ErrURL.
func Parse(text string) (Options, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Options{}, ErrURL
	}
	o := Options{Network: "tcp"}
	if u.User != nil {
		o.User = u.User.Username()
		o.Password, _ = u.User.Password()
	}
	database := strings.TrimPrefix(u.Path, "/")
	switch u.Scheme {
	case "redis", "rediss":
		host, port := u.Hostname(), u.Port()
		if port == "" {
			port = "6379"
		}
		if host == "" || u.RawQuery != "" {
			return Options{}, ErrURL
		}
		o.Address = net.JoinHostPort(host, port)
		if u.Scheme == "rediss" {
			o.TLS = &tls.Config{ServerName: host}
		}
	case "unix":
		o.Network, o.Address = "unix", u.Path
		if o.Address == "" || u.Host != "" {
			return Options{}, ErrURL
		}
		database = u.Query().Get("db")
	default:
		return Options{}, ErrURL
	}
	if database != "" {
		if o.Database, err = strconv.Atoi(database); err != nil || o.Database < 0 {
			return Options{}, ErrURL
		}
	}
	return o, nil
}
