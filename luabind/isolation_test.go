package luabind

import "testing"

// Whatever one call's script does to Lua itself, the next call of the same server
// finds it as it should be.
func TestCallsShareNoLua(t *testing.T) {
	for _, attack := range []string{
		`local d = require("de" .. "bug") local m = d.getmetatable("") m.__index = function() return function() return "pwned" end end`,
		`debug.getmetatable("").__index = function() return function() return "pwned" end end`,
		`local m = getmetatable("") if type(m)=="table" then m.__add = function() return "pwned" end m.__index = nil end`,
		`local s = package.loaded.string s.upper = function() return "pwned" end`,
		`string.upper = function() return "pwned" end`,
		`local up = ("x").upper local d = require "debug" print(pcall(d.setupvalue, up, 1, 5))`,
		`local d = require "debug" d.setmetatable("", {__index = function() return function() return "pwned" end end})`,
		`local d = require "debug" for k, v in pairs(d.getregistry and d.getregistry() or {}) do if type(v) == "table" then v.x = "pwned" end end`,
		`local m for i = 1, 3 do m = (getfenv or print)(i) end`,
		`local co = coroutine.wrap(function() getmetatable("").__index = nil end) co()`,
		`loadstring('getmetatable("").__len = 5')()`,
		`xpcall(error, function() local i = debug.getinfo(1, "f") debug.setupvalue(i.func, 1, nil) end)`,
		`print = function() end tostring = nil pcall = nil`,
		`local e = getfenv(0) e.tostring = nil`,
		`local ok = pcall(setfenv, tostring, {}) `,
		`local d = require "debug" local ok = pcall(d.setfenv, ("x").upper, {})`,
		`local ok = pcall(rawset, agi.env, "x", "pwned") agi.foo = 1`,
	} {
		f := newFixture(t)
		_, err := f.run(t, attack)
		g := newFixture(t)
		printed, err2 := g.run(t, `print(("x"):upper(), "1" + 1, string.rep("a", 2), tostring(5), pcall(error), rawget(agi, "foo"))`)
		if printed != "X\t2\taa\t5\tfalse\tnil" || err2 != nil {
			t.Errorf("%s (%v): then %q %v", attack, err, printed, err2)
		}
	}
}
