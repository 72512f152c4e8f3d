package runner_test

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// vt is the terminal that a test looks at: what a real one makes of the few
// sequences that goagi try sends. One that it does not know is a fault.
type vt struct {
	width, height int
	cells         [][]rune
	x, y          int
	rest          string // of a sequence or character that came in part
	raw           strings.Builder
	whole         bool // the program has the whole screen
	hidden        bool // no cursor
	faults        []string
}

func newVT(width, height int) *vt {
	v := &vt{}
	v.resize(width, height)
	return v
}

// resize keeps nothing: the program is to draw all anew.
func (v *vt) resize(width, height int) {
	v.width, v.height, v.x, v.y = width, height, 0, 0
	v.cells = make([][]rune, height)
	for i := range v.cells {
		v.cells[i] = []rune(strings.Repeat(" ", width))
	}
}

// text gives the screen's lines without the blanks at their ends.
func (v *vt) text() string {
	lines := make([]string, v.height)
	for i, cells := range v.cells {
		lines[i] = strings.TrimRight(string(cells), " ")
	}
	return strings.Join(lines, "\n")
}

// Write takes what the program sends.
func (v *vt) Write(p []byte) (int, error) {
	v.raw.Write(p)
	text := v.rest + string(p)
	for text != "" {
		n := v.one(text)
		if n == 0 {
			break
		}
		text = text[n:]
	}
	v.rest = text
	return len(p), nil
}

// one does what stands first, and gives its length: 0 where more must come.
func (v *vt) one(text string) int {
	switch {
	case text[0] == '\x1b':
		end := strings.IndexFunc(text, func(r rune) bool { return r >= '@' && r <= '~' && r != '[' })
		if end < 0 {
			return 0
		}
		v.control(text[1:end], text[end])
		return end + 1
	case text[0] == '\r':
		v.x = 0
		return 1
	case text[0] == '\n':
		v.y = min(v.y+1, v.height-1)
		return 1
	case !utf8.FullRuneInString(text):
		return 0
	}
	r, n := utf8.DecodeRuneInString(text)
	switch {
	case v.whole && v.x < v.width: // what is beyond was drawn for the size before
		v.cells[v.y][v.x] = r
		v.x++
	}
	return n
}

func (v *vt) control(args string, final byte) {
	switch {
	case args+string(final) == "[?1049h":
		v.whole = true
	case args+string(final) == "[?1049l":
		v.whole = false
	case args+string(final) == "[?25l":
		v.hidden = true
	case args+string(final) == "[?25h":
		v.hidden = false
	case args+string(final) == "[2J":
		v.resize(v.width, v.height)
	case args+string(final) == "[2K":
		v.cells[v.y] = []rune(strings.Repeat(" ", v.width))
	case final == 'm':
	case final == 'H':
		row, column, _ := strings.Cut(args[1:], ";")
		y, err := strconv.Atoi(row)
		x, err2 := strconv.Atoi(column)
		// A line too many is one drawn for the size before.
		if v.x, v.y = x-1, min(y, v.height)-1; err != nil || err2 != nil || x != 1 {
			v.faults = append(v.faults, "moved to "+args)
		}
	default:
		v.faults = append(v.faults, "sent "+args+string(final))
	}
}
