package std

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"goagi/call"
	"goagi/luabind"
	"goagi/redis"
	"goagi/test/servers"
)

// redisSurroundings give the example a server.
func redisSurroundings(t *testing.T, who *caller) {
	who.config = map[string]map[string]any{"redis": {"url": servers.Redis(t).URL}}
}

// redisCaller is a caller whose settings name a server.
func redisCaller(url string) caller {
	return caller{notEAGI: true, config: map[string]map[string]any{"redis": {"url": url}}}
}

const connectRedis = `local redis = require "redis" local db = assert(redis.connect()) `

// A script gets what Redis has as values of Lua.
func TestRedisReplies(t *testing.T) {
	who := redisCaller(servers.Redis(t).URL)
	for script, want := range map[string]string{
		`return db:set("k", "v")`:                                              `"OK"`,
		`return db:GET("k")`:                                                   `nil`,
		`db:set("z", "a\r\n\0\255") return #db:get("z")`:                       `5`,
		`return db:incrby("i", 2^53)`:                                          `9007199254740992`,
		`db:incrby("j", 2^53) return tostring(db:incr("j"))`:                   `"9007199254740993"`,
		`db:set("id", db:incrby("m", "9007199254740993")) return db:get("id")`: `"9007199254740993"`,
		`db:set("f", 0.1) return db:get("f")`:                                  `"0.1"`,
		`db:set("g", 1e15) return db:get("g")`:                                 `"1000000000000000"`,
		`db:rpush("l", 1, 2) return db:lrange("l", 0, -1)`:                     `["1","2"]`,
		`db:set("a", 1) return db:mget("a", "none", "a")`:                      `["1",false,"1"]`,
		`db:hset("h", "x", 1, "1", 2) return db:hgetall("h")`:                  `{"1":"2","x":"1"}`,
		`return db:hgetall("none")`:                                            `{}`,
		`return db:lrange("none", 0, -1)`:                                      `{}`,
		`return db:config("GET", "maxclients")`:                                `{"maxclients":"10000"}`,
		`return db:command("CONFIG", "GET", "maxclients").maxclients`:          `"10000"`,
		`return db:eval("return {KEYS[1], ARGV[1]}", 1, "a", "b")`:             `["a","b"]`,
		`return db:eval("return {KEYS[1], ARGV[1]}", 1, "c", "d")`:             `["c","d"]`,
		`return db:eval("return nope", 0)`:                                     `nil ~user_script`,
		`return db:nosuch("x")`:                                                `nil ~ERR unknown command 'NOSUCH'`,
		`db:set("s", "x") return db:lpush("s", 1)`:                             `nil ~WRONGTYPE`,
		`return db:pipeline({})`:                                               `{}`,
		`return db:pipeline{{"SET", "p", 5}, {"INCR", "p"}, {"GET", "none"}, {"LPUSH", "p", 1}, {"HGETALL", "none"}}`: `["OK",6,false,{"err":"WRONGTYPE Operation against a key holding the wrong kind of value"},{}]`,
		`return db:pipeline({{"INCR", "q"}, {"HSET", "qq", "a", 1}, {"HGETALL", "qq"}}, {atomic = true})`:             `[1,1,{"a":"1"}]`,
		`return db:pipeline({{"INCR", "r"}, {"NOSUCH"}}, {atomic = true})`:                                            `nil ~unknown command`,
		`return db:publish("c", "m")`:   `0`,
		`return db:blpop("none", 0.01)`: `nil`,
	} {
		e := placed(t, who, connectRedis+`db:flushall()
			local value, why = (function() `+script+` end)()
			agi.var.GOT, agi.var.WHY = require "json".encode(value), tostring(why)
			if value == nil then agi.var.GOT = "nil" end`)
		value, why, _ := strings.Cut(want, " ~")
		e.check(t, map[string]string{"GOT": value, "GOAGI_STATUS": "OK"})
		if !strings.Contains(e.vars["WHY"], why) {
			t.Errorf("%s: %s", script, e.vars["WHY"])
		}
	}
}

// What is wrong in a script is said at once.
func TestRedisMisuse(t *testing.T) {
	who := redisCaller(servers.Redis(t).URL)
	for lua, want := range map[string]string{
		`db:set("k", nil)`:                          "redis:set: argument 2 must be a string or a number, not a nil",
		`db:set("k", true)`:                         "argument 2 must be a string or a number, not a boolean",
		`db:set("k", {})`:                           "argument 2 must be a string or a number, not a table",
		`db.get("k")`:                               "redis:get: call it with a colon",
		`db:multi()`:                                "redis:multi: this command cannot be sent: connections are shared: a pipeline with atomic is a transaction",
		`db:select(1)`:                              "the URL names user, password and database",
		`db:subscribe("c")`:                         "it would never end",
		`db:client("reply", "off")`:                 "connections are shared",
		`db:command()`:                              "this command cannot be sent: it is empty",
		`db:pipeline("x")`:                          "argument 1 (commands) must be a list of commands",
		`db:pipeline{"GET", "k"}`:                   "command 1 of the pipeline must be a list of its words, not a string",
		`db:pipeline{{"GET", {}}}`:                  "word 2 of command 1 must be a string or a number, not a table",
		`db:pipeline{{"GET", "k"}, {"watch", "k"}}`: "command 2 of the pipeline cannot be sent",
		`db:pipeline({}, {atomc = true})`:           "did you mean atomic?",
		`db:lock("l", 0, print)`:                    "argument 2 (ttl) must be a number of seconds, 0.001 or more",
		`db:lock("l", 1, 5)`:                        "argument 3 (fn) must be a function",
		`db:eval("return 1")`:                       "argument 2 (numkeys) must be a number",
		`redis.connect("localhost")`:                "redis.connect: the URL must be redis://",
		`redis.connect(nil, {timeout = 0})`:         "option timeout must be 0.001 seconds or more",
		`redis.connect(nil, {connections = 0})`:     "option connections must be from 1 to 10000",
		`redis.connect(nil, {ca = "x"})`:            "the URL must begin with rediss://",
		`redis.connect(nil, {password = "x"})`:      "there is no option password: it takes ca",
	} {
		placed(t, who, connectRedis+lua).check(t, map[string]string{"GOAGI_ERROR": "~" + want})
	}
	placed(t, caller{notEAGI: true}, `require "redis".connect()`).check(t, map[string]string{"GOAGI_ERROR": "~set url under [redis]"})
	err := CheckConfig("redis", map[string]any{"url": "redis://:sec/ret@host"})
	if err == nil || strings.Contains(err.Error(), "sec") {
		t.Error(err)
	}
}

// A sandbox that knows its hosts lets a script go to no other.
func TestRedisSandbox(t *testing.T) {
	who := caller{notEAGI: true, sandbox: &luabind.Sandbox{Name: "strict", Known: true, Hosts: []string{"redis.example.com:6379"}, Inside: true, Data: t.TempDir()}}
	for url, want := range map[string]string{
		"redis://:secret@127.0.0.1:1/0": `"127.0.0.1" is none of the hosts`,
		"unix:///run/redis.sock":        "is not in a folder that it allows",
	} {
		e := placed(t, who, `require "redis".connect("`+url+`")`)
		e.check(t, map[string]string{"GOAGI_ERROR": "~" + want})
		if strings.Contains(fmt.Sprint(e.vars, e.log), "secret") {
			t.Error(e.vars, e.log)
		}
	}
}

// What the world does is a message, in which no password stands.
func TestRedisFaults(t *testing.T) {
	s := servers.Redis(t, "--requirepass", "hunter2")
	url := strings.Replace(s.URL, "redis://", "redis://:hunter2@", 1)
	e := placed(t, redisCaller(url), connectRedis+`
		db:set("big", ("x"):rep(100000))
		local small = assert(redis.connect(nil, {max_size = 1000}))
		local v, why = small:get("big")
		assert(v == nil and why == "the reply is too large: it has over 1000 bytes", why)
		assert(small:set("k", 1) == "OK")
		local hasty = assert(redis.connect(nil, {timeout = 0.5}))
		assert(db:client("PAUSE", 700) == "OK")
		local v, why = hasty:get("k")
		assert(v == nil and why:find("no answer from 127.0.0.1:%d+ within 500ms"), why)
		assert(db:get("k") == "1")`)
	e.check(t, map[string]string{"GOAGI_STATUS": "OK"})
	for name, row := range map[string][2]string{
		"no password":    {s.URL, "NOAUTH"},
		"wrong password": {strings.Replace(s.URL, "redis://", "redis://:wrong-secret@", 1), "WRONGPASS"},
		"no such user":   {strings.Replace(s.URL, "redis://", "redis://ada:hunter2@", 1), "WRONGPASS"},
		"no such number": {strings.Replace(url, "/0", "/99", 1), "ERR DB index is out of range"},
		"no TLS":         {strings.Replace(url, "redis://", "rediss://", 1), "no answer from 127.0.0.1"},
		"no such socket": {"unix://:hunter2@" + s.Dir + "/none.sock", "no such file"},
	} {
		e := placed(t, redisCaller(row[0]), `local db, why = require "redis".connect(nil, {timeout = 1}) agi.var.GOT, agi.var.WHY = tostring(db), why`)
		e.check(t, map[string]string{"GOT": "nil", "WHY": "~" + row[1], "GOAGI_STATUS": "OK"})
		if said := fmt.Sprint(e.vars, e.log); strings.Contains(said, "hunter2") || strings.Contains(said, "wrong-secret") {
			t.Errorf("%s: %s", name, said)
		}
	}
	s.Stop()
	placed(t, redisCaller(url), `local db, why = require "redis".connect() assert(db == nil) agi.var.WHY = why`).
		check(t, map[string]string{"WHY": "~connection refused", "GOAGI_STATUS": "OK"})
}

// A server over TLS is known by the certificate that the script names, and by no
// other.
func TestRedisTLS(t *testing.T) {
	s := servers.Redis(t)
	wire := tap(t, s.Addr, true, "")
	who := redisCaller("rediss://" + wire.addr)
	placed(t, who, `local redis = require "redis"
		local db, why = redis.connect()
		assert(db == nil and why:find("x509") or why:find("certificate"), why)
		local db, why = redis.connect(nil, {ca = "/none.pem"})
		assert(db == nil and why:find("/none.pem: no such file"), why)
		db = assert(redis.connect(nil, {ca = "`+wire.ca+`"}))
		for i = 1, 3 do assert(db:incr("n") == i) end`).check(t, map[string]string{"GOAGI_STATUS": "OK"})
	who.config["redis"]["ca"] = wire.ca
	who.sandbox = &luabind.Sandbox{Name: "strict", Inside: true, Data: t.TempDir()}
	placed(t, who, connectRedis+`assert(db:incr("n") == 4) redis.connect(nil, {ca = "/etc/hosts"})`).
		check(t, map[string]string{"GOAGI_ERROR": "~is not in a folder that it allows"})
}

// Certificates that were renewed hold for the next call of a server.
func TestRedisCertificatesAreRenewed(t *testing.T) {
	s := servers.Redis(t)
	wire := tap(t, s.Addr, true, "")
	who := redisCaller("rediss://" + wire.addr)
	who.sharing(t)
	renewed(t, wire.ca, func(file string) {
		who.config["redis"]["ca"] = file
		placed(t, who, `local db, why = require "redis".connect() assert(db == nil and why:find("certificate"), why)`).
			check(t, map[string]string{"GOAGI_STATUS": "OK"})
	})
	placed(t, who, connectRedis+`assert(db:incr("n") == 1)`).check(t, map[string]string{"GOAGI_STATUS": "OK"})
}

// A caller who hangs up while the script waits for an element ends the wait, and
// the script works on under the grace time.
func TestRedisHangup(t *testing.T) {
	s := servers.Redis(t)
	wire := tap(t, s.Addr, false, "BLPOP")
	who := redisCaller("redis://" + wire.addr)
	who.hangsUpOn = wire.saw
	e := placed(t, who, connectRedis+`
		local ok, err = pcall(db.blpop, db, "list", 0)
		assert(not ok and err.kind == "hangup", tostring(err))
		assert(db:set("after", "hangup") == "OK")
		db:blpop("list", 0.01)
		error(err)`)
	if e.Status != call.Hangup || e.took > 20*time.Second {
		t.Errorf("%v after %v: %v", e.Status, e.took, e.Err)
	}
	placed(t, redisCaller(s.URL), connectRedis+`assert(db:get("after") == "hangup")`).check(t, map[string]string{"GOAGI_STATUS": "OK"})
}

// A hundred calls of a server share a few connections.
func TestRedisShared(t *testing.T) {
	shared := new(luabind.Shared)
	defer func() { check(t, shared.Close()) }()
	who := redisCaller(servers.Redis(t).URL)
	who.shared = shared
	who.config["redis"]["connections"] = int64(4)
	var calls sync.WaitGroup
	atOnce := make(chan struct{}, 20)
	for range 100 {
		calls.Go(func() {
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			placed(t, who, connectRedis+`for i = 1, 5 do assert(db:incr("n")) end`).check(t, map[string]string{"GOAGI_STATUS": "OK"})
		})
	}
	calls.Wait()
	placed(t, who, connectRedis+`assert(db:get("n") == "500")
		local n = db:info("stats"):match("total_connections_received:(%d+)")
		assert(tonumber(n) <= 5, n)`).check(t, map[string]string{"GOAGI_STATUS": "OK"})
}

// serverPool asks a server of a test's own.
func serverPool(t *testing.T, s *servers.Server) *redis.Pool {
	options, err := redis.Parse(s.URL)
	check(t, err)
	pool := redis.NewPool(options)
	t.Cleanup(func() { check(t, pool.Close()) })
	return pool
}
