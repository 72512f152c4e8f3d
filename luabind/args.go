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
	Params  string   // "file: string, escape_digits?: string"; ? marks what may be left out; see Variable
	Options []Option // the keys of the last parameter whose type has table in it
	Returns string   // "key: string?, endpos: integer"; ? marks what may be nil; "" for nothing
	Doc     string   // what it does, a paragraph
	Secret  bool     // arguments may be secrets: no message shows one
	// Call runs it, and gives the number of results that it has pushed.
	Call func(*VM, Args) int
}

// most gives the most arguments that the function takes, -1 for any number.
func (fn *Func) most() int {
	switch {
	case fn.Params == "":
		return 0
	case strings.Contains(fn.Params, "...:"):
		return -1
	}
	count := 0
	for list := fn.Params; list != ""; count++ {
		_, list = cutVariable(list)
	}
	return count
}

// takes says what the function takes, for a message.
func (fn *Func) takes() string {
	if fn.Params == "" {
		return "none"
	}
	return "(" + fn.Params + ")"
}

// Args reads the arguments of one call of a function. Each method raises a
// usage error, with the parameter's name, where the script gave something
// else.
type Args struct {
	L    *lua.LState
	Self any   // of a method: the object that it is of
	Type *Type // and that one's type
	vm   *VM
	name string // as in "agi.stream_file"
	fn   *Func
}

// param gives the name of the nth parameter.
func (a Args) param(n int) string {
	if all := Variables(a.fn.Params); n <= len(all) {
		return all[n-1].Name
	}
	return "?"
}

// Fail raises a usage error: the nth argument must be what is wanted.
func (a Args) Fail(n int, wanted string) {
	got := a.L.Get(n)
	what := got.Type().String()
	if (got.Type() == lua.LTNumber || got.Type() == lua.LTString) && !a.fn.Secret && !hides(wanted) {
		what = strconv.Quote(cut(got.String(), 40))
	}
	a.Misuse("argument %d (%s) must be %s, not %s", n, a.param(n), wanted, what)
}

// hides reports whether what stands in the place of something is not shown: a text
// there may be a secret, as in auth = config.secret("crm").
func hides(wanted string) bool {
	return strings.Contains(wanted, "table") || strings.Contains(wanted, "list") || strings.Contains(wanted, "function")
}

// Misuse raises an error of the kind "usage".
func (a Args) Misuse(format string, values ...any) {
	a.vm.Raise(a.L, usageError(a.name, fmt.Sprintf(format, values...)))
}

func cut(text string, max int) string {
	if len(text) > max {
		return text[:max] + "..."
	}
	return text
}

// Has reports whether the nth argument was given, and is not nil.
func (a Args) Has(n int) bool { return a.L.Get(n) != lua.LNil }

// Text reads a string; a number counts as its text.
func (a Args) Text(n int) string {
	switch value := a.L.Get(n).(type) {
	case lua.LString:
		return string(value)
	case lua.LNumber:
		return value.String()
	}
	a.Fail(n, "a string")
	return ""
}

// OptText is Text for a parameter that may be left out: "" then.
func (a Args) OptText(n int) string {
	if !a.Has(n) {
		return ""
	}
	return a.Text(n)
}

// Number reads a number, or a text that is one.
func (a Args) Number(n int) float64 {
	number, ok := decimal(a.L.Get(n))
	if f := float64(number); ok && !math.IsNaN(f) && !math.IsInf(f, 0) {
		return f
	}
	a.Fail(n, "a number")
	return 0
}

// Integer reads a whole number of at most 32 bits.
func (a Args) Integer(n int) int {
	f := a.Number(n)
	if f != math.Trunc(f) || math.Abs(f) > math.MaxInt32 {
		a.Fail(n, "a whole number of at most 32 bits")
	}
	return int(f)
}

// OptInteger is Integer for a parameter that may be left out.
func (a Args) OptInteger(n, otherwise int) int {
	if !a.Has(n) {
		return otherwise
	}
	return a.Integer(n)
}

// Milliseconds reads milliseconds, as AGI's commands take them; 0 where left out.
func (a Args) Milliseconds(n int) time.Duration {
	return time.Duration(a.OptInteger(n, 0)) * time.Millisecond
}

// Seconds reads a number of seconds, at least 0.
func (a Args) Seconds(n int) time.Duration {
	f := a.Number(n)
	if f < 0 || f > math.MaxInt32 {
		a.Fail(n, "a number of seconds, 0 or more")
	}
	return time.Duration(f * float64(time.Second))
}

// Time reads a moment as seconds since 1970; the present one where left out.
func (a Args) Time(n int) time.Time {
	if !a.Has(n) {
		return time.Now()
	}
	f := a.Number(n)
	if math.Abs(f) > 1e12 {
		a.Fail(n, "a time in seconds since 1970")
	}
	return time.Unix(int64(f), 0)
}

// Truth reads a boolean.
func (a Args) Truth(n int) bool {
	value, ok := a.L.Get(n).(lua.LBool)
	if !ok && a.Has(n) {
		a.Fail(n, "true or false")
	}
	return bool(value)
}

// PushText pushes a result that is a string.
func (a Args) PushText(text string) { a.L.Push(lua.LString(text)) }

// PushNumber pushes a result that is a number.
func (a Args) PushNumber(n int) { a.L.Push(lua.LNumber(n)) }

// PushTruth pushes a result that is a boolean.
func (a Args) PushTruth(truth bool) { a.L.Push(lua.LBool(truth)) }

// PushNil pushes a result that is nil.
func (a Args) PushNil() { a.L.Push(lua.LNil) }

// PushTextOr pushes a text if there is one, else nil.
func (a Args) PushTextOr(text string, ok bool) {
	if ok {
		a.PushText(text)
	} else {
		a.PushNil()
	}
}

// Check raises err if there is one.
func (a Args) Check(err error) {
	if err != nil {
		a.vm.Raise(a.L, err)
	}
}
