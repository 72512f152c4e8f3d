package std

import (
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
)

// question is a statement as a database takes it.
type question struct {
	text   string
	places int                 // its placeholders
	values []driver.NamedValue // which stand there
	blobs  bool                // strings that are no text are another type
	keep   bool                // its connection keeps it prepared
	opening
}

// read reads a statement with ? for the values.
func (e *engine) read(text string) (question, error) {
	q := question{blobs: e.blobs}
	var b strings.Builder
	for i := 0; i < len(text); {
		n := e.quoted(text[i:])
		q.see(e, text[i:i+max(n, 1)])
		switch {
		case n > 0:
			b.WriteString(text[i : i+n])
		case text[i] != '?':
			n = 1
			b.WriteByte(text[i])
		case strings.HasPrefix(text[i:], "??"):
			n = 2
			b.WriteByte('?')
		case i+1 < len(text) && isNameByte(text[i+1]):
			return q, fmt.Errorf("a place for a value is ? alone, not ?%c", text[i+1])
		default:
			n = 1
			q.places++
			if e.numbered {
				b.WriteString("$" + strconv.Itoa(q.places))
			} else {
				b.WriteByte('?')
			}
		}
		i += n
	}
	q.text = b.String()
	return q, nil
}

// quoted gives the length of the quoted text, name or comment that begins here, 0
// where none does. One without an end is all that is left.
func (e *engine) quoted(text string) int {
	switch c := text[0]; {
	case c == '\'' || c == '"':
		return quotedBy(text, c, e.backslash)
	case c == '`' && e.backtick:
		return quotedBy(text, c, false)
	case c == '[' && e.bracket:
		return through(text, "]", 1)
	case c == '#' && e.hash, strings.HasPrefix(text, "--"):
		return through(text, "\n", 1)
	case strings.HasPrefix(text, "/*"):
		if e.nested {
			return nestedComment(text)
		}
		return through(text, "*/", 2)
	case (c == 'E' || c == 'e') && e.dollar && strings.HasPrefix(text[1:], "'"):
		return 1 + quotedBy(text[1:], '\'', true)
	case c == '$' && e.dollar:
		return dollarQuoted(text)
	case isNameByte(c):
		// A name is taken whole: one that ends in e is no E before a quote.
		n := 1
		for n < len(text) && (isNameByte(text[n]) || text[n] == '$') {
			n++
		}
		return n
	}
	return 0
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c >= 0x80
}

// quotedBy gives the length of a text that a quote begins and ends; two of them are
// one inside.
func quotedBy(text string, quote byte, backslash bool) int {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && backslash:
			i++
		case text[i] != quote:
		case i+1 < len(text) && text[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return len(text)
}

// through gives the length up to and with an end, which is looked for behind the
// first bytes.
func through(text, end string, from int) int {
	if i := strings.Index(text[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(text)
}

func nestedComment(text string) int {
	depth := 1
	for i := 2; i+1 < len(text); i++ {
		switch text[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// dollarQuoted gives the length of a text such as $$...$$ or $x$...$x$, 0 for none.
func dollarQuoted(text string) int {
	n := 1
	for n < len(text) && isNameByte(text[n]) {
		n++
	}
	if n == len(text) || text[n] != '$' || n > 1 && text[1] >= '0' && text[1] <= '9' {
		return 0
	}
	return through(text, text[:n+1], n+1)
}
