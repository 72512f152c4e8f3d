package lint

import (
	"cmp"
	"slices"
	"strings"
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
	ids  []string // none for all
}

// pardonOf reads a line's comment.
func pardonOf(line int, source string) pardoned {
	_, ids, ok := strings.Cut(source, pardon)
	ids, _, _ = strings.Cut(ids, "--")
	return pardoned{line, ok, strings.FieldsFunc(ids, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' || r == '\r' })}
}

func (p pardoned) silences(id string) bool {
	return p.any && (len(p.ids) == 0 || slices.Contains(p.ids, id))
}

// sorted puts findings in the order of their lines, each once.
func sorted(findings []Finding) []Finding {
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Or(a.Line-b.Line, strings.Compare(a.ID, b.ID)) })
	return slices.CompactFunc(findings, func(a, b Finding) bool { return a.Line == b.Line && a.ID == b.ID && a.Text == b.Text })
}
