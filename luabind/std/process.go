package std

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// Limits of the process module.
const (
	maxProgramOutput = 16 << 20
	programTimeout   = time.Minute
	// letGo is how long others that a program started may hold its output when it
	// has ended.
	letGo = 500 * time.Millisecond
)

var (
	timeoutOption   = luabind.Option{Name: "timeout", Type: "number", Doc: "seconds that the program may take (60)"}
	variablesOption = luabind.Option{Name: "variables", Type: "string[]", Doc: "in the sandboxes strict and standard: variables that scripts may set in a program's environment (none)"}
	outputOption    = luabind.Option{Name: "max_size", Type: "number", Doc: "bytes that it may write to stdout, and to stderr (16777216)"}
)

// processModule is require "process".
var processModule = luabind.Module{
	Name: "process",
	Doc: "Runs a program with a list of arguments, and no shell: whatever a caller said or dialled stays one argument. It is run in " +
		"the data folder (see the fs module) where that is there, has no terminal and neither the dialog nor the audio of the call. " +
		"Which programs may be run, `--sandbox` and `--programs` say ([sandbox.md](sandbox.md)). An argument that begins with - is an option to most " +
		"programs: put `--` before what comes from a caller, where the program knows that.",
	Ending: "It ends, and the program with all that it started in its process group is killed.",
	Example: `local process = require "process"

local result = assert(process.run{"/bin/sort", "-r", stdin = "b\na\nc\n", timeout = 5})
assert(result.ok and result.stdout == "c\nb\na\n")

local missing = assert(process.run{"/bin/ls", "--", "/no such folder"})
assert(not missing.ok and missing.code == 2 and missing.stderr ~= "")
`,
	Settings: []luabind.Option{timeoutOption, outputOption, variablesOption},
	Types:    []*luabind.Type{&resultType},
	Funcs: []luabind.Func{
		{
			Name: "run", Params: "command: string[]|table", Returns: "result: result?, message: string?",
			Options: []luabind.Option{
				{Name: "stdin", Type: "string", Doc: "what the program reads (nothing)"},
				timeoutOption, outputOption,
				{Name: "dir", Type: "string", Doc: "the folder that it is run in (the data folder)"},
				{Name: "env", Type: "{[string]: string|number}", Doc: "variables of its environment, by their names, over those of goagi; in the sandboxes strict and standard it has no others but PATH and LANG, and only those that [process] variables lists may be set"},
			},
			Doc: "Runs a program and waits for its end. The table holds the program, by its full path, then its arguments, and options by their " +
				"names. Gives what became of it; nil and why where it could not be started, took too long or wrote too much.",
			Call: processRun,
		},
	},
}

// errs of what ends a program early, as causes of its context.
var (
	errProgramTime = errors.New("it took too long")
	errProgramSize = errors.New("it wrote too much")
)

func processRun(vm *luabind.VM, a luabind.Args) int {
	argv := arguments(a)
	o := a.Options(1).Over(vm.Host().Config["process"])
	timeout := o.Seconds("timeout", programTimeout)
	most := int(min(max(o.Number("max_size", maxProgramOutput), 0), 1<<31))
	stdin := o.Text("stdin", "")
	if programs, ok := standIn(vm, a, "process").(luabind.Programs); ok {
		code, stdout, stderr, err := programs.Start(argv, stdin)
		a.Check(err)
		return pushProgram(a, code, stdout, stderr)
	}
	path, err := programPath(a, argv[0])
	if err != nil {
		return refused(a, err)
	}
	sandbox := vm.Sandbox()
	a.Check(sandbox.Program(path))
	dir := sandbox.Dir()
	if name := o.Text("dir", ""); name != "" {
		if dir, err = sandbox.Path(name, false); err != nil {
			return ofFile(a, err)
		}
	}
	ctx := vm.Waiting(a.L)
	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer time.AfterFunc(timeout, func() { cancel(errProgramTime) }).Stop()
	stdout, stderr := &limitedBuffer{most: most, over: cancel}, &limitedBuffer{most: most, over: cancel}
	program := exec.CommandContext(limited, path)
	program.Args = argv
	program.Dir, program.Env = dir, environment(a, o, sandbox)
	program.Stdin = strings.NewReader(stdin)
	program.Stdout, program.Stderr = stdout, stderr
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	program.Cancel = func() error { return syscall.Kill(-program.Process.Pid, syscall.SIGKILL) }
	program.WaitDelay = letGo
	err = program.Run()
	switch cause := context.Cause(limited); {
	case ctx.Err() != nil:
		return failed(ctx, a, err)
	case errors.Is(cause, errProgramTime):
		return refused(a, fmt.Errorf("%s took over %v seconds, and was killed: timeout", path, timeout.Seconds()))
	case errors.Is(cause, errProgramSize):
		return refused(a, fmt.Errorf("%s wrote over %d bytes, and was killed: max_size", path, most))
	case program.ProcessState == nil:
		return refused(a, startFault(path, dir, err))
	}
	code := program.ProcessState.ExitCode()
	if status, ok := program.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		code = 128 + int(status.Signal())
	}
	return pushProgram(a, code, string(stdout.kept), string(stderr.kept))
}

// pushProgram gives what became of a program.
func pushProgram(a luabind.Args, code int, stdout, stderr string) int {
	result := a.L.CreateTable(0, 4)
	result.RawSetString("code", lua.LNumber(code))
	result.RawSetString("ok", lua.LBool(code == 0))
	result.RawSetString("stdout", lua.LString(stdout))
	result.RawSetString("stderr", lua.LString(stderr))
	a.L.Push(result)
	return 1
}

// arguments takes the program and its arguments out of the first argument, so
// that options are left.
func arguments(a luabind.Args) []string {
	table, ok := a.L.Get(1).(*lua.LTable)
	if !ok {
		a.Fail(1, `a table: process.run{"/path/of/program", "argument"}`)
	}
	argv := make([]string, 0, table.Len())
	for i := 1; i <= table.Len(); i++ {
		switch item := table.RawGetInt(i).(type) {
		case lua.LString, lua.LNumber:
			argv = append(argv, item.String())
		default:
			a.Misuse("the program and its arguments must be strings: number %d is a %s", i, item.Type())
		}
		if strings.ContainsRune(argv[i-1], 0) {
			a.Misuse("number %d of the program and its arguments holds a NUL byte", i)
		}
	}
	if len(argv) == 0 || argv[0] == "" {
		a.Misuse(`the table names no program: process.run{"/path/of/program", "argument"}`)
	}
	options := a.L.NewTable()
	table.ForEach(func(key, value lua.LValue) {
		if n, ok := key.(lua.LNumber); !ok || n < 1 || int(n) > len(argv) {
			options.RawSet(key, value)
		}
	})
	a.L.Replace(1, options)
	return argv
}

// programPath gives the program's full path.
func programPath(a luabind.Args, name string) (string, error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	if strings.Contains(name, "/") {
		a.Misuse("the program must be named by its full path, not %q", name)
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("there is no program %q in PATH: name it by its full path", name)
	}
	return path, nil
}

// startFault says why a program could not be started.
func startFault(path, dir string, err error) error {
	if dir != "" && errors.Is(err, fs.ErrNotExist) {
		if _, missing := os.Stat(dir); missing != nil {
			return fmt.Errorf("%s cannot be run in %s: %w", path, dir, missing)
		}
	}
	return fmt.Errorf("%s cannot be run: %w", path, err)
}

// environment makes the program's environment.
func environment(a luabind.Args, o luabind.Options, sandbox *luabind.Sandbox) []string {
	env := os.Environ()
	if sandbox.Environment() != nil {
		env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"}
	}
	table := o.Table("env")
	if table == nil {
		return env
	}
	allowed := o.Texts("variables")
	table.ForEach(func(key, value lua.LValue) {
		name, ok := key.(lua.LString)
		if !ok || name == "" || strings.ContainsAny(string(name), "=\x00") {
			a.Misuse("option env: %q is no variable's name", key.String())
		}
		if sandbox.Listed && !slices.Contains(allowed, string(name)) {
			// One such as LD_PRELOAD or PYTHONPATH makes any program every program.
			a.Check(sandbox.Forbid("a program's variable %+q; [process] variables = [%+q] in the settings file allows it", name, name))
		}
		switch value.(type) {
		case lua.LString, lua.LNumber:
		default:
			a.Misuse("option env: %s must be a string, not a %s", name, value.Type())
		}
		if strings.ContainsRune(value.String(), 0) {
			a.Misuse("option env: %s holds a NUL byte", name)
		}
		env = append(env, string(name)+"="+value.String())
	})
	return env
}

// limitedBuffer keeps what a program writes, and calls over where that is too much.
// It is no bytes.Buffer, whose ReadFrom would take all there is.
type limitedBuffer struct {
	kept []byte
	most int
	over context.CancelCauseFunc
}

// Write keeps p.
func (b *limitedBuffer) Write(p []byte) (int, error) {
	if len(b.kept)+len(p) > b.most {
		b.over(errProgramSize)
		return 0, errProgramSize
	}
	b.kept = append(b.kept, p...)
	return len(p), nil
}

var resultType = luabind.Type{
	Name: "result",
	Doc:  "What became of a program.",
	Members: []luabind.Field{
		{Name: "code", Type: "integer", Doc: "Its exit code; 128 and the signal's number where a signal ended it."},
		{Name: "ok", Type: "boolean", Doc: "Whether the code is 0."},
		{Name: "stderr", Type: "string", Doc: "What it wrote to its standard error."},
		{Name: "stdout", Type: "string", Doc: "What it wrote to its standard output."},
	},
}
