package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"goagi/agi"
	"goagi/call"
	"goagi/luabind"
	"goagi/luabind/std"
)

// runProcess runs one call on stdin and stdout: process AGI and EAGI. Where
// something is wrong with the command line or the settings, the call is told
// so, since nobody sees what a program under Asterisk writes to stderr.
func runProcess(set *settings, words []string, wrong error) int {
	dialog := new(stdio)
	if wrong != nil {
		set.trace, set.logFile = "", "" // no file comes to be for a call that is none
	}
	// A file that cannot be written is no reason to lose a call.
	var notes []error
	in, out, err := traced(set, dialog, dialog)
	if err != nil {
		notes = append(notes, err)
	}
	stream := agi.NewStream(in, out, dialog.Close)
	stream.ExpectArgs(os.Args[1:])
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	taken := make(chan struct{}) // closed once the dialog's file descriptors are known
	dialog.armed = catchSignals(stream.HangUp, stop, func() bool {
		select {
		case <-taken:
			return dialog.gone()
		default:
			return false
		}
	})
	logger, err := openLog(set)
	if err != nil {
		notes, set.logFile = append(notes, err), ""
	}
	if isTerminal(0) {
		if wrong == nil {
			wrong = &usageError{"stdin is a terminal, and no Asterisk", "goagi try " + words[0] + " places a call to the script from here"}
		}
		return fail(wrong)
	}
	if err := dialog.take(); err != nil {
		return fail(&usageError{err.Error(), "Asterisk starts goagi with both; goagi try places a call from here"})
	}
	close(taken)
	defer stream.Close()
	script, args := located{missing: wrong}, []string(nil)
	if wrong == nil {
		script, args = locate(set, words[0]), words[1:]
	}
	placed := newCall(set, script, args, stream, logger)
	placed.Audio = openAudio
	describe := placed.Describe
	memory := &luabind.Memory{Limit: set.memory(usualMemory), Log: logger}
	defer time.AfterFunc(watchLater, func() { memory.Watch(ctx) }).Stop()
	placed.Describe = func(env *agi.Env) luabind.Host {
		host := describe(env)
		if dir := os.Getenv("AST_DATA_DIR"); dir != "" {
			host.Sounds = filepath.Join(dir, "sounds")
		}
		host.Memory = memory
		return host
	}
	placed.Notes = notes
	load, id := placed.Load, ""
	placed.Load = func(env *agi.Env) (*luabind.Chunk, error) {
		id = env.Get("uniqueid")
		defer dialog.armed() // beside the compiling; a script that works before its first command wants it, too
		return load(env)
	}
	result := call.Run(ctx, placed)
	if wrong != nil {
		result.Status, result.Err = call.Failed, wrong
	}
	logger = logger.With("call", id, "script", script.path)
	if n := stream.Dropped(); n > 0 {
		logger.Warn("lines from Asterisk belonged to no command", "lines", n)
	}
	for _, note := range notes {
		complain("warning", note.Error())
	}
	return finish(set, logger, result)
}

// watchLater is when a process is looked at for the memory that it holds: no script
// has filled it by then, and most calls pay for nothing but a timer.
const watchLater = 100 * time.Millisecond

// newCall makes the call of a script with its arguments.
func newCall(set *settings, script located, args []string, transport agi.Transport, logger *slog.Logger) call.Call {
	return call.Call{
		Transport: transport,
		Load: func(*agi.Env) (*luabind.Chunk, error) {
			if script.missing != nil {
				return nil, script.missing
			}
			return luabind.Load(script.path)
		},
		Describe: func(env *agi.Env) luabind.Host {
			kind := "process"
			if env.Enhanced() {
				kind = "eagi"
			}
			modules := script.modules()
			return luabind.Host{
				Args: args, Script: script.path, Transport: kind, Modules: modules, MaxString: set.maxString,
				Library: std.Find, Known: std.Names, Config: set.modules, Sandbox: set.sandbox("open", modules),
			}
		},
		Log:   logger.With("script", script.path),
		Keep:  set.audioKeep,
		Grace: set.grace,
		Limit: set.limit,
	}
}

// finish says on stderr, and in the log, what went wrong, and gives the exit
// code.
func finish(set *settings, logger *slog.Logger, result call.Result) int {
	switch {
	case result.Status == call.Timeout || result.Abandoned:
		complain("error", result.Message())
		if set.logFile != "" {
			logger.Error("call was cut short", "status", string(result.Status), "error", result.Message())
		}
		if result.Status == call.Timeout {
			return exitFailed
		}
		return exitDone
	case result.Status != call.Failed && result.Status != call.NotFound:
		logger.Debug("call ended", "status", string(result.Status))
		return exitDone
	}
	code, hint := exitFailed, ""
	usage, isUsage := errors.AsType[*usageError](result.Err)
	switch {
	case isUsage:
		code, hint = exitUsage, usage.hint
	case errors.Is(result.Err, fs.ErrNotExist):
		code = exitNotFound
		if set.trace == "stderr" {
			hint = "a file for the trace is given as --trace=FILE"
		}
	case errors.Is(result.Err, fs.ErrPermission):
		hint = "Asterisk's user must be able to read the script and to enter every folder on the way to it"
	case result.NoCall:
		code, hint = exitUsage, "goagi SCRIPT is started by Asterisk, as in AGI(goagi,hello.lua); goagi try SCRIPT places a call from here"
	}
	complain("error", result.Err.Error())
	if set.logFile != "" && !isUsage {
		logger.Error("call failed", append([]any{"status", string(result.Status), "error", result.Err}, details(result.Err)...)...)
	}
	printDetails(stderr, result.Err)
	if hint != "" {
		complain("hint", hint)
	}
	return code
}

// details gives the same for a record of the log.
func details(err error) []any {
	if fault, ok := errors.AsType[*luabind.Panic](err); ok {
		return []any{"stack", fault.Stack}
	}
	if e, ok := errors.AsType[*luabind.ScriptError](err); ok && e.Traceback != "" {
		return []any{"source", e.Source, "traceback", e.Traceback}
	}
	return nil
}

// printDetails prints the source line and the traceback of a script's error,
// or the stack of a fault of our own.
func printDetails(w io.Writer, err error) {
	if fault, ok := errors.AsType[*luabind.Panic](err); ok {
		fmt.Fprintln(w, fault.Stack)
	}
	e, ok := errors.AsType[*luabind.ScriptError](err)
	if !ok {
		return
	}
	if e.Source != "" {
		fmt.Fprintf(w, "%6d | %s\n", e.Line, agi.Printable(e.Source, 200))
	}
	if e.Traceback != "" {
		fmt.Fprintf(w, "stack traceback:\n%s\n", e.Traceback)
	}
}
