package luabind

import (
	"math"
	"strconv"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"
)

// stringMeta is the metatable of strings in VMs whose script names nothing
// that leads to it: indexing a string gives the library's functions, and arithmetic takes digits as decimal, as Lua does. The VM's own would
// read "0042" as octal, and digits are what callers send. Nothing changes it, so
// all VMs share it.
var stringMeta = sync.OnceValue(func() *lua.LTable {
	L := lua.NewState(lua.Options{SkipOpenLibs: true, RegistrySize: firstRegistry, CallStackSize: 8})
	meta := L.CreateTable(0, 8)
	meta.RawSetString("__index", L.NewFunction(indexString))
	addArithmetic(L, meta)
	return meta
})

// mendedString gives a function of the string library as goagi has it: those that
// match patterns end with the call, however long a match takes, and cost what
// their text is long.
func (vm *VM) mendedString(name string, original lua.LValue) lua.LValue {
	switch name {
	case "find":
		return vm.Function(func(vm *VM, L *lua.LState) int { return vm.search(L, true) })
	case "match":
		return vm.Function(func(vm *VM, L *lua.LState) int { return vm.search(L, false) })
	case "gmatch", "gfind":
		return vm.Function(gmatch)
	case "gsub":
		return vm.Function(gsub)
	case "rep":
		return vm.limited("string.rep", original, repeated)
	case "format":
		return vm.Function(func(vm *VM, L *lua.LState) int {
			length := convertFormatted(L)
			vm.limitLength(L, length, "string.format")
			n := L.GetTop()
			L.Insert(original, 1)
			L.Call(n, 1)
			if text, ok := L.Get(-1).(lua.LString); ok {
				vm.limitLength(L, len(text), "string.format")
			}
			return 1
		})
	}
	return original
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

// decimalArguments has a function take digits as decimal.
func (vm *VM) decimalArguments(original lua.LValue) *lua.LFunction {
	return vm.Function(func(_ *VM, L *lua.LState) int {
		n := L.GetTop()
		for i := 1; i <= n; i++ {
			if number, ok := decimal(L.Get(i)); ok {
				L.Replace(i, number)
			}
		}
		L.Insert(original, 1)
		L.Call(n, lua.MultRet)
		return L.GetTop()
	})
}

// indexString gives the function of the string library that a method names.
func indexString(L *lua.LState) int {
	vm, _ := L.Context().Value(itself{}).(*VM)
	if name, ok := L.Get(2).(lua.LString); ok {
		L.Push(vm.openMember(member{libString, string(name)}))
	} else {
		L.Push(lua.LNil)
	}
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
// format wants as such, and quotes those of %q as Lua does: the VM's own quotes as
// Go, which Lua cannot read again. It gives how long the text will be, without its
// numbers, and raises what is no format: the VM's own writes Go's complaint into the
// text.
func convertFormatted(L *lua.LState) (length int) {
	text, ok := L.Get(1).(lua.LString)
	if !ok {
		return 0
	}
	format, arg := []byte(text), 2
	length = len(text)
	defer func() { L.Replace(1, lua.LString(format)) }()
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		i++
		begin := i
		for i < len(format) && strings.IndexByte("-+ #0", format[i]) >= 0 {
			i++
		}
		width := i
		for i < len(format) && isDigit(format[i]) {
			i++
		}
		wide := i-width > 2
		if i < len(format) && format[i] == '.' {
			i++
			for width = i; i < len(format) && isDigit(format[i]); i++ {
			}
			wide = wide || i-width > 2
		}
		if wide || i-begin > 12 {
			L.RaiseError("invalid format (width or precision too long)")
		}
		if i == len(format) {
			L.RaiseError("invalid option '%s' to 'format'", "%")
		}
		if format[i] == '%' {
			continue
		}
		if strings.IndexByte("cdEefgGiouqsXxAa", format[i]) < 0 {
			L.RaiseError("invalid option '%%%c' to 'format'", format[i])
		}
		if strings.IndexByte("diouxXcaAeEfgG", format[i]) >= 0 {
			if number, ok := decimal(L.Get(arg)); ok {
				L.Replace(arg, number)
			}
		}
		if format[i] == 'q' {
			if value, ok := L.Get(arg).(lua.LString); ok {
				format[i] = 's'
				L.Replace(arg, lua.LString(`"`+luaQuoter().Replace(string(value))+`"`))
			}
		}
		if format[i] == 's' {
			length += len(lua.LVAsString(L.Get(arg)))
		}
		arg++
	}
	return length
}

// luaQuoter escapes what cannot stand in a string of Lua between quote marks
// (lstrlib.c: addquoted).
var luaQuoter = sync.OnceValue(func() *strings.Replacer {
	return strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", "\\\n", "\r", `\r`, "\x00", `\000`)
})
