package std

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"goagi/agi"
	"goagi/call"
	"goagi/luabind"
	"goagi/sim"
	"goagi/test/servers"
)

// inDataFolder gives a caller a data folder of its own, outside of which its
// script opens no file.
func inDataFolder(t *testing.T, who *caller) {
	who.sandbox = &luabind.Sandbox{Name: "standard", Data: t.TempDir(), Inside: true}
}

// asking is a caller whose script has db.
func asking(t *testing.T, url string) *caller {
	who := &caller{notEAGI: true, config: map[string]map[string]any{"sql": {"url": url}}}
	inDataFolder(t, who)
	return who
}

const withDB = `local sql, json = require "sql", require "json"
	local db = sql.open()
	local function want(got, wanted, why)
		if got ~= wanted then error(("got %s, want %s; %s"):format(tostring(got), tostring(wanted), tostring(why)), 2) end
	end
	local function none(value, why) want(value, nil) want(type(why), "string") return why end
	local function raises(part, fn, ...)
		local ok, err = pcall(fn, ...)
		if ok or not tostring(err):find(part, 1, true) then error("raised " .. tostring(err) .. ", want " .. part, 2) end
	end `

// run places a call whose script must end well: in real time, without audio, and so
// that a slow machine may take its time, for many are placed at once.
func (who *caller) run(t *testing.T, script string) {
	t.Helper()
	asterisk, program := sim.Pipe()
	stream := agi.NewStream(struct{ io.Reader }{program}, program, program.Close)
	c := &sim.Call{Script: "t.lua", Signal: stream.HangUp, Answered: true, Vars: maps.Clone(who.vars)}
	over := make(chan sim.Result, 1)
	go func() { over <- c.Run(context.Background(), struct{ io.ReadWriteCloser }{asterisk}) }()
	result := call.Run(t.Context(), call.Call{
		Transport: stream,
		Load:      func(*agi.Env) (*luabind.Chunk, error) { return luabind.Compile([]byte(withDB+script), "t.lua") },
		Describe: func(*agi.Env) luabind.Host {
			return luabind.Host{Script: "t.lua", Transport: "process", Library: Find, Config: who.config, Shared: who.shared, Sandbox: who.sandbox}
		},
		Log: slog.New(slog.DiscardHandler),
	})
	stream.Close()
	<-over
	if result.Err != nil {
		t.Error(result.Err)
	}
}

// sqlEngine is how a database differs from others in tests.
type sqlEngine struct {
	name     string
	server   func(*testing.T) *servers.Server // nil for SQLite
	id, blob string                           // types
	types    string                           // a script about those that only it has
	// What has it sleep for a minute, lose the connection, tell whether that is
	// encrypted, and give ten million rows.
	sleep, dies, encrypted, many string
}

var sqlEngines = []sqlEngine{
	{name: "sqlite", id: "INTEGER PRIMARY KEY", blob: "BLOB", types: sqliteTypes},
	{
		name: "postgres", server: func(t *testing.T) *servers.Server { return servers.Postgres(t) },
		id: "SERIAL PRIMARY KEY", blob: "BYTEA", types: postgresTypes,
		sleep: "SELECT 'mark', pg_sleep(60)", dies: "SELECT pg_terminate_backend(pg_backend_pid())",
		encrypted: "SELECT ssl::int FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
		many:      "SELECT repeat('x', 1000), generate_series(1, 10000000)",
	},
	{
		name: "mariadb", server: func(t *testing.T) *servers.Server { return servers.MariaDB(t) },
		id: "INTEGER AUTO_INCREMENT PRIMARY KEY", blob: "BLOB", types: mariadbTypes,
		sleep: "SELECT 'mark', sleep(60)", dies: "KILL CONNECTION_ID()",
		encrypted: "SELECT variable_value <> '' FROM information_schema.session_status WHERE variable_name = 'Ssl_cipher'",
		many:      "SELECT repeat('x', 1000) FROM seq_1_to_10000000",
	},
}

// A flow does the same with each database.
func TestSQL(t *testing.T) {
	for _, engine := range sqlEngines {
		t.Run(engine.name, func(t *testing.T) {
			t.Parallel()
			url := "sqlite:calls.db"
			var s *servers.Server
			if engine.server != nil {
				s = engine.server(t)
				url = s.URL
			}
			t.Run("same", func(t *testing.T) {
				who := asking(t, url)
				who.vars = map[string]string{"ENGINE": engine.name}
				who.run(t, strings.NewReplacer("IDTYPE", engine.id, "BLOBTYPE", engine.blob).Replace(`
					assert(db:exec("CREATE TABLE calls (id IDTYPE, name VARCHAR(99), n BIGINT, f DOUBLE PRECISION, yes BOOLEAN, d DATE, t TIMESTAMP NULL, price DECIMAL(20,4), bytes BLOBTYPE)"))`))
				var all strings.Builder
				for name, script := range sameForAll {
					fmt.Fprintf(&all, "local ok, err = pcall(function() %s\nend) if not ok then error(%q .. tostring(err)) end\n", script, name+": ")
				}
				who.run(t, `local engine = agi.var.ENGINE `+all.String()+engine.types)
			})
			if s != nil {
				t.Run("faults", func(t *testing.T) { engine.faults(t, s) })
				t.Run("hangup", func(t *testing.T) { engine.hangups(t, s) })
				t.Run("many calls", func(t *testing.T) { engine.manyCalls(t, s) })
			}
		})
	}
}

var sameForAll = map[string]string{
	"values come back": `
		local bytes = "\0\255\\'\"?" .. ("x"):rep(300)
		local changed, id = assert(db:exec("INSERT INTO calls (name, n, f, yes, d, t, price, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			"Zoë'; DROP TABLE calls; --", 42, 0.1, true, "2026-11-25", "2026-11-25 09:30:00", "12345678901.5000", bytes))
		want(changed, 1)
		if engine == "postgres" then want(id, nil) id = db:value("SELECT max(id) FROM calls") end
		local row = assert(db:one("SELECT * FROM calls WHERE id = ?", id))
		want(row.name, "Zoë'; DROP TABLE calls; --")
		want(row.n, 42)
		want(row.f, 0.1)
		want(row.yes, engine == "mariadb" and 1 or true)
		want(row.d, "2026-11-25")
		want(row.t, "2026-11-25 09:30:00")
		want(row.price, engine == "sqlite" and 12345678901.5 or "12345678901.5000")
		want(row.bytes, bytes)
		-- and may be given back as they came
		want(db:value("SELECT count(*) FROM calls WHERE d = ? AND t = ? AND yes = ? AND bytes = ?", row.d, row.t, row.yes, row.bytes), 1)
		want(db:value("SELECT name FROM calls WHERE id = ?", id), row.name)`,
	"NULL is nil": `
		assert(db:exec("INSERT INTO calls (name, n, f) VALUES (?, ?, ?)", "null", nil, json.null))
		local row = assert(db:one("SELECT * FROM calls WHERE name = ?", "null"))
		want(row.n, nil) want(row.f, nil) want(row.t, nil) want(row.bytes, nil)
		local v, why = db:value("SELECT n FROM calls WHERE name = ?", "null")
		want(v, nil) want(why, nil)
		want(#assert(db:query("SELECT n FROM calls WHERE name = ?", "null")), 1)`,
	"large whole numbers are kept": `
		local big = json.decode("9007199254740993")
		assert(db:exec("INSERT INTO calls (name, n) VALUES (?, ?)", "big", big))
		local n = db:value("SELECT n FROM calls WHERE name = ?", "big")
		want(tostring(n), "9007199254740993") want(n, big)
		want(db:value("SELECT name FROM calls WHERE n = ?", n), "big")
		want(json.encode{n}, "[9007199254740993]")`,
	"no row is nil without a message": `
		for _, ask in ipairs{"one", "value"} do
			local row, why = db[ask](db, "SELECT name FROM calls WHERE n = ?", -1)
			want(row, nil) want(why, nil)
		end
		want(#assert(db:query("SELECT name FROM calls WHERE n = ?", -1)), 0)
		want(db:exec("UPDATE calls SET n = 1 WHERE n = ?", -1), 0)`,
	"rows that a change leaves as they are count": `
		assert(db:exec("INSERT INTO calls (name, n) VALUES (?, ?)", "same", 7))
		want(db:exec("UPDATE calls SET n = 7 WHERE name = ?", "same"), 1)`,
	"what the database refuses is a message": `
		none(db:query("SELECT nothing FROM calls"))
		none(db:one("SELEC 1"))
		none(db:exec("INSERT INTO calls (nothing) VALUES (?)", 1))
		none(db:prepare("SELEC ?"))
		assert(none(db:value("SELECT 1 FROM missing")):find("missing"))
		want(db:value("SELECT 1"), 1)`,
	"misuse is raised": `
		raises("the statement has 1 place for a value (?), and 0 values were given", db.query, db, "SELECT ?")
		raises("the statement has 2 places for values (?), and 1 value was given", db.exec, db, "SELECT ?, ?", 1)
		raises("the statement has 0 places for values (?), and 1 value was given", db.one, db, "SELECT '?' /* ? */ -- ?", 1)
		raises("a value must be a string, a number, a boolean or json.null, not a table", db.value, db, "SELECT ?", {})
		raises("not ?1", db.value, db, "SELECT ?1", 1)
		raises("the statement has 1 place", db:prepare("SELECT name FROM calls WHERE name = ?").one, db:prepare("SELECT name FROM calls WHERE name = ?"))
		raises("there is no database.querry, did you mean query?", function() db:querry() end)`,
	"a prepared statement runs often, in transactions too": `
		local add = assert(db:prepare("INSERT INTO calls (name, n) VALUES (?, ?)"))
		local count = assert(db:prepare("SELECT count(*) FROM calls WHERE name = ?"))
		for i = 1, 5 do want(add:exec("prepared", i), 1) end
		raises("stop", db.transaction, db, function() add:exec("prepared", 6) want(count:value("prepared"), 6) error("stop") end)
		want(count:value("prepared"), 5)
		want(count:one("prepared")[engine == "postgres" and "count" or "count(*)"], 5)
		want(#count:query("prepared"), 1)`,
	"a transaction is all or nothing": `
		local function add(n) return assert(db:exec("INSERT INTO calls (name, n) VALUES (?, ?)", "tx", n)) end
		local function count() return db:value("SELECT count(*) FROM calls WHERE name = 'tx'") end
		local ok, a, b = db:transaction(function(tx) add(1) want(tx:value("SELECT count(*) FROM calls WHERE name = 'tx'"), 1) return "x", 2 end)
		want(ok, true) want(a, "x") want(b, 2) want(count(), 1)
		want(db:transaction(function() add(2) end), true)
		want(count(), 2)
		local ok, err = pcall(db.transaction, db, function() add(3) error({code = 7}) end)
		want(ok, false) want(err.code, 7) want(count(), 2)
		raises("a transaction cannot begin in another", db.transaction, db, function() add(4) db:transaction(function() end) end)
		want(count(), 2)
		-- a failed statement takes the rest with it, whatever the function makes of it
		local v, why = db:transaction(function() add(5) db:exec("INSERT INTO missing VALUES (1)") none(db:exec("DELETE FROM calls")) return "done" end)
		want(v, nil) assert(why:find("missing"), why) want(count(), 2)
		ok, a = db:transaction(function() return nil end) want(ok, true) want(a, nil)`,
	"a coroutine may use it, but not leave a transaction": `
		local co = coroutine.wrap(function() coroutine.yield(db:value("SELECT 1")) coroutine.yield(db:value("SELECT 2")) end)
		want(co(), 1) want(co(), 2)
		local ok, err = coroutine.resume(coroutine.create(function()
			db:transaction(function() db:exec("INSERT INTO calls (name) VALUES ('yield')") coroutine.yield() end)
		end))
		want(ok, false) assert(tostring(err):find("must not yield"), err)
		raises("yield", db.transaction, db, function() coroutine.yield() end)
		want(db:value("SELECT count(*) FROM calls WHERE name = 'yield'"), 0)`,
	"an answer has a largest size": `
		local small = sql.open(nil, {max_size = 1000})
		want(small:value("SELECT ?", ("x"):rep(900)), ("x"):rep(900))
		assert(none(small:value("SELECT ?", ("x"):rep(1000))):find("the answer is too large (max_size is 1000 bytes)", 1, true))
		assert(none(small:query("SELECT * FROM (SELECT 1 AS a" .. (" UNION ALL SELECT 1"):rep(50) .. ") t")):find("max_size"))
		want(small:value("SELECT 1"), 1)`,
	"question marks are text where they are no place": `
		want(db:value("SELECT '?' -- ?\n /* ? ' */"), "?")
		want(db:one("SELECT ? AS \"a?\"", "x")[engine == "mariadb" and "a?" or "a?"], "x")`,
}

// Integers of MySQL that only unsigned columns hold, and floats of 32 bits, keep
// their digits; types that only PostgreSQL has are texts, its times have no zone
// but UTC; SQLite has the types of its values.
const (
	mariadbTypes = `
		assert(db:exec("CREATE TABLE u (big BIGINT UNSIGNED, f FLOAT, d DOUBLE, t TIME, y YEAR, dt DATETIME(3), e ENUM('a','b'))"))
		assert(db:exec("INSERT INTO u VALUES (18446744073709551615, 0.1, 0.1, '-12:30:00', 2026, '2026-11-25 09:30:00.5', 'b')"))
		for _, row in ipairs{db:one("SELECT * FROM u"), db:one("SELECT * FROM u WHERE y = ?", 2026)} do
			want(tostring(row.big), "18446744073709551615")
			want(db:value("SELECT count(*) FROM u WHERE big = ?", row.big), 1)
			want(row.f, 0.1) want(row.d, 0.1) want(row.t, "-12:30:00") want(row.y, 2026) want(row.dt, "2026-11-25 09:30:00.500") want(row.e, "b")
		end`

	postgresTypes = `
		for _, row in ipairs{db:one([[SELECT '2026-11-25 09:30:00.25+02'::timestamptz AS z, '09:30:00'::time AS t, '{1,2}'::int[] AS list, '{"a": 1}'::jsonb AS j,
			'9e9c8c2e-6b7f-4b53-a1a2-0c8d7e6f5a4b'::uuid AS u, 'infinity'::timestamp AS inf, 'x'::char(3) AS c, 1.50::numeric AS n, 0.1::real AS f, true AS b]])} do
			want(row.z, "2026-11-25 07:30:00.25Z") want(row.t, "09:30:00") want(row.list, "{1,2}") want(row.j, '{"a": 1}')
			want(row.u, "9e9c8c2e-6b7f-4b53-a1a2-0c8d7e6f5a4b") want(row.inf, "infinity") want(row.c, "x  ") want(row.n, "1.50") want(row.f, 0.1) want(row.b, true)
		end
		want(db:value("SELECT ?::timestamptz = '2026-11-25 09:30:00.25+02'", "2026-11-25 07:30:00.25Z"), true)
		want(db:value([[SELECT '{"a": 1}'::jsonb ?? 'a' AND $$?$$ = ? AND E'\'?' = ?]], "?", "'?"), true)
		want(db:value("SELECT ?::bytea", "\0\\001\255"), "\0\\001\255")
		want(db:exec("CREATE TABLE two (id serial); INSERT INTO two DEFAULT VALUES; INSERT INTO two DEFAULT VALUES"), 1)
		want(db:value("INSERT INTO two DEFAULT VALUES RETURNING id"), 3)
		want(#db:query("SELECT 1 WHERE false"), 0)
		want(db:value("DELETE FROM two"), nil)
		local all = assert(db:prepare("SELECT * FROM two"))
		assert(all:query())
		assert(db:exec("ALTER TABLE two ADD COLUMN more int"))
		all:query() -- an error once, at most
		assert(all:query())`

	sqliteTypes = `
		assert(db:exec("CREATE TABLE t (d DATETIME, b BOOLEAN); CREATE INDEX i ON t (d); INSERT INTO t VALUES (1764063000, 2)"))
		local row = db:one("SELECT * FROM t")
		want(row.d, 1764063000) want(row.b, 2)
		db:exec("UPDATE t SET d = ?", "2026-11-25T09:30:00Z")
		want(db:value("SELECT d FROM t"), "2026-11-25T09:30:00Z")
		want(db:value("SELECT typeof(?)", "text"), "text") want(db:value("SELECT typeof(?)", "\255"), "blob") want(db:value("SELECT typeof(?)", 3), "integer")
		want(#db:value("SELECT randomblob(?)", 1e6), 1e6)`
)

// Many calls write to one file at once, each by connections of its own as in
// process AGI, and none is turned away.
func TestSQLiteWriters(t *testing.T) {
	who := asking(t, "sqlite:counts.db")
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			who.run(t, `
				assert(db:exec("CREATE TABLE IF NOT EXISTS counts (n INTEGER)"))
				local add = db:prepare("INSERT INTO counts VALUES (?)")
				for _ = 1, 5 do
					assert(db:transaction(function()
						local n = db:value("SELECT coalesce(max(n), 0) FROM counts")
						assert(add:exec(n + 1))
					end))
				end`)
		})
	}
	all.Wait()
	who.run(t, `want(db:value("SELECT max(n) FROM counts"), 50) want(db:value("SELECT count(DISTINCT n) FROM counts"), 50)`)
}

// Scripts open no database file outside of their folders, by whatever way.
func TestSQLiteInSandbox(t *testing.T) {
	who := asking(t, "sqlite:in.db")
	outside := filepath.Join(t.TempDir(), "out.db")
	who.run(t, `local out = "`+outside+`"
		assert(db:exec("CREATE TABLE t (a)"))
		raises("the sandbox standard forbids it", sql.open, "sqlite:" .. out)
		raises("the sandbox standard forbids it", sql.open, "sqlite:../../out.db")
		none(db:exec("ATTACH DATABASE '" .. out .. "' AS o"))
		none(db:exec("ATTACH DATABASE ? AS o", out))
		none(db:exec("VACUUM INTO '" .. out .. "'"))
		none(db:exec("VACUUM; ATTACH DATABASE '" .. out .. "' AS o"))
		assert(db:exec(" vacuum ;"))
		none(db:exec("ATTACH DATABASE ? AS o", out))
		raises("the sandbox standard forbids it", io.open, out)
		local memory = sql.open("sqlite::memory:")
		assert(memory:exec("CREATE TABLE m (a)"))
		want(sql.open("sqlite::memory:"):value("SELECT count(*) FROM m"), 0)`)
	who.sandbox.Known, who.sandbox.Hosts = true, []string{"db.example.com"}
	who.run(t, `
		raises("is none of the hosts", sql.open, "postgres://u:secret@127.0.0.1/x")
		raises("is none of the hosts", sql.open, "mysql://u@/x?socket=/run/s")`)
}

// A database is had by the name that it has in the settings file, with what stands
// there; what nobody would read there is told.
func TestSQLSettings(t *testing.T) {
	who := asking(t, "sqlite:calls.db")
	who.config["sql"]["timeout"] = 20.0
	who.config["sql"]["databases"] = map[string]any{"crm": map[string]any{"url": "sqlite:crm.db", "max_size": int64(500)}}
	who.run(t, `
		local crm = sql.open("crm")
		assert(crm:exec("CREATE TABLE people (name TEXT)"))
		assert(none(db:query("SELECT * FROM people")):find("no such table: people"))
		none(crm:value("SELECT randomblob(500)"))
		assert(sql.open("crm", {max_size = 1000}):value("SELECT randomblob(500)"))
		raises('the settings file has no database "cmr": there are crm under [sql.databases]', sql.open, "cmr")
		raises('begins with sqlite:, postgres: or mysql:, not "oracle:"', sql.open, "oracle:x")
		raises("such as postgres://user:password@host:5432/name", sql.open, "postgres:x")
		raises("option timeout must be more than 0", sql.open, nil, {timeout = 0})
		raises("did you mean timeout?", sql.open, nil, {timout = 1})
		raises("names no host", sql.open, "mysql://u@/x")
		raises("is named without ?", sql.open, "sqlite:calls.db?mode=ro")
		raises("must be a function", db.transaction, db, "COMMIT")`)
	named := func(table map[string]any) map[string]any {
		return map[string]any{"databases": map[string]any{"crm": table}}
	}
	for _, row := range []struct {
		table map[string]any
		want  string // "" for nothing wrong
	}{
		{map[string]any{"url": "sqlite:x", "timeout": int64(3)}, ""},
		{named(map[string]any{"url": "sqlite:x", "tls": "verify"}), ""},
		{map[string]any{"urll": "sqlite:x"}, `[sql] has no key "urll"`},
		{map[string]any{"databases": map[string]any{"crm": "sqlite:x"}}, "write [sql.databases.crm]"},
		{named(map[string]any{"tls": "verify"}), "[sql.databases.crm] needs a url"},
		{named(map[string]any{"url": "sqlite:x", "tsl": "verify"}), `[sql.databases.crm] has no key "tsl"`},
		{named(map[string]any{"url": "sqlite:x", "timeout": "3"}), "databases.crm.timeout must be a number"},
	} {
		err := CheckConfig("sql", row.table)
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%v: %v, want %q", row.table, err, row.want)
		}
	}
}
