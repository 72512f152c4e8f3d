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
	indent int // how far its line is indented, in bytes
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
	var all []token
	line, begins, indent, begun := 1, 0, 0, false
	for i := 0; i < len(source); {
		rest := source[i:]
		switch c := source[i]; {
		case c == '\n':
			line, begins, indent, begun = line+1, i+1, 0, false
			i++
			continue
		case c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f':
			if !begun {
				indent++
			}
			i++
			continue
		}
		begun = true
		t := token{at: i, line: line, column: i - begins + 1, indent: indent}
		n := 0
		switch c := source[i]; {
		case strings.HasPrefix(rest, "--"):
			if n = longBracket(rest[2:]); n > 0 {
				n += 2
			} else if n = strings.IndexByte(rest, '\n'); n < 0 {
				return all
			}
		case c == '"' || c == '\'':
			n, t.kind = quotedLength(rest), isText
		case c == '[' && longBracket(rest) > 0:
			n, t.kind = longBracket(rest), isText
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
		if breaks := strings.Count(rest[:n], "\n"); breaks > 0 {
			line, begins = line+breaks, i+strings.LastIndexByte(rest[:n], '\n')+1
		}
		i += n
	}
	return all
}

func wordLength(text string, in func(byte) bool) int {
	n := 1
	for n < len(text) && in(text[n]) {
		n++
	}
	return n
}

// longBracket gives the length of a text such as [[...]] or [=[...]=] that
// begins here, all that is left where it has no end, 0 for none.
func longBracket(text string) int {
	level := 1
	for level < len(text) && text[level] == '=' {
		level++
	}
	if len(text) <= level || text[0] != '[' || text[level] != '[' {
		return 0
	}
	end := "]" + strings.Repeat("=", level-1) + "]"
	if at := strings.Index(text, end); at >= 0 {
		return at + len(end)
	}
	return len(text)
}

// quotedLength gives the length of the quoted string that begins here, to the
// end of the line where it has no end.
func quotedLength(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case text[0]:
			return i + 1
		case '\n':
			return i
		}
	}
	return len(text)
}
