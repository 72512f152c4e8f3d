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

// SecureRedis is a Redis that takes TLS alone, with a certificate that CA signs.
func SecureRedis(tb testing.TB) *Server {
	tb.Helper()
	s := prepare(tb, find(tb, "redis-server", "valkey-server"))
	s.ready = "eady to accept connections"
	var key string
	s.CA, key = s.certificate()
	s.args = []string{"--bind", "127.0.0.1", "--port", "0", "--tls-port", s.port(), "--tls-auth-clients", "no", "--tls-cert-file", s.CA,
		"--tls-key-file", key, "--tls-ca-cert-file", s.CA, "--dir", s.Dir, "--save", "", "--appendonly", "no"}
	s.URL = "rediss://" + s.Addr + "/0"
	s.Start()
	return s
}
