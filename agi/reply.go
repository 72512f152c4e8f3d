package agi

import (
	"strconv"
	"strings"
)

// Reply is what Asterisk answered to one command.
type Reply struct {
	Code     int    // 200, 510, 511, 520, 503
	Result   string // what stands behind "result=", up to a blank: "0", "-1", "0042", "*9", ""
	Value    string // what stands in the parentheses, which are off
	HasValue bool   // whether there were any: an empty value is one too
	Endpos   int    // behind "endpos=": samples played or recorded; 0 where none is said
	Text     string // all behind the code, as it came; a 520's usage text
}

// Int gives Result as a number, and whether it is one.
func (r Reply) Int() (int, bool) {
	n, err := strconv.Atoi(r.Result)
	return n, err == nil
}

// Field gives the value of a further "name=value" behind the result, as in
// "digit" or "results", up to the next blank.
func (r Reply) Field(name string) (value string, ok bool) {
	_, rest, found := strings.Cut(r.Text, " "+name+"=")
	if !found {
		return "", false
	}
	value, _, _ = strings.Cut(rest, " ")
	return value, true
}

// parseReply reads a whole reply whose framing is done: one line, or several
// where a value or a usage text spans them. It accepts tails it does not
// know. ok is false where the text is no reply at all.
func parseReply(text string, freeText bool) (r Reply, ok bool) {
	if len(text) < 3 {
		return Reply{}, false
	}
	code, rest := leadingInt(text[:3])
	if rest != "" || code < 100 || len(text) > 3 && text[3] != ' ' && text[3] != '-' {
		return Reply{}, false
	}
	r.Code = code
	if len(text) > 4 {
		r.Text = text[4:]
	}
	after, found := strings.CutPrefix(r.Text, "result=")
	if !found {
		return r, code != 200
	}
	tail := ""
	if i := strings.IndexByte(after, ' '); i >= 0 {
		after, tail = after[:i], after[i+1:]
	}
	r.Result = after
	if strings.HasPrefix(tail, "(") {
		end := strings.IndexByte(tail, ')')
		if freeText {
			end = strings.LastIndexByte(tail, ')')
		}
		if end > 0 {
			r.Value, r.HasValue = tail[1:end], true
			tail = tail[end+1:]
		}
	}
	if i := strings.Index(tail, "endpos="); i >= 0 {
		digits := tail[i+len("endpos="):]
		if j := strings.IndexByte(digits, ' '); j >= 0 {
			digits = digits[:j]
		}
		if n, err := strconv.Atoi(digits); err == nil {
			r.Endpos = n
		}
	}
	return r, true
}

// startsReply reports whether a line can begin a reply: three digits, then a
// blank, a dash or nothing. Any other line belongs to no command.
func startsReply(line string) bool {
	if len(line) < 3 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return false
	}
	for i := range 3 {
		if line[i] < '0' || line[i] > '9' {
			return false
		}
	}
	return true
}
