package agi

import (
	"errors"
	"strconv"
)

// The kinds of error that end or break a command. Test an error with
// errors.Is against one of these; errors.As with [*Error] gives the details.
var (
	// ErrHangup: the script has lost the channel. The caller hung up, or the
	// call was redirected away.
	ErrHangup = errors.New("the call has been hung up")
	// ErrDead: the session began without a live channel (the h extension, a
	// hangup handler), where only commands that need none work.
	ErrDead = errors.New("no live channel: this session began after the hangup")
	// ErrFailed: Asterisk could not do it, on a channel that is there.
	ErrFailed = errors.New("the command did not succeed")
	// ErrUnknown: Asterisk does not know the command or the application.
	ErrUnknown = errors.New("unknown to Asterisk")
	// ErrUsage: the arguments are wrong, found here or by Asterisk.
	ErrUsage = errors.New("wrong arguments")
	// ErrProtocol: what came is no reply of AGI; the dialog cannot go on.
	ErrProtocol = errors.New("not the AGI protocol")
)

// What a [Transport] can say besides a reply.
var (
	// ErrInterrupted: [Transport.Interrupt] ended the command early.
	ErrInterrupted = errors.New("the command was interrupted")
	// ErrTooLong: the command is over the limit of this Asterisk, or holds
	// what no command can; nothing was sent.
	ErrTooLong = errors.New("the command is too long for this Asterisk")
	// ErrNotInterruptible: no command is out, or it cannot be cut short.
	ErrNotInterruptible = errors.New("nothing that can be interrupted")
	// ErrClosed: the dialog is over: Asterisk closed it, or Close was called.
	ErrClosed = errors.New("the dialog with Asterisk is over")
)

// Error says which command ended how.
type Error struct {
	Kind    error  // ErrHangup, ErrDead, ErrFailed, ErrUnknown, ErrUsage or ErrProtocol
	Command string // the command's name, as in "STREAM FILE"
	Code    int    // Asterisk's reply code, 0 where none came
	Message string // what is wrong, for a person; Kind's own text where empty
}

// Error gives "STREAM FILE: message".
func (e *Error) Error() string {
	message := e.Message
	if message == "" {
		message = e.Kind.Error()
	}
	if e.Command == "" {
		return message
	}
	return e.Command + ": " + message
}

// Unwrap gives the kind, so that errors.Is(err, ErrHangup) works.
func (e *Error) Unwrap() error { return e.Kind }

// KindName gives the one word for a kind of error: "hangup", "dead",
// "failed", "unknown", "usage" or "protocol", and "" for any other error.
func KindName(err error) string {
	switch {
	case errors.Is(err, ErrHangup):
		return "hangup"
	case errors.Is(err, ErrDead):
		return "dead"
	case errors.Is(err, ErrFailed):
		return "failed"
	case errors.Is(err, ErrUnknown):
		return "unknown"
	case errors.Is(err, ErrUsage), errors.Is(err, ErrTooLong):
		return "usage"
	case errors.Is(err, ErrProtocol):
		return "protocol"
	}
	return ""
}

// quoted gives foreign text for a message, in quotes: control bytes become
// escapes, and what is over max bytes is cut with "...".
func quoted(text string, max int) string {
	cut := ""
	if len(text) > max {
		text, cut = text[:max], "..."
	}
	inQuotes := strconv.QuoteToASCII(text)
	return inQuotes[:len(inQuotes)-1] + cut + `"`
}
