package luabind

import (
	"math"
	"strconv"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"
)

// stringMeta is the metatable of strings in VMs whose script names neither the
// string library nor what leads to the metatable: indexing a string opens that
// library, and arithmetic takes digits as decimal, as Lua does. The VM's own would
// read "0042" as octal, and digits are what callers send. Nothing changes it, so
// all VMs share it.
var stringMeta = sync.OnceValue(func() *lua.LTable {
	L := lua.NewState(lua.Options{SkipOpenLibs: true, RegistrySize: firstRegistry, CallStackSize: 8})
	meta := L.CreateTable(0, 8)
	meta.RawSetString("__index", L.NewFunction(indexString))
	addArithmetic(L, meta)
	return meta
})

// mendString keeps arithmetic decimal, and string.format's numbers, when the
// string library has put its own metatable in place.
func (vm *VM) mendString(table *lua.LTable) {
	if meta, ok := vm.L.GetMetatable(lua.LString("")).(*lua.LTable); ok {
		addArithmetic(vm.L, meta)
	}
	vm.mendPatterns(table)
	vm.mendLengths(table, "string.rep", repeated)
	format := table.RawGetString("format")
	table.RawSetString("format", vm.Function(func(vm *VM, L *lua.LState) int {
		convertFormatted(L)
		n := L.GetTop()
		L.Insert(format, 1)
		L.Call(n, 1)
		if text, ok := L.Get(-1).(lua.LString); ok {
			vm.limitLength(L, len(text), "string.format")
		}
		return 1
	}))
}

// toNumber is tonumber that takes what arithmetic takes: the VM's own refuses
// "1e2", and numbers over 64 bits.
func (vm *VM) toNumber(original lua.LValue) *lua.LFunction {
	return vm.Function(func(_ *VM, L *lua.LState) int {
		if L.GetTop() != 1 {
			n := L.GetTop()
			L.Insert(original, 1)
			L.Call(n, 1)
			return 1
		}
		if number, ok := decimal(L.Get(1)); ok {
			L.Push(number)
		} else {
			L.Push(lua.LNil)
		}
		return 1
	})
}

// mendMath has each function take digits as decimal.
func (vm *VM) mendMath(table *lua.LTable) {
	var names []string
	table.ForEach(func(key, value lua.LValue) {
		if value.Type() == lua.LTFunction {
			names = append(names, key.String())
		}
	})
	for _, name := range names {
		original := table.RawGetString(name)
		table.RawSetString(name, vm.Function(func(_ *VM, L *lua.LState) int {
			n := L.GetTop()
			for i := 1; i <= n; i++ {
				if number, ok := decimal(L.Get(i)); ok {
					L.Replace(i, number)
				}
			}
			L.Insert(original, 1)
			L.Call(n, lua.MultRet)
			return L.GetTop()
		}))
	}
}

// indexString opens the string library, which puts its own metatable in place.
func indexString(L *lua.LState) int {
	vm, _ := L.Context().Value(running{}).(*VM)
	vm.open(libString)
	if meta, ok := L.GetMetatable(lua.LString("")).(*lua.LTable); ok {
		if table, ok := meta.RawGetString("__index").(*lua.LTable); ok {
			L.Push(L.GetTable(table, L.Get(2)))
			return 1
		}
	}
	L.Push(lua.LNil)
	return 1
}

// arithmetic is what the operators do, by their metamethods' names.
var arithmetic = [...]struct {
	event string
	do    func(a, b float64) float64
}{
	{"__add", func(a, b float64) float64 { return a + b }},
	{"__sub", func(a, b float64) float64 { return a - b }},
	{"__mul", func(a, b float64) float64 { return a * b }},
	{"__div", func(a, b float64) float64 { return a / b }},
	{"__mod", func(a, b float64) float64 { return a - math.Floor(a/b)*b }},
	{"__pow", math.Pow},
	{"__unm", func(a, _ float64) float64 { return -a }},
}

func addArithmetic(L *lua.LState, meta *lua.LTable) {
	for i := range arithmetic {
		op := &arithmetic[i]
		meta.RawSetString(op.event, L.NewFunction(func(L *lua.LState) int {
			a, b := L.Get(1), L.Get(2)
			if op.event == "__unm" {
				b = a
			}
			x, ok := decimal(a)
			y, ok2 := decimal(b)
			if ok && ok2 {
				L.Push(lua.LNumber(op.do(float64(x), float64(y))))
				return 1
			}
			if fn, isFunction := L.GetMetaField(b, op.event).(*lua.LFunction); isFunction && b.Type() != lua.LTString {
				L.Push(fn)
				L.Push(a)
				L.Push(b)
				L.Call(2, 1)
				return 1
			}
			if ok {
				a = b
			}
			what := "a " + a.Type().String() + " value"
			if text, isText := a.(lua.LString); isText {
				what = "the string " + strconv.Quote(cut(string(text), 40)) + ", which is no number"
			}
			L.RaiseError("attempt to perform arithmetic on %s", what)
			return 0
		}))
	}
}

// decimal gives a value as Lua's arithmetic takes it: a number, or a text that
// is one in decimal, or in hexadecimal after 0x.
func decimal(value lua.LValue) (lua.LNumber, bool) {
	switch value := value.(type) {
	case lua.LNumber:
		return value, true
	case lua.LString:
		text := strings.TrimSpace(string(value))
		if hex, ok := strings.CutPrefix(strings.ToLower(text), "0x"); ok {
			n, err := strconv.ParseUint(hex, 16, 64)
			return lua.LNumber(n), err == nil
		}
		if strings.Trim(text, "0123456789+-.eE") != "" {
			return 0, false // nor "inf" nor "nan"
		}
		f, err := strconv.ParseFloat(text, 64)
		return lua.LNumber(f), err == nil
	}
	return 0, false
}

// convertFormatted makes those arguments of string.format numbers that its
// format wants as such.
func convertFormatted(L *lua.LState) {
	format, ok := L.Get(1).(lua.LString)
	if !ok {
		return
	}
	arg := 2
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		for i++; i < len(format) && strings.IndexByte("-+ #0123456789.", format[i]) >= 0; i++ {
		}
		if i == len(format) || format[i] == '%' {
			continue
		}
		if strings.IndexByte("diouxXcaAeEfgG", format[i]) >= 0 {
			if number, ok := decimal(L.Get(arg)); ok {
				L.Replace(arg, number)
			}
		}
		arg++
	}
}
