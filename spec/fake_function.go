package spec

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/agi"
	"goagi/luabind"
	"goagi/sim"
)

// fakeFunction is fake.func.
func (t *tree) fakeFunction(a luabind.Args) int {
	name, fn := a.Text(1), function(a, 2)
	if strings.ContainsAny(name, "()") || name == "" {
		a.Misuse("a dialplan function's name has no parentheses: %q", "CURL")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.functions == nil {
		t.functions = make(map[string]*lua.LFunction)
	}
	t.functions[name] = fn
	t.give("func", name, name)
	return 0
}

// fakeOf gives the fake of a dialplan function, nil where there is none.
func (t *tree) fakeOf(name string) *lua.LFunction {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.functions[name]
}

// play has a fake do what a dialplan function is to do. Only who
// has the turn may.
func (p *placed) play(L *lua.LState, fn *lua.LFunction, use sim.FunctionUse) (value string, ok bool, err error) {
	p.tree.use("func", use.Name)
	var written lua.LValue = lua.LNil
	if use.Write {
		written = lua.LString(use.Value)
	}
	if err := L.CallByParam(lua.P{Fn: fn, NRet: 1, Protect: true}, lua.LString(use.Args), written, p.object); err != nil {
		return "", false, p.tree.vm.ErrorOf(err)
	}
	defer L.Pop(1)
	switch got := L.Get(-1); got.Type() {
	case lua.LTString, lua.LTNumber:
		return got.String(), true, nil
	case lua.LTNil:
		return "", false, nil
	default:
		return "", false, fmt.Errorf("the function of fake.func(%q) gave a %s: a dialplan function's value is a text, or nothing", use.Name, got.Type())
	}
}

// fakes plays the fake of a function that the script uses, where there is one.
func (p *placed) fakes(use sim.FunctionUse) (value string, ok, took bool) {
	fn := p.tree.fakeOf(use.Name)
	if fn == nil {
		return "", false, false
	}
	p.tree.askDo(func(L *lua.LState) (err error) {
		value, ok, err = p.play(L, fn, use)
		return err
	})
	return value, ok, true
}

// function is the simulator's stand-in for a dialplan function: a fake, or what
// was written to one that the simulator has not.
func (p *placed) function(use sim.FunctionUse) (value string, ok, took bool) {
	if value, ok, took = p.fakes(use); took || use.Known {
		return value, ok, took
	}
	expr := use.Name + "(" + use.Args + ")"
	p.mu.Lock()
	defer p.mu.Unlock()
	if use.Write {
		if p.written == nil {
			p.written = make(map[string]string)
		}
		p.written[expr] = use.Value
		return "", true, true
	}
	if value, ok = p.written[expr]; !ok {
		p.tree.blame(fmt.Errorf("the call reads the dialplan function %s, and the spec has no fake for it: fake.func(%q, function(arguments) return \"...\" end)", expr, use.Name))
	}
	return value, ok, true
}

// used takes NAME(arguments) apart.
func used(expr string) (use sim.FunctionUse, ok bool) {
	name, args, ok := strings.Cut(expr, "(")
	if !ok || !strings.HasSuffix(args, ")") {
		return use, false
	}
	return sim.FunctionUse{Name: name, Args: strings.TrimSuffix(args, ")")}, true
}

// read gives a function's value to the test.
func (p *placed) read(L *lua.LState, expr string) (value string, ok bool, err error) {
	use, _ := used(expr)
	if fn := p.tree.fakeOf(use.Name); fn != nil {
		return p.play(L, fn, use)
	}
	return p.line.get(expr)
}

// write sets a variable or a function for the test.
func (p *placed) write(L *lua.LState, name, value string) error {
	if use, ok := used(name); ok {
		if fn := p.tree.fakeOf(use.Name); fn != nil {
			use.Write, use.Value = true, value
			_, _, err := p.play(L, fn, use)
			return err
		}
	}
	return p.line.set(name, value)
}

// functionsOf answers a command that uses a function which the test fakes, on a real
// Asterisk.
func (p *placed) functionsOf(c agi.Command) (agi.Reply, bool) {
	expr, full := "", false
	switch {
	case c.Name == "GET VARIABLE" && len(c.Args) == 1, c.Name == "SET VARIABLE" && len(c.Args) == 2:
		expr = c.Args[0]
	case c.Name == "GET FULL VARIABLE" && len(c.Args) == 1:
		expr, full = c.Args[0], true
	default:
		return agi.Reply{}, false
	}
	if full {
		inner, begins := strings.CutPrefix(expr, "${")
		inner, ends := strings.CutSuffix(inner, "}")
		if !begins || !ends || strings.ContainsAny(inner, "${}") {
			p.foresees(expr)
			return agi.Reply{}, false
		}
		expr = inner
	}
	use, ok := used(expr)
	if !ok {
		return agi.Reply{}, false
	}
	if use.Write = c.Name == "SET VARIABLE"; use.Write {
		use.Value = c.Args[1]
	}
	value, is, took := p.fakes(use)
	switch {
	case !took:
		return agi.Reply{}, false
	case use.Write:
		return agi.Reply{Code: 200, Result: "1"}, true
	case !is && !full:
		return agi.Reply{Code: 200, Result: "0"}, true
	}
	return agi.Reply{Code: 200, Result: "1", HasValue: true, Value: value}, true
}

// foresees has a test be left out that fakes a function within an expression,
// which Asterisk itself evaluates.
func (p *placed) foresees(expr string) {
	p.tree.mu.Lock()
	defer p.tree.mu.Unlock()
	for name := range p.tree.functions {
		if strings.Contains(expr, "{"+name+"(") && p.tree.fault == nil {
			p.tree.fault = &leftOut{"it fakes " + name + ", which the script uses within an expression"}
		}
	}
}

// prime writes to the faked functions among what the dialplan has set.
func (p *placed) prime(L *lua.LState, vars map[string]string) error {
	for name, value := range vars {
		if use, ok := used(name); ok && p.tree.fakeOf(use.Name) != nil {
			if err := p.write(L, name, value); err != nil {
				return err
			}
			delete(vars, name)
		}
	}
	return nil
}

// functionsIn has a table of variables read functions, too, and what is a variable
// of the dialplan without being one of the channel's: UNIQUEID, EXTEN, a global one.
func (p *placed) functionsIn(vm *luabind.VM, table *lua.LTable) {
	meta := vm.L.CreateTable(0, 1)
	meta.RawSetString("__index", vm.Function(func(vm *luabind.VM, L *lua.LState) int {
		name := L.Get(2).String()
		p.settle()
		value, ok, err := p.read(L, name)
		if err != nil {
			vm.Raise(L, err)
		}
		if !ok {
			return 0
		}
		L.Push(lua.LString(value))
		return 1
	}))
	vm.L.SetMetatable(table, meta)
}
