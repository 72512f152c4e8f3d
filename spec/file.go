package spec

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"

	"goagi/agi"
	"goagi/luabind"
)

// File is a spec file: a chunk that describes tests. It does not change, so any
// number of its tests may run at once.
type File struct {
	Path  string
	chunk *luabind.Chunk
	tests []*Test
	suite *Suite
}

// Test is one test of a file.
type Test struct {
	File    *File
	Names   []string // of the describes around it, outermost first, and its own
	Line    int      // of the file
	Pending bool     // it is not to be run yet
	nth     int      // of the file's
}

// Name gives the test's whole name.
func (t *Test) Name() string { return strings.Join(t.Names, " ") }

// Tests lists the file's tests in their order.
func (f *File) Tests() []*Test { return f.tests }

// Load reads a spec file and finds its tests, by running it without them, as long
// as a test may take. The error is of the file, or a *luabind.ScriptError.
func (s *Suite) Load(path string) (*File, error) {
	chunk, err := luabind.Load(path)
	if err != nil {
		return nil, err
	}
	f := &File{Path: path, chunk: chunk, suite: s}
	halt := new(atomic.Bool)
	defer time.AfterFunc(s.limit(DefaultLimit), func() { halt.Store(true) }).Stop() // of a loop outside of tests
	tree, err := f.open(running{halt: halt}, io.Discard)
	if err != nil {
		return nil, err
	}
	defer tree.close()
	for i, item := range tree.items {
		f.tests = append(f.tests, &Test{File: f, Names: item.names(), Line: item.line, Pending: item.body == nil, nth: i})
	}
	return f, nil
}

// tree is a spec file that has been run: its tests as functions of one VM.
type tree struct {
	running
	vm     *luabind.VM
	items  []*item
	group  *group    // the describe that runs
	begun  bool      // a test runs, and not the file
	dated  bool      // it has set the clock
	placed []*placed // the calls of the test
	out    io.Writer // what it prints
	file   *File
	// What the test's calls share, and the test with them: a data folder that goes
	// with it.
	shared  *luabind.Shared
	sandbox *luabind.Sandbox
	// What the Asterisk of the test's calls has, on the simulator.
	asterisk    sync.Mutex // of what follows
	db, globals map[string]string
	done        chan struct{} // closed at its end: no fake runs any more
	turn        chan struct{} // full while somebody runs the test's Lua: the test, or a fake
	inFake      bool          // it is a fake; whose turn it is may touch it
	quiet       chan struct{} // full while somebody waits for stillness
	stills      int           // how often it came; whose quiet it is may touch it
	working     atomic.Int32  // fakes that run, and do not wait for what a call does
	faked       atomic.Int32  // that have run
	faking      sync.WaitGroup

	mu       sync.Mutex // of what follows
	unused   map[fakeName]string
	fault    error // what the test fails with although it holds
	web      web
	programs programs
	sql      map[string]string         // files of databases that stand in for those of servers, by name; "" for any
	heard    *heard                    // nil where asr is not faked
	apps     map[string]*lua.LFunction // fakes of applications, by their names in lower case
	// fakes of dialplan functions, by their names
	functions map[string]*lua.LFunction
}

// item is a test in its VM.
type item struct {
	name  string
	line  int
	group *group
	body  *lua.LFunction // nil where pending
}

// names are those of the describes around it, outermost first, and its own.
func (i *item) names() []string {
	names := []string{i.name}
	for g := i.group; g.outer != nil; g = g.outer {
		names = append([]string{g.name}, names...)
	}
	return names
}

// group is a describe; the file itself is the one without an outer one.
type group struct {
	name          string
	outer         *group
	before, after []*lua.LFunction
}

// open runs the file in a VM of its own.
func (f *File) open(r running, out io.Writer) (*tree, error) {
	t := &tree{
		running: r, group: new(group), out: out, file: f, done: make(chan struct{}), turn: make(chan struct{}, 1), quiet: make(chan struct{}, 1),
		shared: new(luabind.Shared), db: make(map[string]string), globals: make(map[string]string), sandbox: &luabind.Sandbox{Name: "open", Data: r.data},
	}
	t.web.tree, t.programs.tree = t, t
	t.turn <- struct{}{}
	if r.apart != "" {
		t.sandbox.Apart = &luabind.Apart{Folder: r.apart}
	}
	session := agi.NewSession(console{out})
	t.vm = luabind.New(luabind.Host{
		Session: session, Env: new(agi.Env), Script: f.Path, Transport: "spec",
		Modules: append([]string{filepath.Dir(f.Path)}, f.suite.Folders...),
		Log:     slog.New(slog.DiscardHandler),
		Library: t.library, Config: f.suite.Config, Shared: t.shared, Sandbox: t.sandbox, Halt: r.halt, Context: context.Background, Fake: t.own, Sleep: t.rest,
	})
	t.vm.L.SetGlobal("assert_of", t.vm.L.NewFunction(func(L *lua.LState) int {
		L.Push(assertOf(L, L.Get(1), L.CheckFunction(2), ""))
		return 1
	}))
	words, err := luabind.Compile([]byte(opening), "opening.lua")
	if err == nil {
		err = t.vm.Run(context.Background(), words)
	}
	if err == nil {
		err = t.vm.Run(context.Background(), f.chunk)
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// close frees what the VM and its calls have opened.
func (t *tree) close() {
	close(t.done)
	resume := t.pause()
	t.faking.Wait()
	resume()
	t.vm.Close()
	_ = t.shared.Close()
}

// opening gives a spec its words as globals. assert stays Lua's own function,
// too.
const opening = `local spec = require "spec"
		fake, assert = require "fake", assert_of(require "assert", assert)
		for _, name in ipairs{"after_each", "at", "before_each", "describe", "it", "pending", "place"} do _G[name] = spec[name] end
		assert_of = nil`

// library gives the modules of specs, and goagi's own.
func (t *tree) library(name string) *luabind.Module {
	switch name {
	case "spec":
		return t.words()
	case "fake":
		return t.fakeModule()
	case "assert":
		return checks()
	}
	return t.file.suite.library(name)
}

// console is the dialog of a spec, which has none: it prints, and refuses all
// else.
type console struct{ out io.Writer }

// Env is not asked for.
func (console) Env(context.Context) (*agi.Env, error) { return new(agi.Env), nil }

// RoundTrip prints what VERBOSE says.
func (c console) RoundTrip(command agi.Command) (agi.Reply, error) {
	if command.Name != "VERBOSE" {
		return agi.Reply{}, &agi.Error{Kind: agi.ErrUsage, Command: command.Name, Message: "a spec has no call of its own: place one"}
	}
	fmt.Fprintln(c.out, command.Args[0])
	return agi.Reply{Code: 200, Result: "1"}, nil
}

// Interrupt has nothing to end.
func (console) Interrupt() error { return agi.ErrNotInterruptible }

// Watch has nothing to look for.
func (console) Watch() {}

// Hungup is never.
func (console) Hungup() context.Context { return context.Background() }

// Close has nothing to close.
func (console) Close() error { return nil }
