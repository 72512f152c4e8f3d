package e2e

import (
	"testing"
	"time"

	"goagi/pbx"
)

// stubborn are scripts that do not want to end after the hangup, and whether
// they are so stuck that the dialplan cannot be told any more.
var stubborn = []struct {
	lua   string
	stuck bool
}{
	{lua: `while true do end`},
	{lua: `repeat until pcall(error)`},
	{lua: `while true do pcall(agi.stream_file, "beep") end`},
	{lua: `while true do pcall(agi.sleep, 60) end`},
	{lua: `while true do pcall(function() while true do end end) end`},
	{lua: `pcall(agi.sleep, 60) agi.sleep(60)`},
	{lua: `pcall(agi.sleep, 60) pcall(agi.sleep, 60) error("still here")`},
	{lua: `pcall(agi.sleep, 60) agi.database_put("e2e", "x", "y") while true do agi.database_get("e2e", "x") end`},
	{lua: `pcall(agi.sleep, 60) os.execute("sleep 60")`},
	{lua: `pcall(agi.sleep, 60) os.execute("trap '' TERM HUP; sleep 60 & wait")`},
	{lua: `coroutine.wrap(function() while true do pcall(agi.sleep, 60) end end)()`},
	{lua: `setmetatable({}, {__index = function(t, k) while true do end end}).x()`},
	{lua: `string.rep("x", 10):gsub("x", function() while true do end end)`},
	{lua: `agi.on_hangup(function() while true do end end) agi.wait_for_digit()`},
	{lua: `agi.on_hangup(function() pcall(agi.sleep, 60) agi.sleep(60) end) agi.wait_for_digit()`},
	// Asterisk takes no command while an application runs. What is begun after
	// the hangup takes its time: only the end of the program cuts it, and that by
	// luck (the SIGCHLD makes a poll return, where it is not merged with another).
	{lua: `pcall(agi.sleep, 60) agi.app.Wait(6)`, stuck: true},
	// One step of the Lua machine that takes the better part of a minute.
	{lua: `("a"):rep(28):find((".-"):rep(14) .. "b")`},
}

// No script outlives its grace time: the channel would stay for ever, for
// Asterisk waits for the script.
func TestGraceTime(t *testing.T) {
	t.Parallel()
	for _, row := range stubborn {
		t.Run(row.lua, func(t *testing.T) {
			t.Parallel()
			a := installed(t, &asterisk)
			c, name := callNamed(t, a, `agi.answer() agi.var.READY = "yes" `+row.lua, pbx.Plan{Steps: []string{"AGI(goagi,--grace=1,%s)"}})
			listens(t, c)
			begin := time.Now()
			hangup(t, c)
			want := vars{"AGISTATUS": "HANGUP", "GOAGI_STATUS": "~HANGUP|ERROR"}
			if row.stuck {
				want["GOAGI_STATUS"] = ""
			}
			check(t, c, want)
			if took := time.Since(begin); took > 8*time.Second {
				t.Errorf("the script went on for %v with a grace time of 1 s", took)
			}
			leavesNothing(t, a, name)
		})
	}
}

// The grace time is there to be used: what needs no channel works in it.
func TestWorkInTheGraceTime(t *testing.T) {
	t.Parallel()
	c := call(t, installed(t, &asterisk), `agi.answer() agi.var.READY = "yes"
		pcall(agi.wait_for_digit)
		agi.sleep(0.5)
		agi.database_put("e2e-grace", agi.env.uniqueid, "value")
		agi.var.DB = agi.database_get("e2e-grace", agi.env.uniqueid)
		agi.database_deltree("e2e-grace")
		agi.app.Set("APP=ran")
		agi.verbose("after the hangup")
		agi.noop()
		agi.var.SH = os.execute("true")
		agi.var.FULL = agi.get_full_variable("${EXTEN}-${DB}")
		agi.var.KIND = select(2, pcall(agi.answer)).kind`, pbx.Plan{})
	listens(t, c)
	hangup(t, c)
	check(t, c, vars{"DB": "value", "APP": "ran", "SH": "0", "FULL": "100-value", "KIND": "hangup", "AGISTATUS": "HANGUP", "GOAGI_STATUS": "HANGUP"})
}

// Handlers run in the order they were given, each of them, whatever the one
// before did.
func TestHangupHandlers(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, lua, order, status string }{
		{"the caller hangs up", `agi.var.READY = "yes" agi.wait_for_digit()`, "abd", "HANGUP"},
		{"the script caught it", `agi.var.READY = "yes" pcall(agi.wait_for_digit)`, "abd", "HANGUP"},
		{"after an error", `agi.var.READY = "yes" pcall(agi.wait_for_digit) error("in the cleaning")`, "abd", "ERROR"},
		{"after os.exit", `agi.var.READY = "yes" pcall(agi.wait_for_digit) os.exit(0)`, "abd", "HANGUP"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := call(t, installed(t, &asterisk), `
				local order = ""
				agi.on_hangup(function() order = order .. "a" end)
				agi.on_hangup(function() order = order .. "b" error("in a handler") end)
				agi.on_hangup(function() agi.stream_file("beep") order = order .. "c" end)
				agi.on_hangup(function() order = order .. "d" agi.var.ORDER = order end)
				agi.answer()
				`+row.lua, pbx.Plan{})
			listens(t, c)
			hangup(t, c)
			check(t, c, vars{"ORDER": row.order, "AGISTATUS": "HANGUP", "GOAGI_STATUS": row.status})
		})
	}
}

// While the caller is there, no handler runs.
func TestNoHangupNoHandlers(t *testing.T) {
	t.Parallel()
	c := call(t, installed(t, &asterisk), `agi.on_hangup(function() agi.var.RAN = "yes" end) agi.answer()`, pbx.Plan{})
	check(t, c, vars{"RAN": "", "GOAGI_STATUS": "OK"})
}
