package luabind

import (
	"slices"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"
)

// libParted are the libraries of which a script that names single functions only,
// as in string.format, has these and no others.
const libParted = libString | libTable | libMath | libOS

// member is one function of such a library.
type member struct {
	library library
	name    string
}

// parted are the members of these libraries as the VM has them, each in the place
// of its row in libraries.
var parted [len(libraries)]struct {
	once    sync.Once
	members []basic // sorted by name
}

// membersOf gives the members of a library. They are made once, as basics are.
func membersOf(set library) []basic {
	i := slices.IndexFunc(libraries[:], func(row libraryRow) bool { return row.set == set })
	p := &parted[i]
	p.once.Do(func() {
		L := lua.NewState(lua.Options{SkipOpenLibs: true, RegistrySize: firstRegistry, CallStackSize: 8})
		L.Push(L.NewFunction(libraries[i].open))
		L.Call(0, 1)
		L.CheckTable(-1).ForEach(func(name, value lua.LValue) {
			if name := name.String(); name != "__index" {
				p.members = append(p.members, basic{name, value})
			}
		})
		slices.SortFunc(p.members, func(a, b basic) int { return strings.Compare(a.name, b.name) })
	})
	return p.members
}

// named gives the functions of a library that a chunk names in its own code, where
// the constant at this place is the library's name. ok is false where the library
// may be used in any other way: then all of it is needed. Instructions are as
// gopher-lua's opcode.go lays them out.
func named(proto *lua.FunctionProto, set library, constant int) (list []member, ok bool) {
	const asOperand = 1 << 8 // what makes an operand a constant, and not a register
	for pc, word := range proto.Code {
		a, b, c := word>>18&0xff, word&0x1ff, word>>9&0x1ff
		switch op := int(word >> 26); {
		case op == lua.OP_GETGLOBAL && int(word&0x3ffff) == constant:
			// The next one must take a member into the same register, so that
			// nothing keeps the table.
			next := proto.Code[pc+1]
			key := int(next>>9&0x1ff) - asOperand
			if int(next>>26) != lua.OP_GETTABLEKS || next>>18&0xff != a || next&0x1ff != a || key < 0 {
				return nil, false
			}
			list = append(list, member{set, proto.Constants[key].String()})
		case (op == lua.OP_LOADK || op == lua.OP_SETGLOBAL) && int(word&0x3ffff) == constant:
			return nil, false
		case op != lua.OP_EQ && (int(b) == constant+asOperand || int(c) == constant+asOperand):
			return nil, false // as in package.loaded.string; not as in type(x) == "string"
		}
	}
	return list, true
}

// openMembers gives the script those of a library's functions that are not there
// yet.
func (vm *VM) openMembers(list []member) {
	for _, m := range list {
		if vm.opened&m.library == 0 {
			vm.openMember(m)
		}
	}
}

// openMember gives the script one function, and gives it too: nil where the
// library has none of that name.
func (vm *VM) openMember(m member) lua.LValue {
	table := vm.part(m.library)
	if value := table.RawGetString(m.name); value != lua.LNil {
		return value
	}
	all := membersOf(m.library)
	i, ok := slices.BinarySearchFunc(all, m.name, func(b basic, name string) int { return strings.Compare(b.name, name) })
	if !ok {
		return lua.LNil
	}
	value := vm.mended(m, vm.own(all[i].value))
	table.RawSetString(m.name, value)
	return value
}

// part gives the table of a library, which may hold only some of its functions.
func (vm *VM) part(set library) *lua.LTable {
	if vm.parts[set] == nil {
		if vm.parts == nil {
			vm.parts = make(map[library]*lua.LTable)
		}
		table := vm.L.CreateTable(0, fewMembers)
		vm.parts[set] = table
		for i := range libraries {
			if libraries[i].set == set {
				vm.L.SetGlobal(libraries[i].name, table)
				if loaded, ok := vm.L.Get(lua.RegistryIndex).(*lua.LTable).RawGetString("_LOADED").(*lua.LTable); ok {
					loaded.RawSetString(libraries[i].name, table)
				}
			}
		}
	}
	return vm.parts[set]
}

// openWhole gives the script all functions of a library.
func (vm *VM) openWhole(set library) {
	for _, b := range membersOf(set) {
		vm.openMember(member{set, b.name})
	}
	if set == libString {
		// As the VM's own does; arithmetic stays decimal.
		table := vm.part(set)
		table.RawSetString("__index", table)
		addArithmetic(vm.L, table)
		vm.L.SetMetatable(lua.LString(""), table)
	}
}

// mended gives a function as goagi has it.
func (vm *VM) mended(m member, original lua.LValue) lua.LValue {
	switch m.library {
	case libString:
		return vm.mendedString(m.name, original)
	case libTable:
		if m.name == "concat" {
			return vm.limited("table.concat", original, joined)
		}
		if m.name == "sort" {
			return vm.Function(func(vm *VM, L *lua.LState) int { return vm.sort(L, original) })
		}
	case libMath:
		if original.Type() == lua.LTFunction {
			return vm.decimalArguments(original)
		}
	case libOS:
		for i := range osFunctions {
			if osFunctions[i].name == m.name {
				return vm.Function(osFunctions[i].call)
			}
		}
	}
	return original
}
