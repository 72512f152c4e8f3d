package agi

import (
	"iter"
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

// whole reports whether the block got as far as agi_threadid, the last line
// before the arguments (res_agi.c: setup_env).
func (e *Env) whole() bool {
	_, ok := e.Lookup("threadid")
	return ok
}

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

// add takes one line of the block. Values are foreign: a caller's name may
// hold newlines and so forge lines. The first occurrence of a name wins, but
// arguments come last, so there the last one wins, and those before the last
// agi_threadid, which Asterisk writes just before the arguments, are none.
func (e *Env) add(line string) {
	name, value, ok := strings.Cut(line, ": ")
	if !ok {
		name, ok = strings.CutSuffix(line, ":")
	}
	name, isAGI := strings.CutPrefix(name, "agi_")
	if !ok || !isAGI || name == "" {
		e.forged = true
		return
	}
	if number, isArg := strings.CutPrefix(name, "arg_"); isArg {
		e.addArg(number, value)
		return
	}
	if name == "threadid" {
		e.args = nil
	}
	if _, twice := e.Lookup(name); twice {
		e.forged = true
		return
	}
	e.fields = append(e.fields, field{name, value})
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
