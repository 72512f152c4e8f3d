package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"goagi/eagi"
	"goagi/luabind/std"
)

// tests writes a spec file and its scripts and gives the results by the tests'
// names.
func tests(t *testing.T, scripts map[string]string, source string) map[string]Result {
	t.Helper()
	return testsOf(t, &Suite{Library: std.Find, Limit: time.Second}, scripts, source)
}

// testsOf is tests, of a suite.
func testsOf(t *testing.T, s *Suite, scripts map[string]string, source string) map[string]Result {
	t.Helper()
	dir := t.TempDir()
	for name, text := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "x_spec.lua")
	if err := os.WriteFile(path, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := s.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	results := make(map[string]Result)
	if err := s.Run(t.Context(), file.Tests(), func(r Result) { results[r.Test.Name()] = r }); err != nil {
		t.Fatal(err)
	}
	return results
}

const pin = `agi.answer()
	local digits, why = agi.get_data("conf-getpin", 30000, 4)
	if digits == "0042" then agi.var.PIN = digits agi.stream_file("auth-thankyou") else agi.var.WHY = why or "wrong" agi.stream_file("vm-goodbye") end`

// A test holds where the call goes as it says, and fails with the place and the
// reason where it does not.
func TestHears(t *testing.T) {
	results := tests(t, map[string]string{"pin.lua": pin}, `
describe("pin.lua", function()
  local call
  before_each(function() call = place("pin.lua", {callerid = "5551234", var = {LEVEL = "gold"}}) end)
  it("lets in", function()
    call:hears("conf-getpin")
    call:press("0042#")
    call:hears("auth-thankyou")
    assert.is_nil(call:ends("ok"))
    assert.equal("0042", call.var.PIN)
    assert.equal("gold", call.var.LEVEL)
  end)
  it("waits half a minute", function()
    call:hears("conf-getpin")
    call:hears("vm-goodbye")
    call:ends()
    assert.are.equal("timeout", call.var.WHY)
  end)
  it("hears another", function() call:hears("auth-thankyou") end)
  it("hears nothing more", function() call:hears_later("no-such") end)
  it("hangs up", function() call:hears("conf-getpin") call:hangs_up() call:ends("hangup") end)
  it("ends otherwise", function() call:hears("conf-getpin") call:hangs_up() call:ends("ok") end)
  it("is wrong itself", function() call:hear("x") end)
end)`)
	for name, want := range map[string]string{
		"lets in": "", "waits half a minute": "", "hangs up": "",
		"hears another":      `x_spec.lua:19: the caller heard "conf-getpin", not "auth-thankyou"`,
		"hears nothing more": `x_spec.lua:20: the caller never heard "no-such": the call ended (ok)`,
		"ends otherwise":     `x_spec.lua:22: the call ended hangup: `,
		"is wrong itself":    `there is no call.hear, did you mean hears?`,
	} {
		r, ok := results["pin.lua "+name]
		if !ok {
			t.Errorf("%s: it was not run", name)
		} else if (r.Err == nil) != (want == "") || r.Err != nil && !strings.Contains(r.Err.Error(), want) {
			t.Errorf("%s: %v, want %q\n%s", name, r.Err, want, r.Ladder)
		}
	}
	if ladder := results["pin.lua hears another"].Ladder; !strings.Contains(ladder, `hears "conf-getpin"`) || !strings.Contains(ladder, "| GET DATA conf-getpin 30000 4") {
		t.Errorf("the ladder:\n%s", ladder)
	}
}

// A script that never ends fails its own test, and no other.
func TestRunaway(t *testing.T) {
	results := tests(t, map[string]string{"loop.lua": `agi.answer() while true do pcall(error) end`, "pin.lua": pin}, `
it("loops", function() local call = place("loop.lua") call:hears("x") end)
it("loops itself", function() while true do end end)
it("waits for ever", function() local call = place("pin.lua") call:hears("conf-getpin") call:hears("y") end)
it("is well", function() place("pin.lua"):hears("conf-getpin") end)`)
	for name, want := range map[string]string{
		"loops": "it was still busy after 1s", "loops itself": "it was still busy after 1s", "waits for ever": `heard "vm-goodbye", not "y"`, "is well": "",
	} {
		r := results[name]
		if (r.Err == nil) != (want == "") || r.Err != nil && !strings.Contains(r.Err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, r.Err, want)
		}
	}
}

// What a script does wrong is not hidden by a test that does not ask.
func TestScriptFails(t *testing.T) {
	results := tests(t, map[string]string{"bad.lua": "agi.answer()\nlocal x = nil .. 'y'"}, `
it("asks nothing", function() place("bad.lua") end)
it("asks", function() local message = place("bad.lua"):ends("error") assert.matches("bad.lua:2:", message) end)
it("is not there", function() place("none.lua") end)`)
	for name, want := range map[string]string{"asks nothing": "bad.lua:2: ", "asks": "", "is not there": `there is no file "none.lua": tried `} {
		r := results[name]
		if (r.Err == nil) != (want == "") || r.Err != nil && !strings.Contains(r.Err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, r.Err, want)
		}
	}
}

// The checks of busted are there, with its ways to write them.
func TestAssert(t *testing.T) {
	for lua, want := range map[string]string{
		`assert.equal(1, 1) assert.are.equal("a", "a") assert.is_not.equal(1, 2) assert.are_not.same({1}, {2})`: "",
		`assert.equal("0042", 42)`:                                  `expected "0042", not 42`,
		`assert.equal({}, {})`:                                      "expected {}, not {}",
		`assert.same({a = {1, 2}}, {a = {1, 2}})`:                   "",
		`assert.same({a = {1, 2}}, {a = {1, 3}})`:                   "expected {a = {[1] = 1, [2] = 2}}, not {a = {[1] = 1, [2] = 3}}",
		`local a, b = {1}, {1} a.me, b.me = a, b assert.same(a, b)`: "",
		`local a, b = {1}, {2} a.me, b.me = a, b assert.same(a, b)`: "expected ",
		`assert.same({1}, {1, 2})`:                                  "expected ",
		`assert.is_nil(false, "the PIN")`:                           "the PIN: expected nil, not false",
		`assert.is_not.is_nil(1) assert.truthy(0)`:                  "",
		`assert.falsy(0)`:                                           "expected nil or false, not 0",
		`assert.has_error(function() error("x") end, "x")`:          "",
		`assert.has_error(function() end)`:                          "expected an error, and there was none",
		`assert.has_no.has_error(function() error("boom") end)`:     "boom",
		`assert.matches("^a", "ba")`:                                `expected a text that "^a" matches, not "ba"`,
		`assert(false, "plain")`:                                    "plain",
		`assert.equals(1, 1)`:                                       "",
		`assert(tostring(1) == "1")`:                                "",
		`agi.answer()`:                                              "a spec has no call of its own",
	} {
		r := tests(t, nil, `it("x", function() `+lua+` end)`)["x"]
		if (r.Err == nil) != (want == "") || r.Err != nil && !strings.Contains(r.Err.Error(), want) {
			t.Errorf("%s: %v, want %q", lua, r.Err, want)
		}
	}
}

// Hours and holidays are tested at any hour.
func TestAt(t *testing.T) {
	results := tests(t, map[string]string{"clock.lua": `agi.var.NOW = os.date("!%Y-%m-%d %H:%M")`}, `
it("moves", function()
  at("2026-12-24 18:00", "Europe/Berlin")
  local call = place("clock.lua")
  call:ends()
  assert.equal("2026-12-24 17:00", call.var.NOW)
end)
it("goes back", function() at("1999-01-01") end)
pending("later")`)
	if r := results["moves"]; r.Err != nil {
		t.Error(r.Err)
	}
	if r := results["goes back"]; r.Err == nil || !strings.Contains(r.Err.Error(), "the clock only goes forward, and it is 2000-01-01 00:00:00") {
		t.Error(r.Err)
	}
	if len(results) != 2 {
		t.Errorf("%d results", len(results))
	}
}

// What the dialplan does around a script is the test's own.
func TestFakes(t *testing.T) {
	results := tests(t, map[string]string{"dial.lua": `agi.answer()
		agi.app.Dial("PJSIP/100", 20)
		if agi.var.DIALSTATUS == "BUSY" then agi.stream_file("vm-goodbye") end`}, `
it("is busy", function()
  local seen
  fake.app("dial", function(args, call) seen = args call:waits(5) call:set("DIALSTATUS", "BUSY") end)
  local call = place("dial.lua")
  call:hears("vm-goodbye")
  call:ends()
  call:ran("Dial", "PJSIP/100,20")
  assert.equal("PJSIP/100,20", seen)
end)
it("fails", function() fake.app("Dial", function() error("oh") end) place("dial.lua"):ends() end)
it("is not faked", function() local call = place("dial.lua") call:ends() assert.equal("NOANSWER", call.var.DIALSTATUS) end)`)
	for name, want := range map[string]string{"is busy": "", "fails": "a fake failed: ", "is not faked": ""} {
		r := results[name]
		if (r.Err == nil) != (want == "") || r.Err != nil && !strings.Contains(r.Err.Error(), want) {
			t.Errorf("%s: %v, want %q\n%s", name, r.Err, want, r.Ladder)
		}
	}
}

// A script that hears the caller is tested with what callers said.
func TestSays(t *testing.T) {
	wav := eagi.NewUtterance(murmur(12000), 8000, time.Time{}).WAV()
	results := tests(t, map[string]string{"yes.wav": string(wav), "ear.lua": `local audio = require "audio"
		agi.answer()
		local said, why = audio.prompt("vm-intro", {barge_in = "voice"})
		agi.var.SAID = said and ("%.0f"):format(said:duration()) or why`}, `
it("speaks", function()
  local call = place("ear.lua", {transport = "eagi"})
  call:hears("vm-intro")
  call:waits(2)
  call:says("yes.wav")
  call:ends()
  assert.equal("2", call.var.SAID)
end)
it("is silent", function() local call = place("ear.lua", {transport = "eagi"}) call:ends() assert.equal("silence", call.var.SAID) end)
it("is no EAGI", function() place("ear.lua"):says("yes.wav") end)`)
	for name, want := range map[string]string{"speaks": "", "is silent": "", "is no EAGI": "the script cannot hear it"} {
		r := results[name]
		if (r.Err == nil) != (want == "") || r.Err != nil && !strings.Contains(r.Err.Error(), want) {
			t.Errorf("%s: %v, want %q\n%s", name, r.Err, want, r.Ladder)
		}
	}
}

// What the tests leave out is shown by its lines.
func TestCoverage(t *testing.T) {
	var c Coverage
	c.add("b.lua", []int{1, 2, 3, 5, 7, 9})
	c.add("a.lua", nil)
	for _, line := range []int{1, 1, 7} {
		c.count("b.lua", line)
	}
	var table, lcov strings.Builder
	c.Table(&table)
	c.LCOV(&lcov)
	if want := "100.0 %  a.lua\n 33.3 %  b.lua  not run: 2-5, 9\n"; table.String() != want {
		t.Errorf("%q, want %q", table.String(), want)
	}
	if want := "SF:a.lua\nLF:0\nLH:0\nend_of_record\nSF:b.lua\nDA:1,2\nDA:2,0\nDA:3,0\nDA:5,0\nDA:7,1\nDA:9,0\nLF:6\nLH:2\nend_of_record\n"; lcov.String() != want {
		t.Errorf("%q, want %q", lcov.String(), want)
	}
}

// A test that goes outside of its call fails, and says where to; web services are
// answered by it, and a database of SQLite is its own.
func TestOutside(t *testing.T) {
	results := tests(t, map[string]string{
		"crm.lua": `local http = require "http"
			local r, why = http.get("https://crm.example.com/customers/7", {query = {x = "1"}, retries = 0})
			agi.var.NAME = r and r:json().name or why
			agi.var.STATUS = r and r.status or 0
			local p = http.post("https://crm.example.com/calls", {json = {caller = agi.env.callerid}, retries = 0})
			agi.var.MADE = p and p.status or 0`,
		"db.lua": `local db = require "sql".open()
			assert(db:exec("CREATE TABLE IF NOT EXISTS calls (n INTEGER)"))
			assert(db:exec("INSERT INTO calls VALUES (?)", 7))`,
		"redis.lua": `pcall(require "redis".connect, "redis://127.0.0.1:1")`,
	}, `
it("asks", function()
  local made
  fake.http("GET https://crm.example.com/customers/*", {status = 203, json = {name = "Ann"}})
  fake.http("POST https://crm.example.com/calls", function(request) made = request.body return {status = 201} end)
  local call = place("crm.lua", {callerid = "5551234"})
  call:ends()
  assert.same({"Ann", "203", "201"}, {call.var.NAME, call.var.STATUS, call.var.MADE})
  assert.equal('{"caller":"5551234"}', made)
end)
it("is refused", function()
  fake.http("GET https://crm.example.com/customers/7", {error = "no route to host"})
  fake.http("POST https://crm.example.com/calls", {status = 500, body = "oh"})
  local call = place("crm.lua")
  call:ends()
  assert.matches("no route to host", call.var.NAME)
end)
it("is not faked", function() place("crm.lua"):ends() end)
it("keeps rows", function()
  place("db.lua"):ends()
  assert.equal(7, require "sql".open():value("SELECT sum(n) FROM calls"))
end)
it("keeps its own", function()
  place("db.lua"):ends()
  assert.equal(1, require "sql".open():value("SELECT count(*) FROM calls"))
end)
it("goes to redis", function() place("redis.lua"):ends() end)
it("answers nonsense", function() fake.http("GET https://x.example.com", {code = 1}) end)
it("asks nonsense", function() fake.http("https://x.example.com", {}) end)`)
	for name, want := range map[string]string{
		"asks": "", "is refused": "", "keeps rows": "", "keeps its own": "",
		"is not faked":     `crm.lua:2: the spec has no fake for GET https://crm.example.com/customers/7?x=1: fake.http("GET https://crm.example.com/customers/7", {status = 200})`,
		"goes to redis":    "redis.lua:1: a test cannot use redis",
		"answers nonsense": "an answer has no code: it takes status",
		"asks nonsense":    "a request such as",
	} {
		r := results[name]
		if (r.Err == nil) != (want == "") || r.Err != nil && !strings.Contains(r.Err.Error(), want) {
			t.Errorf("%s: %v, want %q\n%s", name, r.Err, want, r.Ladder)
		}
	}
}

// A test that fails in a fake, or for want of one, says so with the place, whatever
// came of it in the call.
func TestWhyFirst(t *testing.T) {
	results := tests(t, map[string]string{
		"crm.lua": `agi.answer()
			local found = require "http".get("https://crm.example.com/7")
			agi.stream_file(found and found.ok and "hello-world" or "vm-goodbye")`,
		"dial.lua": `agi.answer() agi.app.Dial("PJSIP/1", 20)`,
	}, `it("asserts in a fake", function()
  fake.http("GET https://crm.example.com/7", function(request)
    assert.matches("66", request.url)
    return {status = 200}
  end)
  place("crm.lua"):hears("hello-world")
end)
it("lacks a fake", function() place("crm.lua"):hears("hello-world") end)
it("is specific", function()
  fake.http("GET https://crm.example.com/*", {status = 404})
  fake.http("GET https://crm.example.com/7", {status = 200})
  place("crm.lua"):hears("hello-world")
end)
it("is refused", function()
  fake.http("GET https://crm.example.com/*", {status = 404})
  place("crm.lua"):hears("hello-world")
end)
it("gives a text", function()
  fake.app("Dial", function() return "BUSY" end)
  place("dial.lua"):ends()
end)
it("ran another", function() place("dial.lua"):ran("Dial", "PJSIP/2,20") end)
it("is pending", function() pending("later") end)
it("has an extension", function() place("crm.lua", {args = {}}):hears("vm-goodbye.gsm") end)
it("hears two", function() place("dial.lua"):hears{digits = "1", number = 1} end)
it("has no family", function() place("dial.lua", {db = {x = "1"}}) end)
it("has a line", function()
  local call = place("crm.lua", {env = {rdnis = "555"}})
  assert.is_string(call.log) assert.is_not_nil(call) assert.no.equal(1, 2)
end)`)
	outcomes(t, results, map[string]string{
		"asserts in a fake": `a fake failed: ` + results["asserts in a fake"].Test.File.Path + `:3: expected a text that "66" matches`,
		"lacks a fake":      `crm.lua:2: the spec has no fake for GET https://crm.example.com/7: fake.http("GET https://crm.example.com/7", {status = 200}); then `,
		"is specific":       "", "is refused": `heard "vm-goodbye", not "hello-world"`,
		"gives a text": `gave a string: an application's result is a number`,
		"ran another":  `application Dial PJSIP/2,20; there was "Dial PJSIP/1,20"`,
		"is pending":   "", "has an extension": "a prompt's name has no extension", "hears two": "one thing is heard at a time",
		"has no family": "family/key",
	})
	if got := results["is refused"].Ladder; !strings.Contains(got, "| http GET https://crm.example.com/7 -> 404") {
		t.Errorf("the ladder:\n%s", got)
	}
	if got := results["is pending"].LeftOut; got != "pending: later" {
		t.Errorf("left out: %q", got)
	}
}
