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
				for i = 1, select("#", ...) do words[i] = json.encode((select(i, ...))) end
				return table.concat(words, " ")
			end
			n = n + 1
			agi.var["GOT_" .. n] = show(pcall(fn))
		end
`)
	for _, row := range rows {
		code := row[0]
		if !strings.Contains(code, "return ") {
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
