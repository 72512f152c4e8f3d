package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"

	"goagi/agi"
	"goagi/call"
	"goagi/luabind"
)

// runProcess runs one call on stdin and stdout: process AGI and EAGI.
func runProcess(set *settings, words []string) int {
	dialog := new(stdio)
	stream, err := processStream(set, dialog)
	if err != nil {
		return fail(exitUsage, err, "")
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	dialog.armed = catchSignals(stream.HangUp, stop)
	if isTerminal(0) {
		return fail(exitUsage, errors.New("stdin is a terminal, and no Asterisk"),
			"goagi try "+words[0]+" places a call to the script from here")
	}
	logger, err := openLog(set)
	if err != nil {
		return fail(exitUsage, err, "")
	}
	if err := dialog.take(); err != nil {
		return fail(exitUsage, err, "Asterisk starts goagi with both; goagi try places a call from here")
	}
	defer stream.Close()
	return finish(set, logger, call.Run(ctx, newCall(set, words, stream, logger, "process")))
}

// processStream makes the stream over the process's own dialog.
func processStream(set *settings, dialog *stdio) (*agi.Stream, error) {
	in, out, err := traced(set, dialog, dialog)
	if err != nil {
		return nil, err
	}
	return agi.NewStream(in, out, dialog.Close), nil
}

// newCall makes the call for the script that the words name.
func newCall(set *settings, words []string, transport agi.Transport, logger *slog.Logger, kind string) call.Call {
	folders := scriptFolders(set)
	path, missing := findScript(words[0], folders)
	return call.Call{
		Transport: transport,
		Load: func(*agi.Env) (*luabind.Chunk, error) {
			if missing != nil {
				return nil, missing
			}
			return luabind.Load(path)
		},
		Describe: func(env *agi.Env) luabind.Host {
			host := luabind.Host{Args: words[1:], Script: path, Transport: kind, Modules: moduleFolders(path, folders)}
			if kind == "process" && env.Enhanced() {
				host.Transport = "eagi"
			}
			return host
		},
		Log:   logger,
		Grace: set.grace,
		Limit: set.limit,
	}
}

// finish says on stderr, and in the log, what went wrong, and gives the exit
// code.
func finish(set *settings, logger *slog.Logger, result call.Result) int {
	if result.Status != call.Failed && result.Status != call.NotFound {
		logger.Debug("call ended", "status", string(result.Status))
		if result.Status == call.Timeout {
			return exitFailed
		}
		return exitDone
	}
	code, hint := exitFailed, ""
	switch {
	case errors.Is(result.Err, fs.ErrNotExist):
		code = exitNotFound
	case errors.Is(result.Err, fs.ErrPermission):
		hint = "Asterisk's user must be able to read the script and to enter every folder on the way to it"
	case errors.Is(result.Err, io.ErrUnexpectedEOF), errors.Is(result.Err, agi.ErrProtocol):
		code, hint = exitUsage, "goagi SCRIPT is started by Asterisk, as in AGI(goagi,hello.lua); goagi try SCRIPT places a call from here"
	}
	complain("error", result.Err.Error())
	if set.logFile != "" {
		logger.Error("call failed", "status", string(result.Status), "error", result.Err)
	}
	printDetails(os.Stderr, result.Err)
	if hint != "" {
		complain("hint", hint)
	}
	return code
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
