package luabind

import (
	"log/slog"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/agi"
)

func usageError(command, message string) error {
	return &agi.Error{Kind: agi.ErrUsage, Command: command, Message: message}
}

// extras are the functions of the agi module that are no AGI command. Sorted
// by name.
var extras = [...]Func{
	{
		Name:    "command",
		Params:  "name: string, ...: string|number",
		Returns: "reply: reply",
		Doc: "Sends any AGI command: blanks in name part its words, each further argument goes out quoted, as it stands. " +
			"Gives Asterisk's answer.",
		Call: command,
	},
	{
		Name:    "hungup",
		Returns: "gone: boolean",
		Doc:     "Tells whether the channel is known to be gone, without asking Asterisk.",
		Call: func(vm *VM, a Args) int {
			gone := vm.host.Session.Hungup()
			vm.told = vm.told || gone
			a.PushTruth(gone)
			return 1
		},
	},
	{
		Name:   "log",
		Params: "level: \"debug\"|\"info\"|\"warn\"|\"error\", ...: any",
		Doc: "Writes a line to goagi's log and to Asterisk's own, at level \"debug\", \"info\", \"warn\" or \"error\". " +
			"The further arguments are joined by blanks. Levels below --log-level are left out.",
		Call: logLine,
	},
	{
		Name:   "on_hangup",
		Params: "fn: fun()",
		Doc: "Has fn run when the script has ended and has lost its channel by then: the caller hung up, the call was redirected, or " +
			"its time was over. Several run in the order given, with one more grace time for all of them; an error in one is logged " +
			"and the next still runs. They do not run in the h extension, where there was no channel from the start.",
		Call: func(vm *VM, a Args) int {
			fn, ok := a.L.Get(1).(*lua.LFunction)
			if !ok {
				a.Fail(1, "a function")
			}
			vm.onHangup = append(vm.onHangup, fn)
			return 0
		},
	},
	{
		Name:   "sleep",
		Params: "seconds: number",
		Doc:    "Waits so many seconds. A hangup ends the wait and is raised.",
		Call:   sleep,
	},
}

// Functions lists the functions of the agi module, those of AGI's commands
// first, each sorted by name.
func Functions() []Func {
	return append(append([]Func(nil), verbs[:]...), extras[:]...)
}

// newAGI makes the agi module.
func (vm *VM) newAGI() *lua.LTable {
	return vm.lazyTable("agi", vm.member, func() []string {
		names := []string{"app", "env", "query", "transport", "var"}
		for _, fn := range Functions() {
			names = append(names, fn.Name)
		}
		return names
	})
}

// member makes what agi.NAME is.
func (vm *VM) member(module *lua.LTable, name string) (lua.LValue, bool) {
	if fn := find(verbs[:], name); fn != nil {
		return vm.bind(module, "agi.", fn, true), true
	}
	if fn := find(extras[:], name); fn != nil {
		return vm.bind(module, "agi.", fn, false), true
	}
	switch name {
	case "env":
		table := vm.L.CreateTable(0, 32)
		for name, value := range vm.host.Env.All() {
			table.RawSetString(name, lua.LString(value))
		}
		return table, true
	case "query":
		table := vm.L.CreateTable(0, len(vm.host.Query))
		for name, value := range vm.host.Query {
			table.RawSetString(name, lua.LString(value))
		}
		return table, true
	case "transport":
		return lua.LString(vm.host.Transport), true
	case "var":
		return vm.proxy(getVar, setVar), true
	case "app":
		return vm.proxy(appFunction, nil), true
	}
	return nil, false
}

// find looks a function up in a table sorted by name.
func find(table []Func, name string) *Func {
	i, ok := slices.BinarySearchFunc(table, name, func(fn Func, name string) int { return strings.Compare(fn.Name, name) })
	if !ok {
		return nil
	}
	return &table[i]
}

// bind makes a documented function of a module a Lua function, one that waits for
// Asterisk where waits is set.
func (vm *VM) bind(module *lua.LTable, prefix string, fn *Func, waits bool) *lua.LFunction {
	return vm.Function(func(vm *VM, L *lua.LState) int {
		a := Args{vm: vm, L: L, name: prefix + fn.Name, fn: fn}
		if L.Get(1) == module {
			a.Misuse("call it with a dot: %s(...)", a.name)
		}
		a.limit()
		if waits {
			vm.pause(L)
		}
		return fn.Call(vm, a)
	})
}

// proxy makes a table whose members are read and assigned by functions.
func (vm *VM) proxy(get, set func(*VM, *lua.LState) int) *lua.LTable {
	table, meta := vm.L.NewTable(), vm.L.CreateTable(0, 2)
	meta.RawSetString("__index", vm.Function(get))
	if set != nil {
		meta.RawSetString("__newindex", vm.Function(set))
	}
	vm.L.SetMetatable(table, meta)
	return table
}

func command(vm *VM, a Args) int {
	words := make([]string, 0, a.L.GetTop())
	for i := 2; i <= a.L.GetTop(); i++ {
		words = append(words, a.Text(i))
	}
	name := a.Text(1)
	vm.pause(a.L)
	reply, err := vm.host.Session.Command(name, words...)
	a.Check(err)
	table := a.L.NewTable()
	table.RawSetString("code", lua.LNumber(reply.Code))
	table.RawSetString("result", lua.LString(reply.Result))
	if reply.HasValue {
		table.RawSetString("value", lua.LString(reply.Value))
	}
	table.RawSetString("endpos", lua.LNumber(reply.Endpos))
	table.RawSetString("text", lua.LString(reply.Text))
	a.L.Push(table)
	return 1
}

func logLine(vm *VM, a Args) int {
	var level slog.Level
	switch word := a.Text(1); word {
	case "debug":
		level = slog.LevelDebug
	case "info":
		level = slog.LevelInfo
	case "warn", "warning":
		level = slog.LevelWarn
	case "error":
		level = slog.LevelError
	default:
		a.Misuse("%s is no level: use \"debug\", \"info\", \"warn\" or \"error\"", quoted(word))
	}
	parts := make([]string, 0, a.L.GetTop())
	for i := 2; i <= a.L.GetTop(); i++ {
		parts = append(parts, a.L.ToStringMeta(a.L.Get(i)).String())
	}
	vm.log(level, strings.Join(parts, " "))
	return 0
}

// variableName reads the key of agi.var. A name with $, { or } would be
// evaluated by Asterisk.
func variableName(vm *VM, L *lua.LState) string {
	name, ok := L.Get(2).(lua.LString)
	if !ok || name == "" {
		vm.Raise(L, usageError("agi.var", "a variable's name must be a string"))
	}
	if strings.ContainsAny(string(name), "${}") {
		vm.Raise(L, usageError("agi.var", "a variable's name cannot hold $, { or }: "+quoted(string(name))))
	}
	return string(name)
}

func getVar(vm *VM, L *lua.LState) int {
	name := variableName(vm, L)
	vm.pause(L)
	value, set, err := vm.host.Session.GetVariable(name)
	if err != nil {
		vm.Raise(L, err)
	}
	if set {
		L.Push(lua.LString(value))
	} else {
		L.Push(lua.LNil)
	}
	return 1
}

func setVar(vm *VM, L *lua.LState) int {
	name, text := variableName(vm, L), ""
	switch value := L.Get(3).(type) {
	case lua.LString, lua.LNumber:
		text = value.String()
	case *lua.LNilType: // Asterisk has no other way to unset one
	default:
		vm.Raise(L, usageError("agi.var."+name, "a variable takes a string or a number, not a "+value.Type().String()))
	}
	vm.pause(L)
	if err := vm.host.Session.SetVariable(name, text); err != nil {
		vm.Raise(L, err)
	}
	return 0
}

// appFunction gives the function that runs a dialplan application.
func appFunction(vm *VM, L *lua.LState) int {
	name := L.CheckString(2)
	run := vm.Function(func(vm *VM, L *lua.LState) int {
		joined, err := joinArguments(L, name)
		if err != nil {
			vm.Raise(L, usageError("agi.app."+name, err.Error()))
		}
		vm.pause(L)
		result, err := vm.host.Session.Exec(name, joined)
		if err != nil {
			vm.Raise(L, err)
		}
		L.Push(lua.LNumber(result))
		return 1
	})
	L.CheckTable(1).RawSetString(name, run)
	L.Push(run)
	return 1
}
