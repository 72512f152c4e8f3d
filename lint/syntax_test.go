package lint_test

import (
	"fmt"
	"strings"
	"testing"

	"goagi/lint"
)

// Who has written other languages for years is told how Lua writes it, and an editor
// marks where: the parser's own words name a character, and leave him to guess.
func TestHabits(t *testing.T) {
	for source, want := range map[string]string{
		"local x = 1\nif x != 2 then end":           "2:6: unequal is ~= in Lua",
		"if !x then end":                            "1:4: !x is not x",
		"if x && y then end":                        "1:6: && is and",
		"if x || y then end":                        "1:6: || is or",
		"local y = x == 1 ? 2 : 3":                  "1:18: a and b or c",
		"x++\nprint(x)":                             "1:2: x = x + 1",
		"x += 1":                                    "1:3: x = x + 1",
		"local x = 1\nx -= 1":                       "2:3: x = x - 1",
		"x .= 'b'":                                  "1:3: x = x .. y",
		"// a comment":                              "1:1: -- begins a comment",
		"local x = 1 // one\nprint(x)":              "1:13: -- begins a comment",
		"/* a\ncomment */":                          "1:1: --[[ ... ]]",
		"$x = 1":                                    "1:1: no $",
		"function f() {\n}":                         "1:14: no braces",
		"if x then\n  print(x)\n}":                  "3:1: no braces",
		"local x = 1\nif (x == 1) {\n  print(x)\n}": "2:13: no braces",
		"while (true) {\n}":                         "1:14: no braces",
		"for i = 1, 2 do\n  if i then continue end\nend":   "2:13: there is no continue",
		"for i = 1, 2 do\nif i then\ncontinue;\n\nend end": "3:1: there is no continue",
		"local x = = 1":                        "1:11: syntax error near '='",
		"print('!=', x == ) -- != && continue": "1:18: syntax error near ')'",
	} {
		place, text, _ := strings.Cut(want, ": ")
		found := checker().Check("habit.lua", []byte(source))
		if len(found) != 1 || found[0].ID != "syntax" || !strings.Contains(found[0].Text, text) || placeOf(found[0]) != place {
			t.Errorf("%q: %+v, want %s", source, found, want)
		}
		if strings.HasPrefix(text, "syntax error") && found[0].Text != text {
			t.Errorf("%q: %q says more than is known", source, found[0].Text)
		}
	}
}

func placeOf(f lint.Finding) string { return fmt.Sprintf("%d:%d", f.Line, f.Column) }
