package luabind

import (
	"fmt"
	"strings"
)

// block is something that an end, or until, closes.
type block struct {
	word   string
	line   int
	indent int
}

// unclosed says which block of a source most likely lacks its end, "" where none
// does: one that was closed by a line further to the left than it began, for that
// is another block's end; else the one that is open at the end of the file.
func unclosed(source string) string {
	var open []block
	loop := block{} // a for or while whose do is still to come
	for word := range words(source) {
		switch word.word {
		case "for", "while":
			loop = word
		case "do":
			if loop.word == "" {
				loop = word
			}
			open, loop = append(open, loop), block{}
		case "function", "if", "repeat":
			open = append(open, word)
		case "end", "until":
			if len(open) == 0 {
				return ""
			}
			last := open[len(open)-1]
			open = open[:len(open)-1]
			if word.indent < last.indent && word.line > last.line {
				return last.lacks()
			}
		}
	}
	if len(open) == 0 {
		return ""
	}
	return open[len(open)-1].lacks()
}

func (b block) lacks() string {
	end := "end"
	if b.word == "repeat" {
		end = "until"
	}
	return fmt.Sprintf("is the `%s` of the `%s` in line %d missing?", end, b.word, b.line)
}

// words gives the words of a source that stand outside of comments and strings,
// with their lines and how far these are indented.
func words(source string) func(yield func(block) bool) {
	return func(yield func(block) bool) {
		line, indent, begun := 1, 0, false
		for i := 0; i < len(source); {
			rest := source[i:]
			skip := 0
			switch c := source[i]; {
			case c == '\n':
				line, indent, begun = line+1, 0, false
				i++
				continue
			case c == ' ' || c == '\t' || c == '\r':
				if !begun {
					indent++
				}
				i++
				continue
			case strings.HasPrefix(rest, "--"):
				if skip = longBracket(rest[2:]); skip > 0 {
					skip += 2
				} else if skip = strings.IndexByte(rest, '\n'); skip < 0 {
					return
				}
			case c == '[':
				skip = longBracket(rest)
			case c == '"' || c == '\'':
				skip = quotedLength(rest)
			case isWord(c):
				n := 1
				for n < len(rest) && isWord(rest[n]) {
					n++
				}
				begun = true
				if !yield(block{rest[:n], line, indent}) {
					return
				}
				i += n
				continue
			}
			begun = true
			skip = max(skip, 1)
			line += strings.Count(rest[:skip], "\n")
			i += skip
		}
	}
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
