package agi

import (
	"strconv"
	"strings"
	"time"
)

// Answer answers the call; on one that is up already it does nothing.
func (s *Session) Answer() error {
	return s.act("the channel could not be answered", "ANSWER")
}

// Hangup hangs up a channel, this one where the name is empty. ErrFailed where
// there is none of that name. After this channel's own, Asterisk tells of the
// hangup as of any other.
func (s *Session) Hangup(channel string) error {
	args := optional(channel)
	n, reply, err := s.number("HANGUP", args...)
	switch {
	case err == nil && n < 0:
		err = s.noChannel("HANGUP", reply, channel)
	case err == nil && channel == "":
		s.end(ErrHangup) // Asterisk's own word for it may come later
	}
	return err
}

// ChannelStatus gives a channel's state, this one's where the name is empty:
// 0 down, 1 reserved, 2 off hook, 3 dialling, 4 ringing, 5 ringing at the far
// end, 6 up, 7 busy. ErrFailed where there is none of that name.
func (s *Session) ChannelStatus(channel string) (int, error) {
	n, reply, err := s.number("CHANNEL STATUS", optional(channel)...)
	if err == nil && n < 0 {
		err = s.noChannel("CHANNEL STATUS", reply, channel)
	}
	return n, err
}

func (s *Session) noChannel(name string, reply Reply, channel string) error {
	if channel == "" {
		s.end(ErrHangup)
		return s.hangup(name, reply.Code)
	}
	return &Error{Kind: ErrFailed, Command: name, Code: reply.Code,
		Message: "there is no channel " + quoted(channel, 80)}
}

// optional gives the arguments up to the last one that is not empty.
func optional(args ...string) []string {
	for len(args) > 0 && args[len(args)-1] == "" {
		args = args[:len(args)-1]
	}
	return args
}

// Exec runs a dialplan application with its arguments as one text, and gives
// the number it returned. Asterisk answers -2 for an application it does not
// have, which is ErrUnknown. A -1 is a hangup or the application's own (Busy
// and Congestion answer it on a live channel), so the channel's status is asked
// once: ErrHangup where the channel went meanwhile. A 1 also makes Asterisk
// print a usage text behind the reply (res_agi.c: handle_exec's result is the
// handler's), which is read away. Where the channel variable AGIEXECFULL is
// yes, Asterisk evaluates ${} in args.
func (s *Session) Exec(application, args string) (int, error) {
	gone := s.Hungup()
	n, reply, err := s.number("EXEC", application, args)
	switch {
	case err != nil:
		return 0, err
	case n == -2:
		return n, &Error{Kind: ErrUnknown, Command: "EXEC", Code: reply.Code,
			Message: "Asterisk has no application " + quoted(application, 80) + ": is its module loaded?"}
	case n == -1 && !gone && s.lostChannel():
		return n, s.hangup("EXEC "+application, reply.Code)
	}
	return n, nil
}

// GoSub runs a dialplan subroutine until its Return. ErrFailed where there is
// no such label, or the subroutine ended otherwise (apps/app_stack.c:
// handle_gosub).
func (s *Session) GoSub(context, extension, priority, args string) error {
	reply, err := s.Command("GOSUB", append([]string{context, extension, priority}, optional(args)...)...)
	if err == nil && (reply.Result != "0" || strings.Contains(reply.Text, "abnormal exit")) {
		_, said, _ := strings.Cut(reply.Text, " ")
		err = s.gone("GOSUB", reply, strings.ToLower(orElse(said, "the subroutine did not return")))
	}
	return err
}

// NoOp does nothing, on Asterisk's side too; text is for its debug log.
func (s *Session) NoOp(text string) error {
	_, err := s.Command("NOOP", optional(text)...)
	return err
}

// Verbose prints text on Asterisk's consoles of at least that verbosity, 1 to 4.
func (s *Session) Verbose(text string, level int) error {
	_, err := s.Command("VERBOSE", text, strconv.Itoa(level))
	return err
}

// AsyncAGIBreak ends Async AGI; elsewhere it does nothing.
func (s *Session) AsyncAGIBreak() error {
	_, err := s.Command("ASYNCAGI BREAK")
	return err
}

// SetAutohangup hangs the channel up after a time; never where zero.
func (s *Session) SetAutohangup(after time.Duration) error {
	_, err := s.Command("SET AUTOHANGUP", strconv.FormatFloat(after.Seconds(), 'f', -1, 64))
	return err
}

// SetContext names the context the dialplan goes on in. Nothing checks that it
// exists.
func (s *Session) SetContext(context string) error {
	_, err := s.Command("SET CONTEXT", context)
	return err
}

// SetExtension names the extension the dialplan goes on at. Nothing checks it.
func (s *Session) SetExtension(extension string) error {
	_, err := s.Command("SET EXTENSION", extension)
	return err
}

// SetPriority names the priority, or its label, the dialplan goes on at; a
// label that is not there is ErrUsage.
func (s *Session) SetPriority(priority string) error {
	_, err := s.Command("SET PRIORITY", priority)
	return err
}

// SetMusic turns music on hold on or off, of a class, "" for the channel's.
func (s *Session) SetMusic(on bool, class string) error {
	word := "off"
	if on {
		word = "on"
	}
	_, err := s.Command("SET MUSIC", append([]string{word}, optional(class)...)...)
	return err
}
