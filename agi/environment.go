package agi

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

// Env is the environment block that Asterisk sends first: what the call is.
// The zero value is an empty block. It does not change once read, so any
// number of goroutines may use it.
type Env struct {
	fields []field
	args   []string
	forged bool // a line or a name that Asterisk would not have written was there
}

type field struct{ name, value string }

// Get gives the value of a name without its agi_ prefix, as in
// Get("callerid"), or "" where Asterisk sent none.
func (e *Env) Get(name string) string {
	value, _ := e.Lookup(name)
	return value
}

// Lookup is Get that tells an empty value from none at all.
func (e *Env) Lookup(name string) (value string, ok bool) {
	for i := range e.fields {
		if e.fields[i].name == name {
			return e.fields[i].value, true
		}
	}
	return "", false
}

// All goes through names (without agi_) and values in the order of the
// block, the arguments left out.
func (e *Env) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, f := range e.fields {
			if !yield(f.name, f.value) {
				return
			}
		}
	}
}

// Args gives agi_arg_1, agi_arg_2 and so on, up to the first one missing. In
// process AGI the first is the script's name.
func (e *Env) Args() []string { return e.args }

// Enhanced reports whether Asterisk opened an audio pipe on fd 3 (EAGI).
func (e *Env) Enhanced() bool { return e.Get("enhanced") == "1.0" }

// cut reports whether the block seems to end inside a value that a caller's
// phone sent: it lacks a line that every Asterisk sends, and its last line is
// such a value.
func (e *Env) cut() bool {
	if _, ok := e.Lookup("enhanced"); ok || len(e.fields) == 0 {
		return false
	}
	switch e.fields[len(e.fields)-1].name {
	case "callerid", "calleridname", "dnid", "rdnis", "extension":
		return true
	}
	return false
}

// parseEnv makes the environment of the block's lines. Values are foreign: a
// caller's name, and an argument that the dialplan made of it, may hold newlines
// and so forge lines. Asterisk writes in a fixed order (res_agi.c: setup_env):
// what comes before the name is its own where it is first, what comes after the
// name where it is last, and the arguments stand behind all of it. argv, where
// known, tells which lines those are; elsewhere they follow the last
// agi_threadid, the line before them.
func parseEnv(lines []string, argv []string) *Env {
	e := &Env{fields: make([]field, 0, 24)}
	var arguments []string
	if n := argumentLines(lines, argv); n > 0 {
		e.args, lines = argv, lines[:len(lines)-n]
	} else if n := argumentLines(lines, skipFirst(argv)); n > 0 {
		e.args, lines = argv[1:], lines[:len(lines)-n] // run by a script's #! line
	} else {
		lines, arguments = lines[:end(lines)], lines[end(lines):]
	}
	for _, line := range lines {
		e.add(line)
	}
	for _, line := range arguments {
		number, value, ok := strings.Cut(strings.TrimPrefix(line, "agi_arg_"), ":")
		if !ok || !strings.HasPrefix(line, "agi_arg_") {
			e.forged = true
			continue
		}
		e.addArg(number, strings.TrimPrefix(value, " "))
	}
	return e
}

// complete reports whether a block ends as Asterisk ends it, so far as that is
// known: with the program's arguments.
func (s *Stream) complete(lines []string) bool {
	switch {
	case !s.process:
		return true
	case len(s.argv) == 0:
		return len(lines) > 0 && strings.HasPrefix(lines[len(lines)-1], "agi_threadid:")
	}
	return argumentLines(lines, s.argv) > 0 || argumentLines(lines, s.argv[1:]) > 0
}

func skipFirst(argv []string) []string {
	if len(argv) == 0 {
		return nil
	}
	return argv[1:]
}

// argumentLines gives how many lines at the end are those of argv, 0 where they
// are not.
func argumentLines(lines, argv []string) int {
	var wanted []string
	for i, arg := range argv {
		wanted = append(wanted, strings.Split("agi_arg_"+strconv.Itoa(i+1)+": "+arg, "\n")...)
	}
	if len(wanted) > len(lines) || !slices.Equal(lines[len(lines)-len(wanted):], wanted) {
		return 0
	}
	return len(wanted)
}

// end gives where the arguments begin: behind the last agi_threadid, or, in a
// block that has none, at the first argument.
func end(lines []string) int {
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.HasPrefix(lines[i], "agi_threadid:") {
			return i + 1
		}
	}
	for i, line := range lines {
		if strings.HasPrefix(line, "agi_arg_") {
			return i
		}
	}
	return len(lines)
}

// add takes one line of the block.
func (e *Env) add(line string) {
	name, value, ok := strings.Cut(line, ":")
	name, isAGI := strings.CutPrefix(name, "agi_")
	if !ok || !isAGI || name == "" || strings.HasPrefix(name, "arg_") {
		e.forged = true
		return
	}
	value = strings.TrimPrefix(value, " ")
	for i := range e.fields {
		if e.fields[i].name == name {
			e.forged = true
			if !beforeName(name) {
				e.fields[i].value = value
			}
			return
		}
	}
	e.fields = append(e.fields, field{name, value})
}

// beforeName reports whether Asterisk writes a line before, or as, the one that
// holds the caller's name.
func beforeName(name string) bool {
	switch name {
	case "network", "network_script", "request", "channel", "language", "type", "uniqueid", "version", "callerid", "calleridname":
		return true
	}
	return false
}

func (e *Env) addArg(number, value string) {
	n, rest := leadingInt(number)
	switch {
	case rest != "" || n < 1 || n > len(e.args)+1:
		e.forged = true
	case n <= len(e.args):
		e.forged = true
		e.args[n-1] = value
	default:
		e.args = append(e.args, value)
	}
}
