package luabind

import lua "github.com/yuin/gopher-lua"

// Callback calls a function of the script's and gives its results. What it raises
// goes on through the caller, whose deferred functions clean up: an error, a
// hangup, os.exit. The VM cannot resume a coroutine that yields in there, and would
// come back as if the function had returned: that is a usage error.
func (a Args) Callback(fn *lua.LFunction, args ...lua.LValue) []lua.LValue {
	parent, given, before := a.L.Parent, 0, a.L.GetTop()
	if parent != nil {
		given = parent.GetTop()
	}
	a.L.Push(fn)
	for _, arg := range args {
		a.L.Push(arg)
	}
	a.L.Call(len(args), lua.MultRet)
	if parent != nil && a.L.Parent == nil {
		// As it was before the coroutine handed over.
		a.L.Parent, a.L.G.CurrentThread = parent, a.L
		parent.SetTop(given)
		a.Misuse("the function that it calls must not yield")
	}
	results := make([]lua.LValue, 0, a.L.GetTop()-before)
	for i := before + 1; i <= a.L.GetTop(); i++ {
		results = append(results, a.L.Get(i))
	}
	a.L.SetTop(before)
	return results
}
