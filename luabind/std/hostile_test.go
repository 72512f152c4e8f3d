package std

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
	"goagi/redis"
)

// A variable such as LD_PRELOAD would make the one program that may be run any
// other: in a sandbox only those that the settings list are set.
func TestProgramVariables(t *testing.T) {
	who, _ := boxed(t)
	who.sandbox.Programs = []string{"/usr/bin/env"}
	who.config = map[string]map[string]any{"process": {"variables": []any{"GOAGI_NAME"}}}
	e := placed(t, who, `local process = require "process"
		agi.var.SET = assert(process.run{"/usr/bin/env", env = {GOAGI_NAME = "Ann"}}).stdout:match("GOAGI_NAME=%a+")
		local ok, why = pcall(process.run, {"/usr/bin/env", env = {LD_PRELOAD = "/x.so"}})
		agi.var.WHY = tostring(why)`)
	e.check(t, map[string]string{"SET": "GOAGI_NAME=Ann", "WHY": `~the sandbox strict forbids it: a program's variable "LD_PRELOAD"; [process] variables = ["LD_PRELOAD"]`})
	e = placed(t, who, `require "process".run{"/usr/bin/env", variables = {"LD_PRELOAD"}, env = {LD_PRELOAD = "/x.so"}}`)
	e.check(t, map[string]string{"GOAGI_ERROR": "~there is no option variables"})
	for _, wrong := range []any{"LD_PRELOAD", []any{5}} {
		if err := CheckConfig("process", map[string]any{"variables": wrong}); err == nil || err.Error() != "variables must be a list of strings" {
			t.Errorf("%v: %v", wrong, err)
		}
	}
	e = placed(t, caller{notEAGI: true}, `agi.var.SET = assert(require "process".run{"/usr/bin/env", env = {GOAGI_NAME = "Ann"}}).stdout:match("GOAGI_NAME=%a+")`)
	e.check(t, map[string]string{"SET": "GOAGI_NAME=Ann"})
}

// Tables that share others hold far more than they take: JSON of them ends at the
// limit of texts, and not with the memory.
func TestJSONIsLimited(t *testing.T) {
	e := place(t, caller{notEAGI: true}, `local json, cache = require "json", require "cache"
		local t = {"x"}
		for i = 1, 40 do t = {t, t} end
		local ok, why = pcall(json.encode, t)
		agi.var.WHY = tostring(why)
		agi.var.ONE = tostring(select(2, pcall(json.encode, ("\1"):rep(2^22))))
		local deep = {}
		for i = 1, 450 do deep = {deep} end
		local many = {}
		for i = 1, 5000 do many[i] = deep end
		agi.var.INDENTED = tostring(select(2, pcall(json.encode, many, {indent = 16})))
		agi.var.CACHED = tostring(select(2, pcall(cache.set, "k", t, 1)))
		agi.var.SMALL = json.encode{("x"):rep(1000)}:len()`)
	e.check(t, map[string]string{"WHY": "~the text would have over 16777216 bytes", "CACHED": "~the text would have over", "SMALL": "1004",
		"ONE": "~the text would have over", "INDENTED": "~the text would have over"})
}

// A call whose time is over does not wait for its JSON.
func TestJSONEndsWithTheCall(t *testing.T) {
	over := errors.New("over")
	ctx, end := context.WithCancelCause(t.Context())
	table := new(lua.LTable)
	table.RawSetInt(1, lua.LTrue)
	for range 60 {
		outer := new(lua.LTable)
		outer.RawSetInt(1, table)
		outer.RawSetInt(2, table)
		table = outer
	}
	end(over)
	// And no more is refused than what would be too long.
	for _, text := range []string{`{"a":[1,"x:[{,\"\\"],"b":[],"c":{"d":{}},"e":[[],[2]]}`, `[]`, `"[,]"`, `[[[1]]]`} {
		w := jsonWriter{text: []byte(text)}
		var b bytes.Buffer
		check(t, json.Indent(&b, w.text, "", "   "))
		if n := len(text) + w.blanks(3); n != b.Len() {
			t.Errorf("%s is said to have %d bytes, and has %d", text, n, b.Len())
		}
	}
	w := jsonWriter{most: 1 << 40, ctx: ctx}
	if err := w.value(table, 0); !errors.Is(err, over) {
		t.Error(err)
	}
}

// Two calls that want what the other makes hear no more than a moment of silence.
func TestOnceHasATimeout(t *testing.T) {
	who := caller{notEAGI: true, shared: new(luabind.Shared)}
	t.Cleanup(func() { _ = who.shared.Close() })
	over := make(chan ended)
	go func() {
		over <- placed(t, who, `require "cache".once("a", 60, function() agi.sleep(2) return 1 end)`)
	}()
	e := placed(t, who, `local cache = require "cache"
		for i = 1, 1000 do
			local value, why = cache.once("a", 60, function() agi.sleep(0.01) return nil, "mine" end, {timeout = 0.05})
			agi.var.WHY = tostring(why)
			if why ~= "mine" then return end
		end`)
	e.check(t, map[string]string{"WHY": "~another call has been making it for 50ms"})
	<-over
}

// A zone is kept by one name: names that lead to it in other ways are without end.
func TestZoneNames(t *testing.T) {
	for _, name := range []string{"Europe//Berlin", "Europe/./Berlin", "Europe/Berlin/", "./UTC"} {
		if _, err := loadZone(name); err == nil {
			t.Errorf("%s is a zone", name)
		}
	}
	if _, err := loadZone("Europe/Berlin"); err != nil {
		t.Error(err)
	}
}

// Arguments in another library's order do not put the key into the log.
func TestKeysAreNotShown(t *testing.T) {
	for _, source := range []string{
		`crypto.hmac("s3cr3t-key", "sha256", "text")`, `crypto.sha256("text", "s3cr3t-key")`, `crypto.equal("s3cr3t-key")`,
		`http.get("http://127.0.0.1/", "Bearer s3cr3t")`, `http.get("http://127.0.0.1/", {auth = "s3cr3t"})`, `redis.connect("redis://127.0.0.1", "s3cr3t")`,
		`assert(http.get("http://127.0.0.1/", {cert = "-----BEGIN PRIVATE KEY-----\ns3cr3t"}))`,
		`assert(redis.connect("rediss://127.0.0.1", {cert = "-----BEGIN PRIVATE KEY-----\ns3cr3t"}))`,
		`sql.open("host=db user=ivr password=s3cr3t")`, `sql.open("ivr:s3cr3t@tcp(db)/crm")`, `sql.open("postgres://ivr@db/crm", "s3cr3t")`,
		`process.run("s3cr3t")`,
	} {
		e := place(t, caller{notEAGI: true}, `local crypto, http, redis, sql, process = require "crypto", require "http", require "redis", require "sql", require "process"
			`+source)
		if e.vars["GOAGI_STATUS"] != "ERROR" {
			t.Errorf("%s: %s", source, e.vars["GOAGI_STATUS"])
		}
		for _, text := range []string{e.vars["GOAGI_ERROR"], e.log} {
			if strings.Contains(text, "s3cr3t") {
				t.Errorf("%s: %s", source, text)
			}
		}
	}
	for i := range cryptoModule.Funcs {
		if fn := &cryptoModule.Funcs[i]; strings.Contains(fn.Params, "key") && !fn.Secret {
			t.Errorf("crypto.%s shows keys", fn.Name)
		}
	}
}

// Commands that change a connection for those who have it next are refused.
func TestConnectionsStayTheirs(t *testing.T) {
	for _, command := range []string{"SCRIPT DEBUG YES", "script debug sync", "CLIENT NO-EVICT on", "CLIENT NO-TOUCH on", "CLIENT SETNAME x", "CLIENT SETINFO LIB-NAME x", "REPLCONF ACK 1"} {
		if redis.Refusal(strings.Fields(command)) == "" {
			t.Errorf("%s is taken", command)
		}
	}
	for _, command := range []string{"SCRIPT LOAD x", "CLIENT ID", "SET a b"} {
		if why := redis.Refusal(strings.Fields(command)); why != "" {
			t.Errorf("%s: %s", command, why)
		}
	}
}
