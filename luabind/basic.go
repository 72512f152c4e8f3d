package luabind

import (
	"slices"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"
)

// basic is one of the globals that Lua has without any library.
type basic struct {
	name  string
	value lua.LValue
}

// basics are these globals, sorted by name: print, pcall and so on. The VM's own
// library opens all of them at once, and that in each VM was a tenth of what a
// server does; so it opens them here, once, and a VM copies what its script names.
var basics = sync.OnceValue(func() []basic {
	L := lua.NewState(lua.Options{SkipOpenLibs: true, RegistrySize: firstRegistry, CallStackSize: 8})
	L.Push(L.NewFunction(lua.OpenBase))
	L.Call(0, 0)
	var all []basic
	L.Get(lua.GlobalsIndex).(*lua.LTable).ForEach(func(name, value lua.LValue) {
		if name := name.String(); name != "_printregs" { // which writes to the process's stdout
			all = append(all, basic{name, value})
		}
	})
	slices.SortFunc(all, func(a, b basic) int { return strings.Compare(a.name, b.name) })
	return all
})

// basicOf gives the basic global of a name as a set, and none where there is none.
func basicOf(name string) library {
	i, ok := slices.BinarySearchFunc(basics(), name, func(b basic, name string) int { return strings.Compare(b.name, name) })
	if !ok {
		return 0
	}
	return libBasic << i
}

// openBasics makes the basic globals of a set that are not there yet.
func (vm *VM) openBasics(set library) {
	for i, b := range basics() {
		bit := libBasic << i
		if set&bit == 0 || vm.opened&bit != 0 {
			continue
		}
		vm.opened |= bit
		switch b.name {
		case "_G":
			vm.L.SetGlobal(b.name, vm.L.Get(lua.GlobalsIndex))
		case "print":
			vm.setGlobal(b.name, luaPrint)
		case "collectgarbage":
			vm.setGlobal(b.name, collectGarbage)
		case "dofile":
			vm.setGlobal(b.name, doFile)
		case "load":
			vm.setGlobal(b.name, loadPieces)
		case "loadfile":
			vm.setGlobal(b.name, loadFile)
		case "loadstring":
			vm.setGlobal(b.name, loadString)
		case "require":
			vm.setGlobal(b.name, require)
		case "tonumber":
			vm.L.SetGlobal(b.name, vm.toNumber(vm.own(b.value)))
		default:
			vm.L.SetGlobal(b.name, vm.own(b.value))
		}
	}
}

// collectGarbage is collectgarbage, which leaves the garbage to the process: a
// call of a server would have all others wait. "count" is the process's memory, in
// KiB.
func collectGarbage(vm *VM, L *lua.LState) int {
	if L.OptString(1, "collect") == "count" {
		L.Push(lua.LNumber(ownMemory() / 1024))
	} else {
		L.Push(lua.LNumber(0))
	}
	return 1
}

// own copies a function of Go and what it holds, since the debug library can
// change both.
func (vm *VM) own(value lua.LValue) lua.LValue {
	fn, ok := value.(*lua.LFunction)
	if !ok {
		return value
	}
	held := make([]lua.LValue, len(fn.Upvalues))
	for i, up := range fn.Upvalues {
		held[i] = vm.own(up.Value())
	}
	return vm.L.NewClosure(fn.GFunction, held...)
}

// openArg makes arg: the script and its arguments.
func (vm *VM) openArg() {
	arg := vm.L.CreateTable(len(vm.host.Args), 1)
	arg.RawSetInt(0, lua.LString(vm.host.Script))
	for i, text := range vm.host.Args {
		arg.RawSetInt(i+1, lua.LString(text))
	}
	vm.L.SetGlobal("arg", arg)
}
