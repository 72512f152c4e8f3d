package agi

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// The states of a session.
const (
	idle   int32 = iota
	busy         // a command is out
	seized       // no command goes out any more
)

// Session is one script's dialog with its channel: one command at a time, by
// one goroutine. Only Hungup, Channel, Interrupt and End may be called from others.
type Session struct {
	t       Transport
	state   atomic.Int32 // idle, busy or seized
	alive   bool         // a command that needs a live channel ran
	dead    bool         // the first channel command said that the session began dead
	channel context.Context
	end     context.CancelCauseFunc
}

// NewSession gives a session on a transport whose environment has been read.
func NewSession(t Transport) *Session {
	s := &Session{t: t}
	s.channel, s.end = context.WithCancelCause(t.Hungup())
	return s
}

// Channel gives a context that lasts as long as the script has its channel:
// until the transport or a reply tells of a hangup, or End. For its cause,
// errors.Is with ErrHangup holds.
func (s *Session) Channel() context.Context { return s.channel }

// Hungup reports whether the channel is known to be gone, without asking.
func (s *Session) Hungup() bool { return s.channel.Err() != nil }

// Watch makes hangups known also while no command is out; see
// [Transport.Watch]. It is called before the script waits for anything else.
func (s *Session) Watch() { s.t.Watch() }

// Interrupt makes the command that is out, if there is one, return early with
// [ErrInterrupted]; see [Transport.Interrupt]. Any goroutine may call it.
func (s *Session) Interrupt() error { return s.t.Interrupt() }

// End takes the channel from the script as a hangup does: from now on its
// channel commands raise cause, for which errors.Is with ErrHangup must hold.
// Only commands that need no live channel still go out.
func (s *Session) End(cause error) { s.end(cause) }

// Seize ends the session for the script, from any goroutine, where no command of
// it is out, and reports whether that is so: then every further one fails with
// ErrHangup, and another session may go on with the transport.
func (s *Session) Seize() bool { return s.state.CompareAndSwap(idle, seized) }

// hangup is the error of a command that found the channel gone.
func (s *Session) hangup(name string, code int) error {
	e := &Error{Kind: ErrHangup, Command: name, Code: code}
	if cause := context.Cause(s.channel); cause != nil {
		e.Message = cause.Error()
	}
	return e
}

// Command sends any command and gives Asterisk's own reply to it. It blocks
// until that comes. A reply of another code than 200 is an [*Error], as is a
// hangup; blanks in name part its words, args go out one by one.
func (s *Session) Command(name string, args ...string) (Reply, error) {
	c := Command{Name: name, Args: args}
	if !c.Has(DeadSafe) {
		if s.dead {
			return Reply{}, &Error{Kind: ErrDead, Command: name, Code: 511}
		}
		if s.Hungup() {
			return Reply{}, s.hangup(name, 0)
		}
	}
	if !s.state.CompareAndSwap(idle, busy) {
		return Reply{}, s.hangup(name, 0)
	}
	reply, err := s.t.RoundTrip(c)
	s.state.Store(idle)
	if err != nil {
		return Reply{}, s.broken(name, err)
	}
	return reply, s.judge(c, reply)
}

// Last sends the session's last command; no further one goes out. Where the
// dialog is to be closed behind it, over a network, it does not wait for the
// reply, which tells nobody anything. Elsewhere it blocks as Command does.
func (s *Session) Last(name string, args ...string) error {
	if !s.state.CompareAndSwap(idle, seized) {
		return s.hangup(name, 0)
	}
	c := Command{Name: name, Args: args}
	if t, ok := s.t.(interface{ Last(Command) error }); ok {
		return t.Last(c)
	}
	_, err := s.t.RoundTrip(c)
	return err
}

// judge turns a reply's code into what it means here.
func (s *Session) judge(c Command, reply Reply) error {
	e := &Error{Command: c.Name, Code: reply.Code}
	switch reply.Code {
	case 200:
		if !c.Has(DeadSafe) {
			s.alive = true
		}
		if reply.Value == "hangup" && !c.Has(FreeText) && !c.is("RECEIVE CHAR") {
			s.end(ErrHangup)
		}
		return nil
	case 510:
		e.Kind, e.Message = ErrUnknown, "Asterisk has no such command"
	case 511:
		if s.alive || s.hangupComes() {
			s.end(ErrHangup)
			e.Kind = ErrHangup
		} else {
			s.dead = true
			e.Kind = ErrDead
		}
	case 520:
		e.Kind, e.Message = ErrUsage, "Asterisk refused the arguments; its usage: "+quoted(reply.Text, 400)
		if reply.Text == "" || len(c.Args) == 0 && reply.Text == "Invalid command syntax.  Proper usage not available." {
			e.Message = "Asterisk refused the arguments"
		}
	default:
		e.Kind, e.Message = ErrFailed, "Asterisk answered "+strconv.Itoa(reply.Code)+" "+quoted(reply.Text, 200)
	}
	return e
}

// hangupComes reports whether a hangup is known, or becomes known in a moment:
// Asterisk sends SIGHUP before it answers 511, but a signal takes its own time.
func (s *Session) hangupComes() bool {
	if s.Hungup() {
		return true
	}
	moment := time.NewTimer(50 * time.Millisecond)
	defer moment.Stop()
	select {
	case <-s.channel.Done():
		return true
	case <-moment.C:
		return false
	}
}

// broken turns a transport's error into the session's.
func (s *Session) broken(name string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	switch {
	case errors.Is(err, ErrTooLong):
		return &Error{Kind: ErrUsage, Command: name, Message: strings.TrimPrefix(err.Error(), name+": ")}
	case errors.Is(err, ErrInterrupted):
		if s.Hungup() {
			return s.hangup(name, 0)
		}
		return err
	case errors.Is(err, ErrProtocol):
		return &Error{Kind: ErrProtocol, Command: name, Message: err.Error()}
	}
	s.end(ErrHangup)
	return &Error{Kind: ErrHangup, Command: name, Message: fmt.Sprintf("the call is over: %v", err)}
}

// gone settles what a result of -1 means, which Asterisk gives both for a
// hangup and for a file it cannot play.
func (s *Session) gone(name string, reply Reply, message string) error {
	if s.lostChannel() {
		return s.hangup(name, reply.Code)
	}
	return &Error{Kind: ErrFailed, Command: name, Code: reply.Code, Message: message}
}

// lostChannel reports whether the channel is gone. Where that is not known it
// asks for the channel's status once.
func (s *Session) lostChannel() bool {
	if !s.Hungup() && !s.dead {
		if status, err := s.Command("CHANNEL STATUS"); err == nil && status.Result == "-1" {
			s.end(ErrHangup)
		}
	}
	return s.Hungup()
}

// number sends a command whose result is a number.
func (s *Session) number(name string, args ...string) (int, Reply, error) {
	reply, err := s.Command(name, args...)
	if err != nil {
		return 0, reply, err
	}
	n, ok := reply.Int()
	if !ok {
		return 0, reply, &Error{Kind: ErrProtocol, Command: name, Code: reply.Code,
			Message: "Asterisk answered " + quoted(reply.Text, 80) + ", which holds no number"}
	}
	return n, reply, nil
}

// act sends a command whose -1 means that it did not come about: by a hangup,
// or for the reason in message.
func (s *Session) act(message, name string, args ...string) error {
	n, reply, err := s.number(name, args...)
	if err == nil && n < 0 {
		err = s.gone(name, reply, message)
	}
	return err
}

// key sends a command that a pressed key ends: its result is that key's code,
// or 0 for none. ControlPlayback's 1000 to 1004, sent over the manager
// interface, are no keys (main/file.c: waitstream_core).
func (s *Session) key(message, name string, args ...string) (string, Reply, error) {
	n, reply, err := s.number(name, args...)
	switch {
	case err != nil:
		return "", reply, err
	case n < 0:
		return "", reply, s.gone(name, reply, message)
	}
	return keyOf(n), reply, nil
}

func keyOf(code int) string {
	if code >= '0' && code <= '9' || code == '*' || code == '#' || code >= 'A' && code <= 'D' {
		return string(rune(code))
	}
	return ""
}

// flag sends a command whose result 1 means yes.
func (s *Session) flag(name string, args ...string) (bool, error) {
	reply, err := s.Command(name, args...)
	return reply.Result == "1", err
}

// text sends a command that gives a value, or none.
func (s *Session) text(name string, args ...string) (string, bool, error) {
	reply, err := s.Command(name, args...)
	if err != nil || reply.Result != "1" {
		return "", false, err
	}
	return reply.Value, true, nil
}
