package ami

import "errors"

// What can go wrong with a connection. Test an error with errors.Is.
var (
	// ErrClosed: the connection was closed, by Close or by Asterisk.
	ErrClosed = errors.New("the connection to Asterisk's manager interface is closed")
	// ErrLogin: Asterisk refused the user or the secret.
	ErrLogin = errors.New("the login was refused")
	// ErrRights: the user may not do what Async AGI takes.
	ErrRights = errors.New("the user of the manager interface lacks rights; it needs read = agi,call and write = agi,call,reporting")
	// ErrProtocol: what came is not the manager interface.
	ErrProtocol = errors.New("not Asterisk's manager interface")
	// ErrSilent: Asterisk did not answer in time.
	ErrSilent = errors.New("no answer from Asterisk's manager interface")
	// ErrBehind: events came faster than they were taken, or more answered one
	// action than fits, and were not thrown away but the connection was.
	ErrBehind = errors.New("more events came than are taken or kept")
	// ErrTooLong: the action is over what Asterisk reads; nothing was sent.
	ErrTooLong = errors.New("too long for Asterisk's manager interface")
	// ErrHeader: a header holds what no line can; nothing was sent.
	ErrHeader = errors.New("a header needs a name, and cannot hold a line break or a zero byte")
)

// ActionError is Asterisk's answer that an action did not work.
type ActionError struct {
	Action  string // its name
	Message string // what Asterisk says, as in "No such channel"
}

// Error gives "Setvar: No such channel".
func (e *ActionError) Error() string { return e.Action + ": " + e.Message }
