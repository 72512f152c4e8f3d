package spec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
	"goagi/sim"
	"goagi/spell"
)

// fakeModule is the module fake: what stands in for the world around a call.
func (t *tree) fakeModule() *luabind.Module {
	return &luabind.Module{
		Name: "fake",
		Doc:  "Stands in for what is around a call, in one test. It is a global of specs, too.",
		Funcs: []luabind.Func{
			{
				Name: "app", Params: "name: string, fn: fun(arguments: string, call: call): integer?",
				Doc: "Has fn(arguments, call) run in place of a dialplan application, each time the script runs it. It gives the application's result, 0 where it gives " +
					"nothing; `call:set(\"DIALSTATUS\", \"BUSY\")` in it sets what an application leaves behind, and `call:waits(5)` lets it take its time. Where the caller hangs up in it, the script finds that it has.",
				Call: func(_ *luabind.VM, a luabind.Args) int {
					fn := function(a, 2)
					t.mu.Lock()
					defer t.mu.Unlock()
					if t.apps == nil {
						t.apps = make(map[string]*lua.LFunction)
					}
					t.apps[strings.ToLower(a.Text(1))] = fn
					t.give("app", strings.ToLower(a.Text(1)), a.Text(1))
					return 0
				},
			},
			{
				Name: "asr", Params: "texts: (string|false)[]",
				Doc:  "Has asr understand these texts, one for each utterance; false is an engine that fails.",
				Call: func(_ *luabind.VM, a luabind.Args) int { return t.fakeASR(a) },
			},
			{
				Name: "file", Params: "name: string, content: string|boolean",
				Doc: "Puts a file where the script finds it, in its data folder where the name is not a full path; false has it not be there. What scripts write " +
					"in tests outside of their data folder stays apart from the machine, and is thrown away with it: other tests do not see it, and the test itself " +
					"reads it with io.open.",
				Call: func(_ *luabind.VM, a luabind.Args) int { return t.fakeFile(a) },
			},
			{
				Name: "func", Params: "name: string, fn: fun(arguments: string, value: string?, call: call): string|number|nil",
				Doc: "Has fn(arguments, value, call) stand in for a dialplan function, such as CURL(https://...) or ODBC_USER(5551234). It gives what is read, or " +
					"nothing where there is nothing; value is what the script writes to it, nil where it reads.",
				Call: func(_ *luabind.VM, a luabind.Args) int { return t.fakeFunction(a) },
			},
			{
				Name: "http", Params: "request: string, answer: answer|(fun(request: request): answer)",
				Doc: "Has http answer a request, as in fake.http(\"GET https://api.example.com/customers/7\", {status = 200, json = {name = \"Ann\"}}); the query may be left " +
					"out, and an asterisk at the end is anything. A function is given the request and gives the answer. " +
					"Several for one request are given in turn, the last for good; of several that fit, the one that names most of the " +
					"request answers. A request that has no fake makes the test fail.",
				Call: func(_ *luabind.VM, a luabind.Args) int { return t.fakeHTTP(a) },
			},
			{
				Name: "program", Params: "name: string, answer: outcome|(fun(arguments: string[], stdin: string): outcome)",
				Doc: "Has a program do this, whether process.run, os.execute or io.popen starts it: it is known by its full path or its name, and a command of the shell by " +
					"its first word. A function is given the list of arguments, the program's name first, and what it reads, and gives the outcome. A program that has no fake makes the test fail.",
				Call: func(_ *luabind.VM, a luabind.Args) int { return t.fakeProgram(a) },
			},
			{
				Name: "sql", Params: "statements: string, database?: string",
				Doc: "Has an SQLite database stand in for those of servers, PostgreSQL's and MySQL's, after these statements, as in " +
					"fake.sql(\"CREATE TABLE customers (number TEXT, name TEXT); INSERT INTO customers VALUES ('5551234', 'Ann')\"); with database only for the one of this " +
					"name. What only the server's own SQL knows has to be " +
					"tested with the server. The test reads what the script has written by the same URL.",
				Call: func(_ *luabind.VM, a luabind.Args) int { return t.fakeSQL(a) },
			},
		},
		Types: []*luabind.Type{&answerType, &outcomeType, &requestType},
	}
}

// askDo has a function of the test run, in the goroutine of who asks and with a
// thread of Lua for itself, while the test and other such functions wait; false says
// that the test is over.
func (t *tree) askDo(do func(*lua.LState) error) bool {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-t.done:
		return false
	}
	select {
	case <-t.done: // meanwhile
		return false
	default:
	}
	t.faking.Add(1)
	t.working.Add(1)
	thread := t.vm.Thread()
	t.inFake, t.vm.L.G.CurrentThread = true, thread
	defer func() {
		t.inFake = false
		t.working.Add(-1)
		t.faked.Add(1)
		t.faking.Done()
	}()
	if err := do(thread); err != nil {
		t.blame(fmt.Errorf("a fake failed: %w", t.vm.ErrorOf(err)))
	}
	return true
}

// blame makes the test fail with an error, unless it does anyway.
func (t *tree) blame(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fault == nil {
		t.fault = err
	}
}

// blameAt is blame for what happens at a place of a script, and gives the error.
func (t *tree) blameAt(where string, err error) error {
	t.blame(fmt.Errorf("%s: %w", where, err))
	return err
}

// blamed reports whether the test fails although what it wants holds.
func (t *tree) blamed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.fault != nil
}

// stand gives what stands in for the world, to the modules of a call.
func (p *placed) stand(kind, where string) (any, error) {
	t := p.tree
	t.mu.Lock()
	heard := t.heard
	t.mu.Unlock()
	switch {
	case kind == "http":
		return &callWeb{&t.web, p, where}, nil
	case kind == "process":
		return &callPrograms{&t.programs, p, where}, nil
	case kind == "sql":
		return &databases{t, where}, nil
	case kind == "asr" && heard != nil:
		return &callHeard{heard, p}, nil
	}
	return nil, t.lacks(kind, where)
}

// lacks blames what goes outside and has no fake.
func (t *tree) lacks(kind, where string) error {
	err := fmt.Errorf("a test cannot use %s, for which there is no fake", kind)
	if kind == "asr" {
		err = errors.New("the spec has no fake for asr: fake.asr{\"what it understands\"}")
	}
	return t.blameAt(where, err)
}

// own gives what stands in for the world to the modules of the test itself, as where
// it tests a module of scripts. Fakes run while it waits for one.
func (t *tree) own(kind, where string) (any, error) {
	if !t.begun {
		return nil, errors.New("what goes outside belongs into a test, or into before_each")
	}
	switch kind {
	case "http":
		return &ownWeb{t, where}, nil
	case "process":
		return &ownPrograms{t, where}, nil
	case "sql":
		return &databases{t, where}, nil
	}
	return nil, t.lacks(kind, where)
}

// fakeName is a kind of fake and what it stands in for.
type fakeName [2]string

// give notes a fake, under the name that the test gave it. t.mu is held.
func (t *tree) give(kind, name, given string) {
	if t.unused == nil {
		t.unused = make(map[fakeName]string)
	}
	if len(given) > 60 {
		given = given[:60] + "..."
	}
	t.unused[fakeName{kind, name}] = fmt.Sprintf("fake.%s(%q)", kind, given)
}

// use notes that a fake has been used.
func (t *tree) use(kind, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.unused, fakeName{kind, name})
}

// hints says of a test that fails when its calls began, where it has set the clock,
// and which fakes nobody has used: one may have a name that is misspelt. t.mu is held.
func (t *tree) hints() string {
	var b strings.Builder
	for _, p := range t.placed {
		if t.dated {
			fmt.Fprintf(&b, "%8s  the call to %s began at %s UTC\n", "", p.script, p.begin.UTC().Format("2006-01-02 15:04:05"))
		}
	}
	if len(t.unused) > 0 {
		fmt.Fprintf(&b, "%8s  never used: %s\n", "", strings.Join(slices.Sorted(maps.Values(t.unused)), ", "))
	}
	return b.String()
}

// standIn gives the fake of an application, nil where there is none.
func (t *tree) standIn(name string) *lua.LFunction {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.apps[strings.ToLower(name)]
}

// hasLeft reports whether the caller has hung up.
func (p *placed) hasLeft() bool {
	select {
	case <-p.left:
		return true
	default:
		return false
	}
}

// app is the simulator's stand-in for an application.
func (p *placed) app(name, args string) (int, bool) {
	fn := p.tree.standIn(name)
	if fn == nil {
		if p.tree.real == nil && !sim.Has(name) {
			p.tree.blame(fmt.Errorf("the simulator has no application %s%s: fake.app(%q, function(arguments, call) ... end)", name, spell.DidYouMean(name, sim.Applications()), name))
		}
		return 0, false
	}
	result := 0
	here := !p.hasLeft()
	p.tree.use("app", strings.ToLower(name))
	p.tree.askDo(func(L *lua.LState) error {
		if err := L.CallByParam(lua.P{Fn: fn, NRet: 1, Protect: true}, lua.LString(args), p.object); err != nil {
			return err
		}
		defer L.Pop(1)
		switch n := L.Get(-1).(type) {
		case lua.LNumber:
			result = int(n)
		case *lua.LNilType:
			if here && p.hasLeft() {
				result = -1 // as of the applications whose caller hangs up
			}
		default:
			return fmt.Errorf("the function of fake.app(%q) gave a %s: an application's result is a number, or nothing", name, n.Type())
		}
		return nil
	})
	return result, true
}
