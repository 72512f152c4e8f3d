package luabind

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// stop is where the parser stopped: what it stumbled over, what stood before, and
// what was open by then.
type stop struct {
	source string
	tokens []token
	at     int // of the token that it stumbled over; as many as there are for the end of the file
	open   []opening
}

// opening is a bracket or block that is to be closed.
type opening struct {
	token
	nth    int    // of the tokens
	waits  string // the then or do that its condition still lacks, "" for none
	begins int    // the token that its condition begins with
	brace  int    // a brace in its condition that may be meant to begin a block, 0 for none
	elseIf int    // the line of its else if in two words, 0 for none
}

// stopAt finds the token that begins last at or before a place, and what is open
// there. A line below 1 stands for the end.
func stopAt(source string, line, column int) *stop {
	s := &stop{source: source, tokens: tokens(source)}
	s.at = len(s.tokens)
	for i, t := range s.tokens {
		if line >= 1 && (t.line > line || t.line == line && t.column > column) {
			s.at = max(i-1, 0)
			break
		}
		if line >= 1 && i == len(s.tokens)-1 {
			s.at = i
		}
	}
	for i := range s.at {
		s.step(i)
	}
	return s
}

// step keeps account of what a token opens and closes.
func (s *stop) step(i int) {
	t, n := s.tokens[i], len(s.open)
	if t.kind > isName {
		return
	}
	switch t.text {
	case "if":
		s.open = append(s.open, opening{token: t, nth: i, waits: "then", begins: i + 1})
	case "while", "for":
		s.open = append(s.open, opening{token: t, nth: i, waits: "do", begins: i + 1})
	case "elseif":
		if n > 0 {
			s.open[n-1].waits, s.open[n-1].begins, s.open[n-1].brace = "then", i+1, 0
		}
	case "else":
		if n > 0 && s.tokenIs(i+1, "if") && s.tokens[i+1].line == t.line {
			s.open[n-1].elseIf = t.line
		}
	case "then", "do":
		if n > 0 && s.open[n-1].waits == t.text {
			s.open[n-1].waits = ""
		} else if t.text == "do" {
			s.open = append(s.open, opening{token: t, nth: i})
		}
	case "function", "repeat", "(", "[":
		s.open = append(s.open, opening{token: t, nth: i})
	case "{":
		// The condition's own: if f(x) { is a call for the parser, as f{...} is.
		lastOfLine := i+1 == len(s.tokens) || s.tokens[i+1].line > t.line
		if n > 0 && s.open[n-1].waits != "" && s.open[n-1].brace == 0 && i > 0 && (s.tokens[i-1].text == ")" || lastOfLine && s.whole(i-1)) && !s.list(i) {
			s.open[n-1].brace = i
		}
		s.open = append(s.open, opening{token: t, nth: i})
	case "end", "until", ")", "]", "}":
		if n > 0 {
			s.open = s.open[:n-1]
		}
	}
}

// list reports whether the braces that begin with the nth token hold values, as for
// ipairs{"a", "b"}, and no statements.
func (s *stop) list(n int) bool {
	if s.tokenIs(n-2, "in") && s.tokenIs(n-1, "ipairs", "pairs") || n+1 < len(s.tokens) && s.tokens[n+1].kind >= isNumber || s.tokenIs(n+1, "{", "[") {
		return true
	}
	depth := 0
	for i := n + 1; i < min(len(s.tokens), n+1000); i++ { // so that many in each other take no long time
		switch t := s.tokens[i]; {
		case depth == 0 && s.tokenIs(i, "}"): // what is compared or joined is a value
			return s.tokenIs(i+1, "==", "~=", "<", ">", "<=", ">=", "..", "and", "or", "then", "do")
		case depth == 0 && s.tokenIs(i, ","):
			return true
		case depth == 0 && (t.kind == isName && isStatement(t.text) || s.whole(i-1) && t.kind == isName && t.line > s.tokens[i-1].line && !isReserved(t.text)):
			return false
		case s.tokenIs(i, "(", "[", "{", "function", "if", "do", "repeat"):
			depth++
		case s.tokenIs(i, ")", "]", "}", "end", "until"):
			depth--
		}
	}
	return false
}

// tokenIs reports whether the nth token is a name, a word or a mark; nothing is one
// where there is no nth.
func (s *stop) tokenIs(n int, texts ...string) bool {
	if n < 0 || n >= len(s.tokens) || s.tokens[n].kind > isName {
		return false
	}
	for _, text := range texts {
		if s.tokens[n].text == text {
			return true
		}
	}
	return false
}

// whole reports whether a value may end with the nth token.
func (s *stop) whole(n int) bool {
	if n < 0 || n >= len(s.tokens) {
		return false
	}
	switch t := s.tokens[n]; t.kind {
	case isMark:
		return s.tokenIs(n, ")", "]", "}", "...")
	case isName:
		return !isReserved(t.text) || s.tokenIs(n, "end", "nil", "true", "false")
	}
	return true
}

// innermost gives what was opened last, one with no text where nothing is open.
func (s *stop) innermost() opening {
	if len(s.open) == 0 {
		return opening{}
	}
	return s.open[len(s.open)-1]
}

// condition gives the if, while or for whose condition the parser was in, and
// whether it was in a bracket of that.
func (s *stop) condition() (head *opening, inBracket bool) {
	for i := len(s.open) - 1; i >= 0; i-- {
		switch o := &s.open[i]; {
		case o.waits != "":
			return o, inBracket
		case o.kind != isMark:
			return nil, false
		}
		inBracket = true
	}
	return nil, false
}

// newLine reports whether the token that the parser stumbled over begins a line.
func (s *stop) newLine() bool {
	return s.at > 0 && s.at < len(s.tokens) && s.tokens[s.at].line > s.tokens[s.at-1].line
}

// follows reports whether a word stands behind it in its line.
func (s *stop) follows(word string) bool {
	for i := s.at + 1; i < len(s.tokens) && s.tokens[i].line == s.tokens[s.at].line; i++ {
		if s.tokenIs(i, word) {
			return true
		}
	}
	return false
}

// around gives the token that some characters of the source begin with, of which what
// the parser stumbled over is part.
func (s *stop) around(text string) (at int, ok bool) {
	if s.at >= len(s.tokens) || s.tokens[s.at].kind != isMark {
		return 0, false
	}
	for back := range len(text) {
		from := s.tokens[s.at].at - back
		if from < 0 || !strings.HasPrefix(s.source[from:], text) {
			continue
		}
		for at = s.at; at > 0 && s.tokens[at].at > from; at-- {
		}
		return at, true
	}
	return 0, false
}

// ofFunction reports whether a bracket holds the parameters of a function. A name in
// another line may be a statement, and the end of the bracket be missing.
func (s *stop) ofFunction(bracket opening) bool {
	if s.at < 2 || s.tokens[s.at-1].line != bracket.line && s.tokens[s.at-1].line != s.tokens[s.at-2].line {
		return false
	}
	for i := bracket.nth - 1; i >= 0 && (s.tokens[i].kind == isName || s.tokenIs(i, ".", ":")); i-- {
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

// begin gives the bracket that the nth token closes, -1 where there is none.
func (s *stop) begin(n int) int {
	depth := 0
	for i := n; i >= 0; i-- {
		switch {
		case s.tokenIs(i, ")", "]", "}"):
			depth++
		case s.tokenIs(i, "(", "[", "{"):
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// foreign gives the character that Lua does not know, 0 where the parser stumbled over
// something else. It takes the first byte of it only.
func (s *stop) foreign() rune {
	if s.at == len(s.tokens) || s.tokens[s.at].kind != isMark {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(s.source[s.tokens[s.at].at:])
	if r == utf8.RuneError || r < utf8.RuneSelf && unicode.IsPrint(r) && r != '`' {
		return 0
	}
	return r
}

// isReserved reports whether a name is one of Lua's own words.
func isReserved(name string) bool {
	switch name {
	case "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil", "not",
		"or", "repeat", "return", "then", "true", "until", "while":
		return true
	}
	return false
}

// isStatement reports whether a word of Lua's own stands in no bracket.
func isStatement(word string) bool {
	switch word {
	case "function", "nil", "true", "false", "not", "and", "or":
		return false
	}
	return isReserved(word)
}
