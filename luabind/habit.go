package luabind

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
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
	{"??", "x ?? y is x or y in Lua"},
	{"?>", phpMend},
	{"?.", "a?.b is a and a.b in Lua"},
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
	{"<?", phpMend},
	{"$", "names have no $ in Lua"},
}

const (
	bracesMend   = "a block is then ... end, do ... end or function() ... end in Lua, and has no braces"
	listMend     = "a list is {1, 2} in Lua"
	keyMend      = `a key is {a = 1} or {["a"] = 1} in Lua`
	equalMend    = "equal is == in Lua"
	functionMend = "function(x) return x + 1 end is a function in Lua"
	phpMend      = "this is PHP, and goagi runs Lua"
	tryMend      = "local ok, err = pcall(function() ... end) catches an error in Lua"
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
	for _, try := range [...]func() (string, int){s.letterHabit, s.colonHabit, s.callHabit, s.arrowHabit, s.markHabit, s.blockHabit, s.textHabit, s.nameHabit, s.unopened, s.bracket} {
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

// markHabit is for what stands in the table, and where a mark that Lua has is used
// as elsewhere.
func (s *stop) markHabit() (string, int) {
	head, _ := s.condition()
	arrow, isArrow := s.around("=>")
	switch in := s.innermost(); {
	case s.at == len(s.tokens):
	case isArrow && (in.text == "{" || in.text == "[" || in.text == "(" && s.tokenIs(in.nth-1, "array")):
		return keyMend, arrow
	case s.tokenIs(s.at, ":") && in.text == "{" && s.at > 0 && s.tokens[s.at-1].kind != isMark,
		s.tokenIs(s.at-1, ":") && in.text == "{" && s.tokens[s.at].kind != isName:
		return keyMend, s.at
	case s.tokenIs(s.at, "=") && in.text != "{" && (head != nil && head.text != "for" || s.afterUntil()):
		return s.compared(), s.at
	case s.tokenIs(s.at, "=") && in.text == "(" && s.ofFunction(in):
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

// callHabit is for the words of other languages that a bracket follows: the parser
// takes them for calls, and stumbles somewhere in there.
func (s *stop) callHabit() (string, int) {
	for i := len(s.open) - 1; i >= 0 && s.open[i].kind == isMark; i-- {
		n := s.open[i].nth
		before := n - 1
		if s.open[i].text == "{" && s.tokenIs(before, ")") {
			before = s.begin(before) - 1
		}
		switch {
		case before < 0:
		case s.tokenIs(before, "switch") && s.tokenIs(n+1, "case", "default"):
			return wordHabit("switch"), before
		case s.tokenIs(before, "catch") && s.tokenIs(before-1, "}") && s.tokenIs(s.begin(before-1)-1, "try"),
			before == n-1 && s.open[i].text == "{" && s.tokenIs(before, "try") && !s.tokenIs(n+1, "function") && !s.list(n):
			return tryMend, before
		case s.tokenIs(before, "foreach") && (s.tokenIs(s.at, "as") || s.tokenIs(s.at, "$") && s.follows("as")):
			return "a loop is for _, item in ipairs(list) do in Lua", before
		}
	}
	return "", 0
}

// arrowHabit is for (x) => and x => as functions.
func (s *stop) arrowHabit() (string, int) {
	arrow, found := s.around("=>")
	before := arrow - 1 // the parameter, or the bracket that ends them
	if in := s.innermost(); !found && in.text == "(" {
		// The parser has not come to the arrow: in (a, b) it stumbles over the comma, in () over the end.
		for before = s.at; before < len(s.tokens) && (s.tokens[before].kind == isName || s.tokenIs(before, ",")); before++ {
		}
		arrow = before + 1
		found = s.tokenIs(before, ")") && s.tokenIs(arrow, "=") && strings.HasPrefix(s.source[s.tokens[arrow].at:], "=>")
	}
	if !found || before < 1 {
		return "", 0
	}
	begin := before
	if s.tokenIs(before, ")") {
		begin = s.begin(before)
		for i := begin + 1; i < before; i++ {
			if s.tokens[i].kind != isName && !s.tokenIs(i, ",") {
				return "", 0
			}
		}
		if begin < 1 || s.whole(begin-1) && s.tokens[begin-1].line == s.tokens[begin].line {
			return "", 0 // it is a call
		}
	} else if s.tokens[before].kind != isName || isReserved(s.tokens[before].text) || !s.tokenIs(before-1, "(", ",") {
		return "", 0
	}
	// In brackets of a call, or as the value of a variable, and nowhere in a condition's own.
	outer := begin - 1
	for i := len(s.open) - 1; i >= 0 && s.tokenIs(outer, ","); i-- {
		if s.open[i].nth < begin {
			outer = s.open[i].nth
		}
	}
	if s.tokenIs(outer, "(") && (!s.whole(outer-1) || s.tokenIs(outer-1, "array")) || !s.tokenIs(outer, "(", "=", "return") {
		return "", 0
	}
	return functionMend, begin
}

// compared gives what is meant by the = of a condition.
func (s *stop) compared() string {
	if next := s.tokens[s.at].end; next < len(s.source) {
		switch s.source[next] {
		case '~', '!':
			return "unequal is ~= in Lua"
		case '<':
			return "less or equal is <= in Lua"
		case '>':
			return "greater or equal is >= in Lua"
		}
	}
	return equalMend
}

// blockHabit is for a condition that no then or do has ended.
func (s *stop) blockHabit() (string, int) {
	head, inBracket := s.condition()
	switch {
	case head == nil:
		return "", 0
	case head.brace > 0:
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

// colonHabit is for a condition that a colon ends, as in Python: the parser takes
// f(): and the name in the next line for a method.
func (s *stop) colonHabit() (string, int) {
	head, _ := s.condition()
	if head == nil || s.follows(head.waits) {
		return "", 0
	}
	depth := 0
	for i := head.begins; i < s.at; i++ {
		switch {
		case s.tokenIs(i, "(", "[", "{"):
			depth++
		case s.tokenIs(i, ")", "]", "}"):
			depth--
		case depth == 0 && s.tokenIs(i, ":") && (i+1 == len(s.tokens) || s.tokens[i+1].line > s.tokens[i].line):
			return "a condition ends with " + head.waits + " in Lua", i
		}
	}
	return "", 0
}

// textHabit is for . in the place of the two dots that join texts.
func (s *stop) textHabit() (string, int) {
	switch {
	case s.tokenIs(s.at, ".") && s.at > 0 && (s.tokens[s.at-1].kind == isText || s.tokens[s.at-1].kind == isNumber):
		return "text is joined by .. in Lua", s.at
	case s.tokenIs(s.at-1, ".") && s.at < len(s.tokens) && (s.tokens[s.at].kind >= isNumber || s.tokenIs(s.at, "(", "{")):
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

// letterHabit is for the characters that word processors and web pages put in.
func (s *stop) letterHabit() (string, int) {
	switch r := s.foreign(); {
	case r < utf8.RuneSelf && r != '`':
		return "", 0
	case strings.ContainsRune("“”„‟«»‘’‚‛′″`´", r):
		return fmt.Sprintf("%c is no quote in Lua, where a text is in \" or '", r), s.at
	case strings.ContainsRune("‐‑‒–—−", r):
		return fmt.Sprintf("%c is no - in Lua", r), s.at
	case r == '\u00a0' || r == '\u2007' || r == '\u202f':
		return "a no-break space is no blank in Lua", s.at
	case !unicode.IsPrint(r):
		return "this character is not seen, and nothing in Lua", s.at
	}
	return "", 0
}
