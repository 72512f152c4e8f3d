package luabind

import lua "github.com/yuin/gopher-lua"

// Callback calls a function of the script's and gives its results. What it raises
// goes on through the caller, whose deferred functions clean up: an error, a
// hangup, os.exit. The VM cannot resume a coroutine that yields in there, and would
// come back as if the function had returned: that is a usage error.
func (a Args) Callback(fn *lua.LFunction, args ...lua.LValue) []lua.LValue {
	before := a.L.GetTop()
	a.L.Push(fn)
	for _, arg := range args {
		a.L.Push(arg)
	}
	if callFrom(a.L, len(args), lua.MultRet) {
		a.Misuse("the function that it calls must not yield")
	}
	results := make([]lua.LValue, 0, a.L.GetTop()-before)
	for i := before + 1; i <= a.L.GetTop(); i++ {
		results = append(results, a.L.Get(i))
	}
	a.L.SetTop(before)
	return results
}

// callFrom calls what was pushed, from a function of Go, as L.Call does. It reports
// whether that yielded: then it gave nothing, and the coroutine goes on here.
func callFrom(L *lua.LState, args, results int) (yielded bool) {
	parent, given, before := L.Parent, 0, L.GetTop()-args-1
	if parent != nil {
		given = parent.GetTop()
	}
	L.Call(args, results)
	if parent == nil || L.Parent != nil {
		return false
	}
	// As it was before the coroutine handed over.
	L.Parent, L.G.CurrentThread = parent, L
	parent.SetTop(given)
	L.SetTop(before)
	return true
}

// sort is table.sort, whose function must not yield either.
func (vm *VM) sort(L *lua.LState, original lua.LValue) int {
	if before, ok := L.Get(2).(*lua.LFunction); ok && L.Parent != nil {
		L.Replace(2, vm.Function(func(_ *VM, L *lua.LState) int {
			L.Insert(before, 1)
			if callFrom(L, L.GetTop()-1, 1) {
				L.RaiseError("table.sort: the function that it calls must not yield")
			}
			return 1
		}))
	}
	n := L.GetTop()
	L.Insert(original, 1)
	L.Call(n, 0)
	return 0
}
