package servers

import "testing"

// Redis starts a Redis, or a Valkey, at once. It keeps nothing on disk. Args are
// of its command line, such as "--requirepass", "secret"; its URL names no
// password.
func Redis(tb testing.TB, args ...string) *Server {
	tb.Helper()
	s := prepare(tb, find(tb, "redis-server", "valkey-server"))
	s.ready = "eady to accept connections"
	s.args = append([]string{"--bind", "127.0.0.1", "--port", s.port(), "--dir", s.Dir, "--save", "", "--appendonly", "no"}, args...)
	s.URL = "redis://" + s.Addr + "/0"
	s.Start()
	return s
}
