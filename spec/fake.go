package spec

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// fakes is the module fake: what stands in for the world around a call.
func (t *tree) fakes() *luabind.Module {
	return &luabind.Module{
		Name: "fake",
		Doc:  "Stands in for what is around a call, in one test. It is a global of specs, too.",
		Funcs: []luabind.Func{
			{
				Name: "app", Params: "name: string, fn: function",
				Doc: "Has fn(arguments, call) run in place of a dialplan application, each time the script runs it. It gives the application's result, 0 where it gives " +
					"nothing; `call:set(\"DIALSTATUS\", \"BUSY\")` in it sets what an application leaves behind, and `call:waits(5)` lets it take its time.",
				Call: func(_ *luabind.VM, a luabind.Args) int {
					fn := function(a, 2)
					t.mu.Lock()
					defer t.mu.Unlock()
					if t.apps == nil {
						t.apps = make(map[string]*lua.LFunction)
					}
					t.apps[strings.ToLower(a.Text(1))] = fn
					return 0
				},
			},
		},
	}
}

// asked is a function of the test that somebody else wants to be run: only the
// test's own goroutine may run its Lua.
type asked struct {
	fn   *lua.LFunction
	args []lua.LValue
	done chan lua.LValue // what it gave; lua.LNil where it failed
}

// ask has a function run, the next time that the test waits.
func (t *tree) ask(fn *lua.LFunction, args ...lua.LValue) lua.LValue {
	a := asked{fn, args, make(chan lua.LValue, 1)}
	t.asks <- a
	return <-a.done
}

// obey runs a function that somebody asked for.
func (t *tree) obey(a asked) {
	value := lua.LValue(lua.LNil)
	if err := t.vm.L.CallByParam(lua.P{Fn: a.fn, NRet: 1, Protect: true}, a.args...); err == nil {
		value = t.vm.L.Get(-1)
		t.vm.L.Pop(1)
	} else if t.fault == nil {
		t.fault = err
	}
	a.done <- value
}

// app is the simulator's stand-in for an application.
func (p *placed) app(name, args string) (int, bool) {
	p.tree.mu.Lock()
	fn := p.tree.apps[strings.ToLower(name)]
	p.tree.mu.Unlock()
	if fn == nil {
		return 0, false
	}
	value := p.tree.ask(fn, lua.LString(args), p.object)
	n, _ := value.(lua.LNumber)
	return int(n), true
}

// faulty is the error of a fake that failed.
func (t *tree) faulty() error {
	if t.fault == nil {
		return nil
	}
	return fmt.Errorf("a fake failed: %w", t.fault)
}
