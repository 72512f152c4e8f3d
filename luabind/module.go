package luabind

import (
	"slices"

	lua "github.com/yuin/gopher-lua"
	"goagi/spell"
)

// Module is one of goagi's own modules, which require gives by its name. It
// leaves no global behind, and its parts come to be when they are first used:
// a call pays only for what its script touches.
type Module struct {
	Name string
	Doc  string // what it is for; paragraphs
	// Ending says what waits of it do at a hangup; "" where it has none.
	Ending   string
	Example  string   // a script that uses it; the tests run it
	Settings []Option // the keys of its table in the settings file
	// Check says what else is wrong with that table; may be nil.
	Check  func(table map[string]any) error
	Funcs  []Func // sorted by name
	Fields []Field
	Types  []*Type // what its functions give and take that has methods or members
}

// Field is a member of a module that is no function.
type Field struct {
	Name, Type, Doc string // its type is written as a Variable's
	Get             func(*VM) lua.LValue
}

// Type is a kind of object with methods. One that has none is a plain table of
// Lua, with these members: it is there for the documentation.
type Type struct {
	Name    string // "utterance"
	Doc     string
	Methods []Func // sorted by name; Args.Self is the object
	// Member gives what else can be read of an object besides its methods, by name;
	// may be nil. Members lists the names for messages and the reference.
	Member  func(vm *VM, value any, name string) (lua.LValue, bool)
	Members []Field
	// Other gives the method of any other name, nil where there is none; may be nil.
	Other func(name string) *Func
	// Text gives what tostring and .. make of an object; objects of the same text
	// are equal. Where nil, an object is its type's name to them, and equals itself.
	Text func(value any) string
}

// open makes the module's table.
func (m *Module) open(vm *VM) *lua.LTable {
	return vm.lazyTable(m.Name, func(module *lua.LTable, name string) (lua.LValue, bool) {
		if fn := find(m.Funcs, name); fn != nil {
			return vm.bind(module, m.Name+".", fn, false), true
		}
		for i := range m.Fields {
			if m.Fields[i].Name == name {
				return m.Fields[i].Get(vm), true
			}
		}
		return nil, false
	}, func() []string {
		var names []string
		for i := range m.Funcs {
			names = append(names, m.Funcs[i].Name)
		}
		for i := range m.Fields {
			names = append(names, m.Fields[i].Name)
		}
		return names
	})
}

// fewMembers is how many members of a module a table first has room for: a table
// that is not told begins with eight times the memory.
const fewMembers = 8

// lazyTable makes a table whose members come to be when they are first used.
// One that is not there is an error, with the nearest of names.
func (vm *VM) lazyTable(module string, member func(table *lua.LTable, name string) (lua.LValue, bool), names func() []string) *lua.LTable {
	table, meta := vm.L.CreateTable(0, fewMembers), vm.L.CreateTable(0, 1)
	meta.RawSetString("__index", vm.Function(func(vm *VM, L *lua.LState) int {
		table := L.CheckTable(1)
		name, ok := L.Get(2).(lua.LString)
		if !ok {
			L.Push(lua.LNil)
			return 1
		}
		value, ok := member(table, string(name))
		if !ok {
			vm.Raise(L, usageError(module, "there is no "+module+"."+quotedName(string(name))+spell.DidYouMean(string(name), names())))
		}
		table.RawSetString(string(name), value)
		L.Push(value)
		return 1
	}))
	vm.L.SetMetatable(table, meta)
	return table
}

// Object makes a value of Go an object of a type.
func (vm *VM) Object(t *Type, value any) *lua.LUserData {
	if vm.types[t] == nil {
		if vm.types == nil {
			vm.types = make(map[*Type]*lua.LTable)
		}
		meta := vm.L.NewTable()
		methods := vm.lazyTable(t.Name, func(_ *lua.LTable, name string) (lua.LValue, bool) {
			if fn := find(t.Methods, name); fn != nil {
				return vm.method(t, fn), true
			}
			if t.Other != nil {
				if fn := t.Other(name); fn != nil {
					return vm.method(t, fn), true
				}
			}
			return nil, false
		}, func() []string {
			var names []string
			for i := range t.Methods {
				names = append(names, t.Methods[i].Name)
			}
			for i := range t.Members {
				names = append(names, t.Members[i].Name)
			}
			return names
		})
		meta.RawSetString("__index", vm.index(t, methods))
		meta.RawSetString("__tostring", vm.L.NewFunction(func(L *lua.LState) int {
			L.Push(lua.LString(t.text(L.Get(1))))
			return 1
		}))
		if t.Text != nil {
			meta.RawSetString("__concat", vm.L.NewFunction(func(L *lua.LState) int {
				L.Push(lua.LString(t.text(L.Get(1)) + t.text(L.Get(2))))
				return 1
			}))
			meta.RawSetString("__eq", vm.L.NewFunction(func(L *lua.LState) int {
				L.Push(lua.LBool(t.text(L.Get(1)) == t.text(L.Get(2))))
				return 1
			}))
		}
		meta.RawSetString("__metatable", lua.LString(t.Name))
		vm.types[t] = meta
	}
	data := vm.L.NewUserData()
	data.Value, data.Metatable = value, vm.types[t]
	return data
}

// index is __index of a type's objects.
func (vm *VM) index(t *Type, methods *lua.LTable) lua.LValue {
	if t.Member == nil {
		return methods
	}
	return vm.Function(func(vm *VM, L *lua.LState) int {
		self, ok := L.Get(1).(*lua.LUserData)
		name, named := L.Get(2).(lua.LString)
		if ok && named && self.Metatable == vm.types[t] && find(t.Methods, string(name)) == nil {
			if value, ok := t.Member(vm, self.Value, string(name)); ok {
				L.Push(value)
				return 1
			}
		}
		L.Push(L.GetTable(methods, L.Get(2)))
		return 1
	})
}

// text gives a value's text, in the way of its type.
func (t *Type) text(value lua.LValue) string {
	object, ok := value.(*lua.LUserData)
	switch {
	case !ok:
		return value.String()
	case t.Text == nil:
		return t.Name
	}
	return t.Text(object.Value)
}

// method makes a documented method a Lua function.
func (vm *VM) method(t *Type, fn *Func) *lua.LFunction {
	return vm.Function(func(vm *VM, L *lua.LState) int {
		a := Args{vm: vm, L: L, name: t.Name + ":" + fn.Name, fn: fn}
		self, ok := L.Get(1).(*lua.LUserData)
		if !ok || self.Metatable != vm.types[t] {
			a.Misuse("call it with a colon, on the %s", t.Name)
		}
		L.Remove(1)
		a.Self, a.Type = self.Value, t
		a.limit()
		return fn.Call(vm, a)
	})
}

// limit refuses more arguments than the function takes.
func (a Args) limit() {
	if most := a.fn.most(); most >= 0 && a.L.GetTop() > most {
		a.Misuse("it takes %s, not %d arguments", a.fn.takes(), a.L.GetTop())
	}
}

// Host gives the call that the VM runs for.
func (vm *VM) Host() *Host { return &vm.host }

// OnClose has free run when the VM closes, the last one given first.
func (vm *VM) OnClose(free func()) { vm.closing = append(vm.closing, free) }

// closeAll runs what OnClose was given.
func (vm *VM) closeAll() {
	for _, free := range slices.Backward(vm.closing) {
		free()
	}
	vm.closing = nil
}
