package luabind

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"

	"goagi/agi"
	"goagi/eagi"
)

// Host is the call that a VM runs for. Query, Sounds, Load, MaxString, Audio,
// Library, Config, Shared, Sandbox and Memory may be left out.
type Host struct {
	Session   *agi.Session
	Env       *agi.Env
	Args      []string          // the script's own arguments: arg[1] and on
	Script    string            // the script's path: arg[0]
	Query     map[string]string // agi.query
	Transport string            // agi.transport
	Modules   []string          // folders that require looks into, in order
	Sounds    string            // the folder of Asterisk's sounds, "" where that cannot be read
	MaxString int               // longest text that a string function makes; DefaultMaxString where zero
	// Load finds and compiles a file for require; Load of this package where nil.
	Load  func(path string) (*Chunk, error)
	Log   *slog.Logger
	Audio *eagi.Audio // the caller's, nil where there is none
	// Library gives goagi's own module of a name, nil where there is none; a
	// nil Library has none at all.
	Library func(name string) *Module
	// Known lists the names of these modules, for messages; may be nil.
	Known func() []string
	// Config holds what the settings file says to modules, by their names. It is
	// not to be changed.
	Config  map[string]map[string]any
	Shared  *Shared  // what the process's calls have in common; the call's own where nil
	Sandbox *Sandbox // what the script may use; everything where nil
	Memory  *Memory  // what the process's calls may hold together; no limit where nil
	// Fake, in tests of scripts, gives what stands in for the world outside of the
	// call: by its kind, such as "asr" or "http", in the type that the module of it
	// wants. where is the place in the script, as in "menu.lua:12". An error says that
	// nothing does, and the module goes nowhere. Nil where the world is real.
	Fake func(kind, where string) (any, error)
	// Sleep is agi.sleep, which a hangup does not end then; nil for the usual one.
	Sleep func(time.Duration)
	// Bubble says that time is a testing/synctest bubble's, in which a connection that
	// is kept for later would hold the clock.
	Bubble bool
	// Line is told of each statement of a chunk that LoadCounted loaded. Nil where
	// there is none.
	Line func(file string, line int)
	// Halt, once true, ends Lua at its next instruction, as the end of the context
	// does. Nil where nobody sets it.
	Halt *atomic.Bool

	// Context gives what a wait that begins now must end by. Its cause, where
	// it ends, is raised in the script.
	Context func() context.Context
}

// VM is a Lua state with goagi's functions in it, for one call and one
// goroutine.
type VM struct {
	L    *lua.LState
	host Host
	out  output

	opened   library
	parts    map[library]*lua.LTable // the tables of libraries of which some or all is open
	onHangup []*lua.LFunction
	agiTable *lua.LTable
	fatal    error              // an Exit or a *Panic, which no pcall may hide
	told     bool               // the script knows of the hangup
	pipes    []*pipe            // of io.popen
	disks    map[*file]struct{} // that the script has open
	loading  *lua.LUserData     // in package.loaded: what is being loaded
	io       files
	pace     pace
	types    map[*Type]*lua.LTable // their metatables
	closing  []func()
	files    []string // of the script and its modules
	stop     context.CancelCauseFunc
}

// Sizes of a VM's stacks. Both grow by use; a first registry under 128 values
// would mean 5,120 to gopher-lua.
const (
	firstRegistry = 128
	mostRegistry  = 1 << 20
	growRegistry  = 512
	mostFrames    = 2048
)

// New makes a VM for a call.
func New(host Host) *VM {
	vm := &VM{host: host}
	vm.L = lua.NewState(lua.Options{
		SkipOpenLibs:        true,
		RegistrySize:        firstRegistry,
		RegistryMaxSize:     mostRegistry,
		RegistryGrowStep:    growRegistry,
		CallStackSize:       mostFrames,
		MinimizeStackMemory: true,
	})
	vm.openBase()
	if host.Line != nil {
		vm.tellLines()
	}
	return vm
}

// Close frees what the VM holds, and ends programs that the script left
// running. The VM must not run.
func (vm *VM) Close() {
	vm.closeAll()
	vm.endPipes()
	vm.closeFiles()
	vm.host.Memory.remove(vm)
	if vm.stop != nil {
		vm.stop(nil)
	}
	vm.L.Close()
}

// Run runs a chunk to its end. ctx stops it at the next instruction of Lua.
// The error is nil, a [*ScriptError] for what the script did not catch, an
// [Exit] for os.exit, or a [*Panic].
func (vm *VM) Run(ctx context.Context, chunk *Chunk) error {
	vm.admit(chunk)
	args := make([]lua.LValue, len(vm.host.Args))
	for i, arg := range vm.host.Args {
		args[i] = lua.LString(arg)
	}
	return vm.call(ctx, vm.L.NewFunctionFromProto(chunk.proto), args...)
}

// admit gives the VM what a chunk needs to be run.
func (vm *VM) admit(chunk *Chunk) {
	vm.open(chunk.needs)
	vm.openMembers(chunk.members)
	if !slices.Contains(vm.files, chunk.name) {
		vm.files = append(vm.files, chunk.name)
	}
}

// Handlers gives the number of handlers that agi.on_hangup was given.
func (vm *VM) Handlers() int { return len(vm.onHangup) }

// RunHandler runs the nth handler of agi.on_hangup, from 0, as Run does.
func (vm *VM) RunHandler(ctx context.Context, n int) error {
	vm.told = true
	return vm.call(ctx, vm.onHangup[n])
}

// Call runs a function of the VM's own, as Run does.
func (vm *VM) Call(ctx context.Context, fn *lua.LFunction) error { return vm.call(ctx, fn) }

// itself is the key of the VM in the context that it runs under.
type itself struct{}

func (vm *VM) call(ctx context.Context, fn *lua.LFunction, args ...lua.LValue) error {
	// Not ended with this call: coroutines made in it may go on in a handler.
	ctx, vm.stop = context.WithCancelCause(context.WithValue(ctx, itself{}, vm))
	vm.fatal = nil
	vm.pace.reset()
	vm.host.Memory.add(vm, vm.stop)
	vm.L.SetContext(&running{ctx, ctx.Done(), &vm.pace, vm.host.Halt})
	vm.L.SetTop(0)
	vm.L.Push(fn)
	for _, arg := range args {
		vm.L.Push(arg)
	}
	err := vm.L.PCall(len(args), 0, nil)
	vm.pace.waits()
	vm.out.flush(vm)
	if err == nil && vm.fatal == nil {
		return nil
	}
	err = vm.scriptError(err)
	if e, ok := errors.AsType[*ScriptError](err); ok && vm.pace.ended() {
		e.Err = context.Cause(ctx)
		e.Message = e.Err.Error()
	}
	return err
}

// end stops the VM for good, past every pcall: the running function raises,
// and so does each further instruction.
func (vm *VM) end(L *lua.LState, reason error) {
	if vm.fatal == nil {
		vm.fatal = reason
	}
	vm.stop(reason)
	L.RaiseError("%s", reason.Error())
}

// guard runs a binding. A panic in it ends the call instead of becoming an
// error that pcall could hide.
func (vm *VM) guard(L *lua.LState, fn func(*VM, *lua.LState) int) int {
	defer func() {
		if value := recover(); value != nil {
			_, raised := value.(*lua.ApiError)
			if text, ok := value.(string); ok && strings.Contains(text, "stack overflow") {
				raised = true // the VM's own word for a recursion of the script's
			}
			if !raised && vm.fatal == nil {
				vm.fatal = &Panic{Value: value, Stack: string(debug.Stack())}
				vm.stop(vm.fatal)
			}
			panic(value)
		}
	}()
	n := fn(vm, L)
	vm.pace.runs() // again, where it has waited
	return n
}

// Function makes a binding a Lua function.
func (vm *VM) Function(fn func(*VM, *lua.LState) int) *lua.LFunction {
	return vm.L.NewFunction(func(L *lua.LState) int { return vm.guard(L, fn) })
}
