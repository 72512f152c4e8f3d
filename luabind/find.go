package luabind

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// matching makes a matcher of the first two arguments.
func (vm *VM) matching(L *lua.LState) *matcher {
	return &matcher{ctx: L.Context(), src: L.CheckString(1), pat: L.CheckString(2)}
}

// search is string.find and string.match.
func (vm *VM) search(L *lua.LState, places bool) int {
	m := vm.matching(L)
	init := L.OptInt(3, 1)
	switch {
	case init < 0:
		init = max(0, len(m.src)+init)
	case init > 0:
		init--
	}
	init = min(init, len(m.src))
	if places && (lua.LVAsBool(L.Get(4)) || !strings.ContainsAny(m.pat, "^$*+?.([%-")) {
		at := strings.Index(m.src[init:], m.pat)
		if at < 0 {
			L.Push(lua.LNil)
			return 1
		}
		L.Push(lua.LNumber(init + at + 1))
		L.Push(lua.LNumber(init + at + len(m.pat)))
		return 2
	}
	start, end, err := m.find(init)
	vm.checkMatch(L, err)
	if start < 0 {
		L.Push(lua.LNil)
		return 1
	}
	if places {
		L.Push(lua.LNumber(start + 1))
		L.Push(lua.LNumber(end))
		return 2 + vm.pushCaptures(L, m, -1, -1)
	}
	return vm.pushCaptures(L, m, start, end)
}

// checkMatch raises what a matcher found wrong.
func (vm *VM) checkMatch(L *lua.LState, err error) {
	if err == nil {
		return
	}
	if ctx := L.Context(); ctx != nil && ctx.Err() != nil {
		vm.Raise(L, err)
	}
	L.RaiseError("%s", err.Error())
}

// pushCaptures pushes all captures; where there are none, the whole match from
// start to end, or nothing where start is negative.
func (vm *VM) pushCaptures(L *lua.LState, m *matcher, start, end int) int {
	if m.level == 0 && start >= 0 {
		L.Push(lua.LString(m.src[start:end]))
		return 1
	}
	for i := range m.level {
		L.Push(vm.capture(L, m, i, start, end))
	}
	return m.level
}

// capture gives the nth capture, from 0; the whole match where there are none.
func (vm *VM) capture(L *lua.LState, m *matcher, n, start, end int) lua.LValue {
	if n >= m.level {
		if n > 0 {
			vm.checkMatch(L, errCaptureIndex)
		}
		return lua.LString(m.src[start:end])
	}
	c := m.captures[n]
	switch c.length {
	case position:
		return lua.LNumber(c.start + 1)
	case unfinished:
		vm.checkMatch(L, errCaptureOpen)
	}
	return lua.LString(m.src[c.start : c.start+c.length])
}

func gmatch(vm *VM, L *lua.LState) int {
	m := vm.matching(L)
	m.literal = true
	at := 0
	L.Push(vm.Function(func(vm *VM, L *lua.LState) int {
		m.ctx = L.Context()
		if at > len(m.src) {
			L.Push(lua.LNil)
			return 1
		}
		start, end, err := m.find(at)
		vm.checkMatch(L, err)
		if start < 0 {
			at = len(m.src) + 1
			L.Push(lua.LNil)
			return 1
		}
		at = end
		if end == start {
			at++
		}
		return vm.pushCaptures(L, m, start, end)
	}))
	return 1
}

func gsub(vm *VM, L *lua.LState) int {
	m := vm.matching(L)
	with := L.Get(3)
	switch with.Type() {
	case lua.LTString, lua.LTNumber, lua.LTTable, lua.LTFunction:
	default:
		L.ArgError(3, "string/function/table expected")
	}
	most, count, at := L.OptInt(4, len(m.src)+1), 0, 0
	var out strings.Builder
	for count < most {
		start, end, err := m.find(at)
		vm.checkMatch(L, err)
		if start < 0 {
			break
		}
		count++
		out.WriteString(m.src[at:start])
		vm.replace(L, &out, m, with, start, end)
		vm.limitLength(L, out.Len(), "string.gsub")
		at = end
		if start == end {
			if at >= len(m.src) {
				at++
				break
			}
			out.WriteByte(m.src[at])
			at++
		}
		if strings.HasPrefix(m.pat, "^") {
			break
		}
	}
	if at < len(m.src) {
		out.WriteString(m.src[at:])
	}
	L.Push(lua.LString(out.String()))
	L.Push(lua.LNumber(count))
	return 2
}

// replace writes what stands in the place of a match.
func (vm *VM) replace(L *lua.LState, out *strings.Builder, m *matcher, with lua.LValue, start, end int) {
	var value lua.LValue
	switch with := with.(type) {
	case *lua.LTable:
		value = L.GetTable(with, vm.capture(L, m, 0, start, end))
	case *lua.LFunction:
		kept := *m // the function may match, too
		L.Push(with)
		n := vm.pushCaptures(L, m, start, end)
		if callFrom(L, n, 1) {
			L.RaiseError("string.gsub: the function that it calls must not yield")
		}
		value = L.Get(-1)
		L.Pop(1)
		*m = kept
	default:
		text := with.String()
		for i := 0; i < len(text); i++ {
			if text[i] != '%' || i+1 == len(text) {
				out.WriteByte(text[i])
				continue
			}
			i++
			switch c := text[i]; {
			case c == '0':
				out.WriteString(m.src[start:end])
			case isDigit(c):
				out.WriteString(vm.capture(L, m, int(c-'1'), start, end).String())
			default:
				out.WriteByte(c)
			}
		}
		return
	}
	switch value.Type() {
	case lua.LTString, lua.LTNumber:
		out.WriteString(value.String())
	case lua.LTNil:
		out.WriteString(m.src[start:end])
	default:
		if value != lua.LFalse {
			L.RaiseError("invalid replacement value (a %s)", value.Type())
		}
		out.WriteString(m.src[start:end])
	}
}

// DefaultMaxString is the longest text that a string function makes where
// Host.MaxString is zero.
const DefaultMaxString = 16 << 20

// maxString gives the longest text that a string function makes, in bytes.
func (vm *VM) maxString() int {
	if vm.host.MaxString == 0 {
		return DefaultMaxString
	}
	return vm.host.MaxString
}

// limitLength raises an error for a text that would be too long.
func (vm *VM) limitLength(L *lua.LState, length int, function string) {
	if most := vm.maxString(); length > most {
		L.RaiseError("%s: the text would have over %d bytes, the most that --max-string allows", function, most)
	}
}

// limited has a function that makes texts refuse to make too long ones.
func (vm *VM) limited(name string, original lua.LValue, length func(L *lua.LState) int) *lua.LFunction {
	return vm.Function(func(vm *VM, L *lua.LState) int {
		vm.limitLength(L, length(L), name)
		n := L.GetTop()
		L.Insert(original, 1)
		L.Call(n, lua.MultRet)
		return L.GetTop()
	})
}

// repeated gives how long string.rep's text will be, the limit of a number where
// that is over it.
func repeated(L *lua.LState) int {
	n, length := L.OptInt(2, 0), len(L.OptString(1, ""))
	if n > 0 && length > (1<<40)/n {
		return 1 << 40
	}
	return max(0, n) * length
}

// joined gives how long table.concat's text will be, without what is in its
// fields but strings.
func joined(L *lua.LState) int {
	table, ok := L.Get(1).(*lua.LTable)
	if !ok {
		return 0
	}
	separator, length := len(L.OptString(2, "")), 0
	for i := L.OptInt(3, 1); i <= L.OptInt(4, table.Len()); i++ {
		value := table.RawGetInt(i)
		if value == lua.LNil {
			break // which is an error of its own
		}
		if text, ok := value.(lua.LString); ok {
			length += len(text)
		}
		length += separator
	}
	return length
}
