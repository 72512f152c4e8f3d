package redis

import (
	"errors"
	"strings"
	"testing"
)

// A URL says where the server is.
func TestParse(t *testing.T) {
	for _, row := range []struct {
		url      string
		network  string
		address  string
		user     string
		password string
		database int
		secure   bool
	}{
		{"redis://localhost", "tcp", "localhost:6379", "", "", 0, false},
		{"redis://10.0.0.1:7000/3", "tcp", "10.0.0.1:7000", "", "", 3, false},
		{"redis://:p%40ss%2F%3A@h/", "tcp", "h:6379", "", "p@ss/:", 0, false},
		{"rediss://ada:pw@[::1]:1/2", "tcp", "[::1]:1", "ada", "pw", 2, true},
		{"unix:///run/redis/redis.sock", "unix", "/run/redis/redis.sock", "", "", 0, false},
		{"unix://:pw@/run/redis.sock?db=4", "unix", "/run/redis.sock", "", "pw", 4, false},
	} {
		o, err := Parse(row.url)
		if err != nil || o.Network != row.network || o.Address != row.address || o.User != row.user || o.Password != row.password ||
			o.Database != row.database || (o.TLS != nil) != row.secure {
			t.Errorf("%s: %+v, %v", row.url, o, err)
		}
	}
}

// What is wrong in a URL is said without the password that it holds.
func TestParseMistakes(t *testing.T) {
	for _, url := range []string{
		"", "localhost", "localhost:6379", "http://:secret@h", "redis://:secret@", "redis://:sec/ret@h/0", "redis://:secret@h:port",
		"redis://:secret@h/x", "redis://:secret@h/-1", "redis://:secret@h/0?timeout=1", "redis://:secret%@h", "unix://:secret@", "unix://host/path",
	} {
		if _, err := Parse(url); !errors.Is(err, ErrURL) || strings.Contains(err.Error(), "sec") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
