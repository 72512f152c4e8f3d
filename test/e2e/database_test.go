package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"goagi/pbx"
	"goagi/test/servers"
)

// A caller who hangs up while the script waits for a database ends the wait at
// once, and with it the transaction it is in; the script can write down what
// became of the call.
func TestHangupDuringDatabaseWaits(t *testing.T) {
	t.Parallel()
	for engine, row := range map[string]struct{ url, sleep string }{
		"postgres": {servers.Postgres(t).URL, "SELECT pg_sleep(60)"},
		"mariadb":  {servers.MariaDB(t).URL, "SELECT SLEEP(60)"},
	} {
		for i, wait := range []string{
			`db:query(sleep)`,
			`db:transaction(function() assert(db:exec("INSERT INTO calls" .. id .. " VALUES (?, 'lost')", id)) db:query(sleep) end)`,
			`db:prepare(sleep):query()`,
		} {
			t.Run(engine+": "+wait, func(t *testing.T) {
				t.Parallel()
				a := installed(t, &asterisk)
				c := call(t, a, fmt.Sprintf(`agi.answer()
					local db, sleep, id = require "sql".open(%q, {timeout = 60}), %q, %d
					assert(db:exec("CREATE TABLE calls" .. id .. " (id INTEGER, what VARCHAR(20))")) -- two at once would be refused one of a name
					agi.var.READY = "yes"
					local ok, e = pcall(function() %s end)
					agi.var.KIND = type(e) == "table" and e.kind or tostring(e)
					assert(db:exec("INSERT INTO calls" .. id .. " VALUES (?, 'hangup')", id))
					local rows = assert(db:query("SELECT what FROM calls" .. id .. " WHERE id = ?", id))
					agi.var.ROWS = #rows .. rows[1].what
					error(e)`, row.url, row.sleep, i, wait), pbx.Plan{Steps: []string{"AGI(goagi,%s)"}})
				listens(t, c)
				do(t, c, "EXEC Wait 0.3") // well into the wait
				begin := time.Now()
				hangup(t, c)
				check(t, c, vars{"KIND": "hangup", "ROWS": "1hangup", "AGISTATUS": "HANGUP", "GOAGI_STATUS": "HANGUP"})
				if took := time.Since(begin); took > 8*time.Second {
					t.Errorf("the script went on for %v", took)
				}
			})
		}
	}
}

// A hundred calls of one server share its few connections to each database, and
// nothing of one is lost or seen twice by another.
func TestServeSharesConnections(t *testing.T) {
	const many = 100
	a := asterisk.Get(t)
	postgres, redis := servers.Postgres(t), servers.Redis(t)
	web := servers.Nginx(t, `location /hello { return 200 "world"; }`)
	config := filepath.Join(t.TempDir(), "goagi.toml")
	settings := fmt.Sprintf("[sql]\nurl = %q\nmax_open = 5\ntimeout = 60\n[redis]\nurl = %q\nconnections = 5\ntimeout = 60\n", postgres.URL, redis.URL)
	if err := os.WriteFile(config, []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	s := serve(t, map[string]string{
		"begin.lua": `local db = require "sql".open()
			assert(db:exec("CREATE TABLE calls (id SERIAL, who TEXT)"))`,
		"x.lua": fmt.Sprintf(`local sql, redis, http, cache = require "sql", require "redis", require "http", require "cache"
			agi.answer()
			local db, store = sql.open(), assert(redis.connect())
			local id = assert(db:value("INSERT INTO calls (who) VALUES (?) RETURNING id", agi.env.uniqueid))
			assert(db:value("SELECT who FROM calls WHERE id = ?", id) == agi.env.uniqueid)
			local n = assert(store:incr("calls"))
			assert(cache.once("once", 60, function() agi.sleep(0.2) return store:incr("made") end) == 1)
			assert(assert(http.get(%q)).text == "world")
			assert(db:transaction(function() assert(db:exec("UPDATE calls SET who = who || '!' WHERE id = ?", id)) end))
			agi.var.GOT = n`, web.URL+"/hello"),
		"end.lua": `local db = require "sql".open()
			agi.var.ROWS = db:value("SELECT count(*) FROM calls WHERE who LIKE '%!'")
			agi.var.CONNECTIONS = db:value("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
			agi.var.MADE = require "redis".connect():get("made")`,
	}, "--config="+config)
	check(t, place(t, a, pbx.Plan{Steps: []string{"AGI(" + s.url + "begin.lua)"}}), vars{"GOAGI_STATUS": "OK"})
	var all sync.WaitGroup
	var mu sync.Mutex
	seen := make(map[string]int)
	for range many {
		all.Go(func() {
			c, err := a.Place(pbx.Plan{Steps: []string{"AGI(" + s.url + "x.lua)"}})
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			got, err := c.Vars("GOT", "GOAGI_STATUS", "GOAGI_ERROR")
			if err != nil || got["GOAGI_STATUS"] != "OK" {
				t.Error(got, err)
			}
			mu.Lock()
			seen[got["GOT"]]++
			mu.Unlock()
		})
	}
	all.Wait()
	if len(seen) != many {
		t.Errorf("%d calls counted to %d numbers", many, len(seen))
	}
	check(t, place(t, a, pbx.Plan{Steps: []string{"AGI(" + s.url + "end.lua)"}}), vars{
		"ROWS": fmt.Sprint(many), "CONNECTIONS": "~[1-5]", "MADE": "1", "GOAGI_STATUS": "OK",
	})
}
