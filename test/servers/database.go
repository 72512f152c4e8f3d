package servers

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Postgres starts a PostgreSQL, in about a second. Its URL is of a superuser and
// an empty database. It takes connections with and without TLS. Settings are
// such as "max_connections=5".
func Postgres(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	path := find(tb, "postgres")
	s := prepare(tb, path)
	s.ready, s.end = "ready to accept connections", syscall.SIGINT
	data := filepath.Join(s.Dir, "data")
	s.run(s.command(filepath.Join(filepath.Dir(path), "initdb"), "-D", data, "-U", "test", "-A", "scram-sha-256",
		"--pwfile="+s.file("password", "secret\n"), "-E", "UTF8", "--locale=C", "--no-sync"))
	var key string
	s.CA, key = s.certificate()
	s.args = []string{"-D", data, "-h", "127.0.0.1", "-p", s.port(), "-k", s.Dir}
	for _, setting := range append([]string{"ssl=on", "ssl_cert_file=" + s.CA, "ssl_key_file=" + key, "fsync=off", "shared_buffers=16MB"}, settings...) {
		s.args = append(s.args, "-c", setting)
	}
	s.URL = "postgres://test:secret@" + s.Addr + "/postgres"
	s.Start()
	return s
}

// MariaDB starts a MariaDB, in about a second. Its URL is of a user with all
// rights and an empty database. It takes connections with and without TLS.
// Settings are such as "max-connections=5".
func MariaDB(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	s := prepare(tb, find(tb, "mariadbd"))
	s.ready = "ready for connections"
	data := filepath.Join(s.Dir, "data")
	check(tb, os.Mkdir(data, 0o700))
	check(tb, s.own(data))
	small := []string{"--no-defaults", "--datadir=" + data, "--innodb-buffer-pool-size=8M", "--innodb-log-file-size=4M", "--innodb-flush-log-at-trx-commit=0"}

	// What mariadb-install-db does, which is of no use without the client's package.
	tables := []string{"create database mysql;\nuse mysql;\n"}
	for _, name := range []string{"mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql"} {
		found, _ := filepath.Glob("/usr/share/m*/" + strings.Replace(name, "mysql", "m*", 1))
		if len(found) == 0 {
			tb.Fatalf("mariadbd is here, but no /usr/share/mysql/%s", name)
		}
		text, err := os.ReadFile(found[0])
		check(tb, err)
		tables = append(tables, string(text))
	}
	bootstrap := s.command(s.path, append(small, "--bootstrap", "--skip-networking")...)
	bootstrap.Stdin = strings.NewReader(strings.Join(tables, "\n"))
	s.run(bootstrap)

	var key string
	s.CA, key = s.certificate()
	s.args = append(small, "--bind-address=127.0.0.1", "--port="+s.port(), "--socket="+filepath.Join(s.Dir, "socket"), "--skip-name-resolve",
		"--ssl-cert="+s.CA, "--ssl-key="+key,
		"--init-file="+s.file("init.sql", "CREATE DATABASE IF NOT EXISTS test;\nCREATE USER IF NOT EXISTS test@'%' IDENTIFIED BY 'secret';\nGRANT ALL ON *.* TO test@'%' WITH GRANT OPTION;\n"))
	for _, setting := range settings {
		s.args = append(s.args, "--"+setting)
	}
	s.URL = "mysql://test:secret@" + s.Addr + "/test"
	s.Start()
	return s
}
