package luabind

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// Func is one Lua function with its documentation, from which the reference,
// the editor's types and the help are made.
type Func struct {
	Name    string
	Params  string // "file: string, escape_digits?: string"; ? marks what may be left out
	Returns string // "key: string?, endpos: integer"; ? marks what may be nil; "" for nothing
	Doc     string // what it does, a paragraph
	call    func(*VM, args) int
}

// most gives the most arguments that the function takes, -1 for any number.
func (fn *Func) most() int {
	switch {
	case fn.Params == "":
		return 0
	case strings.Contains(fn.Params, "...:"):
		return -1
	}
	return strings.Count(fn.Params, ", ") + 1
}

// takes says what the function takes, for a message.
func (fn *Func) takes() string {
	if fn.Params == "" {
		return "none"
	}
	return "(" + fn.Params + ")"
}

// args reads the arguments of one call of a function. Each method raises a
// usage error, with the parameter's name, where the script gave something
// else.
type args struct {
	vm   *VM
	L    *lua.LState
	name string // as in "agi.stream_file"
	fn   *Func
}

// param gives the name of the nth parameter.
func (a args) param(n int) string {
	for param := range strings.SplitSeq(a.fn.Params, ", ") {
		if n--; n == 0 {
			name, _, _ := strings.Cut(param, ":")
			return strings.TrimSuffix(name, "?")
		}
	}
	return "?"
}

func (a args) fail(n int, wanted string) {
	got := a.L.Get(n)
	what := got.Type().String()
	if got.Type() == lua.LTNumber || got.Type() == lua.LTString {
		what = strconv.Quote(cut(got.String(), 40))
	}
	a.misuse("argument %d (%s) must be %s, not %s", n, a.param(n), wanted, what)
}

// misuse raises an error of the kind "usage".
func (a args) misuse(format string, values ...any) {
	a.vm.raise(a.L, usageError(a.name, fmt.Sprintf(format, values...)))
}

func cut(text string, max int) string {
	if len(text) > max {
		return text[:max] + "..."
	}
	return text
}

// has reports whether the nth argument was given, and is not nil.
func (a args) has(n int) bool { return a.L.Get(n) != lua.LNil }

// text reads a string; a number counts as its text.
func (a args) text(n int) string {
	switch value := a.L.Get(n).(type) {
	case lua.LString:
		return string(value)
	case lua.LNumber:
		return value.String()
	}
	a.fail(n, "a string")
	return ""
}

// optText is text for a parameter that may be left out: "" then.
func (a args) optText(n int) string {
	if !a.has(n) {
		return ""
	}
	return a.text(n)
}

// number reads a number, or a text that is one.
func (a args) number(n int) float64 {
	switch value := a.L.Get(n).(type) {
	case lua.LNumber:
		if f := float64(value); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
	case lua.LString:
		if f, err := strconv.ParseFloat(strings.TrimSpace(string(value)), 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
	}
	a.fail(n, "a number")
	return 0
}

// integer reads a whole number of at most 32 bits.
func (a args) integer(n int) int {
	f := a.number(n)
	if f != math.Trunc(f) || math.Abs(f) > math.MaxInt32 {
		a.fail(n, "a whole number of at most 32 bits")
	}
	return int(f)
}

// optInteger is integer for a parameter that may be left out.
func (a args) optInteger(n, otherwise int) int {
	if !a.has(n) {
		return otherwise
	}
	return a.integer(n)
}

// ms reads milliseconds, as AGI's commands take them; 0 where left out.
func (a args) ms(n int) time.Duration {
	return time.Duration(a.optInteger(n, 0)) * time.Millisecond
}

// seconds reads a number of seconds, at least 0.
func (a args) seconds(n int) time.Duration {
	f := a.number(n)
	if f < 0 || f > math.MaxInt32 {
		a.fail(n, "a number of seconds, 0 or more")
	}
	return time.Duration(f * float64(time.Second))
}

// time reads a moment as seconds since 1970; the present one where left out.
func (a args) time(n int) time.Time {
	if !a.has(n) {
		return time.Now()
	}
	f := a.number(n)
	if math.Abs(f) > 1e12 {
		a.fail(n, "a time in seconds since 1970")
	}
	return time.Unix(int64(f), 0)
}

// truth reads a boolean.
func (a args) truth(n int) bool {
	value, ok := a.L.Get(n).(lua.LBool)
	if !ok && a.has(n) {
		a.fail(n, "true or false")
	}
	return bool(value)
}

// Results. Each pushes one value; ret ends a binding by the number of them.

func (a args) pushText(text string) { a.L.Push(lua.LString(text)) }
func (a args) pushNumber(n int)     { a.L.Push(lua.LNumber(n)) }
func (a args) pushTruth(truth bool) { a.L.Push(lua.LBool(truth)) }
func (a args) pushNil()             { a.L.Push(lua.LNil) }

// pushTextOr pushes a text if there is one, else nil.
func (a args) pushTextOr(text string, ok bool) {
	if ok {
		a.pushText(text)
	} else {
		a.pushNil()
	}
}

// check raises err if there is one.
func (a args) check(err error) {
	if err != nil {
		a.vm.raise(a.L, err)
	}
}
