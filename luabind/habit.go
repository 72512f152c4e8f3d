package luabind

import (
	"fmt"
	"slices"
	"strings"
)

// habits are the marks of other languages that Lua has not, the longer ones before
// those that they begin with. The parser stumbles over one of their characters.
var habits = [...]struct{ mark, mend string }{
	{"===", "equal is == in Lua"},
	{"!=", "unequal is ~= in Lua"},
	{"<>", "unequal is ~= in Lua"},
	{"!", "!x is not x in Lua"},
	{"&&", "&& is and in Lua"},
	{"||", "|| is or in Lua"},
	{"?>", "this is PHP, and goagi runs Lua"},
	{"?.", "a?.b is a and a.b in Lua"},
	{"??", "x ?? y is x or y in Lua"},
	{"?", "a ? b : c is a and b or c in Lua"},
	{"++", "x++ is x = x + 1 in Lua"},
	{"+=", "x += 1 is x = x + 1 in Lua"},
	{"-=", "x -= 1 is x = x - 1 in Lua"},
	{"*=", "x *= 2 is x = x * 2 in Lua"},
	{"/=", "x /= 2 is x = x / 2 in Lua"},
	{"..=", "x ..= y is x = x .. y in Lua"},
	{".=", "x .= y is x = x .. y in Lua"},
	{"**", "x ** 2 is x ^ 2 in Lua"},
	{"//", "-- begins a comment in Lua, and math.floor(a / b) divides without a rest"},
	{"/*", "a comment of several lines is --[[ ... ]] in Lua"},
	{"->", "a function of a module is reached by a dot in Lua, agi.answer(), and a method by a colon, call:press(\"1\")"},
	{"<?", "this is PHP, and goagi runs Lua"},
	{"$", "names have no $ in Lua"},
}

const (
	bracesMend   = "a block is then ... end, do ... end or function() ... end in Lua, and has no braces"
	listMend     = "a list is {1, 2} in Lua"
	keyMend      = `a key is {a = 1} or {["a"] = 1} in Lua`
	equalMend    = "equal is == in Lua"
	functionMend = "function(x) return x + 1 end is a function in Lua"
)

// wordHabit is for a word of other languages, which the parser takes for a name: it
// stumbles over what follows.
func wordHabit(word string) string {
	switch word {
	case "continue":
		return "there is no continue in Lua: goto next goes on, with ::next:: before the loop's end"
	case "elif", "elsif":
		return "elseif is the word in Lua"
	case "case", "switch":
		return "there is no switch in Lua: if ... then ... elseif ... then ... else ... end"
	case "var", "let", "const", "my":
		return "local x = 1 declares a variable in Lua"
	case "def", "func", "fn":
		return "local function f(a, b) ... end is a function in Lua"
	case "throw":
		return "error(\"...\") raises an error in Lua"
	}
	return ""
}

// mend says what may have been meant where a source is no Lua, "" where nobody
// knows, and the token that is to be changed.
func (s *stop) mend() (mend string, where token) {
	if len(s.tokens) == 0 {
		return "", token{}
	}
	for _, try := range [...]func() (string, int){s.shapeHabit, s.markHabit, s.blockHabit, s.textHabit, s.nameHabit, s.unopened, s.bracket} {
		if mend, at := try(); mend != "" {
			return mend, s.tokens[at]
		}
	}
	if s.at == len(s.tokens) || s.tokenIs(s.at, ")", "]", "}") && s.innermost().kind == isName {
		if lacks, elseIf, ok := unclosed(s.tokens[:s.at]); ok {
			return lacksEnd(lacks, elseIf)
		}
	}
	return "", token{}
}

// lacksEnd says that a block has no end.
func lacksEnd(block token, elseIf int) (mend string, where token) {
	end := "end"
	if block.text == "repeat" {
		end = "until"
	}
	mend = fmt.Sprintf("is the `%s` of the `%s` in line %d missing?", end, block.text, block.line)
	if elseIf > 0 {
		return "elseif is one word: else if begins another if, which wants an end of its own", token{line: elseIf}
	}
	return mend, token{}
}

// markHabit is for what stands in the table, and where a mark that Lua has is used
// as elsewhere.
func (s *stop) markHabit() (string, int) {
	head, _ := s.condition()
	arrow, isArrow := s.around("=>")
	switch in := s.innermost(); {
	case s.at == len(s.tokens):
	case isArrow && in.kind == isMark && (in.text != "(" || s.tokenIs(s.before(in)-1, "array")):
		return keyMend, arrow
	case isArrow && in.text == "(":
		return functionMend, arrow
	case s.tokenIs(s.at, ":") && in.text == "{" && s.at > 0 && s.tokens[s.at-1].kind != isMark,
		s.tokenIs(s.at-1, ":") && in.text == "{" && s.tokens[s.at].kind != isName:
		return keyMend, s.at
	case s.tokenIs(s.at, "=") && in.text != "{" && (head != nil && head.text != "for" || s.afterUntil()):
		return s.compared(), s.at
	case s.tokenIs(s.at, "=") && in.text == "(" && s.ofFunction(in.token) && s.at > 0 && s.tokens[s.at-1].line == in.line:
		return "a parameter has no default in Lua: b = b or 5 is a line of the function", s.at
	case s.tokenIs(s.at, "[") && !s.whole(s.at-1), s.tokenIs(s.at, ",") && in.text == "[":
		return listMend, s.at
	case s.tokenIs(s.at, "(") && s.tokenIs(s.at-1, "for", "foreach"):
		return "a loop is for i = 1, 3 do, or for _, item in ipairs(list) do, in Lua", s.at
	case s.tokenIs(s.at, "#") && (s.at == 0 || s.newLine()):
		return "-- begins a comment in Lua", s.at
	case s.tokenIs(s.at, "{") && (s.tokenIs(s.at-1, ")", "then", "do", "else") || head != nil):
		return bracesMend, s.at
	case s.tokenIs(s.at, "}") && s.newLine() && !s.opened("{", false):
		return bracesMend, s.at
	}
	for _, h := range habits {
		if at, ok := s.around(h.mark); ok {
			return h.mend, at
		}
	}
	return "", 0
}

// compared says what a = in a condition may have been meant to be.
func (s *stop) compared() string {
	switch rest := s.source[s.tokens[s.at].end:]; {
	case strings.HasPrefix(rest, "~"), strings.HasPrefix(rest, "!"):
		return "unequal is ~= in Lua"
	case strings.HasPrefix(rest, "<"):
		return "less or equal is <= in Lua"
	case strings.HasPrefix(rest, ">"):
		return "greater or equal is >= in Lua"
	}
	return equalMend
}

// before gives the number of a token of the source, the stop's own where it has none.
func (s *stop) before(t opening) int {
	i, found := slices.BinarySearchFunc(s.tokens[:s.at], t.at, func(other token, at int) int { return other.at - at })
	if !found {
		return s.at
	}
	return i
}

// shapeHabit is for what Lua reads as something else, and stumbles over later.
func (s *stop) shapeHabit() (string, int) {
	if head, _ := s.condition(); head != nil {
		for i := head.begins; i+1 < s.at; i++ { // x:f is a method's call, on two lines, too
			if s.tokenIs(i, ":") && s.tokens[i+1].line > s.tokens[i].line {
				return "a condition ends with " + head.waits + " in Lua", i
			}
		}
	}
	const deep = 20 // brackets, and words before one, that are looked at
	for i := len(s.open) - 1; i >= max(0, len(s.open)-deep); i-- {
		in := s.open[i]
		if in.kind != isMark {
			continue
		}
		at := s.before(in)
		switch {
		case in.text == "(" && s.tokenIs(at-1, "foreach"):
			return "a loop is for _, item in ipairs(list) do in Lua", at - 1
		case in.text == "(" && s.tokenIs(at-1, "catch"), in.text == "{" && s.tokenIs(at-1, "try"):
			return "local ok, err = pcall(function() ... end) catches an error in Lua", at - 1
		case in.text == "{" && s.tokenIs(at-1, ")"):
			for j := at - 1; j >= max(0, at-deep); j-- {
				if s.tokenIs(j, "switch") && s.tokenIs(j+1, "(") {
					return wordHabit("switch"), j
				}
				if s.tokens[j].line < s.tokens[at].line {
					break
				}
			}
		}
	}
	return "", 0
}

// ofFunction reports whether a bracket holds the parameters of a function.
func (s *stop) ofFunction(bracket token) bool {
	i := s.at - 1
	for i > 0 && s.tokens[i].at > bracket.at {
		i--
	}
	for i--; i >= 0 && (s.tokens[i].kind == isName || s.tokenIs(i, ".", ":")); i-- {
		if s.tokenIs(i, "function") {
			return true
		}
	}
	return false
}

// afterUntil reports whether the parser was in the condition of a repeat.
func (s *stop) afterUntil() bool {
	for i := s.at - 1; i >= 0 && s.tokens[i].line == s.tokens[s.at].line; i-- {
		if s.tokenIs(i, "until") {
			return true
		}
	}
	return false
}

// opened reports whether a bracket is open, in the innermost block or in any.
func (s *stop) opened(bracket string, here bool) bool {
	for i := len(s.open) - 1; i >= 0 && !(here && s.open[i].kind == isName); i-- {
		if s.open[i].text == bracket {
			return true
		}
	}
	return false
}

// blockHabit is for a condition that no then or do has ended.
func (s *stop) blockHabit() (string, int) {
	head, inBracket := s.condition()
	switch {
	case head == nil:
		return "", 0
	case head.brace > 0 && !(head.text == "for" && !s.tokenIs(head.brace-1, ")")): // and no list, as in ipairs{
		return bracesMend, head.brace
	case inBracket || s.follows(head.waits) || !s.whole(s.at-1) || s.at == head.begins || s.tokenIs(s.at, head.waits, ")", "]", "}", ",", "="):
		return "", 0
	}
	if head.text == "for" { // for x of y: it is not do that is missing
		begun := false
		for i := head.begins; i < s.at; i++ {
			begun = begun || s.tokenIs(i, "=", "in")
		}
		if !begun {
			return "", 0
		}
	}
	what := "`" + head.waits + "` is missing"
	if before := s.tokens[s.at-1]; before.line > head.line {
		what += fmt.Sprintf(" for the `%s` in line %d", s.tokens[head.begins-1].text, s.tokens[head.begins-1].line)
	}
	return what, s.at - 1
}

// textHabit is for . in the place of the two dots that join texts.
func (s *stop) textHabit() (string, int) {
	switch {
	case s.tokenIs(s.at, ".") && s.at > 0 && (s.tokens[s.at-1].kind == isText || s.tokens[s.at-1].kind == isNumber):
		return "text is joined by .. in Lua", s.at
	case s.tokenIs(s.at-1, ".") && s.at < len(s.tokens) && (s.tokens[s.at].kind == isText || s.tokens[s.at].kind == isNumber || s.tokenIs(s.at, "(", "{")):
		return "text is joined by .. in Lua", s.at - 1
	}
	return "", 0
}

// nameHabit is for the words that the parser takes for names.
func (s *stop) nameHabit() (string, int) {
	if s.at == 0 {
		return "", 0
	}
	before := s.tokens[s.at-1]
	if rest := s.source[before.end:]; before.kind == isName && !isReserved(before.text) && strings.HasPrefix(rest, "--") {
		rest, _, _ = strings.Cut(rest[2:], "\n")
		if strings.Trim(rest, "; \t\r") == "" {
			return "x-- is x = x - 1 in Lua, where -- begins a comment", s.at - 1
		}
	}
	if s.at > 1 && s.tokens[s.at-2].kind == isMark && !s.tokenIs(s.at-2, ";", ")", "]", "}", "{") {
		return "", 0 // it is a value, or a member of one
	}
	if before.kind != isName || s.innermost().kind == isMark && s.innermost().text != "" && before.text != "case" {
		return "", 0
	}
	return wordHabit(before.text), s.at - 1
}

// unopened is for the end of a bracket that nobody has begun.
func (s *stop) unopened() (string, int) {
	if !s.tokenIs(s.at, ")", "]", "}") || s.at == 0 {
		return "", 0
	}
	begin := map[string]string{")": "(", "]": "[", "}": "{"}[s.tokens[s.at].text]
	// Where a line begins, behind an end and in the line of its function an end is missing.
	lacksEnd := s.opened(begin, false) && (s.newLine() || s.tokenIs(s.at-1, "end") || s.innermost().line == s.tokens[s.at].line)
	if s.opened(begin, true) || lacksEnd || !s.whole(s.at-1) {
		return "", 0
	}
	return fmt.Sprintf("is a `%s` missing before it?", begin), s.at
}

// bracket is for one that is not closed, and for a comma that is missing in it.
func (s *stop) bracket() (string, int) {
	in := s.innermost()
	if in.kind != isMark || in.text == "" {
		return "", 0
	}
	before := s.tokens[s.at-1]
	atEnd := s.at == len(s.tokens)
	closes := atEnd || s.tokens[s.at].kind == isName && isStatement(s.tokens[s.at].text)
	switch {
	case !s.whole(s.at-1) && !(closes && (atEnd || before.at == in.at)):
		return "", 0
	case closes, s.tokenIs(s.at, ")", "]", "}"), s.newLine() && in.text == "(" && s.tokens[s.at].kind == isName:
		where := ""
		if before.line > in.line || atEnd {
			where = fmt.Sprintf(" in line %d", in.line)
		}
		end := map[string]string{"(": ")", "[": "]", "{": "}"}[in.text]
		return fmt.Sprintf("is the `%s` of the `%s`%s missing?", end, in.text, where), s.at - 1
	case s.tokens[s.at].kind == isMark || in.text == "[":
		return "", 0
	case before.kind == isText || s.tokens[s.at].kind == isText:
		return "is a comma missing, or the .. that joins texts?", s.at - 1
	}
	return "is a comma missing?", s.at - 1
}

// stumbled adds to the parser's message what may have been meant, and moves the
// place to where that is.
func (e *ScriptError) stumbled(source string, line, column int) {
	s := stopAt(source, line, column)
	mend, where := s.mend()
	e.Line = strings.Count(source, "\n") + 1
	if s.at < len(s.tokens) {
		e.Line, e.Column = s.tokens[s.at].line, s.tokens[s.at].column
	} else if where.line == 0 {
		e.Message += " at the end of the file"
	}
	if where.line > 0 {
		if where.line != e.Line { // what the parser stumbled over is elsewhere
			e.Message, _, _ = strings.Cut(e.Message, " near ")
		}
		e.Line, e.Column = where.line, where.column
	}
	if mend != "" {
		e.Message += ": " + mend
	}
}
