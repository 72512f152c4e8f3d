package spec

import (
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// words is the module spec: what a spec file is written in.
func (t *tree) words() *luabind.Module {
	return &luabind.Module{
		Name: "spec",
		Doc: "Call specs: tests of call flows, which `goagi test` runs. A spec file stands beside the script, `pin_spec.lua` beside `pin.lua`, and has these " +
			"functions as globals. Each test runs by itself, in a Lua of its own whose time is not the clock's: a silence of half a minute takes none.",
		Example: `
describe("hello.lua", function()
  it("says back the key that the caller presses", function()
    local call = place("hello.lua")
    call:hears("hello-world")
    call:hears("vm-enter-num-to-call")
    call:press("7")
    call:hears{digits = "7"}
    call:ends("ok")
  end)
end)
`,
		Funcs: []luabind.Func{
			{
				Name: "after_each", Params: "fn: fun()",
				Doc: "Has fn run after each test of the describe it stands in, also after one that fails.",
				Call: func(_ *luabind.VM, a luabind.Args) int {
					t.outsideTest(a)
					t.group.after = append(t.group.after, function(a, 1))
					return 0
				},
			},
			{
				Name: "at", Params: "time: string, zone?: string",
				Doc: "Sets the clock of this test, as in at(\"2026-12-24 18:00\", \"Europe/Berlin\"); without a zone it is UTC. It only goes forward, and no call may go on meanwhile; a test begins " +
					"at midnight of the first of January 2000.",
				Call: func(_ *luabind.VM, a luabind.Args) int { t.at(a); return 0 },
			},
			{
				Name: "before_each", Params: "fn: fun()",
				Doc: "Has fn run before each test of the describe it stands in.",
				Call: func(_ *luabind.VM, a luabind.Args) int {
					t.outsideTest(a)
					t.group.before = append(t.group.before, function(a, 1))
					return 0
				},
			},
			{
				Name: "describe", Params: "name: string, fn: fun()",
				Doc: "Groups the tests that fn describes, under a name.",
				Call: func(_ *luabind.VM, a luabind.Args) int {
					t.group = &group{name: a.Text(1), outer: t.group}
					defer func() { t.group = t.group.outer }()
					a.L.Push(function(a, 2))
					a.L.Call(0, 0)
					return 0
				},
			},
			{
				Name: "it", Params: "name: string, fn: fun()",
				Doc:  "A test: it holds where fn comes to its end.",
				Call: func(_ *luabind.VM, a luabind.Args) int { t.add(a, function(a, 2)); return 0 },
			},
			{
				Name: "pending", Params: "name: string, fn?: fun()",
				Doc: "A test that is not to be run yet; it is listed. In a test it ends that one, which is left out.",
				Call: func(vm *luabind.VM, a luabind.Args) int {
					if t.begun {
						vm.Raise(a.L, &leftOut{"pending: " + a.Text(1)})
					}
					t.add(a, nil)
					return 0
				},
			},
			{
				Name: "place", Params: "script: string, options?: table", Returns: "call: call",
				Options: placeOptions,
				Doc:     "Places a call to a script, which is looked for beside the spec and in the scripts folder. The call goes on while the test does other things.",
				Call:    func(vm *luabind.VM, a luabind.Args) int { a.L.Push(t.place(vm, a)); return 1 },
			},
		},
		Types: []*luabind.Type{&callType, &saidType},
	}
}

func function(a luabind.Args, n int) *lua.LFunction {
	fn, ok := a.L.Get(n).(*lua.LFunction)
	if !ok {
		a.Fail(n, "a function")
	}
	return fn
}

// add adds a test to the group that runs.
func (t *tree) add(a luabind.Args, body *lua.LFunction) {
	if t.begun {
		a.Misuse("a test cannot stand in another")
	}
	line := 0
	if where := strings.Split(strings.TrimSuffix(strings.TrimSpace(a.L.Where(1)), ":"), ":"); len(where) > 1 {
		line, _ = strconv.Atoi(where[len(where)-1])
	}
	t.items = append(t.items, &item{a.Text(1), line, t.group, body})
}

// outsideTest raises what belongs beside tests, where one runs.
func (t *tree) outsideTest(a luabind.Args) {
	if t.begun {
		a.Misuse("it stands beside the tests that it is for, in their describe, and not in one")
	}
}

// inTest raises what belongs into a test, where none runs: a file is run to find its
// tests, too, in the machine's own time and with its files.
func (t *tree) inTest(a luabind.Args) {
	if !t.begun {
		a.Misuse("it belongs into a test, or into before_each")
	}
}

// at moves the bubble's clock.
func (t *tree) at(a luabind.Args) {
	t.inTest(a)
	zone := time.UTC
	if name := a.OptText(2); name != "" {
		var err error
		if zone, err = time.LoadLocation(name); err != nil {
			a.Misuse("%s", err)
		}
	}
	for _, p := range t.placed {
		select {
		case <-p.over:
		default:
			a.Misuse("it stands before place: the call to %s still goes on, and would live through all the time until then", p.script)
		}
	}
	if t.real != nil {
		t.vm.Raise(a.L, &leftOut{"it sets the clock"})
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		then, err := time.ParseInLocation(layout, a.Text(1), zone)
		if err != nil {
			continue
		}
		t.dated = true
		wait := time.Until(then)
		if wait < 0 {
			a.Misuse("the clock only goes forward, and it is %s", time.Now().In(zone).Format("2006-01-02 15:04:05"))
		}
		t.rest(wait)
		return
	}
	a.Fail(1, `a time such as "2026-12-24 18:00"`)
}
