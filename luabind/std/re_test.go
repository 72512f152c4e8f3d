package std

import (
	"context"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"goagi/agi"
	"goagi/call"
	"goagi/luabind"
	"goagi/sim"
)

// A text is looked through as package regexp does, though place by place: what
// stands before a place still counts.
func TestPatternEach(t *testing.T) {
	texts := []string{"", "a", "aaa", "abcabc", "a b  c", "ü.ä.ß", "a\nb\n\nc", "\xffa\xc3", "foo bar foobar", "2026-12-24 1.2.3"}
	for _, text := range []string{
		``, `a`, `a*`, `a*?`, `^a`, `a$`, `(?m)^.?`, `(?m)$`, `\b`, `\b\w`, `\B`, `.`, `(?s).`, `[^a]`, `(a)|(b)`, `(?P<x>\w)(?P<y>\w)?`,
		`(?i)FOO`, `foo|foobar`, `\pL+`, `\d+`, `(?:\d+)-?`, `\Q.`, `a\Q`, `(?U)a+`, `\x{fffd}`, `(\s*)`, `\z`, `\A`,
	} {
		p, err := compilePattern(text)
		if err != nil {
			t.Fatal(text, err)
		}
		for _, in := range texts {
			var got [][]int
			p.each(in, func(places []int) bool { got = append(got, places); return true })
			if want := p.re.FindAllStringSubmatchIndex(in, -1); !reflect.DeepEqual(got, want) {
				t.Errorf("%q in %q: %v, want %v", text, in, got, want)
			}
		}
	}
}

// What a script asks of a text.
func TestRe(t *testing.T) {
	gives(t, caller{}, "re", [][2]string{
		{`re.match("call 0301234", [[\d+]])[0]`, `"0301234"`},
		{`re.match("none", [[\d+]])`, `null`},
		{`local m = re.match("+49 30", [[\+(?P<country>\d+) (\d+)(x)?]]) return m[0], m[1], m.country, m[2], m[3]`, `"+49 30" "49" "49" "30" null`},
		{`re.find("a12b34", [[\d+]])`, `2 3 {"0":"12"}`},
		{`re.find("a12b34", [[(\d)\d]], 3)`, `5 6 {"0":"34","1":"3"}`},
		{`re.find("a12b34", [[\d+]], -1)`, `6 6 {"0":"4"}`},
		{`re.find("aa", "^a", 2)`, `null`},
		{`re.find("ab", "b", 0)`, `2 2 {"0":"b"}`},
		{`re.find("ab", "$", 9)`, `3 2 {"0":""}`},
		{`re.find("äb", "b", 2)`, `3 3 {"0":"b"}`}, // in the middle of a letter
		{`local all = re.find_all("1 22 333", [[\d+]]) return #all, all[3][0]`, `3 "333"`},
		{`#re.find_all("1 22 333", [[\d+]], 2)`, `2`},
		{`#re.find_all("x", [[\d+]])`, `0`},
		{`re.replace("2026-12-24", [[(?P<y>\d+)-(\d+)-(\d+)]], "$3.${2}.${y} $$0 $0x")`, `"24.12.2026 $0 2026-12-24x" 1`},
		{`re.replace("a b c", " ", "", 1)`, `"ab c" 1`},
		{`re.replace("abc", "", "-")`, `"-a-b-c-" 4`},
		{`re.replace("ab", "(a)|(b)", "<$2>")`, `"<><b>" 2`},
		{`re.replace("1 2 3", [[\d]], function(m) if m[0] == "1" then return 10 end return m[0] == "2" and "two" end)`, `"10 two 3" 3`},
		{`re.replace("ab", ".", function(m) return (re.replace(m[0], "a", "b")) end)`, `"bb" 2`},
		{`re.split("a, b;c", [[[,;]\s*]])`, `["a","b","c"]`},
		{`re.split("a,b,c", ",", 2)`, `["a","b,c"]`},
		{`re.split("a,b", ",", 1)`, `["a,b"]`},
		{`re.split(",a,", ",")`, `["","a",""]`},
		{`re.split("äb", "")`, `["ä","b"]`},
		{`re.split("", ",")`, `[""]`},
		{`re.escape("1+1 (a)")`, `"1\\+1 \\(a\\)"`},
		{`re.match("1+1", "^" .. re.escape("1+1") .. "$")[0]`, `"1+1"`},
		{`re.match(42, "4")[0]`, `"4"`},
	})
}

// A pattern that is wrong says where; a place that does not belong to it would
// be looked for in vain.
func TestReMistakes(t *testing.T) {
	gives(t, caller{}, "re", [][2]string{
		{`re.match("a", "a*(*b)")`, `~error: t.lua:`},
		{`re.match("a", "a*(*b)")`, `~re.match: argument 2 (pattern): missing argument to repetition operator at byte 4: "*"`},
		{`re.match("a", "(a)(b")`, `~missing closing ) at byte 4`},
		{`re.match("a", "(a[b]")`, `~missing closing ) at byte 1`},
		{`re.match("a", "a)b")`, `~unexpected ) at byte 2`},
		{`re.match("a", "a[bc")`, `~missing closing ] at byte 2: "[bc"`},
		{`re.match("a", "[z-a]")`, `~invalid character class range at byte 2: "z-a"`},
		{`re.match("a", "x**")`, `~invalid nested repetition operator at byte 2: "**"`},
		{`re.match("a", [[a\y]])`, `~invalid escape sequence at byte 2: "\\y"`},
		{`re.match("a", "a\\")`, `~trailing backslash at end of expression at byte 2`},
		{`re.match("a", "(?<=a)b")`, `~invalid`},
		{`re.match("a", "ü\255")`, `~invalid UTF-8 at byte 3`},
		{`re.match("a", "a{1001}")`, `~invalid repeat count at byte 2: "{1001}"`},
		{`re.match("a", ("("):rep(1000) .. (")"):rep(1000))`, `~expression nests too deeply`},
		{`re.match("a", ("(((a{1,10}){1,10}){1,10}b)"):rep(100))`, `~it is too large: its repetitions are written out`},
		{`re.match("a", ("a"):rep(70000))`, `~it has over 65536 bytes`},
		{`re.match(("a"):rep(1e6), "((a{0,30}){0,30})b")`, `~a pattern of this size takes a text of`},
		{`re.match(nil, "a")`, `~argument 1 (text) must be a string`},
		{`re.replace("a", "a", "$1")`, `~argument 3 (with): the pattern has no group "1"`},
		{`re.replace("a", "a", "${x}")`, `~the pattern has no group "x"`},
		{`re.replace("a", "a", "$x")`, `~behind a $ stands a group, as in $1 or ${name}`},
		{`re.replace("a", "a", "$")`, `~behind a $ stands a group`},
		{`re.replace("a", "a", {})`, `~argument 3 (with) must be a string`},
		{`re.replace("a", "a", function() return {} end)`, `~the function must give a string, or nil or false to leave the match, not a table`},
		{`re.replace("a", "a", function() error("no") end)`, `~no`},
		{`local co = coroutine.wrap(function() return re.replace("a", "a", coroutine.yield) end) return co()`, `~the function that it calls must not yield`},
		{`local co = coroutine.wrap(function() return pcall(re.replace, "ab", ".", function() coroutine.yield(1) return "x" end) end) return co()`, `~must not yield`},
		{`re.replace(("a"):rep(1e4), "a", ("b"):rep(1e4))`, `~the text would have over 16777216 bytes, the most that --max-string allows`},
		{`re.find_all(("a"):rep(100001), "a")`, `~there are more than 100000 of them: give a limit`},
		{`re.split("a", "a", 0)`, `~argument 3 (limit) must be 1 or more`},
	})
}

// A search that takes longer than there is time ends with the call: each match
// of this one looks through all that is left of the text.
func TestReEndsWithTheCall(t *testing.T) {
	asterisk, program := sim.Pipe()
	stream := agi.NewStream(program, program, program.Close)
	over := make(chan sim.Result, 1)
	go func() {
		over <- (&sim.Call{Script: "t.lua", Signal: stream.HangUp, Answered: true}).Run(context.Background(), asterisk)
	}()
	result := call.Run(t.Context(), call.Call{
		Transport: stream,
		Load: func(*agi.Env) (*luabind.Chunk, error) {
			return luabind.Compile([]byte(`pcall(function() require "re".find_all(("a"):rep(2e5), "a*b|a", 2e5) end)`), "t.lua")
		},
		Describe: func(*agi.Env) luabind.Host { return luabind.Host{Script: "t.lua", Library: Find} },
		Log:      slog.New(slog.DiscardHandler),
		Limit:    50 * ms, Grace: 50 * ms, Stuck: 20 * time.Second,
	})
	stream.Close()
	<-over
	if result.Status != call.Timeout || result.Abandoned {
		t.Errorf("%+v", result)
	}
}

// Patterns that a script makes of what callers say do not add up.
func TestPatternsAreBounded(t *testing.T) {
	var c patternCache
	for i := range 1000 {
		if _, err := c.compiled("a{" + strings.Repeat("1", 1+i%3) + "}" + strings.Repeat("b", i%500)); err != nil {
			t.Fatal(err)
		}
		if c.size > mostKept {
			t.Fatalf("%d instructions are kept", c.size)
		}
	}
	one, _ := c.compiled("a")
	if two, _ := c.compiled("a"); one != two {
		t.Error("a pattern is compiled twice")
	}
}
