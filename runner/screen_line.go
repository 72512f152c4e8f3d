package runner

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Styles of text on a terminal. With NO_COLOR those that are colours are left out.
const (
	plainly  = ""
	boldly   = "1"
	faintly  = "2"
	turned   = "7" // light and dark exchanged
	inRed    = "31"
	inGreen  = "32"
	inYellow = "33"
	inCyan   = "36"
)

// canvas is what lines are written on.
type canvas struct{ colours bool }

// line is one line of a screen, no wider than it may be.
type line struct {
	canvas
	b          strings.Builder
	width, max int
}

func (c canvas) line(width int) *line { return &line{canvas: c, max: width} }

// put adds text in a style; what does not fit is cut off, and said so by a mark.
func (l *line) put(style, text string) *line {
	text = clip(text, l.max-l.width)
	if text == "" {
		return l
	}
	l.width += widthOf(text)
	if style == plainly || len(style) > 1 && !l.colours {
		l.b.WriteString(text)
		return l
	}
	l.b.WriteString("\x1b[" + style + "m" + text + "\x1b[0m")
	return l
}

// fill adds blanks up to a column.
func (l *line) fill(style string, to int) *line {
	if to > l.width {
		l.put(style, strings.Repeat(" ", to-l.width))
	}
	return l
}

// add adds another line, for which there must be room.
func (l *line) add(other *line) *line {
	l.b.WriteString(other.String())
	l.width += other.width
	return l
}

func (l *line) String() string { return l.b.String() }

// clip cuts text to a width.
func clip(text string, width int) string {
	if widthOf(text) <= width {
		return text
	}
	if width <= 0 {
		return ""
	}
	at, n := 0, 0
	for i, r := range text {
		if n+runeWidth(r) > width-1 {
			at = i
			break
		}
		n += runeWidth(r)
	}
	return text[:at] + "…"
}

// wrap parts text into lines of a width, at blanks where there are any.
func wrap(text string, width int) []string {
	width = max(width, 1)
	var all []string
	for widthOf(text) > width {
		cut, blank, n := 0, 0, 0
		for i, r := range text {
			if n += runeWidth(r); n > width {
				cut = i
				break
			}
			if r == ' ' && i > 0 {
				blank = i
			}
		}
		switch {
		case text[cut] == ' ':
			blank = cut
		case blank == 0:
			if cut == 0 { // a character that is wider than the line
				_, cut = utf8.DecodeRuneInString(text)
			}
			all, text = append(all, text[:cut]), text[cut:]
			continue
		}
		all, text = append(all, text[:blank]), strings.TrimLeft(text[blank:], " ")
	}
	return append(all, text)
}

func widthOf(text string) int {
	n := 0
	for _, r := range text {
		n += runeWidth(r)
	}
	return n
}

// runeWidth is how many columns a terminal gives a character: two for those of
// East Asia and pictures, none for marks upon another.
func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf && r != 0x303f, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff,
		r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}
