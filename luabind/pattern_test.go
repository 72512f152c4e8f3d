package luabind

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"goagi/agi"
)

// patterns are expressions with what Lua 5.1 gives for them: show puts brackets
// around strings, and the error's text behind "error".
var patterns = []struct{ lua, want string }{
	{`("hello world"):find("wor")`, `7 9`},
	{`("hello world"):find("o w")`, `5 7`},
	{`("hello"):find("l+")`, `3 4`},
	{`("hello"):find("")`, `1 0`},
	{`("hello"):find("", 6)`, `6 5`},
	{`("hello"):find("", 10)`, `6 5`},
	{`("hello"):find("l", -2)`, `4 4`},
	{`("hello"):find("h", -99)`, `1 1`},
	{`("a.b"):find(".", 1, true)`, `2 2`},
	{`("a+b"):find("+", 1, true)`, `2 2`},
	{`("hello"):find("(l)(l)")`, `3 4 [l] [l]`},
	{`("hello"):find("()ll()")`, `3 4 3 5`},
	{`("hello"):match("^(h)(.-)(o)$")`, `[h] [ell] [o]`},
	{`("hello"):match(".-")`, `[]`},
	{`("hello"):match("l*")`, `[]`},
	{`("hello"):match("l-o")`, `[llo]`},
	{`("hello"):match("x?e")`, `[e]`},
	{`("hello"):match("^ello")`, `nil`},
	{`("hello"):match("ello$")`, `[ello]`},
	{`("a$"):match("a$$")`, `[a$]`},
	{`("a^b"):match("a^b")`, `[a^b]`},
	{`("2026-11-25"):match("(%d+)-(%d+)-(%d+)")`, `[2026] [11] [25]`},
	{`("  trim  "):match("^%s*(.-)%s*$")`, `[trim]`},
	{`("key = value"):match("^(%w+)%s*=%s*(%w+)$")`, `[key] [value]`},
	{`("f(a(b)c)d"):match("%b()")`, `[(a(b)c)]`},
	{`("THE (quick) fox"):find("%((%a+)%)")`, `5 11 [quick]`},
	{`("THE (quick) fox"):gsub("%f[%a]%a+", "X")`, `[X (X) X] 3`},
	{`("hello hello"):match("(%w+) %1")`, `[hello]`},
	{`("abcabd"):match("(a)(b)c%1%2")`, `[a] [b]`},
	{`("a]b"):match("[]]")`, `[]]`},
	{`("a]b"):match("[^]]+")`, `[a]`},
	{`("a-b"):match("[a-]+")`, `[a-]`},
	{`("x-y"):match("[%a-]+")`, `[x-y]`},
	{`("0042"):match("^[0-9*#A-D]+$")`, `[0042]`},
	{`("*9#"):match("^[0-9*#A-D]+$")`, `[*9#]`},
	{`#("a\0b"):match("%z")`, `1`},
	{`("a\0b"):find("\0")`, `2 2`},
	{`("tab\there"):match("%c")`, "[\t]"},
	{`("Año"):match("%a+")`, `[A]`},
	{`("x_1"):match("[%w_]+")`, `[x_1]`},
	{`("DEAD beef"):match("%x+"), ("g"):match("%X")`, `[DEAD] [g]`},
	{`("one two"):gsub("%w+", "<%0>")`, `[<one> <two>] 2`},
	{`("one two"):gsub("(%w+) (%w+)", "%2 %1")`, `[two one] 1`},
	{`("abc"):gsub("", "-")`, `[-a-b-c-] 4`},
	{`("abc"):gsub("b*", "X")`, `[XaXXcX] 4`},
	{`("abc"):gsub("%w", "%%%0")`, `[%a%b%c] 3`},
	{`("aaa"):gsub("a", "b", 2)`, `[bba] 2`},
	{`("aaa"):gsub("^a", "b")`, `[baa] 1`},
	{`("$name is $age"):gsub("%$(%w+)", {name = "Ann", age = 7})`, `[Ann is 7] 2`},
	{`("$name $x"):gsub("%$(%w+)", {name = "Ann"})`, `[Ann $x] 2`},
	{`("a b"):gsub("%w", function(c) return c:upper() end)`, `[A B] 2`},
	{`("a b"):gsub("%w", function(c) if c == "a" then return false end return 9 end)`, `[a 9] 2`},
	{`("abc"):gsub("()", function(p) return p end)`, `[1a2b3c4] 4`},
	{`("x y"):gsub("%w", function(c) return (("q"):gsub("q", c)) end)`, `[x y] 2`},
	{`("hello"):gsub("l", "%1")`, `[hello] 2`},
	{`("a,b,,c"):gsub(",", ";")`, `[a;b;;c] 3`},
	{`("abc"):gsub(".", {a = 1, b = true})`, `error invalid replacement value (a boolean)`},
	{`("abc"):find("[a")`, `error malformed pattern (missing ']')`},
	{`("abc"):find("%")`, `error malformed pattern (ends with '%')`},
	{`("abc"):find("(a")`, `error unfinished capture`},
	{`("abc"):find("a)")`, `nil`},
	{`("abc"):find("%1")`, `error invalid capture index`},
	{`("abc"):gsub("a", "%2")`, `error invalid capture index`},
	{`("abc"):find("%f")`, `error missing '[' after '%f' in pattern`},
	{`each("one two  three", "%a+")`, `one|two|three|`},
	{`each("a=1, b=2", "(%w+)=(%w+)")`, `a/1|b/2|`},
	{`each("abc", "")`, `||||`},
	{`each("^a^b", "^a")`, `^a|`},
	{`each("abc", "()")`, `1|2|3|4|`},
}

// show is a Lua function that writes values down as in patterns.
const show = `local function show(...) local t = {} for i = 1, select("#", ...) do local v = select(i, ...) ` +
	`t[i] = type(v) == "string" and "[" .. v .. "]" or tostring(v) end return table.concat(t, " ") end ` +
	`local function each(s, p) local out = "" for a, b in s:gmatch(p) do out = out .. a .. (b and "/" .. b or "") .. "|" end return out end ` +
	`local function try(f) return (function(ok, ...) if ok then return show(...) end ` +
	`return "error " .. tostring((...)):gsub("^.-:%d+: ", "") end)(pcall(f)) end `

// Patterns match as in Lua 5.1, which says so itself where it is there.
func TestPatterns(t *testing.T) {
	var script strings.Builder
	script.WriteString(show)
	for _, row := range patterns {
		f := newFixture(t)
		_, err := f.run(t, show+`agi.set_variable("X", (try(function() return `+row.lua+` end):gsub("^%[([^%[%]]*|)%]$", "%1"):gsub("\n", "\\n")))`)
		got := strings.TrimPrefix(f.sent[len(f.sent)-1], "SET VARIABLE|X|")
		if err != nil || got != row.want {
			t.Errorf("%s gives %q, %v; want %q", row.lua, got, err, row.want)
		}
		fmt.Fprintf(&script, "print((try(function() return %s end):gsub('^%%[([^%%[%%]]*|)%%]$', '%%1')))\n", row.lua)
	}
	lua51, err := exec.LookPath("lua5.1")
	if err != nil {
		t.Log("no lua5.1 here to ask")
		return
	}
	out, err := exec.Command(lua51, "-e", script.String()).CombinedOutput()
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if err != nil || len(lines) != len(patterns) {
		t.Fatalf("%v, %d lines: %s", err, len(lines), out)
	}
	for i, row := range patterns {
		if lines[i] != row.want && !strings.Contains(row.want, "\n") {
			t.Errorf("Lua 5.1 gives %q for %s, the table %q", lines[i], row.lua, row.want)
		}
	}
}

// A match that would take for ever ends with the call, wherever it is, and is
// told as what ended it.
func TestMatchEndsWithTheCall(t *testing.T) {
	for _, match := range []string{
		`("a"):rep(30):find((".-"):rep(20) .. "b")`, `("a"):rep(30):gsub(("a*"):rep(20) .. "b", "")`,
		`("a"):rep(30):match(("a?"):rep(30) .. ("a"):rep(30) .. "b")`, `for _ in ("a"):rep(30):gmatch((".-"):rep(20) .. "b") do end`,
	} {
		f := newFixture(t)
		ctx, end := context.WithCancelCause(t.Context())
		timer := time.AfterFunc(100*time.Millisecond, func() { end(agi.ErrHangup) })
		begin := time.Now()
		chunk, err := Compile([]byte(match), "t.lua")
		if err != nil {
			t.Fatal(err)
		}
		err = f.vm.Run(ctx, chunk)
		timer.Stop()
		if !errors.Is(err, agi.ErrHangup) && !strings.Contains(fmt.Sprint(err), "context canceled") || time.Since(begin) > 5*time.Second {
			t.Errorf("%s: %v after %v", match, err, time.Since(begin))
		}
	}
}

// A text that would fill the memory is refused before it does.
func TestLongTextsAreRefused(t *testing.T) {
	for source, want := range map[string]string{
		`("x"):rep(1e9)`:  "string.rep: the text would have over 1000 bytes",
		`("xx"):rep(501)`: "string.rep: the text would have over 1000 bytes",
		`("x"):rep(2^62)`: "string.rep",
		`local t = {} for i = 1, 100 do t[i] = ("x"):rep(100) end table.concat(t)`: "table.concat: the text would have over 1000 bytes",
		`("x"):rep(1000):gsub("x", "yy")`:                                          "string.gsub: the text would have over 1000 bytes",
		`("%s"):rep(3):format(("x"):rep(900), ("x"):rep(900), 1)`:                  "string.format: the text would have over 1000 bytes",
	} {
		f := newFixture(t)
		f.vm.host.MaxString = 1000
		if _, err := f.run(t, source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", source, err, want)
		}
	}
	f := newFixture(t)
	if printed, err := f.run(t, `print(#("x"):rep(1000), ("x"):rep(0) == "", ("x"):rep(-5) == "", #table.concat({("x"):rep(999), 1}), table.concat({}, ","))`); err != nil || printed != "1000\ttrue\ttrue\t1000\t" {
		t.Errorf("printed %q, %v", printed, err)
	}
}

// Any pattern matches, does not match, or is wrong; nothing else comes of it.
func FuzzPattern(f *testing.F) {
	for _, row := range patterns {
		parts := strings.SplitN(row.lua, `"`, 5)
		if len(parts) == 5 {
			f.Add(parts[1], parts[3])
		}
	}
	f.Fuzz(func(t *testing.T, text, pattern string) {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		m := &matcher{ctx: ctx, src: text, pat: pattern}
		for init := range min(3, len(text)+1) {
			start, end, err := m.find(init)
			if err == nil && start >= 0 && (start < init || end < start || end > len(text)) {
				t.Errorf("%q in %q from %d: %d to %d", pattern, text, init, start, end)
			}
		}
	})
}
