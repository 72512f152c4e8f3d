package spec

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// assertOf makes the global assert of specs: Lua's own function where it is called,
// and the checks of the module assert by their names, as busted has them:
// assert.equal, assert.is_not.equal, assert.are.same. It is made here and not in
// Lua, so that what it raises is said of the spec's line.
func assertOf(L *lua.LState, checks lua.LValue, plain *lua.LFunction, prefix string) *lua.LTable {
	words, meta := L.NewTable(), L.NewTable()
	L.SetField(meta, "__call", L.NewFunction(func(L *lua.LState) int {
		L.Remove(1) // the table itself
		top := L.GetTop()
		L.Insert(plain, 1)
		L.Call(top, lua.MultRet)
		return L.GetTop()
	}))
	L.SetField(meta, "__index", L.NewFunction(func(L *lua.LState) int {
		switch name := L.CheckString(2); name {
		case "is", "are", "has", "was":
			L.Push(words)
		case "is_not", "are_not", "has_no", "was_not", "no", "not":
			L.Push(assertOf(L, checks, plain, "not_"))
		default:
			L.Push(L.GetField(checks, prefix+plainName(name)))
		}
		return 1
	}))
	L.SetMetatable(words, meta)
	return words
}

// plainName gives our name of a check that busted has by several.
func plainName(name string) string {
	switch name {
	case "equals", "is_equal", "are_equal":
		return "equal"
	case "is_same", "are_same":
		return "same"
	case "is_truthy", "is_falsy":
		return strings.TrimPrefix(name, "is_")
	case "error", "errors", "has_errors":
		return "has_error"
	}
	if plain, ok := strings.CutPrefix(name, "is_not_"); ok {
		return "not_is_" + plain
	}
	return name
}
