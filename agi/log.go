package agi

import (
	"strings"
	"unicode/utf8"
)

// maxLogged is as much of one line as Log passes on, in bytes: with its
// quoting it fits the shortest line that an Asterisk takes.
const maxLogged = 900

// Log writes a line to Asterisk's own log at a level of its Log application:
// ERROR, WARNING, NOTICE, DEBUG or VERBOSE. That reaches the log files, where
// VERBOSE reaches consoles only and stderr reaches nothing at all in
// production; without that application it falls back on VERBOSE. The text may
// be anyone's: it is made one line, and nothing in it is evaluated. It works
// on a dead channel too.
func (s *Session) Log(level, text string) error {
	text = Printable(text, maxLogged)
	// Where AGIEXECFULL is yes, EXEC evaluates its arguments.
	harmless := text
	if strings.Contains(text, "$") {
		harmless = strings.NewReplacer("${", "$ {", "$[", "$ [").Replace(text)
	}
	n, _, err := s.number("EXEC", "Log", level+","+harmless)
	if err == nil && n == -2 {
		err = s.Verbose(level+": "+text, 1)
	}
	return err
}

// Printable makes foreign text safe for a console and a log: line breaks and
// other control characters become blanks, those of Unicode too that begin a
// terminal's command or turn the direction of what follows, and what is over max
// bytes is cut with "...", not within a character. Bytes that are no UTF-8 stay.
func Printable(text string, max int) string {
	if len(text) > max {
		end := max - 3
		for back := 0; back < utf8.UTFMax && end > 0 && !utf8.RuneStart(text[end]); back++ {
			end--
		}
		text = text[:end] + "..."
	}
	var clean []byte
	for i, n := 0, 0; i < len(text); i += n {
		var r rune
		r, n = utf8.DecodeRuneInString(text[i:])
		switch {
		case r < ' ' && r != '\t', r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			if clean == nil {
				clean = append(make([]byte, 0, len(text)), text[:i]...)
			}
			clean = append(clean, ' ')
		case clean != nil:
			clean = append(clean, text[i:i+n]...)
		}
	}
	if clean == nil {
		return text
	}
	return string(clean)
}
