package luabind

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The common mistakes are named.
func TestMistakesAreNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	for source, want := range map[string]string{
		`agi.stream_flie("x")`:                          "there is no agi.stream_flie, did you mean stream_file?",
		`agi:answer()`:                                  "agi.answer: call it with a dot: agi.answer(...)",
		`agi.exec("Playback", "a", "b")`:                "agi.exec: it takes (application: string, options?: string), not 3 arguments",
		`agi.answer(1)`:                                 "agi.answer: it takes none, not 1 arguments",
		`pritn("x")`:                                    "pritn is nil, did you mean print?",
		`local x = config.name`:                         "config is nil",
		`print((function() mock{} end)())`:              "non-function object: mock is nil",
		`if (true) then mock{} end`:                     "non-function object: mock is nil",
		`local cfg = {} cfg()`:                          "non-function object: cfg is no function",
		`local t = {run = 5} t.run()`:                   "non-function object: t.run is no function",
		`agi.env.foo()`:                                 "non-function object",
		`local s = nil s:upper()`:                       "with key 'upper': s is nil",
		`local digits = nil if #digits == 4 then end`:   "attempt to get the length of what is neither a string nor a table: digits",
		`error("/etc/passwd:1: x", 0)`:                  "t.lua:1: /etc/passwd:1: x",
		`error({message = "/etc/passwd:1: x"})`:         "t.lua:1: /etc/passwd:1: x",
		`local t = {} t.sub.key = 1`:                    "t.sub is nil",
		`for l in io.lines("/nonexistent/file") do end`: "/nonexistent/file: no such file",
		`require "socket"`:                              `module "socket" not found: it is none of goagi's own`,
		`os.exit(3)`:                                    "t.lua:1: the script ended itself with os.exit(3)",
		`local a = "x" . "y"`:                           "text is joined by .. in Lua",
		"if a then\n b()\nelse if c then\n d()\nend":    "t.lua:3: syntax error: elseif is one word",
		"local function f()\n  for i = 1, 2 do\n    if i then\n      g()\n  end\nend\n": "is the `end` of the `if` in line 3 missing?",
		"function f(\nagi.nope()": "syntax error",
		"while x do\n  repeat\n    y() -- end\n    z(\"end\", [[ end ]])\n": "is the `until` of the `repeat` in line 2 missing?",
		"t = {\n": "t.lua:1: syntax error: is the `}` of the `{` in line 1 missing?",
		"agi.answer()\nagi.stream_file(\"hello)\nlocal x = 1\n": "t.lua:2: unterminated string",

		// What a script declares is no nil, wherever it does.
		"local a = 1 local tools = {}\ntools()":                              "tools is no function",
		"local a,\n  b = 1, {}\nb()":                                         "b is no function",
		"local function f(a) a() end local function g(cb)\ncb()\nend\ng({})": "cb is no function",
		"for _, cb in ipairs{1} do\ncb() end":                                "cb is no function",
		"local s = 'local none' none()":                                      "none is nil",

		// Nobody knows how wide a tab is.
		"if a then\n\tfor i = 1, 2 do\n\t\tif i then\n\t\t\tg()\n        end\n    end\nlocal x =": "is the `end` of the `if` in line 1 missing?",
	} {
		if err := os.WriteFile("t.lua", []byte(source), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := newFixture(t).run(t, source)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", source, err, want)
		}
	}
}

// What a caller sent may look like a place in a file: that is not opened.
func TestForgedPlaces(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("secret", []byte("the secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{`error("secret:1: x", 0)`, `error({message = "secret:1: x"}, 0)`, `error("t.lua:1: secret:1: x", 0)`} {
		_, err := newFixture(t).run(t, source)
		if e, ok := errors.AsType[*ScriptError](err); !ok || e.File == "secret" || strings.Contains(e.Source, "secret\n") || e.Source == "the secret" {
			t.Errorf("%s: %+v", source, err)
		}
	}
}

// No script that is read ends the process by how deep it goes.
func TestDeepScripts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep.lua")
	for _, piece := range []string{"{", "(", "not ", "- ", "f(", "x..", "x^", "function() return ", "if x then ", "do ", "t[", "{{{{{{{{"} {
		source := "return " + strings.Repeat(piece, maxScript/len(piece)-10)
		if err := os.WriteFile(path, []byte(source), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil {
			t.Errorf("%q without end is a script", piece)
		}
	}
	deep := 40000
	for _, source := range []string{
		"return " + strings.Repeat("{", deep) + strings.Repeat("}", deep),
		"return " + strings.Repeat("(", deep) + "1" + strings.Repeat(")", deep),
		"return " + strings.Repeat("not ", deep) + "1",
		"return " + strings.Repeat("- ", deep) + "1",
		"local f return " + strings.Repeat("f(", deep) + strings.Repeat(")", deep),
	} {
		_, _ = Compile([]byte(source), "deep.lua") // an error or not: it comes back
	}
}
