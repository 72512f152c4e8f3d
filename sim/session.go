package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// ErrOverrun is a command of more than 127 quoted words: it overruns the stack
// of a real Asterisk, so the simulator ends the call there.
var ErrOverrun = errors.New("more than 127 words in a command: Asterisk would have crashed")

// writePatience is how long Asterisk tries to write a reply (res_agi.c:
// ast_agi_send); what has not gone by then is lost.
const writePatience = 100 * time.Millisecond

// AGISTATUS.
const (
	success = "SUCCESS"
	failure = "FAILURE"
	hangup  = "HANGUP"
)

// session is one Run. Its methods are called from Run's goroutine only.
type session struct {
	c     *Call
	ctx   context.Context
	rw    io.ReadWriter
	in    *input
	stir  <-chan struct{}
	begin time.Time
	limit int // of a command line, in bytes

	dead   bool // the program has been told, or never had a channel
	unborn bool // it never had a channel
	bye    bool // the hangup has been heard
	status string
	keyAt  time.Time // when the key that sounds now ends
	quiet  time.Time // until then the hand rests after a key
	grease *grease
	audio  *audio
}

// run is res_agi.c: run_agi.
func (s *session) run() Result {
	// Both are read once, at the start.
	notify := !isFalse(s.c.Vars["AGISIGHUP"])
	leave := isTrue(s.c.Vars["AGIEXITONHANGUP"])
	s.status = success
	s.unborn = s.c.Dead || s.c.Hungup()
	s.dead = s.unborn
	s.write(s.environment())
	ended := false // the program has closed its end
	for {
		if !s.dead && s.c.Hungup() {
			s.dead = true
			if s.status == success {
				s.status = hangup
			}
			s.lost()
			if notify {
				s.notify()
			}
			if leave {
				break
			}
		}
		if !s.in.readable() {
			s.idle()
			if s.ctx.Err() != nil {
				break
			}
			continue
		}
		line, ok := s.in.line(s.ctx, s.limit)
		if !ok || !s.c.Network && strings.HasPrefix(line, "\x00") {
			ended = true // an empty buffer is how Asterisk knows the end
			break
		}
		line = s.joined(line)
		if len(line) >= len("failure") && strings.EqualFold(line[:len("failure")], "failure") {
			s.status = failure
			break
		}
		if err := s.obey(line); err != nil {
			return s.end(Result{Status: failure, Err: err})
		}
	}
	if ended && !s.c.Network && s.c.Exit != nil {
		if s.c.Exit() != 0 && s.status == success {
			s.status = failure
		}
	}
	// A program that has ended has no process to signal; a connection always
	// gets its line.
	if notify && s.ctx.Err() == nil && (!ended || s.line()) {
		s.notify()
	}
	return s.end(Result{Status: s.status, Err: s.ctx.Err()})
}

func (s *session) end(r Result) Result {
	s.c.Vars["AGISTATUS"] = r.Status
	return r
}

// joined is a line as a C string, which a null ends. On a connection Asterisk
// then looks in vain for the newline and goes on with the next line.
func (s *session) joined(line string) string {
	head, _, null := strings.Cut(line, "\x00")
	for null && s.c.Network {
		next, ok := s.in.line(s.ctx, s.limit-len(head))
		if !ok {
			break
		}
		next, _, null = strings.Cut(next, "\x00")
		head += next
	}
	return head
}

// line tells whether a hangup is a line of the dialog or a signal.
func (s *session) line() bool { return s.c.Network || s.c.Signal == nil }

// notify tells the program of a hangup.
func (s *session) notify() {
	if s.line() {
		s.write("HANGUP\n")
	} else {
		s.c.Signal()
	}
}

// idle waits between commands: keys pressed now are lost.
func (s *session) idle() {
	if !s.dead {
		s.wait(forever, "", true)
		return
	}
	select {
	case <-s.in.ready:
	case <-s.ctx.Done():
	}
}

// outcome is what a handler returns besides the lines it sends.
type outcome int

const (
	done  outcome = iota
	usage         // the arguments are wrong: the 520 block
	fail          // RESULT_FAILURE: AGISTATUS, unless the caller hung up
)

// obey answers one command line (res_agi.c: agi_handle_command).
func (s *session) obey(line string) error {
	s.wire('>', line)
	argv, overrun := Words(line)
	if overrun {
		return ErrOverrun
	}
	cmd := find(argv)
	switch {
	case cmd == nil:
		s.reply("510 Invalid or unknown command")
		return nil
	case s.dead && !cmd.dead:
		s.reply("511 Command Not Permitted on a dead channel or intercept routine")
		return nil
	}
	out := usage
	if n := len(argv); n >= cmd.min && (cmd.max == 0 || n <= cmd.max) {
		out = cmd.run(s, argv)
	}
	switch out {
	case usage:
		s.reply("520-Invalid command syntax.  Proper usage follows:")
		s.reply("Usage: %s%s", cmd.name, cmd.syntax)
		s.reply("520 End of proper usage.")
	case fail:
		if s.dead || !s.c.Hungup() {
			s.status = failure
		}
	}
	return nil
}

// reply sends one line.
func (s *session) reply(format string, args ...any) {
	line := format
	if len(args) > 0 {
		line = fmt.Sprintf(format, args...)
	}
	s.write(s.grease.tail(line) + "\n")
}

// result is the common reply, and the outcome that goes with it: a result
// below nought is a failure.
func (s *session) result(n int) outcome {
	s.reply("200 result=%d", n)
	if n < 0 {
		return fail
	}
	return done
}

func (s *session) write(text string) {
	s.wire('<', text)
	s.grease.pieces([]byte(text), func(p []byte) {
		if d, ok := s.rw.(interface{ SetWriteDeadline(time.Time) error }); ok {
			d.SetWriteDeadline(time.Now().Add(writePatience))
		}
		// Asterisk logs a failed write and goes on.
		s.rw.Write(p)
	})
}

// wire tells of lines of the dialog.
func (s *session) wire(mark byte, text string) {
	if s.c.Wire == nil {
		return
	}
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		s.c.Wire(mark, line)
	}
}

// lost tells of the hangup, once.
func (s *session) lost() {
	if !s.bye {
		s.bye = true
		s.hear(Event{Kind: Hangup})
	}
}

// hear tells the caller's ear.
func (s *session) hear(e Event) {
	if s.c.Hear != nil {
		e.At = time.Since(s.begin)
		s.c.Hear(e)
	}
	if e.sounds() {
		s.plays(0, e.Length)
	}
}
