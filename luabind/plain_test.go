package luabind

import "testing"

// Scripts that use Lua's own libraries in all ways that one can, for a VM opens only
// what a script names. What the real Lua 5.1 prints stands beside, its lines joined
// by a bar.
func TestPlainLua(t *testing.T) {
	for _, row := range []struct{ source, want string }{
		{`local s = string print(s.format("%d", 3), s.rep("x", 3))`, "3\txxx"},
		{`local f = string.format print(f("%5.2f|%s", 1.5, "x"))`, " 1.50|x"},
		{`print(("abc"):upper():lower():len(), #"abc")`, "3\t3"},
		{`local t = {} for k in pairs(string) do t[#t+1] = k end table.sort(t) print(table.concat(t, ","):find("gsub") ~= nil)`, "true"},
		{`print(string["rep"]("ab", 2))`, "abab"},
		{`local name = "rep" print(string[name]("ab", 2))`, "abab"},
		{`local m = math print(m.floor(2.5), m.max(1, 2), math.pi > 3)`, "2\t2\ttrue"},
		{`print(type(string), type(table), type(math), type(os), type(io), type(coroutine), type(debug), type(package))`, "table\ttable\ttable\ttable\ttable\ttable\ttable\ttable"},
		{`string.shout = function(s) return s:upper() .. "!" end print(("x"):shout())`, "X!"},
		{`function string.twice(s) return s .. s end print(("ab"):twice())`, "abab"},
		{`local mt = getmetatable("") print(mt.__index == string)`, "true"},
		{`print(rawget(_G, "string") ~= nil, _G.math.abs(-1))`, "true\t1"},
		{`for w in ("one two"):gmatch("%a+") do print(w) end`, "one|two"},
		{`local ok, e = pcall(string.rep) print(ok)`, "false"},
		{`table.insert = nil print(table.insert)`, "nil"},
		{`local t = {3,1,2} table.sort(t, function(a, b) return a > b end) print(table.concat(t, " "))`, "3 2 1"},
		{`local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end) print(co(1), co(5))`, "2\t10"},
		{`local function f(...) local a, b = ... return select("#", ...), a, b end print(f(1, nil, 3))`, "3\t1\tnil"},
		{`local env = setmetatable({}, {__index = _G}) setfenv(1, env) x = 5 print(x, _G.x)`, "5\tnil"},
		{`local f = loadstring("return string.upper(...)") print(f("abc"))`, "ABC"},
		{`local x = "string" print(_G[x].upper("a"))`, "A"},
		{`do local string = {upper = function() return "mine" end} print(string.upper("x")) end print(string.upper("x"))`, "mine|X"},
		{`local function g() return table.concat end print(g()({1,2}, "-"))`, "1-2"},
		{`local a = {f = string.sub} print(a.f("hello", 2, 3))`, "el"},
		{`print(os.time{year=2020, month=1, day=1, hour=12} - os.time{year=2020, month=1, day=1, hour=11})`, "3600"},
		{`print(tostring(nil), tostring(true), tonumber("0x10"), tonumber("10", 2), tonumber("z"))`, "nil\ttrue\t16\t2\tnil"},
		{`local t = setmetatable({}, {__index = string}) print(t.upper("q"))`, "Q"},
		{`local ok, e = pcall(error, {code = 1}) print(ok, e.code)`, "false\t1"},
		{`print(xpcall(function() error("x") end, function(m) return "handled " .. tostring(m):match("x$") end))`, "false\thandled x"},
		{`local n = 0 for i = 10, 1, -3 do n = n + i end print(n)`, "22"},
		{`print(("%q"):format("a\nb"))`, "\"a\\|b\""},
		{`print(string.byte("A"), string.char(72, 105), ("x"):byte())`, "65\tHi\t120"},
		{`print(math.fmod(7, 3), 7 % 3, -7 % 3, 2 ^ 10)`, "1\t1\t2\t1024"},
		{`print(unpack({1, 2, 3}, 2))`, "2\t3"},
		{`print(select(-1, 1, 2, 3))`, "3"},
		{`local s = 0 for _, v in ipairs({1, 2, nil, 4}) do s = s + v end print(s)`, "3"},
		{`print(type(next), type(ipairs), type(collectgarbage("count")))`, "function\tfunction\tnumber"},
		{`print(string.find("a.b", ".", 1, true), ("x=1"):match("(%w+)=(%w+)"))`, "2\tx\t1"},
		{`print(("abc"):gsub("%w", {a = "1"}))`, "1bc\t3"},
		{`local t = {} t.string = string print(t.string.len("four"))`, "4"},
		{`print((string.gsub("hello", "l", function(c) return c:upper() end)))`, "heLLo"},
		{`local r = {} for k, v in string.gmatch("a=1, b=2", "(%w+)=(%w+)") do r[#r+1] = k .. v end print(table.concat(r, ";"))`, "a1;b2"},
		{`print(math.huge > 1, -math.huge < 1, 0/0 ~= 0/0)`, "true\ttrue\ttrue"},
		{`print(("x"):rep(0) == "", ("ab"):reverse(), ("abc"):sub(-2))`, "true\tba\tbc"},
		{`print(table.maxn and table.maxn({1, 2, [10] = 3}))`, "10"},
		{`print(string.format("%s %s", 1, 2.5), string.format("%x %X %o", 255, 255, 8), string.format("%c%c", 72, 105))`, "1 2.5\tff FF 10\tHi"},
		{`local os = os print(type(os.clock()), type(os.date()))`, "number\tstring"},
		{`print(os.getenv("NOPE"), os.rename("/nope/a", "/nope/b") == nil)`, "nil\ttrue"},
		{`module = nil print(module)`, "nil"},
		{`local mod = require("string") print(mod == string, require("table") == table)`, "true\ttrue"},
		{`print(package.loaded.string == string, package.loaded["math"] == math)`, "true\ttrue"},
		{`local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end print(deep(1000))`, "1000"},
		{`local t = {} for i = 1, 300 do t[i] = i end print(select("#", unpack(t)))`, "300"},
	} {
		if printed, err := newFixture(t).run(t, row.source); err != nil || printed != row.want {
			t.Errorf("%s\nprinted %q, %v, want %q", row.source, printed, err, row.want)
		}
	}
}
