package call

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"goagi/agi"
	"goagi/luabind"
)

// Status is how a call ended, as the dialplan finds it in GOAGI_STATUS.
type Status string

// The statuses of a call.
const (
	OK       Status = "OK"       // the script ended by itself
	Failed   Status = "ERROR"    // the script has an error, or could not be run
	NotFound Status = "NOTFOUND" // there is no such script
	Hangup   Status = "HANGUP"   // the caller was gone when the script ended
	Timeout  Status = "TIMEOUT"  // the call's time limit ended it
)

// Result is what became of a call.
type Result struct {
	Status Status
	// Err says why the status is Failed or NotFound: often a
	// [*luabind.ScriptError], a [*luabind.Panic], or what reading the
	// environment gave. For other statuses it is nil, or what ended the script.
	Err error
	// Handler is the first error of a handler of agi.on_hangup, nil where all did what
	// they were to do. It changes nothing else.
	Handler error
	// NoCall: the environment did not come whole, so nothing was run, and
	// nobody was told.
	NoCall bool
	// Abandoned: the script is stuck inside one call of Go code that nothing
	// can stop, and still holds its goroutine and its memory.
	Abandoned bool
}

// What ends a call's context, found as its cause.
var (
	// errLimit: the call has lasted as long as it may.
	errLimit = &agi.Error{Kind: agi.ErrHangup, Message: "the call's time limit is over"}
	// errShutdown: goagi itself is being stopped.
	errShutdown = &agi.Error{Kind: agi.ErrHangup, Message: "goagi is shutting down"}
	// errGrace ends the VM when the time to clean up is over.
	errGrace = errors.New("the grace time is over")
)

// stuck is errGrace for a script that does not come out of one call of Go code.
func stuck() error {
	return fmt.Errorf("%w: the script is stuck, as in a file that nobody writes to, and was abandoned", errGrace)
}

// stopped is errGrace with the place where the script was, if that is known.
func stopped(err error) error {
	if e, ok := errors.AsType[*luabind.ScriptError](err); ok && e.Line > 0 {
		return fmt.Errorf("%s:%d: %w: the script was stopped here", e.File, e.Line, errGrace)
	}
	return errGrace
}

// judge gives the status of a script that ended with err. cause is what took
// the channel from it, nil where nothing did.
func judge(err, cause error) Result {
	var exit luabind.Exit
	if errors.As(err, &exit) && exit.Code == 0 {
		err = nil
	}
	lost := Hangup
	if errors.Is(cause, errLimit) {
		lost = Timeout
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Result{Status: NotFound, Err: err}
	case errors.Is(err, errGrace), errors.Is(err, agi.ErrHangup):
		return Result{Status: lost, Err: err}
	case err != nil:
		return Result{Status: Failed, Err: err}
	case cause != nil:
		return Result{Status: lost}
	}
	return Result{Status: OK}
}

// Message is the one line for GOAGI_ERROR and for logs, "" for OK.
func (r Result) Message() string {
	switch {
	case r.Status == OK:
		return ""
	case r.Status == Timeout && r.Err == nil:
		return errLimit.Message
	case r.Status == Timeout && !strings.Contains(r.Err.Error(), errLimit.Message):
		return agi.Printable(errLimit.Message+"; "+r.Err.Error(), maxMessage)
	case r.Err != nil:
		return agi.Printable(r.Err.Error(), maxMessage)
	}
	return agi.ErrHangup.Error()
}

// maxMessage keeps a message within what every Asterisk takes as one command.
const maxMessage = 700
