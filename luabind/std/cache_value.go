package std

import (
	"errors"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"goagi/cache"
	"goagi/luabind"
)

// A value in the cache is a letter for its type, and its text.
const (
	cachedString  = 's'
	cachedNumber  = 'n'
	cachedBoolean = 'b'
	cachedJSON    = 'j'
)

// packCached makes a value bytes. One that cannot be kept is raised: as the nth
// argument, or for 0 as what the script's function returned.
func packCached(vm *luabind.VM, a luabind.Args, n int, value lua.LValue) []byte {
	switch value := value.(type) {
	case lua.LString:
		return append([]byte{cachedString}, value...)
	case lua.LNumber:
		return packNumber(float64(value))
	case lua.LBool:
		return strconv.AppendBool([]byte{cachedBoolean}, bool(value))
	case *lua.LTable, *lua.LUserData:
		text, err := encodeJSON(vm, a, value, 0)
		if err != nil {
			a.Misuse("%s", err)
		}
		return append([]byte{cachedJSON}, text...)
	}
	const wanted = "a string, a number, a boolean or a table"
	if n > 0 {
		a.Fail(n, wanted)
	}
	a.Misuse("the function must return %s, or nil, not a %s", wanted, value.Type())
	return nil
}

func packNumber(f float64) []byte {
	return strconv.AppendFloat([]byte{cachedNumber}, f, 'g', -1, 64)
}

// unpackNumber gives the number that a value is.
func unpackNumber(value []byte) (float64, bool) {
	if len(value) == 0 || value[0] != cachedNumber {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(value[1:]), 64)
	return f, err == nil
}

var errCached = errors.New("the value was kept by another version of goagi")

// pushCached gives the script a value, or nil.
func pushCached(vm *luabind.VM, a luabind.Args, item cache.Item) int {
	if item.Value == nil {
		a.PushNil()
		return 1
	}
	value, err := unpackCached(vm, item.Value)
	if err != nil {
		return refused(a, err)
	}
	a.L.Push(value)
	return 1
}

func unpackCached(vm *luabind.VM, value []byte) (lua.LValue, error) {
	if len(value) == 0 {
		return nil, errCached
	}
	text := value[1:]
	switch value[0] {
	case cachedString:
		return lua.LString(text), nil
	case cachedNumber:
		if f, ok := unpackNumber(value); ok {
			return lua.LNumber(f), nil
		}
	case cachedBoolean:
		return lua.LBool(string(text) == "true"), nil
	case cachedJSON:
		return decodeJSON(vm, text)
	}
	return nil, errCached
}

// heldKeys gives the keys of a making table.
func heldKeys(making *lua.LTable) (keys []cache.Key) {
	making.ForEach(func(name, _ lua.LValue) { keys = append(keys, cache.KeyOf(name.String())) })
	return keys
}

// makingTable is the VM's table of the keys whose values functions of
// cache.once are making now.
func makingTable(L *lua.LState) *lua.LTable {
	const name = "goagi.cache.once"
	registry := L.Get(lua.RegistryIndex).(*lua.LTable)
	if table, ok := registry.RawGetString(name).(*lua.LTable); ok {
		return table
	}
	table := L.NewTable()
	registry.RawSetString(name, table)
	return table
}
