package std

import (
	"strconv"
	"strings"
	"testing"
)

// gives looks at what expressions of a script give: their results as JSON, with
// blanks between, or "error: " and the message. A want that begins with ~ is a
// part of it. An expression may stand behind statements, with a return.
func gives(t *testing.T, who caller, module string, rows [][2]string) {
	t.Helper()
	who.notEAGI = true
	var script strings.Builder
	script.WriteString(`local ` + module + `, json = require "` + module + `", require "json"
		local n = 0
		local function try(fn)
			local function show(ok, ...)
				if not ok then return "error: " .. tostring((...)) end
				local words = {}
				for i = 1, select("#", ...) do
					local value = select(i, ...)
					if type(value) == "table" then value = value.message or value[0] and json.object(value) or value end
					words[i] = json.encode(value)
				end
				return table.concat(words, " ")
			end
			n = n + 1
			agi.var["GOT_" .. n] = show(pcall(fn))
		end
`)
	for _, row := range rows {
		code := row[0]
		if !strings.HasPrefix(code, "local ") {
			code = "return " + code
		}
		script.WriteString("try(function() " + code + " end)\n")
	}
	e := place(t, who, script.String())
	if e.Err != nil {
		t.Fatal(e.Err)
	}
	for i, row := range rows {
		got, want := e.vars["GOT_"+strconv.Itoa(i+1)], row[1]
		if part, ok := strings.CutPrefix(want, "~"); ok && !strings.Contains(got, part) || !ok && got != want {
			t.Errorf("%s\ngives %s\nwant  %s", row[0], got, want)
		}
	}
}

// Names and numbers, as callers and old systems send them.
func TestText(t *testing.T) {
	gives(t, caller{}, "text", [][2]string{
		{`text.trim(" \t a b \r\n")`, `"a b"`},
		{`text.trim("\194\160a")`, `"a"`}, // a blank that does not break
		{`text.lower("ÄÖÜ ABC")`, `"äöü abc"`},
		{`text.upper("äöü abc")`, `"ÄÖÜ ABC"`},
		{`text.length("Jörg")`, `4`},
		{`text.length("J\246rg")`, `4`},
		{`text.starts_with("00493012", "00"), text.starts_with("0", "00"), text.ends_with("a.wav", ".wav"), text.ends_with("", "")`, `true false true true`},

		{`text.clean("Jörg")`, `"Jörg"`},
		{`text.clean("J\246rg")`, `"Jörg"`},
		{`text.clean("5 \128 \147x\148")`, `"5 € “x”"`},
		{`text.clean("J\195\182rg M\195")`, "\"Jörg M\ufffd\""},
		{`#text.clean("J\195\182rg M\195")`, `10`},
		{`text.clean("\129")`, "\"\ufffd\""},
		{`text.clean("")`, `""`},

		{`text.digits(" +49 (0)30 / 12-34 ")`, `"+49301234"`},
		{`text.digits("(0)30 1234")`, `"0301234"`},
		{`text.digits("tel: 0042+1")`, `"00421"`},
		{`text.digits("unknown")`, `""`},

		{`text.mask("+4930123456")`, `"*******3456"`},
		{`text.mask("0042")`, `"****"`}, // or a PIN would be in the log
		{`text.mask("0042", 0)`, `"****"`},
		{`text.mask("Jörg Müller", 3)`, `"********ler"`},
		{`text.mask("äöü", 2)`, `"*öü"`},
		{`text.mask("")`, `""`},
		{`text.mask("a", -1)`, `~argument 2 (keep) must be 0 or more`},

		{`text.split("a, b,,c", ",")`, `["a"," b","","c"]`},
		{`text.split("a.b.c", ".", 2)`, `["a","b.c"]`},
		{`text.split("a.b", ".", 1)`, `["a.b"]`},
		{`text.split("", ",")`, `[""]`},
		{`text.split("a", "")`, `~argument 2 (separator) must be a text that is not empty`},
		{`text.split((","):rep(100001), ",")`, `~there are more than 100000 of them: give a limit`},
		{`text.lines("a\r\nb\n\nc\n")`, `["a","b","","c"]`},
		{`text.lines("a\nb\nc", 2)`, `["a","b\nc"]`},
		{`text.lines("\n")`, `[""]`},
		{`#text.lines("")`, `0`},
		{`text.trim()`, `~text.trim: argument 1 (text) must be a string, not nil`},
	})
}
