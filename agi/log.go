package agi

import "strings"

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
// other control bytes become blanks, and what is over max bytes is cut with
// "...".
func Printable(text string, max int) string {
	if len(text) > max {
		text = text[:max-3] + "..."
	}
	clean := []byte(text)
	for i, b := range clean {
		if b < ' ' && b != '\t' || b == 0x7f {
			clean[i] = ' '
		}
	}
	return string(clean)
}
