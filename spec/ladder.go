package spec

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"goagi/sim"
)

// rungs is how many of the last steps of a call a ladder shows.
const rungs = 14

// ladder shows the end of each call of the test: the caller on the left, the
// script on the right, and what Asterisk answered it.
func (t *tree) ladder() string {
	var b strings.Builder
	for _, p := range t.placed {
		p.settle() // what is on its way comes, too
		p.mu.Lock()
		steps := p.steps
		p.mu.Unlock()
		fmt.Fprintf(&b, "%8s  %-34s| %s\n", "", "caller", cut(p.script, 100))
		if len(steps) > rungs {
			fmt.Fprintf(&b, "%8s  (%d steps before)\n", "", len(steps)-rungs)
			steps = steps[len(steps)-rungs:]
		}
		for _, s := range steps {
			left, right := "", ""
			if s.command != "" {
				right = s.command
				if s.reply != "" {
					right += " -> " + s.reply
				}
			} else if left = caller(s.Event); left == "" {
				continue
			}
			fmt.Fprintf(&b, "%8.1f  %s\n", s.At.Seconds(), strings.TrimRight(fmt.Sprintf("%-34s| %s", cut(left, 34), cut(right, 100)), " "))
		}
		select {
		case <-p.over:
			fmt.Fprintf(&b, "%8s  ended %s\n", "", cut(p.ending(), 400))
		default:
		}
	}
	return b.String()
}

// caller says what an event is to the caller, "" for what it is not to be told.
func caller(e sim.Event) string {
	switch e.Kind {
	case sim.Answer:
		return "is answered"
	case sim.Hangup:
		return "has hung up"
	case sim.Key:
		if e.Lost {
			return "presses " + e.Text + " (nobody listens)"
		}
		return "presses " + e.Text
	case sim.Recording:
		return "is recorded: " + e.Text
	case sim.Text, sim.Image:
		return "gets " + string(e.Kind) + " " + e.Text
	case sim.Recorded, sim.Verbose, sim.Log, sim.Application:
		return ""
	}
	return "hears " + describe(e)
}

// cut gives a text as one line of a ladder: so many characters at most.
func cut(text string, most int) string {
	text = string(Visible([]byte(strings.NewReplacer("\t", " ", "\r", " ", "\n", " ").Replace(text))))
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-3]) + "..."
}

// Visible gives a text with the bytes escaped of what is not printable, as in
// \x1b: what a caller sent, or a script says, is to do nothing to the terminal that
// it is shown on. It is for one line: ends of lines and tabs are escaped, too. It
// may be called from any goroutine.
func Visible(text []byte) []byte {
	var b []byte
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if unicode.IsPrint(r) && (r != utf8.RuneError || n > 1) {
			b = append(b, text[:n]...)
		} else {
			for _, c := range text[:n] {
				b = fmt.Appendf(b, `\x%02x`, c)
			}
		}
		text = text[n:]
	}
	return b
}
