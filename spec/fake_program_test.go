package spec

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// outcomes wants each test to hold, "", or to fail with an error that holds a text.
func outcomes(t *testing.T, results map[string]Result, want map[string]string) {
	t.Helper()
	for name, text := range want {
		r, ok := results[name]
		if !ok {
			t.Errorf("%s: it was not run", name)
		} else if (r.Err == nil) != (text == "") || r.Err != nil && !strings.Contains(r.Err.Error(), text) {
			t.Errorf("%s: %v, want %q\n%s", name, r.Err, text, r.Ladder)
		}
	}
}

// A test starts no program of the machine that it did not say so of, and fails
// instead.
func TestPrograms(t *testing.T) {
	dir := t.TempDir()
	made := filepath.Join(dir, "made")
	results := tests(t, map[string]string{
		"shell.lua":    `os.execute("touch ` + made + `")`,
		"popen.lua":    `io.popen("touch ` + made + `"):read()`,
		"run.lua":      `require "process".run{"/usr/bin/touch", "` + made + `"}`,
		"caught.lua":   `pcall(os.execute, "touch ` + made + `")`,
		"unclosed.lua": `io.popen("touch ` + made + `", "w"):write("hello")`,
		"fine.lua":     `local r = require "process".run{"touch", "` + made + `"} agi.var.GAVE = r.code .. r.stdout .. r.stderr`,
	}, `
for _, name in ipairs{"shell", "popen", "run", "caught"} do
  it(name, function() place(name .. ".lua"):ends(name == "caught" and "ok" or "error") end)
end
it("fine", function()
  fake.program("touch", {code = 3, stdout = "out", stderr = "err"})
  local call = place("fine.lua")
  call:ends()
  assert.equal("3outerr", call.var.GAVE)
end)
it("unclosed", function() place("unclosed.lua"):ends("ok") end)
it("wrong", function() fake.program("touch", {exit = 3}) end)
it("worse", function() fake.program("touch x", {}) end)`)
	const missing = `:1: the spec has no fake for the program `
	outcomes(t, results, map[string]string{
		"shell": missing + "touch: ", "popen": missing + "touch: ", "run": missing + "/usr/bin/touch: ", "caught": missing, "unclosed": missing, "fine": "",
		"wrong": "a program has no exit: it takes code, stdout and stderr", "worse": "without arguments",
	})
	if _, err := os.Stat(made); err == nil {
		t.Error("a program was started")
	}
}

// What scripts write in tests stays apart from the machine and from other tests.
func TestFilesApart(t *testing.T) {
	dir := t.TempDir()
	kept, devoted := filepath.Join(dir, "kept.txt"), filepath.Join(dir, "gone.txt")
	for _, path := range []string{kept, devoted} {
		if err := os.WriteFile(path, []byte("machine\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	results := tests(t, map[string]string{"read.lua": `assert(not io.open(arg[1] .. "/none.txt")) io.open(arg[1] .. "/kept.txt")`, "write.lua": `
local dir = arg[1]
local f = assert(io.open(dir .. "/kept.txt", "a"))
f:write("script\n")
f:close()
assert(require "fs".write(dir .. "/new.txt", "new"))
assert(os.rename(dir .. "/new.txt", dir .. "/newer.txt"))
assert(not io.open(dir .. "/new.txt"))
assert(not require "fs".write(dir .. "/no/such/folder.txt", "new"))
os.setenv("GOAGI_APART", "script")
io.open("/dev/null", "w"):write("nothing")
agi.var.READ = io.open(dir .. "/kept.txt"):read("*a"):gsub("\n", ";")`}, `
local dir = "`+dir+`"
it("writes", function()
  local call = place("write.lua", {args = {dir}})
  call:ends()
  assert.equal("script;", call.var.READ)
  assert(os.remove(dir .. "/gone.txt"))
  assert(not io.open(dir .. "/gone.txt"))
  assert.equal("new", io.open(dir .. "/newer.txt"):read())
  assert.equal("script", os.getenv("GOAGI_APART"))
end)
it("reads", function() place("read.lua", {args = {dir}}):ends("error") end)
it("sees nothing of it", function()
  assert.equal("machine\n", io.open(dir .. "/kept.txt"):read("*a"))
  assert.equal("machine", io.open(dir .. "/gone.txt"):read())
  assert.is_nil(io.open(dir .. "/newer.txt"))
  assert.is_nil(os.getenv("GOAGI_APART"))
end)
it("has a file", function()
  fake.file("holidays.csv", "2026-12-25,Christmas\n")
  fake.file(dir .. "/deep/down.txt", "deep")
  fake.file(dir .. "/kept.txt", false)
  for _, name in ipairs{"holidays2.csv", dir .. "/down.txt"} do
    fake.file(name, "there")
    fake.file(name, false)
    assert.is_nil(io.open(name))
    fake.file(name, "again")
    assert.equal("again", io.open(name):read())
  end
  assert.equal("2026-12-25,Christmas", io.open("holidays.csv"):read())
  assert.equal("deep", io.open(dir .. "/deep/down.txt"):read())
  assert.is_nil(io.open(dir .. "/kept.txt"))
end)`)
	outcomes(t, results, map[string]string{"writes": "", "sees nothing of it": "", "has a file": "", "reads": "the spec has no fake for it: fake.file(\"" + kept + "\", "})
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
	for _, path := range []string{kept, devoted} {
		if text, err := os.ReadFile(path); err != nil || string(text) != "machine\n" {
			t.Errorf("%s holds %q, %v", path, text, err)
		}
	}
}

// An assert that fails is reported at the spec's line, whichever of busted's names
// it was called by.
func TestAssertNames(t *testing.T) {
	outcomes(t, tests(t, nil, `it("plain", function()
  assert(nil, "why not")
end)
it("gives", function()
  local a, b = assert(1, 2)
  assert.are.same({1, 2}, {a, b})
  assert.equals(1, 1) assert.is_truthy(1) assert.is.truthy(1) assert.has.errors(function() error("x") end) assert.has_no.error(function() end)
end)
it("misspelt", function()
  assert.equalz(1, 2)
end)`), map[string]string{
		"plain": "x_spec.lua:2: why not", "gives": "", "misspelt": "x_spec.lua:10: assert: there is no assert.equalz, did you mean equal?",
	})
}

// What is outside of every test runs as the file is read, on the machine itself: no
// call is placed there, nor is the clock set.
func TestOutsideOfTests(t *testing.T) {
	for _, source := range []string{`local call = place("x.lua")`, `describe("x", function() at("2030-01-01") end)`} {
		path := filepath.Join(t.TempDir(), "x_spec.lua")
		if err := os.WriteFile(path, []byte(source), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := new(Suite).Load(path); err == nil || !strings.Contains(err.Error(), "it belongs into a test") {
			t.Errorf("%s: %v", source, err)
		}
	}
	outcomes(t, tests(t, nil, `it("outer", function() it("inner", function() end) end)`), map[string]string{"outer": "a test cannot stand in another"})
}

// A loop outside of all tests ends as one in a test does: nobody could run the
// others.
func TestLoopOutsideOfTests(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x_spec.lua")
	if err := os.WriteFile(path, []byte("while true do end"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := (&Suite{Limit: 50 * time.Millisecond}).Load(path); err == nil {
		t.Error("it ended by itself")
	}
}

// A server that takes its time is one that a script's timeout is for.
func TestSlowServer(t *testing.T) {
	outcomes(t, tests(t, map[string]string{"slow.lua": `agi.answer()
		local begun = os.time()
		local found, why = require "http".get("https://slow.example.com/", {timeout = 2, retries = 0})
		agi.var.WHY = tostring(why)
		agi.var.TOOK = os.time() - begun`}, `it("is slow", function()
  local call
  fake.http("GET https://slow.example.com/", function() call:waits(20) return {status = 200} end)
  call = place("slow.lua")
  call:ends("ok")
  assert.equal("2", call.var.TOOK)
  assert.matches("time", call.var.WHY)
end)`), map[string]string{"is slow": ""})
}

// A run that was cut short is none that held.
func TestCutRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x_spec.lua")
	if err := os.WriteFile(path, []byte(`for i = 1, 3 do it("holds " .. i, function() end) end`), 0o644); err != nil {
		t.Fatal(err)
	}
	s := new(Suite)
	file, err := s.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ctx, file.Tests(), func(r Result) { t.Errorf("%s was run", r.Test.Name()) }); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}
