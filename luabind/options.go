package luabind

import (
	"fmt"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
	"goagi/spell"
)

// Option is one key of a table of options, with its documentation.
type Option struct {
	Name string
	Type string // "number", "string", "boolean", or what else may stand there, as a Variable's
	Doc  string // what it means, its unit and default
}

// Options is the table of options that a function was given. Each method
// raises a usage error where the script gave something of another type.
type Options struct {
	a        Args
	table    *lua.LTable    // nil where none was given
	settings map[string]any // what holds for options that were not given
}

// Over gives the options, and for those that were not given what the settings
// file says.
func (o Options) Over(settings map[string]any) Options {
	o.settings = settings
	return o
}

// Set reports whether an option was given, here or in the settings file.
func (o Options) Set(name string) bool { return o.Value(name) != lua.LNil }

// Options reads the nth argument, which may be left out, as the function's
// table of options. A key that is none of them raises an error that names the
// nearest.
func (a Args) Options(n int) Options {
	if !a.Has(n) {
		return Options{a: a}
	}
	table, ok := a.L.Get(n).(*lua.LTable)
	if !ok {
		a.Fail(n, "a table of options")
	}
	names := make([]string, len(a.fn.Options))
	for i := range a.fn.Options {
		names[i] = a.fn.Options[i].Name
	}
	table.ForEach(func(key, _ lua.LValue) {
		name, isText := key.(lua.LString)
		for _, known := range names {
			if isText && known == string(name) {
				return
			}
		}
		a.Misuse("there is no option %s%s", quotedName(key.String()), orList(spell.DidYouMean(key.String(), names), names))
	})
	return Options{a: a, table: table}
}

// orList is a suggestion, or all names where there is none.
func orList(suggestion string, names []string) string {
	if suggestion != "" {
		return suggestion
	}
	return ": it takes " + strings.Join(names, ", ")
}

// Value gives what an option was set to, nil of Lua where it was not.
func (o Options) Value(name string) lua.LValue {
	if o.table != nil {
		if value := o.table.RawGetString(name); value != lua.LNil {
			return value
		}
	}
	return fromSetting(o.a.L, o.settings[name])
}

// PushSetting pushes a result that is a value of the settings file: tables are
// the script's own.
func (a Args) PushSetting(value any) { a.L.Push(fromSetting(a.L, value)) }

// fromSetting gives a value of the settings file as one of Lua.
func fromSetting(L *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case string:
		return lua.LString(value)
	case bool:
		return lua.LBool(value)
	case int64:
		return lua.LNumber(value)
	case float64:
		return lua.LNumber(value)
	case []any:
		list := L.CreateTable(len(value), 0)
		for _, item := range value {
			list.Append(fromSetting(L, item))
		}
		return list
	case map[string]any:
		table := L.CreateTable(0, len(value))
		for name, item := range value {
			table.RawSetString(name, fromSetting(L, item))
		}
		return table
	case fmt.Stringer: // a date
		return lua.LString(value.String())
	}
	return lua.LNil
}

// Texts reads a list of strings; one string counts as a list of it.
func (o Options) Texts(name string) []string {
	switch value := o.Value(name).(type) {
	case *lua.LNilType:
		return nil
	case lua.LString, lua.LNumber:
		return []string{value.String()}
	case *lua.LTable:
		list := make([]string, 0, value.Len())
		for i := 1; i <= value.Len(); i++ {
			switch item := value.RawGetInt(i).(type) {
			case lua.LString, lua.LNumber:
				list = append(list, item.String())
			default:
				o.fail(name, "a list of strings")
			}
		}
		return list
	}
	o.fail(name, "a list of strings")
	return nil
}

// Table reads a table, nil where the option was not given.
func (o Options) Table(name string) *lua.LTable {
	switch value := o.Value(name).(type) {
	case *lua.LNilType:
		return nil
	case *lua.LTable:
		return value
	}
	o.fail(name, "a table")
	return nil
}

// Refuse raises that an option must be something else than it is.
func (o Options) Refuse(name, wanted string) { o.fail(name, wanted) }

func (o Options) fail(name, wanted string) {
	value := o.Value(name)
	what := value.Type().String()
	if !hides(wanted) && (value.Type() == lua.LTNumber || value.Type() == lua.LTString) {
		what = quotedName(value.String())
	}
	o.a.Misuse("option %s must be %s, not %s", name, wanted, what)
}

// Number reads a number.
func (o Options) Number(name string, otherwise float64) float64 {
	value := o.Value(name)
	if value == lua.LNil {
		return otherwise
	}
	number, ok := decimal(value)
	if !ok || number != number {
		o.fail(name, "a number")
	}
	return float64(number)
}

// Seconds reads a number of seconds, at least 0.
func (o Options) Seconds(name string, otherwise time.Duration) time.Duration {
	value := o.Number(name, -1)
	switch {
	case o.Value(name) == lua.LNil:
		return otherwise
	case value < 0 || value > 1e9:
		o.fail(name, "a number of seconds, 0 or more")
	}
	return time.Duration(value * float64(time.Second))
}

// Text reads a string; a number counts as its text.
func (o Options) Text(name, otherwise string) string {
	switch value := o.Value(name).(type) {
	case *lua.LNilType:
		return otherwise
	case lua.LString, lua.LNumber:
		return value.String()
	}
	o.fail(name, "a string")
	return ""
}

// OneOf reads a string that is one of a few words.
func (o Options) OneOf(name, otherwise string, words ...string) string {
	text := o.Text(name, otherwise)
	for _, word := range words {
		if text == word {
			return text
		}
	}
	o.fail(name, `"`+strings.Join(words, `", "`)+`"`)
	return ""
}

// Truth reads a boolean.
func (o Options) Truth(name string, otherwise bool) bool {
	switch value := o.Value(name).(type) {
	case *lua.LNilType:
		return otherwise
	case lua.LBool:
		return bool(value)
	}
	o.fail(name, "true or false")
	return false
}

// Table reads the nth argument, which may be left out, as a table of options
// that somebody else knows: strings, numbers (float64), booleans, and lists of
// strings, by their names.
func (a Args) Table(n int) map[string]any {
	if !a.Has(n) {
		return nil
	}
	table, ok := a.L.Get(n).(*lua.LTable)
	if !ok {
		a.Fail(n, "a table of options")
	}
	values := make(map[string]any)
	table.ForEach(func(key, value lua.LValue) {
		name, ok := key.(lua.LString)
		if !ok {
			a.Misuse("the table of options holds %s without a name", quotedName(value.String()))
		}
		switch value := value.(type) {
		case lua.LString:
			values[string(name)] = string(value)
		case lua.LNumber:
			values[string(name)] = float64(value)
		case lua.LBool:
			values[string(name)] = bool(value)
		case *lua.LTable:
			values[string(name)] = a.list(string(name), value)
		default:
			a.Misuse("option %s cannot be a %s", quotedName(string(name)), value.Type())
		}
	})
	return values
}

// list reads an option that is a list of strings.
func (a Args) list(name string, table *lua.LTable) []string {
	list := make([]string, 0, table.Len())
	table.ForEach(func(key, value lua.LValue) {
		text, ok := value.(lua.LString)
		if _, counted := key.(lua.LNumber); !ok || !counted {
			a.Misuse("option %s must be a list of strings", quotedName(name))
		}
		list = append(list, string(text))
	})
	return list
}
