package spec

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// checks is the module assert: what assert has in a spec besides Lua's own
// function. It is made when a spec is opened, for every call's process would pay
// for a variable.
func checks() *luabind.Module {
	return &luabind.Module{
		Name: "assert",
		Doc: "What a test wants to be so, as in busted: `assert.equal(\"0042\", call.var.PIN)`. `assert.is_not.equal`, `assert.are.same` and the like are the same " +
			"functions; `assert(value, message)` stays Lua's own.",
		Funcs: []luabind.Func{
			{
				Name: "equal", Params: "expected: any, actual: any, message?: string", Doc: "Wants two values to be equal, as == says.",
				Call: compare((*lua.LState).Equal, "%s, not %s", false),
			},
			{Name: "falsy", Params: "value: any, message?: string", Doc: "Wants nil or false.", Call: wants("nil or false", lua.LVIsFalse)},
			{
				Name: "has_error", Params: "fn: function, expected?: string", Doc: "Wants fn to raise an error; its text holds expected, where that is given.",
				Call: hasError,
			},
			{Name: "is_boolean", Params: "value: any, message?: string", Doc: "Wants a boolean.", Call: wants("a boolean", func(v lua.LValue) bool { return v.Type() == lua.LTBool })},
			{Name: "is_false", Params: "value: any, message?: string", Doc: "Wants false.", Call: wants("false", func(v lua.LValue) bool { return v == lua.LFalse })},
			{Name: "is_function", Params: "value: any, message?: string", Doc: "Wants a function.", Call: wants("a function", func(v lua.LValue) bool { return v.Type() == lua.LTFunction })},
			{Name: "is_nil", Params: "value: any, message?: string", Doc: "Wants nil.", Call: wants("nil", func(v lua.LValue) bool { return v == lua.LNil })},
			{Name: "is_number", Params: "value: any, message?: string", Doc: "Wants a number.", Call: wants("a number", func(v lua.LValue) bool { return v.Type() == lua.LTNumber })},
			{Name: "is_string", Params: "value: any, message?: string", Doc: "Wants a text.", Call: wants("a text", func(v lua.LValue) bool { return v.Type() == lua.LTString })},
			{Name: "is_table", Params: "value: any, message?: string", Doc: "Wants a table.", Call: wants("a table", func(v lua.LValue) bool { return v.Type() == lua.LTTable })},
			{Name: "is_true", Params: "value: any, message?: string", Doc: "Wants true.", Call: wants("true", func(v lua.LValue) bool { return v == lua.LTrue })},
			{
				Name: "matches", Params: "pattern: string, text: string, message?: string", Doc: "Wants a pattern of Lua to be found in a text.",
				Call: matches,
			},
			{
				Name: "not_equal", Params: "unexpected: any, actual: any, message?: string", Doc: "Wants two values not to be equal.",
				Call: compare((*lua.LState).Equal, "something else than %s", true),
			},
			{Name: "not_has_error", Params: "fn: function", Doc: "Wants fn to raise no error; raises the one that it does.", Call: hasNoError},
			{Name: "not_is_nil", Params: "value: any, message?: string", Doc: "Wants anything but nil.", Call: wants("anything but nil", func(v lua.LValue) bool { return v != lua.LNil })},
			{
				Name: "not_same", Params: "unexpected: any, actual: any, message?: string", Doc: "Wants two values to differ somewhere.",
				Call: compare(same, "something else than %s", true),
			},
			{
				Name: "same", Params: "expected: any, actual: any, message?: string", Doc: "Wants two values to be equal, tables by what is in them.",
				Call: compare(same, "%s, not %s", false),
			},
			{Name: "truthy", Params: "value: any, message?: string", Doc: "Wants neither nil nor false.", Call: wants("a value", func(v lua.LValue) bool { return !lua.LVIsFalse(v) })},
		},
	}
}

// miss ends the test with what was wanted, behind the test's own message.
func miss(vm *luabind.VM, a luabind.Args, message int, format string, values ...any) int {
	text := fmt.Sprintf(format, values...)
	if own := a.L.Get(message); own != lua.LNil {
		text = own.String() + ": " + text
	}
	failed(vm, a, "%s", text)
	return 0
}

func compare(equal func(L *lua.LState, x, y lua.LValue) bool, format string, not bool) func(*luabind.VM, luabind.Args) int {
	return func(vm *luabind.VM, a luabind.Args) int {
		x, y := a.L.Get(1), a.L.Get(2)
		switch {
		case equal(a.L, x, y) != not:
			return 0
		case not:
			return miss(vm, a, 3, "expected "+format, show(x, 0))
		}
		return miss(vm, a, 3, "expected "+format, show(x, 0), show(y, 0))
	}
}

func wants(what string, holds func(lua.LValue) bool) func(*luabind.VM, luabind.Args) int {
	return func(vm *luabind.VM, a luabind.Args) int {
		if holds(a.L.Get(1)) {
			return 0
		}
		return miss(vm, a, 2, "expected %s, not %s", what, show(a.L.Get(1), 0))
	}
}

func hasError(vm *luabind.VM, a luabind.Args) int {
	fn, want := function(a, 1), a.OptText(2)
	err := a.L.CallByParam(lua.P{Fn: fn, NRet: 0, Protect: true})
	switch {
	case err == nil:
		return miss(vm, a, 3, "expected an error, and there was none")
	case !strings.Contains(err.Error(), want):
		return miss(vm, a, 3, "expected an error with %q in it, not %q", want, firstLine(err.Error()))
	}
	return 0
}

func hasNoError(vm *luabind.VM, a luabind.Args) int {
	if err := a.L.CallByParam(lua.P{Fn: function(a, 1), NRet: 0, Protect: true}); err != nil {
		return miss(vm, a, 2, "expected no error, and there was %q", firstLine(err.Error()))
	}
	return 0
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// matches asks Lua's own string.find.
func matches(vm *luabind.VM, a luabind.Args) int {
	find := a.L.GetField(a.L.Get(2), "find")
	if a.L.Get(2).Type() != lua.LTString || find == lua.LNil {
		return miss(vm, a, 3, "expected a text that %q matches, not %s", a.Text(1), show(a.L.Get(2), 0))
	}
	a.L.Push(find)
	a.L.Push(a.L.Get(2))
	a.L.Push(a.L.Get(1))
	a.L.Call(2, 1)
	if a.L.Get(-1) == lua.LNil {
		return miss(vm, a, 3, "expected a text that %q matches, not %s", a.Text(1), show(a.L.Get(2), 0))
	}
	return 0
}

// same reports whether two values are equal, tables by what is in them.
func same(L *lua.LState, x, y lua.LValue) bool { return sameIn(L, x, y, nil) }

// pair are two tables that are being compared.
type pair struct{ a, b *lua.LTable }

// sameIn is same of what is in tables: those that hold themselves are equal so far.
func sameIn(L *lua.LState, x, y lua.LValue, around []pair) bool {
	a, ok := x.(*lua.LTable)
	b, ok2 := y.(*lua.LTable)
	if !ok || !ok2 {
		return L.Equal(x, y)
	}
	if slices.Contains(around, pair{a, b}) {
		return true
	}
	around = append(around, pair{a, b})
	equal, count := true, 0
	a.ForEach(func(key, value lua.LValue) {
		count++
		equal = equal && sameIn(L, value, b.RawGet(key), around)
	})
	b.ForEach(func(_, _ lua.LValue) { count-- })
	return equal && count == 0
}

// show writes a value for a message.
func show(value lua.LValue, depth int) string {
	switch value := value.(type) {
	case lua.LString:
		return strconv.Quote(string(value))
	case *lua.LTable:
		if depth == 3 {
			return "{...}"
		}
		var items []string
		value.ForEach(func(key, item lua.LValue) {
			name := "[" + show(key, depth+1) + "]"
			if text, ok := key.(lua.LString); ok {
				name = string(text)
			}
			items = append(items, name+" = "+show(item, depth+1))
		})
		sort.Strings(items)
		if len(items) > 12 {
			items = append(items[:12], "...")
		}
		return "{" + strings.Join(items, ", ") + "}"
	}
	return value.String()
}
