package luabind

import "strings"

// token is a piece of a source outside of its comments. The compiler's own scanner
// forgets them; these are for saying what is wrong with a source that is no Lua.
type token struct {
	text   string // of a string its first character, since nothing asks for more
	kind   kind
	at     int // where it begins, in bytes from 0
	end    int // where it has ended
	line   int // 1 is the first
	column int // in bytes, from 1
	indent int // how far its line is indented, in bytes; 0 where the source has tabs and blanks for it
}

// kind is what a token is.
type kind byte

const (
	isMark   kind = iota // an operator, a bracket, or a character that Lua does not have
	isName               // a name or one of Lua's own words
	isNumber             // a number
	isText               // a string in quotes or long brackets
)

// marks are the operators of more than one character, the longest first.
var marks = [...]string{"...", "..", "==", "~=", "<=", ">=", "::"}

// tokens gives the tokens of a source.
func tokens(source string) []token {
	all, _ := scan(source)
	return all
}

// scan gives the tokens of a source, and its long bracket that has no end: the text
// of that is the end which it lacks, as ]==], "" where there is none. Lines end where
// they do for the compiler.
func scan(source string) (all []token, unended token) {
	line, begins, indent, begun := 1, 0, 0, false
	blanks, tabs := false, false
	defer func() {
		if blanks && tabs { // nobody knows how wide a tab is
			for i := range all {
				all[i].indent = 0
			}
		}
	}()
	for i := 0; i < len(source); {
		rest := source[i:]
		if n := lineBreak(rest); n > 0 {
			line, begins, indent, begun = line+1, i+n, 0, false
			i += n
			continue
		}
		if c := source[i]; c == ' ' || c == '\t' {
			if !begun {
				indent++
				blanks, tabs = blanks || c == ' ', tabs || c == '\t'
			}
			i++
			continue
		}
		begun = true
		t := token{at: i, line: line, column: i - begins + 1, indent: indent}
		n, lacks := 0, ""
		switch c := source[i]; {
		case strings.HasPrefix(rest, "--"):
			if n, lacks = longBracket(rest[2:]); n > 0 {
				n += 2
			} else if n = strings.IndexAny(rest, "\r\n"); n < 0 {
				return all, token{}
			}
		case c == '"' || c == '\'':
			n, t.kind = quotedLength(rest), isText
		case c == '[' && isLongBracket(rest):
			n, lacks = longBracket(rest)
			t.kind = isText
		case '0' <= c && c <= '9' || c == '.' && len(rest) > 1 && '0' <= rest[1] && rest[1] <= '9':
			n, t.kind = wordLength(rest, isWord), isNumber
		case isWord(c) && c != '.':
			n, t.kind = wordLength(rest, func(b byte) bool { return isWord(b) && b != '.' }), isName
		default:
			n = 1
			for _, mark := range marks {
				if strings.HasPrefix(rest, mark) {
					n = len(mark)
					break
				}
			}
		}
		if t.text, t.end = rest[:n], i+n; t.kind == isText {
			t.text = rest[:1]
		}
		if !strings.HasPrefix(rest, "--") {
			all = append(all, t)
		}
		if lacks != "" {
			t.text = lacks
			return all, t
		}
		for end := i + n; i < end; {
			if n := lineBreak(source[i:]); n > 0 {
				line, begins = line+1, i+n
				i += n
			} else {
				i++
			}
		}
	}
	return all, token{}
}

// lineBreak gives the length of the line break that begins here, 0 for none: of the
// four that the compiler knows, \n, \r, \r\n and \n\r.
func lineBreak(text string) int {
	switch {
	case text == "" || text[0] != '\n' && text[0] != '\r':
		return 0
	case len(text) > 1 && (text[1] == '\n' || text[1] == '\r') && text[1] != text[0]:
		return 2
	}
	return 1
}

func wordLength(text string, in func(byte) bool) int {
	n := 1
	for n < len(text) && in(text[n]) {
		n++
	}
	return n
}

// longBracket gives the length of a text such as [[...]] or [=[...]=] that begins
// here, 0 for none; where it has no end, of all that is left and the end that it lacks.
func longBracket(text string) (n int, lacks string) {
	if !isLongBracket(text) {
		return 0, ""
	}
	level := strings.IndexByte(text[1:], '[')
	end := "]" + text[1:1+level] + "]"
	if at := strings.Index(text, end); at >= 0 {
		return at + len(end), ""
	}
	return len(text), end
}

func isLongBracket(text string) bool {
	return strings.HasPrefix(text, "[") && strings.HasPrefix(strings.TrimLeft(text[1:], "="), "[")
}

// quotedLength gives the length of the quoted string that begins here, to the
// end of the line where it has no end.
func quotedLength(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i += max(lineBreak(text[i+1:]), 1)
		case text[0]:
			return i + 1
		case '\n', '\r':
			return i
		}
	}
	return len(text)
}
