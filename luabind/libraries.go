package luabind

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"goagi/spell"
)

// openBase opens what every script has whatever it names.
func (vm *VM) openBase() {
	vm.L.SetMetatable(lua.LString(""), stringMeta())
	vm.agiTable = vm.newAGI()
	vm.L.SetGlobal("agi", vm.agiTable)
}

func (vm *VM) setGlobal(name string, fn func(*VM, *lua.LState) int) {
	vm.L.SetGlobal(name, vm.Function(fn))
}

type libraryRow struct {
	set  library
	name string
	open lua.LGFunction
}

// libraries lists Lua's own libraries in the order they open.
var libraries = [...]libraryRow{
	{libPackage, "package", lua.OpenPackage},
	{libString, "string", lua.OpenString},
	{libTable, "table", lua.OpenTable},
	{libMath, "math", lua.OpenMath},
	{libOS, "os", lua.OpenOs},
	{libIO, "io", openModule},
	{libCoroutine, "coroutine", lua.OpenCoroutine},
	{libDebug, "debug", lua.OpenDebug},
}

// open opens what is in a set and is not open yet, and changes in it what goagi
// does otherwise.
func (vm *VM) open(set library) {
	vm.openBasics(set)
	if set&libArg != 0 && vm.opened&libArg == 0 {
		vm.opened |= libArg
		vm.openArg()
	}
	for i := range libraries {
		lib := &libraries[i]
		if set&lib.set == 0 || vm.opened&lib.set != 0 {
			continue
		}
		vm.opened |= lib.set
		if lib.set&libParted != 0 {
			vm.openWhole(lib.set)
			continue
		}
		L := vm.L
		L.Push(L.NewFunction(lib.open))
		L.Push(lua.LString(lib.name))
		L.Call(1, 1)
		table, _ := L.Get(-1).(*lua.LTable)
		L.Pop(1)
		switch lib.set {
		case libPackage:
			vm.mendPackage(table)
		case libCoroutine:
			vm.mendCoroutines(table)
		case libIO:
			vm.openIO(table)
		}
	}
}

// mendPackage has require look beside the script and in the scripts folder,
// and read modules as scripts are read.
func (vm *VM) mendPackage(pkg *lua.LTable) {
	L := vm.L
	var patterns []string
	for _, dir := range vm.host.Modules {
		patterns = append(patterns, filepath.Join(dir, "?.lua"), filepath.Join(dir, "?", "init.lua"))
	}
	pkg.RawSetString("path", lua.LString(strings.Join(patterns, ";")))
	loaded := pkg.RawGetString("loaded").(*lua.LTable)
	loaded.RawSetString("agi", vm.agiTable)
	loaded.RawSetString("_G", L.Get(lua.GlobalsIndex))
	pkg.RawGetString("loaders").(*lua.LTable).RawSetInt(2, vm.Function(loadModule))
}

// require is Lua's. The VM's own marks what is being loaded by a value that all VMs
// of the process share, and with it what a script hangs on that.
func require(vm *VM, L *lua.LState) int {
	name := L.CheckString(1)
	registry := L.Get(lua.RegistryIndex).(*lua.LTable)
	loaded, ok := registry.RawGetString("_LOADED").(*lua.LTable)
	loaders, ok2 := registry.RawGetString("_LOADERS").(*lua.LTable)
	if !ok || !ok2 {
		L.RaiseError("package.loaded and package.loaders must be tables")
	}
	if vm.loading == nil {
		vm.loading = vm.L.NewUserData()
	}
	switch value := L.GetField(loaded, name); {
	case value == vm.loading:
		L.RaiseError("loop or previous error loading module: %s", name)
	case lua.LVAsBool(value):
		L.Push(value)
		return 1
	}
	var found lua.LValue
	var messages []string
	for i := 1; found == nil; i++ {
		loader := loaders.RawGetInt(i)
		if loader == lua.LNil {
			L.RaiseError("module %s not found:\n\t%s", name, strings.Join(messages, "\n\t"))
		}
		L.Push(loader)
		L.Push(lua.LString(name))
		L.Call(1, 1)
		switch given := L.Get(-1).(type) {
		case *lua.LFunction:
			found = given
		case lua.LString:
			messages = append(messages, string(given))
		}
		L.Pop(1)
	}
	L.SetField(loaded, name, vm.loading)
	L.Push(found)
	L.Push(lua.LString(name))
	L.Call(1, 1)
	given := L.Get(-1)
	L.Pop(1)
	if now := L.GetField(loaded, name); now != vm.loading {
		given = now // it has put itself there
	} else if given == lua.LNil {
		given = lua.LTrue
	}
	L.SetField(loaded, name, given)
	L.Push(given)
	return 1
}

// loadModule is the second of package.loaders: it finds a file along
// package.path and compiles it, or opens a module of goagi's own. Files go first,
// so that a module which a later goagi brings breaks no script that has a file of
// that name; but for one that returns nothing, which is a script and no module.
func loadModule(vm *VM, L *lua.LState) int {
	name := L.CheckString(1)
	if name == "" || strings.ContainsAny(name, "\x00/\\") || strings.HasPrefix(name, ".") || strings.Contains(name, "..") {
		L.RaiseError("require: %q is no module's name: use letters, digits, _ and a dot between folders", name)
	}
	pkg, _ := L.GetGlobal("package").(*lua.LTable)
	path, ok := lua.LString(""), false
	if pkg != nil {
		path, ok = pkg.RawGetString("path").(lua.LString)
	}
	if !ok {
		L.RaiseError("package.path must be a string")
	}
	var tried []string
	for pattern := range strings.SplitSeq(string(path), ";") {
		if pattern == "" {
			continue // as where there is no folder
		}
		file := strings.ReplaceAll(pattern, "?", strings.ReplaceAll(name, ".", "/"))
		chunk, err := vm.load(file)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			tried = append(tried, file)
		case err != nil:
			vm.Raise(L, err)
		case chunk.name == vm.files[0], !chunk.gives && vm.ownModule(name) != nil:
			tried = append(tried, file) // a script redis.lua, and whoever wants redis does not mean it
		default:
			vm.admit(chunk)
			L.Push(L.NewFunctionFromProto(chunk.proto))
			return 1
		}
	}
	if own := vm.ownModule(name); own != nil {
		L.Push(vm.L.NewFunction(func(L *lua.LState) int { L.Push(own.open(vm)); return 1 }))
		return 1
	}
	hint := ""
	if vm.host.Known != nil {
		hint = spell.DidYouMean(name, vm.host.Known())
	}
	L.RaiseError("module %q not found%s: it is none of goagi's own, and there is no %s", name, hint, strings.Join(tried, " nor "))
	return 0
}

func (vm *VM) load(file string) (*Chunk, error) {
	if vm.host.Load != nil {
		return vm.host.Load(file)
	}
	if sandbox := *vm.Sandbox(); sandbox.Inside {
		sandbox.Scripts = slices.Concat(sandbox.Scripts, vm.host.Modules)
		// The folders of modules are the process's own, and not in the data folder.
		full, err := filepath.Abs(file)
		if err != nil {
			return nil, err
		}
		path, err := sandbox.Path(full, false)
		if err != nil {
			return nil, err
		}
		file = path
	}
	return Load(file)
}

func (vm *VM) ownModule(name string) *Module {
	if vm.host.Library == nil {
		return nil
	}
	return vm.host.Library(name)
}
