package lint

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Level says how sure a finding is to be heard by a caller.
type Level string

// Levels of findings.
const (
	Error   Level = "error"   // it fails when it is run
	Warning Level = "warning" // it may be meant
)

// Finding is one mistake.
type Finding struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column,omitempty"` // in bytes, from 1; 0 where it is not known
	Level  Level  `json:"level"`
	ID     string `json:"id"`     // what silences it: "unknown-global"
	Text   string `json:"text"`   // what is wrong, and what to do
	Source string `json:"source"` // the line
}

// pardon begins a comment that silences the findings of its line: all of them, or
// those that it names. Behind another -- stands why.
const pardon = "-- check: ok"

// pardoned is what a line's comment silences.
type pardoned struct {
	line int
	any  bool     // there is such a comment
	odd  bool     // there is one that only resembles it
	ids  []string // none for all
}

// pardonOf reads a line's comment.
func pardonOf(line int, source string) pardoned {
	_, ids, ok := strings.Cut(source, pardon)
	ids, _, _ = strings.Cut(ids, "--")
	return pardoned{line, ok, !ok && resembles(source), strings.FieldsFunc(ids, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' || r == '\r' })}
}

// resembles reports whether a line has what people write instead of a pardon.
func resembles(source string) bool {
	_, comments, _ := strings.Cut(source, "--")
	for comment := range strings.SplitSeq(comments, "--") {
		words := strings.FieldsFunc(strings.ToLower(comment), func(r rune) bool { return !unicode.IsLetter(r) && r != '-' })
		if len(words) > 0 && words[0] == "goagi" {
			words = words[1:]
		}
		if len(words) > 1 && slices.Contains([]string{"check", "chek", "chck", "checks"}, words[0]) && slices.Contains([]string{"ok", "okay", "off", "ignore", "disable"}, words[1]) &&
			(len(words) == 2 || strings.Contains(words[2], "-")) {
			return true
		}
	}
	return false
}

// instead says what is wrong with a comment that was to silence a finding and does
// not, "" where there is none.
func (p pardoned) instead() string {
	switch {
	case p.odd:
		return "; what silences it is " + pardon
	case p.any:
		return "; the comment silences " + strings.Join(p.ids, " and ") + ", and not this"
	}
	return ""
}

func (p pardoned) silences(id string) bool {
	return p.any && (len(p.ids) == 0 || slices.Contains(p.ids, id))
}

// sorted puts findings in the order of their lines, each once.
func sorted(findings []Finding) []Finding {
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Or(a.Line-b.Line, strings.Compare(a.ID, b.ID)) })
	return slices.CompactFunc(findings, func(a, b Finding) bool { return a.Line == b.Line && a.ID == b.ID && a.Text == b.Text })
}
