package luabind

import "testing"

// A goto leaves variables alone that functions have captured, and gives each
// round of a loop its own. What real Lua 5.2 prints stands beside.
func TestGoto(t *testing.T) {
	for _, row := range []struct{ source, want string }{
		{`local n = 0
		local function add(by) n = n + by end
		for i = 1, 3 do
			if i == 2 then goto continue end
			add(i)
			::continue::
		end
		print(n)`, "4"},
		{`local n = 0
		local function add() n = n + 1 end
		goto over
		::over::
		add()
		print(n)`, "1"},
		{`local fns, i = {}, 0
		::top::
		i = i + 1
		do local x = i fns[i] = function() return x end if i < 3 then goto top end end
		print(fns[1](), fns[2](), fns[3]())`, "1\t2\t3"},
		{`fns = {} i = 0
		::top::
		do i = i + 1 local x = i fns[i] = function() x = x + 10 return x end if i < 3 then goto top end end
		print(fns[1](), fns[2](), fns[1]())`, "11\t12\t21"},
		{`local fns = {}
		for i = 1, 3 do local x = i * 10 fns[#fns + 1] = function() x = x + 1 return x end if i == 2 then goto out end end
		::out::
		print(#fns, fns[1](), fns[1](), fns[2]())`, "2\t11\t12\t21"},
		{`local total = 0
		local function f(...)
			local function add(v) total = total + v end
			for _, v in ipairs{...} do
				for _, w in ipairs{1, 2} do
					if w == 2 then goto next end
					add(v)
				end
				::next::
			end
			return select("#", ...)
		end
		print(f(5, 6), total)`, "2\t11"},
		{`local n, get = 0
		while true do
			local k = n
			get = function() return k end
			n = n + 1
			if n < 3 then goto again end
			do break end
			::again::
		end
		print(n, get())`, "3\t2"},
		{`local function f(a) local function g() a = a + 1 end goto x ::x:: g() return a end print(f(1))`, "2"},
		{`local s = "goto" print(s)`, "goto"},
	} {
		if printed, err := newFixture(t).run(t, row.source); err != nil || printed != row.want {
			t.Errorf("%s\nprinted %q, %v, want %q", row.source, printed, err, row.want)
		}
	}
}
