package spec

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"goagi/luabind/std"
)

// A test that wants something which does not hold fails, whatever stands around it.
func TestStrict(t *testing.T) {
	results := tests(t, map[string]string{
		"web.lua":     `local r = require "http".get("https://x.example.com/a") agi.var.S = r and r.status or "none"`,
		"cleanup.lua": `agi.on_hangup(function() local x = nil .. "y" end) agi.answer() agi.stream_file("a")`,
		"mail.lua":    `agi.answer() agi.app.VoiceMail("200@default")`,
		"number.lua":  `agi.answer() agi.say_number(42)`,
		"page.lua":    `agi.answer() pcall(agi.app.Plaback, "x")`,
		"bad.lua":     "agi.answer() agi.sleep(1) error('boom')",
		"out.lua":     `agi.answer() require "http".get("https://y.example.com/")`,
	}, `
it("answers a text", function() fake.http("GET https://x.example.com/a", {status = "503", json = {}}) end)
it("answers with a misspelt key", function() fake.http("GET https://x.example.com/a", {stauts = 503, json = {}}) end)
it("cleans up", function() local call = place("cleanup.lua") call:hears("a") call:hangs_up() call:ends("hangup") end)
it("cleans up unasked", function() local call = place("cleanup.lua") call:hears("a") end)
it("runs with arguments", function()
  fake.app("VoiceMail", function() end)
  place("mail.lua"):ran("VoiceMail", "")
end)
it("runs with any", function()
  fake.app("VoiceMail", function() end)
  place("mail.lua"):ran("VoiceMail")
end)
it("hears two things", function() place("number.lua"):hears{number = 42, digits = "9"} end)
it("hears what there is not", function() place("number.lua"):hears{number = 42, digit = "9"} end)
it("is left out over an error", function() place("bad.lua"):waits(2) pending("later") end)
it("is left out over a request", function() place("out.lua"):waits(2) pending("later") end)
it("prepares too late", function() before_each(function() end) end)
it("cleans up too late", function() after_each(function() end) end)
it("runs what there is not", function() place("page.lua"):waits(1) end)
it("puts a file outside", function() fake.file("../x.txt", "x") end)`)
	outcomes(t, results, map[string]string{
		"answers a text":              "status must be a number",
		"answers with a misspelt key": "an answer has no stauts",
		"cleans up":                   "cleanup.lua:1: cannot perform concat",
		"cleans up unasked":           "cleanup.lua:1: cannot perform concat",
		"runs with arguments":         `application VoiceMail without arguments; there was "VoiceMail 200@default"`,
		"runs with any":               "",
		"hears two things":            "one thing is heard at a time",
		"hears what there is not":     "nothing that is heard is called digit, did you mean digits?",
		"is left out over an error":   "boom",
		"is left out over a request":  "no fake for GET https://y.example.com/",
		"prepares too late":           "beside the tests",
		"cleans up too late":          "beside the tests",
		"runs what there is not":      `the simulator has no application Plaback, did you mean Playback?: fake.app("Plaback", function(arguments, call) ... end)`,
		"puts a file outside":         "leads out of the data folder",
	})
	for name, r := range results {
		if r.LeftOut != "" {
			t.Errorf("%s: left out: %s", name, r.LeftOut)
		}
	}
}

// A limit that ends a call is an error, too, where the test does not ask for it.
func TestUnaskedLimit(t *testing.T) {
	results := testsOf(t, &Suite{Library: std.Find, Limit: time.Second, CallLimit: 20 * time.Second},
		map[string]string{"forever.lua": `agi.answer() while true do agi.stream_file("a") end`}, `
it("says nothing", function() place("forever.lua"):waits(30) end)
it("wants it", function() place("forever.lua"):ends("timeout") end)`)
	outcomes(t, results, map[string]string{"says nothing": "--max-call-time", "wants it": ""})
}

// A file that describes other tests when it is run again has none run for another.
func TestOtherTests(t *testing.T) {
	outcomes(t, tests(t, nil, `
if os.date("%Y") < "2024" then it("stands in", function() end) end
it("must fail", function() assert.equal(1, 2) end)
for year = 2024, tonumber(os.date("%Y")) do it("knows " .. 2024, function() end) break end`),
		map[string]string{"must fail": "describes other tests", "knows 2024": "describes other tests"})
}

// The caller gives up while a faked application rings: the script finds the hangup,
// as with the real one, and at once.
func TestHangupInAFake(t *testing.T) {
	outcomes(t, tests(t, map[string]string{"dial.lua": `agi.answer()
		local ok, e = pcall(agi.app.Dial, "PJSIP/1", 60)
		agi.var.KIND = ok and "none" or e.kind`}, `
it("hangs up itself", function()
  fake.app("Dial", function(_, call) call:waits(5) call:hangs_up() call:waits(20) end)
  local call, before = place("dial.lua"), os.time()
  call:ends("hangup")
  assert.equal("hangup", call.var.KIND)
  assert.equal(5, os.time() - before)
end)
it("is hung up", function()
  fake.app("Dial", function(_, call) call:waits(40) end)
  local call, before = place("dial.lua"), os.time()
  call:waits(7)
  call:hangs_up()
  call:ends("hangup")
  assert.equal("hangup", call.var.KIND)
  assert.equal(7, os.time() - before)
end)
it("says otherwise", function()
  fake.app("Dial", function(_, call) call:hangs_up() return 0 end)
  local call = place("dial.lua")
  call:ends("hangup")
  assert.equal("none", call.var.KIND)
end)`), map[string]string{"hangs up itself": "", "is hung up": "", "says otherwise": ""})
}

// Several fakes take their time side by side, and none of a test's patience.
func TestFakesSideBySide(t *testing.T) {
	outcomes(t, tests(t, map[string]string{"dial.lua": `agi.answer() local before = os.time() agi.app.Dial(arg[1])
		agi.var.TOOK = os.time() - before agi.stream_file("after")`,
		"app.lua":   `agi.answer() agi.app[arg[1]]()`,
		"web.lua":   `agi.answer() local r = require "http".get("https://x.example.com/", {timeout = 5}) agi.var.STATUS = r and r.status`,
		"talks.lua": `agi.answer() agi.sleep(2) agi.stream_file("y") agi.sleep(30) print("done")`,
		"late.lua":  `agi.answer() agi.on_hangup(function() require "http".get("https://x.example.com/") end) agi.stream_file("a")`,
		"works.lua": `agi.answer() while true do agi.database_get("a", "b") agi.sleep(30) end`,
	}, `
local function rings() fake.app("Dial", function(arguments, call) call:waits(tonumber(arguments)) end) end
it("ends the shorter first", function()
  rings()
  local a, b, c = place("dial.lua", {args = {"20"}}), place("dial.lua", {args = {"50"}}), place("dial.lua", {args = {"10"}})
  for _, call in ipairs{a, b, c} do call:ends("ok") end
  assert.same({"20", "50", "10"}, {a.var.TOOK, b.var.TOOK, c.var.TOOK})
end)
it("waits for a long one", function()
  rings()
  place("dial.lua", {args = {"300"}}):hears("after")
end)
it("hears in a fake what never comes", function()
  fake.app("Dial", function(_, call) call:hears("nothing") end)
  place("dial.lua", {args = {"1"}}):ends()
end)
it("is cut by the end of the test", function()
  rings()
  place("dial.lua", {args = {"300"}})
end)
it("has two that wait for each other", function()
  local a, b
  fake.app("Foo", function() b:hears("from b") end)
  fake.app("Bar", function() a:hears("from a") end)
  a = place("app.lua", {args = {"Foo"}})
  b = place("app.lua", {args = {"Bar"}})
  a:ends()
end)
it("sleeps, and fakes do not", function()
  fake.http("GET https://x.example.com/", function() agi.sleep(1) return {} end)
  local call = place("web.lua")
  agi.sleep(10)
  assert.equal("200", call.var.STATUS)
end)
it("runs coroutines", function()
  fake.app("Dial", function(_, call) coroutine.wrap(function() call:waits(1) end)() end)
  local seen
  local co
  co = coroutine.create(function()
    local call = place("dial.lua", {args = {"1"}})
    call:waits(5)
    seen = coroutine.status(co)
  end)
  assert.is_true(coroutine.resume(co))
  assert.equal("running", seen)
end)
it("is heard by several", function()
  local b
  fake.app("Foo", function() b:prints("done") end)
  local a, c = place("app.lua", {args = {"Foo"}}), nil
  b = place("talks.lua")
  c = place("app.lua", {args = {"Foo"}})
  local before = os.time()
  b:hears("y")
  assert.equal(2, os.time() - before)
end)
it("places one at the end", function()
  fake.http("GET https://x.example.com/", function() place("dial.lua", {args = {"1"}}) return {} end)
  local call = place("late.lua")
  call:hears("a")
end)
it("is asked too early", function()
  fake.func("X", function(_, _, call) call:set("Y", "1") end)
  place("dial.lua", {args = {"1"}, var = {["X(a)"] = "1"}})
end)
it("hears nothing from one who works", function() place("works.lua"):hears("x") end)`), map[string]string{
		"ends the shorter first": "", "waits for a long one": "", "is cut by the end of the test": "", "sleeps, and fakes do not": "", "runs coroutines": "",
		"is heard by several": "", "places one at the end": "",
		"has two that wait for each other": "the caller heard nothing for 1m0s",
		"is asked too early":               "the call has not begun",
		"hears nothing from one who works": "the caller heard nothing for 1m0s",
		"hears in a fake what never comes": `the caller heard nothing for 1m0s, and waited for "nothing"`,
	})
}

// What a call does at a moment comes before what its test does then, each time.
func TestOrderOfAMoment(t *testing.T) {
	var source strings.Builder
	want := make(map[string]string)
	for i := range 180 {
		name := fmt.Sprint("test ", i)
		want[name] = ""
		fmt.Fprintf(&source, `it(%q, function()
  fake.app("Dial", function(_, call) call:waits(3) for n = 1, %d do call:set("SEEN", "yes") end end)
  local call = place("two.lua")
  call:hears("a") call:waits(1) call:hangs_up() call:ends("hangup") assert.equal("1", call.db["x/y"])
  local other = place("dial.lua")
  other:waits(3)
  other:hangs_up()
  other:hears("after")
  assert.equal(%d > 0 and "yes" or nil, other.var.SEEN)
  place("minute.lua"):hears("in time")
end)
`, name, i%9, i%9)
	}
	outcomes(t, tests(t, map[string]string{
		"minute.lua": `agi.answer() agi.sleep(60) agi.stream_file("in time")`,
		"two.lua":    `agi.answer() agi.stream_file("a") agi.database_put("x", "y", "1") agi.stream_file("b")`,
		"dial.lua":   `agi.answer() agi.app.Dial("PJSIP/1") agi.stream_file("after")`,
	}, source.String()), want)
}

// A test that fails says which of its fakes nobody used, and when its calls were.
func TestHintsOfAFailure(t *testing.T) {
	results := tests(t, map[string]string{"dial.lua": `agi.answer() agi.app.Dial("PJSIP/1", 20)`,
		"all.lua": `agi.answer() agi.app.Dial("PJSIP/1", 20) require "http".get("https://x.example.com/y")
			require "sql".open("postgres://u:p@db.example.com/x") os.execute("sox") agi.var.X = agi.var["ODBC_X(1)"]`}, `
it("misspells", function()
  at("2000-03-03 17:30")
  fake.app("Dail", function(_, call) call:set("DIALSTATUS", "BUSY") end)
  fake.http("GET https://x.example.com/", {})
  fake.sql("CREATE TABLE x (a)")
  fake.program("sox", {})
  fake.func("ODBC_X", function() end)
  local call = place("dial.lua")
  call:ends()
  assert.equal("BUSY", call.var.DIALSTATUS)
end)
it("uses all", function()
  fake.app("Dial", function(_, call) call:set("DIALSTATUS", "BUSY") end)
  fake.http("GET https://x.example.com/*", {})
  fake.sql("CREATE TABLE x (a)")
  fake.program("sox", {})
  fake.func("ODBC_X", function() end)
  local call = place("all.lua")
  call:ends()
  error("fails")
end)`)
	if hints, want := results["misspells"].Hints, `          the call to dial.lua began at 2000-03-03 17:30:00 UTC
          never used: fake.app("Dail"), fake.func("ODBC_X"), fake.http("GET https://x.example.com/"), fake.program("sox"), fake.sql("CREATE TABLE x (a)")
`; hints != want {
		t.Errorf("%q", hints)
	}
	if r := results["uses all"]; r.Err == nil || r.Hints != "" {
		t.Errorf("%v, %q", r.Err, r.Hints)
	}
}

// Two calls of a test are two of one Asterisk.
func TestCallsOfOneAsterisk(t *testing.T) {
	outcomes(t, tests(t, map[string]string{"count.lua": `agi.answer()
		agi.var["GLOBAL(N)"] = (tonumber(agi.var["GLOBAL(N)"]) or 0) + 1
		agi.database_put("x", "n", (tonumber(agi.database_get("x", "n")) or 0) + 1)`}, `
it("counts", function()
  local a, b = place("count.lua", {db = {["x/n"] = 4}}), place("count.lua", {db = {["x/other"] = "y"}})
  a:ends() b:ends()
  assert.same({"2", "6", "y"}, {b.var.N, b.db["x/n"], a.db["x/other"]})
  assert.not_equal(a.var.UNIQUEID, b.var.UNIQUEID)
  assert.not_equal(a.var["CHANNEL(name)"], b.var["CHANNEL(name)"])
end)
it("begins anew", function() local c = place("count.lua") c:ends() assert.equal("1", c.var.N) end)`), map[string]string{"counts": "", "begins anew": ""})
}
