package luabind

import (
	"context"
	"errors"
	"strings"
)

// The mistakes in a pattern, in Lua's own words.
var (
	errPatternDepth   = errors.New("pattern too complex")
	errPatternEnd     = errors.New("malformed pattern (ends with '%')")
	errPatternSet     = errors.New("malformed pattern (missing ']')")
	errPatternBalance = errors.New("unbalanced pattern")
	errPatternF       = errors.New("missing '[' after '%f' in pattern")
	errCaptureIndex   = errors.New("invalid capture index")
	errCaptures       = errors.New("too many captures")
	errCaptureOpen    = errors.New("unfinished capture")
	errPatternClose   = errors.New("invalid pattern capture")
)

const (
	maxCaptures = 32
	// stepsBetween is how many steps of a match lie between two looks at the
	// call: a pattern such as (".-"):rep(20) takes more of them than there is
	// time.
	stepsBetween = 1 << 12

	// maxDepth is how deep a match goes, a level for each item that may be repeated
	// and each capture: a Go stack that overflows ends the process, and so all calls.
	maxDepth = 10_000

	unfinished = -1 // a capture's length, while it is open
	position   = -2 // ... of an empty one, which captures where it is
)

// matcher matches one of Lua's patterns against a text, as the reference manual
// says (5.4.1). Other than the VM's own it ends with the call.
type matcher struct {
	ctx      context.Context // nil for none
	src, pat string
	literal  bool // a ^ at the beginning is itself, as in gmatch
	level    int
	captures [maxCaptures]struct{ start, length int }
	steps    int
	depth    int // of match in match
}

// failure is how a matcher gives up, by a panic of its own that find and the
// others catch: matching calls itself from many places.
type failure struct{ error }

func (m *matcher) fail(err error) int { panic(failure{err}) }

// find looks for the first match from init on, and gives its place; -1, -1 where
// there is none.
func (m *matcher) find(init int) (start, end int, err error) {
	defer func() {
		if value := recover(); value != nil {
			f, ok := value.(failure)
			if !ok {
				panic(value)
			}
			start, end, err = -1, -1, f.error
		}
	}()
	p, anchored := 0, !m.literal && strings.HasPrefix(m.pat, "^")
	if anchored {
		p = 1
	}
	for s := init; s <= len(m.src); s++ {
		m.level, m.depth = 0, 0
		if e := m.match(s, p); e >= 0 {
			return s, e, nil
		}
		if anchored {
			break
		}
	}
	return -1, -1, nil
}

// step counts.
func (m *matcher) step() {
	if m.steps++; m.steps%stepsBetween == 0 && m.ctx != nil && m.ctx.Err() != nil {
		m.fail(context.Cause(m.ctx))
	}
}

// match matches the pattern from p on at s, and gives where it ends, -1 for
// nowhere.
func (m *matcher) match(s, p int) int {
	if m.depth++; m.depth > maxDepth {
		return m.fail(errPatternDepth)
	}
	e := m.items(s, p)
	m.depth--
	return e
}

// items is match, one level deeper.
func (m *matcher) items(s, p int) int {
	for p < len(m.pat) {
		m.step()
		switch m.pat[p] {
		case '(':
			if strings.HasPrefix(m.pat[p+1:], ")") {
				return m.open(s, p+2, position)
			}
			return m.open(s, p+1, unfinished)
		case ')':
			return m.close(s, p+1)
		case '$':
			if p+1 == len(m.pat) {
				if s == len(m.src) {
					return s
				}
				return -1
			}
		case '%':
			if p+1 == len(m.pat) {
				return m.fail(errPatternEnd)
			}
			switch c := m.pat[p+1]; {
			case c == 'b':
				if s = m.balance(s, p+2); s < 0 {
					return -1
				}
				p += 4
				continue
			case c == 'f':
				p += 2
				if p >= len(m.pat) || m.pat[p] != '[' {
					return m.fail(errPatternF)
				}
				end := m.classEnd(p)
				if m.inSet(m.byteBefore(s), p, end-1) || !m.inSet(m.byteAt(s), p, end-1) {
					return -1
				}
				p = end
				continue
			case '0' <= c && c <= '9':
				if s = m.again(s, int(c-'1')); s < 0 {
					return -1
				}
				p += 2
				continue
			}
		}
		end := m.classEnd(p)
		repeat := byte(0)
		if end < len(m.pat) {
			repeat = m.pat[end]
		}
		switch repeat {
		case '?':
			if m.single(s, p, end) {
				if e := m.match(s+1, end+1); e >= 0 {
					return e
				}
			}
			p = end + 1
		case '*':
			return m.longest(s, p, end, 0)
		case '+':
			return m.longest(s, p, end, 1)
		case '-':
			return m.shortest(s, p, end)
		default:
			if !m.single(s, p, end) {
				return -1
			}
			s, p = s+1, end
		}
	}
	return s
}

// longest matches as many of an item as there are, then less and less.
func (m *matcher) longest(s, p, end, least int) int {
	n := 0
	for m.single(s+n, p, end) {
		n++
		m.step()
	}
	for ; n >= least; n-- {
		if e := m.match(s+n, end+1); e >= 0 {
			return e
		}
	}
	return -1
}

// shortest matches as few of an item as will do.
func (m *matcher) shortest(s, p, end int) int {
	for {
		if e := m.match(s, end+1); e >= 0 {
			return e
		}
		if !m.single(s, p, end) {
			return -1
		}
		s++
	}
}

func (m *matcher) open(s, p, length int) int {
	if m.level >= maxCaptures {
		return m.fail(errCaptures)
	}
	m.captures[m.level].start, m.captures[m.level].length = s, length
	m.level++
	e := m.match(s, p)
	if e < 0 {
		m.level--
	}
	return e
}

func (m *matcher) close(s, p int) int {
	for i := m.level - 1; i >= 0; i-- {
		c := &m.captures[i]
		if c.length != unfinished {
			continue
		}
		c.length = s - c.start
		e := m.match(s, p)
		if e < 0 {
			c.length = unfinished
		}
		return e
	}
	return m.fail(errPatternClose)
}

// balance matches %bxy.
func (m *matcher) balance(s, p int) int {
	if p+1 >= len(m.pat) {
		return m.fail(errPatternBalance)
	}
	if s >= len(m.src) || m.src[s] != m.pat[p] {
		return -1
	}
	open, shut, depth := m.pat[p], m.pat[p+1], 1
	for i := s + 1; i < len(m.src); i++ {
		m.step()
		switch m.src[i] {
		case shut:
			if depth--; depth == 0 {
				return i + 1
			}
		case open:
			depth++
		}
	}
	return -1
}

// again matches what a capture has matched.
func (m *matcher) again(s, n int) int {
	if n < 0 || n >= m.level || m.captures[n].length == unfinished {
		return m.fail(errCaptureIndex)
	}
	c := m.captures[n]
	if text := m.src[c.start : c.start+max(0, c.length)]; strings.HasPrefix(m.src[s:], text) {
		return s + len(text)
	}
	return -1
}

// classEnd gives where the item that begins at p ends.
func (m *matcher) classEnd(p int) int {
	c := m.pat[p]
	p++
	switch c {
	case '%':
		if p == len(m.pat) {
			return m.fail(errPatternEnd)
		}
		return p + 1
	case '[':
		if p < len(m.pat) && m.pat[p] == '^' {
			p++
		}
		for first := true; ; first = false {
			if p >= len(m.pat) {
				return m.fail(errPatternSet)
			}
			c := m.pat[p]
			p++
			if c == ']' && !first {
				return p
			}
			if c == '%' {
				p++
			}
		}
	}
	return p
}

// single reports whether the byte at s is one of the item from p to end.
func (m *matcher) single(s, p, end int) bool {
	if s >= len(m.src) {
		return false
	}
	c := m.src[s]
	switch m.pat[p] {
	case '.':
		return true
	case '%':
		return inClass(c, m.pat[p+1])
	case '[':
		return m.inSet(c, p, end-1)
	}
	return m.pat[p] == c
}

// inSet reports whether a byte is in the set from its [ at p to its ] at end.
func (m *matcher) inSet(c byte, p, end int) bool {
	in := true
	p++
	if m.pat[p] == '^' {
		in = false
		p++
	}
	for ; p < end; p++ {
		switch {
		case m.pat[p] == '%':
			p++
			if p < end && inClass(c, m.pat[p]) {
				return in
			}
		case p+2 < end && m.pat[p+1] == '-':
			if m.pat[p] <= c && c <= m.pat[p+2] {
				return in
			}
			p += 2
		case m.pat[p] == c:
			return in
		}
	}
	return !in
}

func (m *matcher) byteAt(s int) byte {
	if s < len(m.src) {
		return m.src[s]
	}
	return 0
}

func (m *matcher) byteBefore(s int) byte {
	if s > 0 {
		return m.src[s-1]
	}
	return 0
}

// inClass reports whether a byte is in a class such as %d; what is no class is
// itself.
func inClass(c, class byte) bool {
	lower := class | 0x20
	in := false
	switch lower {
	case 'a':
		in = isLetter(c)
	case 'c':
		in = c < ' ' || c == 0x7f
	case 'd':
		in = isDigit(c)
	case 'l':
		in = 'a' <= c && c <= 'z'
	case 'p':
		in = '!' <= c && c <= '~' && !isLetter(c) && !isDigit(c)
	case 's':
		in = c == ' ' || '\t' <= c && c <= '\r'
	case 'u':
		in = 'A' <= c && c <= 'Z'
	case 'w':
		in = isLetter(c) || isDigit(c)
	case 'x':
		in = isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
	case 'z':
		in = c == 0
	default:
		return class == c
	}
	if !isLetter(class) {
		return class == c
	}
	if class != lower {
		return !in
	}
	return in
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
