// Package servers starts real servers for tests: PostgreSQL, MariaDB, Redis and
// nginx, as test/servers.sh installs them.
//
//	s := servers.Redis(t)                  // a Redis of this test's own
//	... s.URL, s.Addr ...
//	s.Stop()                               // down
//	s.Start()                              // and up again, at the same address
//
// Each listens on 127.0.0.1 alone, on a port of its own, and has its files in a
// temporary folder; it is there when the function returns, and gone with the
// test. Subtests share their parent's. Started by root, a server runs as nobody.
//
// A test whose server is not installed is skipped, unless the environment variable
// CI is set: there it fails.
package servers
