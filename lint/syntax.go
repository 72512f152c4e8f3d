package lint

import (
	"fmt"
	"strings"
)

// habits are what other languages have and Lua has not: near is the token that the
// parser stumbles over, "" for any, has what stands in the line.
var habits = [...]struct{ near, has, mend string }{
	{"!", "!=", "unequal is ~= in Lua"},
	{"!", "!", "!x is not x in Lua"},
	{"&", "&", "&& is and in Lua"},
	{"|", "|", "|| is or in Lua"},
	{"?", "?", "a ? b : c is a and b or c in Lua"},
	{"+", "++", "x++ is x = x + 1 in Lua"},
	{"", "+=", "x += 1 is x = x + 1 in Lua"},
	{"", "-=", "x -= 1 is x = x - 1 in Lua"},
	{"", "*=", "x *= 2 is x = x * 2 in Lua"},
	{"", ".=", "x .= y is x = x .. y in Lua"},
	{"/", "//", "-- begins a comment in Lua, and math.floor(a / b) divides without a rest"},
	{"/", "/*", "a comment of several lines is --[[ ... ]] in Lua"},
	{"$", "$", "names have no $ in Lua"},
	{"{", "{", braces},
	{"}", "}", braces},
}

const braces = "a block is then ... end, do ... end or function() ... end in Lua, and has no braces"

// habit gives what may have been meant where a file is no Lua, and the token that the
// parser stumbled over; both may be "".
func (w *walk) habit(line int, message string) (mend, token string) {
	_, token, _ = strings.Cut(message, " near '")
	token, _, _ = strings.Cut(token, "'")
	if strings.Contains(message, "end of the file") {
		for i, text := range w.lines {
			if opens(code(text)) {
				return fmt.Sprintf(": line %d has a {: %s", i+1, braces), ""
			}
		}
	}
	if token == "" || line < 1 || line > len(w.lines) {
		return "", token
	}
	text := code(w.lines[line-1])
	for _, h := range habits {
		if (h.near == token || h.near == "") && strings.Contains(text, h.has) {
			return ": " + h.mend, token
		}
	}
	for before := line - 2; before >= 0; before-- { // the parser takes it for a name, and stumbles over what follows
		if other := strings.TrimSpace(code(w.lines[before])); other != "" {
			text = other + " " + text
			break
		}
	}
	for _, word := range strings.Fields(text) {
		if strings.TrimRight(word, ";") == "continue" {
			return ": there is no continue in Lua: goto next goes on, with ::next:: before the loop's end", token
		}
	}
	return "", token
}

// opens reports whether a line begins a block with a brace.
func opens(text string) bool {
	text = strings.TrimSpace(text)
	if !strings.HasSuffix(text, "{") {
		return false
	}
	for _, word := range []string{"if", "elseif", "else", "while", "for", "function", "}"} {
		if rest, ok := strings.CutPrefix(text, word); ok && !inName(rest, 0) {
			return true
		}
	}
	return false
}

// code is a line without its texts and its comment.
func code(line string) string {
	var kept strings.Builder
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"' || c == '\'':
			for i++; i < len(line) && line[i] != c; i++ {
				if line[i] == '\\' {
					i++
				}
			}
			kept.WriteByte(' ')
		case strings.HasPrefix(line[i:], "--"):
			return kept.String()
		default:
			kept.WriteByte(c)
		}
	}
	return kept.String()
}
