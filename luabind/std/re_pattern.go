package std

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// pattern is a compiled regular expression.
type pattern struct {
	re    *regexp.Regexp
	names []string // of the groups, "" for one without; the first is the whole
	size  int      // about how many instructions it has
	// later matches one character and the pattern behind it: what begins at a place
	// in the text, and still knows what stands before that.
	later func() *regexp.Regexp
}

const (
	// largestPattern is the most bytes, and instructions, that a pattern may have.
	largestPattern = 1 << 16
	// mostWork is the most that a text's bytes times a pattern's instructions may
	// be. A match cannot be interrupted, and takes 4 ns for each, in the worst case 20.
	mostWork = 1 << 26
	// mostKept is how many instructions and bytes the patterns that are kept have in
	// all.
	mostKept = 2 * largestPattern
)

// patternCache holds the patterns that calls of this process used. The zero value
// is empty and ready; several goroutines may use it at once.
type patternCache struct {
	mu    sync.Mutex
	size  int
	known map[string]*pattern
}

var patterns patternCache

// compiled gives the pattern of a text. The error says where that is wrong.
func (c *patternCache) compiled(text string) (*pattern, error) {
	c.mu.Lock()
	p := c.known[text]
	c.mu.Unlock()
	if p != nil {
		return p, nil
	}
	p, err := compilePattern(text)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	size := p.size + len(text)
	if c.size+size > mostKept || c.known == nil {
		c.known, c.size = make(map[string]*pattern), 0
	}
	if c.known[text] == nil {
		c.known[text] = p
		c.size += size
	}
	return p, nil
}

func compilePattern(text string) (*pattern, error) {
	if len(text) > largestPattern {
		return nil, fmt.Errorf("it has over %d bytes", largestPattern)
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, mistake(text, err)
	}
	size := instructions(tree)
	if size > largestPattern {
		return nil, errors.New("it is too large: its repetitions are written out")
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, mistake(text, err)
	}
	behind := "(?s:.)(" + tree.String() + ")" // and not of text, whose end may be a \Q
	if _, err = syntax.Parse(behind, syntax.Perl); err != nil {
		return nil, mistake(behind, err)
	}
	return &pattern{
		re: re, names: re.SubexpNames(), size: size,
		later: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(behind) }),
	}, nil
}

// instructions gives about how many a pattern will have.
func instructions(tree *syntax.Regexp) int {
	n := 1 + len(tree.Rune)
	for _, part := range tree.Sub {
		n += instructions(part)
	}
	if tree.Op == syntax.OpRepeat {
		n *= max(1, tree.Min, tree.Max)
	}
	return n
}

// mistake says what is wrong in a pattern, and where: at the end of the shortest
// beginning of it that is wrong in the same way.
func mistake(text string, err error) error {
	e, ok := errors.AsType[*syntax.Error](err)
	if !ok {
		return err
	}
	problem := func(text string) *syntax.Error {
		_, err := syntax.Parse(text, syntax.Perl)
		other, _ := errors.AsType[*syntax.Error](err)
		return other
	}
	at := 0
	switch {
	case len(text) > 1000: // each beginning is parsed
	case e.Code == syntax.ErrMissingParen: // every beginning behind the ( is wrong
		for at = len(text); at > 1 && problem(text[:at-1]) != nil; at-- {
		}
	default:
		for at = 1; at < len(text); at++ {
			other := problem(text[:at])
			if other != nil && utf8.RuneStart(text[at]) && other.Code == e.Code && (other.Expr == e.Expr || other.Expr == text[:at]) {
				break
			}
		}
		if e.Expr != text && len(e.Expr) <= at {
			at -= max(0, len(e.Expr)-1)
		}
	}
	message := e.Code.String()
	if at > 0 {
		message += " at byte " + strconv.Itoa(at)
	}
	if e.Expr != text {
		message += fmt.Sprintf(": %+q", e.Expr)
	}
	return errors.New(message)
}

// fits says whether the pattern is small enough for a text.
func (p *pattern) fits(text string) error {
	if len(text)*p.size > mostWork {
		return fmt.Errorf("a pattern of this size takes a text of %d bytes at most, and it has %d", mostWork/p.size, len(text))
	}
	return nil
}

// find gives the places of the first match that begins at a byte or behind it,
// nil for none: begin and end of the whole and of each group, -1 where one took no
// part.
func (p *pattern) find(text string, at int) []int {
	if at == 0 {
		return p.re.FindStringSubmatchIndex(text)
	}
	_, before := utf8.DecodeLastRuneInString(text[:at])
	at -= before
	places := p.later().FindStringSubmatchIndex(text[at:])
	if places == nil {
		return nil
	}
	places = places[2:]
	for i := range places {
		if places[i] >= 0 {
			places[i] += at
		}
	}
	return places
}

// each gives the places of all matches that do not overlap, until do gives
// false. An empty one right behind another is none.
func (p *pattern) each(text string, do func(places []int) bool) {
	last := -1
	for at := 0; at <= len(text); {
		places := p.find(text, at)
		if places == nil {
			return
		}
		empty := places[0] == places[1]
		if !(empty && places[0] == last) && !do(places) {
			return
		}
		at, last = places[1], places[1]
		if empty {
			_, width := utf8.DecodeRuneInString(text[at:])
			at += max(1, width)
		}
	}
}

// templatePart is a piece of what is put in the place of a match: a text, or a
// group.
type templatePart struct {
	literal string // "" for a group
	group   int
}

// template reads what is put in the place of a match.
func (p *pattern) template(text string) (parts []templatePart, err error) {
	for text != "" {
		literal, rest, found := strings.Cut(text, "$")
		if literal != "" {
			parts = append(parts, templatePart{literal: literal})
		}
		if !found {
			break
		}
		name := ""
		switch {
		case strings.HasPrefix(rest, "$"):
			parts, text = append(parts, templatePart{literal: "$"}), rest[1:]
			continue
		case strings.HasPrefix(rest, "{") && strings.Contains(rest, "}"):
			name, rest, _ = strings.Cut(rest[1:], "}")
		default:
			for len(name) < len(rest) && rest[len(name)] >= '0' && rest[len(name)] <= '9' {
				name = rest[:len(name)+1]
			}
			rest = rest[len(name):]
		}
		group, err := strconv.Atoi(name)
		if err != nil {
			if group = p.re.SubexpIndex(name); group < 0 {
				group = len(p.names)
			}
		}
		switch {
		case name == "":
			return nil, errors.New("behind a $ stands a group, as in $1 or ${name}, or another $")
		case group < 0 || group >= len(p.names):
			return nil, fmt.Errorf("the pattern has no group %+q", name)
		}
		parts, text = append(parts, templatePart{group: group}), rest
	}
	return parts, nil
}
