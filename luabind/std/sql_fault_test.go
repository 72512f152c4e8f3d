package std

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"goagi/luabind"
	"goagi/test/servers"
)

// sharing has the calls of a caller share what they open, as under goagi serve.
func (who *caller) sharing(t *testing.T) {
	who.shared = new(luabind.Shared)
	t.Cleanup(func() { check(t, who.shared.Close()) })
}

// What goes wrong with a server is told, costs the call no more time than it set,
// and is over when the server is well again.
func (engine *sqlEngine) faults(t *testing.T, s *servers.Server) {
	who := asking(t, s.URL)
	who.sharing(t)
	who.config["sql"]["databases"] = map[string]any{"certified": map[string]any{"url": s.URL, "ca": s.CA}}
	who.vars = map[string]string{"SLEEP": engine.sleep, "DIES": engine.dies, "ENCRYPTED": engine.encrypted, "MANY": engine.many, "CA": s.CA, "URL": s.URL, "ADDR": s.Addr}
	who.run(t, `
		local slow = sql.open(nil, {timeout = 0.3})
		local begin = os.time()
		want(none(slow:query(agi.var.SLEEP)), "the database did not answer within 0.3 s")
		want(none(slow:transaction(function() slow:query(agi.var.SLEEP) end)), "the database did not answer within 0.3 s")
		want(none(sql.open(nil, {timeout = 2}):prepare(agi.var.SLEEP):query()), "the database did not answer within 2 s")
		assert(os.time() - begin < 20)
		want(assert(db:value("SELECT 1")), 1)

		none(db:query(agi.var.DIES))
		want(assert(db:value("SELECT 1")), 1)
		none(db:transaction(function() db:query(agi.var.DIES) end))
		want(assert(db:value("SELECT 1")), 1)
		assert(none(db:query(agi.var.MANY)):find("the answer is too large (max_size is 16777216 bytes)", 1, true))
		want(assert(db:value("SELECT 1")), 1)

		want(assert(db:value(agi.var.ENCRYPTED)), 1)
		want(sql.open(nil, {tls = "off"}):value(agi.var.ENCRYPTED), 0, "enc")
		raises("the sandbox standard forbids it", sql.open, nil, {ca = agi.var.CA})
		want(sql.open("certified"):value(agi.var.ENCRYPTED), 1, "enc")
		assert(none(sql.open(nil, {tls = "verify"}):value("SELECT 1")):find("certificate"))
		raises("option tls must be", sql.open, nil, {tls = "maybe"})`)

	// Certificates that were renewed hold for the next call.
	renewed(t, s.CA, func(file string) {
		who.config["sql"]["databases"].(map[string]any)["renewed"] = map[string]any{"url": s.URL, "ca": file}
		who.run(t, `assert(none(sql.open("renewed"):value("SELECT 1")):find("certificate"))`)
	})
	who.run(t, `want(sql.open("renewed"):value(agi.var.ENCRYPTED), 1, "renewed")`)

	if engine.name == "postgres" { // it ends what nobody waits for
		who.run(t, `local left
			for _ = 1, 1000 do
				left = assert(db:value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%mark%sleep%' AND state = 'active' AND pid <> pg_backend_pid()"))
				if left == 0 then break end
			end
			want(left, 0)`)
	}

	e := placed(t, *who, withDB+`
		local wrong = agi.var.URL:gsub("secret", "Pass-w0rd")
		local why = none(sql.open(wrong):value("SELECT 1"))
		print(why)
		raises("special characters of the password", sql.open, (wrong:gsub("-w0rd", "/w0rd#")))
		raises("special characters of the password", sql.open, (wrong:gsub("-w0rd", "%%zzw0rd")))
		raises("has no parameter", sql.open, wrong .. "?Passw0rd=1")
		agi.var.WHY = why
		error("told: " .. why, 0)`)
	e.check(t, map[string]string{"WHY": "~test", "GOAGI_ERROR": "~told"})
	if text := e.log + e.vars["GOAGI_ERROR"] + fmt.Sprint(e.Err); strings.Contains(text, "w0rd") {
		t.Errorf("a password is shown: %s", text)
	}

	// Connections that the server has closed meanwhile are opened anew.
	s.Stop()
	who.run(t, `assert(none(db:value("SELECT 1")):find("refused")) assert(none(db:transaction(function() end)):find("refused"))`)
	s.Start()
	who.run(t, `want(assert(db:value("SELECT 1")), 1)`)
	s.Stop()
	s.Start()
	who.run(t, `want(assert(db:value("SELECT 1")), 1)`)
}

// A hangup ends a statement at once, also where the server is gone without a word,
// and takes its transaction back. What comes after has the grace time.
func (engine *sqlEngine) hangups(t *testing.T, s *servers.Server) {
	r := relayTo(t, s.Addr)
	who := asking(t, strings.Replace(s.URL, s.Addr, r.addr, 1))
	who.config["sql"]["tls"], who.config["sql"]["timeout"] = "off", 60.0
	who.vars = map[string]string{"SLEEP": engine.sleep}
	who.run(t, `assert(db:exec("CREATE TABLE kept (n INTEGER)"))`)
	const late = `assert(db:transaction(function() assert(db:exec("INSERT INTO kept VALUES (2)")) end))`
	for _, row := range []struct {
		name, script string
		silent       bool
	}{
		{"statement", `db:query(agi.var.SLEEP)`, false},
		{"value", `db:value(agi.var.SLEEP)`, false},
		{"prepared", `assert(db:prepare(agi.var.SLEEP)):query()`, false},
		{"transaction", `db:transaction(function() assert(db:exec("INSERT INTO kept VALUES (1)")) db:query(agi.var.SLEEP) end)`, false},
		{"silent server", `db:query(agi.var.SLEEP)`, true},
	} {
		who.hangsUpOn = r.watch("mark", row.silent)
		e := placed(t, *who, withDB+`
			agi.on_hangup(function() `+map[bool]string{false: late}[row.silent]+` end)
			`+row.script+` agi.var.WENT = "on"`)
		e.check(t, map[string]string{"GOAGI_STATUS": "HANGUP", "WENT": ""})
		if e.took > 20*time.Second {
			t.Errorf("%s: it took %v", row.name, e.took)
		}
		r.speak()
	}
	who.hangsUpOn = nil
	who.run(t, `want(db:value("SELECT count(*) FROM kept WHERE n = 1"), 0) want(db:value("SELECT count(*) FROM kept WHERE n = 2"), 4)`)
}

// A hundred calls of a server share a few connections, and each gets its answer.
func (engine *sqlEngine) manyCalls(t *testing.T, s *servers.Server) {
	who := asking(t, s.URL)
	who.sharing(t)
	who.config["sql"]["max_open"], who.config["sql"]["timeout"] = 5.0, 60.0
	who.run(t, `assert(db:exec("CREATE TABLE counted (n INTEGER, calls INTEGER)")) assert(db:exec("INSERT INTO counted VALUES (1, 0)"))`)
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			who.run(t, fmt.Sprintf(`
				want(assert(db:value("SELECT ?", "%d")), "%d")
				assert(db:transaction(function() assert(db:exec("UPDATE counted SET calls = calls + ? WHERE n = 1", 1)) end))`, i, i))
		})
	}
	all.Wait()
	who.run(t, `want(assert(db:value("SELECT calls FROM counted")), 100)`)
}

// A server that refuses TLS is not talked to without it, unless that is allowed.
func TestPostgresWithoutTLS(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	var served sync.WaitGroup
	served.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 8)) // may I speak TLS?
			_, _ = c.Write([]byte("N"))
			if n, _ := c.Read(make([]byte, 1)); n > 0 {
				t.Error("it was talked to all the same")
			}
			c.Close()
		}
	})
	defer served.Wait()
	defer l.Close()
	asking(t, "postgres://u:secret@"+l.Addr().String()+"/x").run(t, `
		for _, options in ipairs{{tls = "require"}, {tls = "verify"}} do
			local why = none(sql.open(nil, options):value("SELECT 1"))
			assert(why:find("SSL") and not why:find("secret"), why)
		end`)
}

// SQLite too ends a statement at a hangup, and a wait for another's lock; what a
// transaction did by then is taken back, also at the end of the grace time.
func TestSQLiteAndHangup(t *testing.T) {
	who := asking(t, "sqlite:calls.db")
	who.run(t, `assert(db:exec("CREATE TABLE kept (n INTEGER)"))`)
	who.hangsUp = 300 * ms
	const endless = `WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c`
	e := placed(t, *who, withDB+`
		agi.on_hangup(function() assert(db:exec("INSERT INTO kept VALUES (2)")) end)
		db:transaction(function() assert(db:exec("INSERT INTO kept VALUES (1)")) db:query("`+endless+`") end)`)
	e.check(t, map[string]string{"GOAGI_STATUS": "HANGUP"})
	if e.took > 5*time.Second {
		t.Errorf("it took %v", e.took)
	}
	for name, script := range map[string]string{
		"a wait for a lock": `local other = sql.open(nil, {max_open = 1})
			other:transaction(function() agi.var.KIND = select(2, pcall(db.exec, db, "INSERT INTO kept VALUES (3)")).kind end)`,
		"a wait for a connection": `local few = sql.open(nil, {max_open = 1, timeout = 60})
			few:transaction(function() agi.var.KIND = select(2, pcall(function() sql.open(nil, {max_open = 1, timeout = 60}):value("SELECT 1") end)).kind end)`,
		"the end of the grace time": `db:transaction(function()
				assert(db:exec("INSERT INTO kept VALUES (4)"))
				local ok, err = pcall(agi.sleep, 60)
				agi.var.KIND = err.kind
				assert(db:exec("INSERT INTO kept VALUES (4)"))
				while true do pcall(agi.sleep, 1) end
			end)`,
		"work under the grace time": `db:transaction(function()
				agi.var.KIND = select(2, pcall(agi.sleep, 60)).kind
				assert(db:exec("INSERT INTO kept VALUES (5)"))
			end)`,
		"os.exit": `agi.var.KIND = "hangup" db:transaction(function() assert(db:exec("INSERT INTO kept VALUES (6)")) os.exit(0) end)`,
	} {
		e := place(t, *who, withDB+script)
		e.check(t, map[string]string{"KIND": "hangup"})
		if e.took > 20*time.Second {
			t.Errorf("%s: it took %v", name, e.took)
		}
	}
	who.hangsUp = 0
	who.run(t, `want(db:value("SELECT group_concat(n) FROM (SELECT n FROM kept ORDER BY n)"), "2,5")`)
}
