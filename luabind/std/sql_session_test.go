package std

import (
	"strings"
	"testing"
)

// What one call does to a connection is not there for the next one to have it: an
// open transaction would take its writes and lose them.
func TestSQLSessions(t *testing.T) {
	who := asking(t, "sqlite:sessions.db")
	who.run(t, `
		assert(db:exec("CREATE TABLE t (a)"))
		for _, text in ipairs{"BEGIN", "begin immediate", "COMMIT", "END", "ROLLBACK", "SAVEPOINT s", "RELEASE s", "-- x\n /* y */ BEGIN",
			"INSERT INTO t VALUES (1); COMMIT", "START TRANSACTION"} do
			raises("db:transaction(function(db) ... end) begins a transaction", db.exec, db, text)
		end
		raises("db:transaction", db.prepare, db, "COMMIT")
		assert(db:exec("CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET a = a + 1; END"))
		assert(db:exec("INSERT INTO t VALUES (?)", 1))
		want(db:value("SELECT a FROM t WHERE 'COMMIT; BEGIN' <> '' -- ; BEGIN"), 2)
		assert(db:transaction(function(db)
			raises("db:transaction", db.exec, db, "COMMIT")
			assert(db:exec("SAVEPOINT s"))
			assert(db:exec("DELETE FROM t"))
			assert(db:exec("ROLLBACK TO s"))
			assert(db:exec("RELEASE s"))
		end))
		want(db:value("SELECT count(*) FROM t"), 1)
		assert(db:exec("PRAGMA query_only=on"))
		assert(db:exec("DELETE FROM t"))
		assert(db:exec("CREATE TEMP TABLE mine (a)"))
		none(db:exec("INSERT INTO mine VALUES (1)"))`)
}

// A connection to a server that a statement may have changed is not the next call's;
// one that only asked is.
func TestSQLServerSessions(t *testing.T) {
	for _, row := range []struct {
		engine             *sqlEngine
		session            string // asks for the connection's number
		changing, ordinary []string
	}{
		{
			&sqlEngines[1], "SELECT pg_backend_pid()", []string{
				"SET search_path = pg_temp", "set session characteristics as transaction read only", "SELECT set_config('search_path', 'x', false)",
				`SELECT pg_catalog."set_config"('search_path', 'x', false)`, "CREATE TEMP TABLE a (a int)", "CREATE OR REPLACE TEMPORARY VIEW b AS SELECT 1",
				"CREATE TABLE pg_temp.c (a int)", "SELECT 1 AS one INTO TEMP d", "SELECT pg_advisory_lock(1)", "SELECT pg_try_advisory_lock_shared(2)",
				"LISTEN x", "PREPARE p AS SELECT 1", "DO $$ BEGIN SET search_path = x; END $$",
				"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; BEGIN",
			},
			[]string{
				"SELECT 1", "CREATE TABLE o (a int)", "INSERT INTO o VALUES (1) RETURNING a", "UPDATE o SET a = 2", "WITH s AS (SELECT 1) SELECT * FROM s",
				"SELECT 'SET x; BEGIN' /* SET */ -- PRAGMA", "SELECT '[1]'::jsonb @> '1'", "SELECT CASE WHEN true THEN 1 END", "DROP TABLE o",
				"SELECT pg_advisory_xact_lock(1)",
			},
		},
		{
			&sqlEngines[2], "SELECT CONNECTION_ID()", []string{
				"SET sql_mode = 'ANSI'", "SET @name = 'Ann'", "SELECT 'Ann' INTO @name", "SELECT @name := 'Ann'", "USE test", "CREATE TEMPORARY TABLE a (a int)",
				"CREATE OR REPLACE TEMPORARY TABLE a (a int)", "SELECT GET_LOCK('a', 0)", "SELECT `GET_LOCK`('a', 0)", "LOCK TABLES mysql.user READ",
				"FLUSH TABLES WITH READ LOCK", "/*! SET sql_mode = 'ANSI' */", "/*M! SET sql_mode = 'ANSI' */", "EXECUTE IMMEDIATE 'BEGIN'", "PREPARE p FROM 'SELECT 1'",
			},
			[]string{
				"SELECT 1", "CREATE TABLE o (a int)", "INSERT INTO o VALUES (1)", "UPDATE o SET a = 2", "REPLACE INTO o VALUES (1)", "SELECT 'a@b; BEGIN' # SET",
				"DROP TABLE o",
			},
		},
	} {
		t.Run(row.engine.name, func(t *testing.T) {
			t.Parallel()
			who := asking(t, row.engine.server(t).URL)
			who.config["sql"]["max_open"] = 1.0
			who.vars = map[string]string{"SESSION": row.session, "ORDINARY": strings.Join(row.ordinary, "\n"), "CHANGING": strings.Join(row.changing, "\n")}
			who.run(t, `
				local function session() return assert(db:value(agi.var.SESSION)) end
				local first = session()
				for text in (agi.var.ORDINARY .. "\n"):gmatch("(.-)\n") do
					assert(db:exec(text))
					want(session(), first, text)
				end
				for text in (agi.var.CHANGING .. "\n"):gmatch("(.-)\n") do
					assert(db:exec(text))
					local now = session()
					want(now ~= first, true, text)
					first = now
				end
				for _, text in ipairs{"BEGIN", "XA START 'x'", "PREPARE TRANSACTION 'x'", "ROLLBACK PREPARED 'x'"} do
					raises("db:transaction", db.exec, db, text)
				end`)
		})
	}
}

// A transaction ends where its function does, and not in the middle of it by a text
// of several statements.
func TestTransactionIsWhole(t *testing.T) {
	who := asking(t, "sqlite:whole.db")
	who.run(t, `
		assert(db:exec("CREATE TABLE t (a)"))
		local ok, why = pcall(db.transaction, db, function(db)
			assert(db:exec("INSERT INTO t VALUES (1); SAVEPOINT s; INSERT INTO t VALUES (2); ROLLBACK TRANSACTION TO s"))
			for _, text in ipairs{"COMMIT; ROLLBACK TO s", "COMMIT; SAVEPOINT s", "ROLLBACK TO s; COMMIT", "ROLLBACK; ROLLBACK TO s", "SAVEPOINT x; END"} do
				raises("db:transaction", db.exec, db, text)
			end
			error("taken back", 0)
		end)
		want(tostring(why):match("taken back"), "taken back", why)
		want(db:value("SELECT count(*) FROM t"), 0)
		raises("db:transaction", db.exec, db, "ROLLBACK TO s")`)
}

// A database in memory is its connection, and does not go with what a statement
// changed; only a transaction that was left open is taken back.
func TestSQLiteInMemoryStays(t *testing.T) {
	who := asking(t, "sqlite::memory:")
	who.run(t, `
		assert(db:exec("CREATE TABLE t (a)"))
		assert(db:exec("INSERT INTO t VALUES (1)"))
		assert(db:query("PRAGMA table_info(t)"))
		assert(db:exec("CREATE TEMP TABLE u (a)"))
		assert(db:exec("CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END; BEGIN; INSERT INTO t VALUES (2)"))
		want(db:value("SELECT count(*) FROM t"), 1)
		assert(db:transaction(function() assert(db:exec("INSERT INTO t VALUES (3)")) end))
		want(db:value("SELECT count(*) FROM t"), 2)`)
}

// Values that are too large for SQLite together are an error of their statement: the
// script and the database go on. One that no answer could give back is not taken.
func TestSQLiteMemory(t *testing.T) {
	who := asking(t, "sqlite:memory.db")
	who.run(t, `
		local large = sql.open(nil, {max_size = 1073741824})
		assert(db:exec("CREATE TABLE t (a)"))
		local function row(n, size) return "SELECT " .. ("zeroblob(" .. size .. "), "):rep(n) .. "1" end
		want(none(large:query(row(20, 60000000))), "SQLite: out of memory: the statement's values are too large together")
		want(none(large:transaction(function(db)
			assert(db:exec("INSERT INTO t VALUES (1)"))
			db:query(row(20, 60000000))
		end)), "SQLite: out of memory: the statement's values are too large together")
		want(db:value("SELECT count(*) FROM t"), 0)
		assert(none(db:value("SELECT zeroblob(20000000)")):find("too big"))
		assert(none(db:exec("INSERT INTO t VALUES (zeroblob(20000000))")):find("too big"))
		want(#large:value("SELECT zeroblob(20000000)"), 20000000)
		want(sql.open(nil, {max_size = 10}):exec("INSERT INTO t VALUES (zeroblob(2000000))"), 1)`)
}
