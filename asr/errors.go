package asr

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// What can go wrong, for callers that branch on it by errors.Is. When the
// context of a call ended first, the error is that context's own: errors.Is
// with its cause and with its Err hold.
var (
	// ErrOption: a setting is unknown or wrong; nothing was tried.
	ErrOption = errors.New("wrong option")
	// ErrTimeout: the engine took longer than its timeout option allows.
	ErrTimeout = errors.New("the engine took too long")
	// ErrUnavailable: the engine cannot be had just now: no such program,
	// nobody listens, too busy. Another engine or a later call may do.
	ErrUnavailable = errors.New("the engine cannot be had")
	// ErrRefused: the engine is there and would not do it: a program that
	// ended with an exit code, a server that said what is wrong.
	ErrRefused = errors.New("the engine refused")
	// ErrAnswer: what came back is no answer, too long, or cut off.
	ErrAnswer = errors.New("the engine's answer cannot be used")
)

// Error says which engine failed at what. It is what Transcribe, Stream and
// End give; for what [Open] finds wrong there is only ErrOption.
type Error struct {
	Kind    error  // one of the above, or the cause with which the context ended
	Engine  string // the engine's name, as in the engine option
	Doing   string // what was being done, as in "run whisper-cli"
	Message string // what is wrong, for a person; Kind's own text where empty
	Code    int    // a program's exit code or a server's HTTP status, 0 where there is none
	Output  string // the end of what a program wrote to stderr, at most 4 KiB

	cause error         // what also answers to errors.Is
	again bool          // the same request may succeed
	after time.Duration // when, where the server said so
}

// Error gives "asr: engine: doing: message".
func (e *Error) Error() string {
	message := e.Message
	if message == "" {
		message = e.Kind.Error()
	}
	return "asr: " + e.Engine + ": " + e.Doing + ": " + message
}

// Unwrap gives the kind and what lies beneath it.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.cause}
}

// ended is the error of a call whose context is over: because of its own
// timeout, for which the cause is ErrTimeout, or because of the caller's.
func ended(ctx context.Context, engine, doing string) *Error {
	e := &Error{Kind: context.Cause(ctx), Engine: engine, Doing: doing, cause: ctx.Err()}
	if errors.Is(e.Kind, ErrTimeout) {
		e.cause = nil // a deadline that is ours does not look like one of the caller's
	}
	return e
}

// quoted gives foreign text for a message: in quotes, made printable and cut.
func quoted(text string, max int) string {
	text, cut := shortened(clean(text), max)
	if cut {
		text += "..."
	}
	return strconv.Quote(text)
}
