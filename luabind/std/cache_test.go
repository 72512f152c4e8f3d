package std

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"goagi/call"
	"goagi/luabind"
)

// cacheSurroundings give the example a folder.
func cacheSurroundings(t *testing.T, who *caller) {
	who.config = map[string]map[string]any{"cache": {"folder": t.TempDir()}}
}

// caches has a test place its calls with each kind of cache: of a server, and of
// processes.
func caches(t *testing.T, test func(t *testing.T, who caller)) {
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			shared := new(luabind.Shared)
			defer shared.Close()
			test(t, caller{notEAGI: true, shared: shared})
		})
	})
	t.Run("files", func(t *testing.T) {
		who := caller{notEAGI: true}
		cacheSurroundings(t, &who)
		synctest.Test(t, func(t *testing.T) { test(t, who) })
	})
}

// A later call finds what one kept, as what it was, until its time is over.
func TestCacheValues(t *testing.T) {
	caches(t, func(t *testing.T, who caller) {
		placed(t, who, `local cache = require "cache"
			assert(cache.set("string", "00\0\255", 10) == true)
			assert(cache.set("number", -0.1, 10))
			assert(cache.set("big", 2^53, 10))
			assert(cache.set("true", true, 10))
			assert(cache.set("false", false, 10))
			assert(cache.set("table", {a = {1, 2}, id = require "json".decode("9007199254740993")}, 10))
			assert(cache.set("brief", 1, 0.5))
			assert(cache.set("../../etc/passwd\0", "hostile", 10))
			assert(cache.set(("x"):rep(1e5), "long", 10))
			assert(cache.set("", "empty", 10))`).check(t, map[string]string{"GOAGI_STATUS": "OK"})
		placed(t, who, `local cache = require "cache"
			assert(cache.get("string") == "00\0\255")
			assert(cache.get("number") == -0.1)
			assert(cache.get("big") == 2^53)
			assert(cache.get("true") == true)
			assert(cache.get("false") == false)
			local t = cache.get("table")
			assert(t.a[2] == 2 and tostring(t.id) == "9007199254740993")
			t.a[2] = 3
			assert(cache.get("table").a[2] == 2)
			assert(cache.get("brief") == 1)
			agi.sleep(0.5)
			assert(select("#", cache.get("brief")) == 1 and cache.get("brief") == nil)
			assert(cache.get("../../etc/passwd\0") == "hostile")
			assert(cache.get(("x"):rep(1e5)) == "long")
			assert(cache.get("") == "empty")
			assert(cache.delete("true") == true)
			assert(cache.delete("true") == false)
			assert(cache.get("true") == nil)
			agi.sleep(9.5)
			assert(cache.get("string") == nil)
			local done, why = cache.set("huge", ("x"):rep(2^20), 10)
			assert(done == nil and why:find("too large"), why)`).check(t, map[string]string{"GOAGI_STATUS": "OK"})
	})
}

// A counter's time runs from its first call, whatever comes after.
func TestCacheIncr(t *testing.T) {
	caches(t, func(t *testing.T, who caller) {
		placed(t, who, `local cache = require "cache"
			assert(cache.incr("n", 1, 10) == 1)
			agi.sleep(6)
			assert(cache.incr("n", 0.5, 10) == 1.5)
			assert(cache.get("n") == 1.5)
			agi.sleep(4)
			assert(cache.incr("n", -2, 10) == -2)
			cache.set("s", "5", 10)
			local n, why = cache.incr("s", 1, 10)
			assert(n == nil and why == "the value is no number", why)`).check(t, map[string]string{"GOAGI_STATUS": "OK"})
	})
}

// What is wrong in a script is said at once.
func TestCacheMisuse(t *testing.T) {
	for lua, want := range map[string]string{
		`cache.set("k", "v")`:                                          "cache.set: argument 3 (ttl) must be a number, not nil",
		`cache.set("k", "v", 0)`:                                       "over 0 and up to a year",
		`cache.set("k", "v", 4e7)`:                                     "over 0 and up to a year",
		`cache.set("k", nil, 1)`:                                       "argument 2 (value) must be a string, a number, a boolean or a table, not nil",
		`cache.set("k", {print}, 1)`:                                   "JSON cannot hold a function",
		`cache.set(nil, 1, 1)`:                                         "argument 1 (key) must be a string",
		`cache.incr("k", "x", 1)`:                                      "argument 2 (by) must be a number",
		`cache.once("k", 1, "x")`:                                      "argument 3 (fn) must be a function",
		`cache.once("k", 1, function() return print end)`:              "the function must return a string, a number, a boolean or a table, or nil, not a function",
		`cache.once("k", 1, function() cache.once("k", 1, print) end)`: `the function that makes "k" wants that itself`,
		`cache.gett("k")`:                                              "did you mean get?",
	} {
		who := caller{notEAGI: true}
		cacheSurroundings(t, &who)
		place(t, who, `local cache = require "cache" `+lua).check(t, map[string]string{"GOAGI_ERROR": "~" + want})
	}
	for _, row := range []struct {
		table map[string]any
		want  string
	}{
		{map[string]any{"size": int64(1)}, "size must be from 2"},
		{map[string]any{"folder": ""}, "folder must not be empty"},
		{map[string]any{"dir": "x"}, "it takes folder, size"},
	} {
		if err := CheckConfig("cache", row.table); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%v: %v", row.table, err)
		}
	}
}

// Of a hundred calls at once, one asks the slow service.
func TestCacheOnce(t *testing.T) {
	caches(t, func(t *testing.T, who caller) {
		var calls sync.WaitGroup
		for range 100 {
			calls.Go(func() {
				placed(t, who, `local cache = require "cache"
					local got = cache.once("rates", 60, function()
						agi.sleep(5)
						return {n = cache.incr("asked", 1, 60)}
					end)
					agi.var.GOT = got.n`).check(t, map[string]string{"GOAGI_STATUS": "OK", "GOT": "1"})
			})
		}
		calls.Wait()
	})
}

// Of two calls that want what the other makes, one is told so at once, and both go on.
func TestCacheOnceCircle(t *testing.T) {
	caches(t, func(t *testing.T, who caller) {
		var calls sync.WaitGroup
		for _, keys := range []string{`"a", "b"`, `"b", "a"`} {
			calls.Go(func() {
				e := placed(t, who, `local cache = require "cache"
					local mine, other = `+keys+`
					local got = assert(cache.once(mine, 60, function()
						agi.sleep(1)
						local value, why = cache.once(other, 60, function() return 1 end)
						if not value then
							assert(why == "another call makes it, and waits for what this one makes", why)
							cache.incr("told", 1, 60)
						end
						return 1
					end))
					agi.var.GOT = got`)
				e.check(t, map[string]string{"GOAGI_STATUS": "OK", "GOT": "1"})
				if e.took > 2*time.Second {
					t.Errorf("it took %v", e.took)
				}
			})
		}
		calls.Wait()
		placed(t, who, `assert(require "cache".get("told") >= 1)`).check(t, map[string]string{"GOAGI_STATUS": "OK"})
	})
}

// However fn ends without a value, the next call may try, and the error is its own
// call's.
func TestCacheOnceGivenUp(t *testing.T) {
	caches(t, func(t *testing.T, who caller) {
		for _, row := range []struct{ fn, want string }{
			{`error("no luck", 0)`, "ERROR no luck"},
			{`error({code = 5, message = "five"})`, "ERROR five"},
			{`os.exit(0)`, "OK "},
			{`return nil, "HTTP 503"`, "OK HTTP 503"},
			{`return`, "OK nil"},
			{`coroutine.yield(1) return 5`, "ERROR can not yield"},
			{`return coroutine.wrap(function() return cache.once("k", 60, function() end) end)()`, "ERROR wants that itself"},
			{`return coroutine.wrap(function() coroutine.yield("made") end)()`, "OK made"},
		} {
			e := placed(t, who, `cache = require "cache"
				local v, why = cache.once("k", 60, function() `+row.fn+` end)
				agi.var.GOT = v or tostring(why)`)
			status, text, _ := strings.Cut(row.want, " ")
			if got := e.vars["GOT"] + e.vars["GOAGI_ERROR"]; e.vars["GOAGI_STATUS"] != status || !strings.Contains(got, text) {
				t.Errorf("%s: %s %q", row.fn, e.vars["GOAGI_STATUS"], got)
			}
			e = placed(t, who, `local cache = require "cache"
				cache.delete("k")
				agi.var.GOT = cache.once("k", 60, function() return "mine" end) cache.delete("k")`)
			e.check(t, map[string]string{"GOAGI_STATUS": "OK", "GOT": "mine"})
		}
	})
}

// A coroutine that hands over in the middle is an error there, and the script
// goes on.
func TestCacheOnceYields(t *testing.T) {
	caches(t, func(t *testing.T, who caller) {
		placed(t, who, `local cache = require "cache"
			local co = coroutine.create(function(a)
				assert(a == "given")
				return cache.once("k", 60, function() coroutine.yield("early") return 5 end)
			end)
			local ok, why = coroutine.resume(co, "given")
			assert(ok == false and tostring(why):find("must not yield"), why)
			assert(coroutine.status(co) == "dead")
			local caught = coroutine.wrap(function()
				local ok, why = pcall(cache.once, "k", 60, function() coroutine.yield("early") return 5 end)
				coroutine.yield(ok == false and tostring(why))
				return "done"
			end)
			assert(caught():find("must not yield"))
			assert(caught() == "done")
			assert(cache.once("k", 60, function() return 6 end) == 6)`).check(t, map[string]string{"GOAGI_STATUS": "OK"})
	})
}

// A caller that hangs up while another's call makes the value does not wait for
// it; one that hangs up while its own call makes it leaves that to another; and
// after it the cache works on.
func TestCacheHangup(t *testing.T) {
	const script = `local cache = require "cache"
		agi.on_hangup(function() assert(cache.set("after", "hangup", 60)) end)
		local ok, err = pcall(cache.once, "k", 60, function() agi.sleep(20) return "first" end)
		if not ok then
			assert(err.kind == "hangup")
			cache.incr("told", 1, 60)
			error(err)
		end
		agi.var.GOT = err`
	caches(t, func(t *testing.T, who caller) {
		var calls sync.WaitGroup
		maker, waiter, second := who, who, who
		maker.hangsUp, waiter.hangsUp = 10*time.Second, 5*time.Second
		calls.Go(func() {
			if e := placed(t, maker, script); e.Status != call.Hangup || e.took > 10500*ms {
				t.Errorf("the maker: %v after %v", e.Status, e.took)
			}
		})
		synctest.Wait()
		calls.Go(func() {
			if e := placed(t, waiter, script); e.Status != call.Hangup || e.took > 5100*ms {
				t.Errorf("the one that waits: %v after %v", e.Status, e.took)
			}
		})
		if e := placed(t, second, script); e.Status != call.OK || e.took < 30*time.Second || e.took > 31*time.Second {
			t.Errorf("the one that makes it then: %v after %v", e.Status, e.took)
		}
		calls.Wait()
		placed(t, who, `local cache = require "cache" assert(cache.get("told") == 2) assert(cache.get("after") == "hangup") assert(cache.get("k") == "first")`).
			check(t, map[string]string{"GOAGI_STATUS": "OK"})
	})
}

// Where values are is as the page says: a process's in files, a server's in its
// memory, and in the folder that is set for both.
func TestCachePlaces(t *testing.T) {
	data, tmp := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", tmp)
	shared := new(luabind.Shared)
	t.Cleanup(func() { check(t, shared.Close()) })
	for _, row := range []struct {
		name string
		who  caller
		want string // pattern of the folder, "" for none
	}{
		{"a process", caller{sandbox: &luabind.Sandbox{Data: data}}, data + "/cache"},
		{"a process without data", caller{}, tmp + "/goagi-cache-*"},
		{"a server", caller{shared: shared, sandbox: &luabind.Sandbox{Data: data}}, ""},
		{"a server with folder", caller{shared: shared, config: map[string]map[string]any{"cache": {"folder": data + "/all"}}}, data + "/all"},
		{"a process with folder", caller{sandbox: &luabind.Sandbox{Data: data}, config: map[string]map[string]any{"cache": {"folder": "one"}}}, data + "/one"},
	} {
		row.who.notEAGI = true
		place(t, row.who, `local cache = require "cache" assert(cache.set("`+row.name+`", 1, 60)) assert(cache.get("`+row.name+`") == 1)`).
			check(t, map[string]string{"GOAGI_STATUS": "OK"})
		folders, _ := filepath.Glob(data + "/*")
		more, _ := filepath.Glob(tmp + "/*")
		folders = append(folders, more...)
		if row.want == "" && len(folders) != 0 || row.want != "" && len(folders) != 1 {
			t.Errorf("%s: folders %v", row.name, folders)
		} else if row.want != "" {
			if ok, _ := filepath.Match(row.want, folders[0]); !ok {
				t.Errorf("%s: %v, want %s", row.name, folders, row.want)
			}
		}
		for _, folder := range folders {
			check(t, os.RemoveAll(folder))
		}
	}
}

// A folder that cannot be used is said, with what mends it.
func TestCacheFolderFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(file, nil, 0o600))
	who := caller{notEAGI: true, config: map[string]map[string]any{"cache": {"folder": file}}}
	place(t, who, `local cache = require "cache"
		for _, fn in ipairs{"get", "set", "incr", "delete", "once"} do
			local v, why = cache[fn]("k", unpack(({set = {1, 1}, incr = {1, 1}, once = {1, print}})[fn] or {}))
			assert(v == nil and why:find("folder", 1, true) and why:find("`+file+`", 1, true) and why:find("[cache] of the settings file", 1, true), fn .. tostring(why))
		end`).check(t, map[string]string{"GOAGI_STATUS": "OK"})
}
