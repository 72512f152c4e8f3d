package agi

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Limits on what Asterisk sends, far above what it does send.
const (
	maxEnvLines  = 1000
	maxEnvLine   = 64 << 10
	maxEnvSize   = 256 << 10
	maxReplySize = 1 << 20
)

// Stream is the [Transport] over a reader and a writer: the pipes of process
// AGI and EAGI, the connection of FastAGI.
//
// Until Watch, the goroutine that calls RoundTrip reads for itself: a reply
// is being read whenever a command is out, and no switch between goroutines
// slows the call. From Watch on, one goroutine reads all to the end.
type Stream struct {
	in    *bufio.Reader
	raw   io.Reader
	out   io.Writer
	close func() error

	process   bool     // process AGI: argv is known, and a hangup is no line
	argv      []string // what Asterisk passed to the program
	network   bool     // FastAGI: what was written in one piece may come in several
	piece     int      // ... but not what is shorter than this
	env       *Env
	limit     int    // longest command line
	suspect   bool   // lines of the environment block may come before the first reply
	begun     bool   // a command has gone out
	line      []byte // the command line being sent, kept to be used again
	dropped   atomic.Int64
	watching  bool
	hungup    context.Context
	hangUp    context.CancelCauseFunc
	closeOnce sync.Once

	mu      sync.Mutex // held for a few assignments, never across a wait
	pending *exchange  // the command that is out
	broken  error      // why the dialog is over
}

// exchange is one command on its way to its reply.
type exchange struct {
	command Command
	sync    bool          // no command at all: read all up to the echo of the token
	sent    bool          // the command is on the wire
	wanted  bool          // somebody wants it interrupted
	tokens  []string      // the sync tokens sent for that
	done    chan struct{} // closed once reply and err are set; nil where the caller reads itself
	reply   Reply
	err     error
}

// NewStream gives the dialog that reads from in and writes to out. Close
// calls close, which must make a blocked Read of in return where that is
// possible at all. An in with a method Waiting() bool, telling whether bytes
// can be read now, lets the stream find what a forged environment block left
// behind. A Write of out is one whole command.
func NewStream(in io.Reader, out io.Writer, close func() error) *Stream {
	s := &Stream{
		in:    bufio.NewReaderSize(in, 2048),
		raw:   in,
		out:   out,
		close: close,
		limit: maxLineOld,
	}
	s.hungup, s.hangUp = context.WithCancelCause(context.Background())
	return s
}

// ExpectArgs says what Asterisk passed to the program as its arguments, which
// process AGI does besides the agi_arg lines. Then no name of a caller can pass
// for one of those, nor a line HANGUP for a hangup, which is a signal there. It
// is called before Env.
func (s *Stream) ExpectArgs(argv []string) { s.process, s.argv = true, argv }

// Env implements [Transport]. EnvTimeout holds where the reader has
// SetReadDeadline. A second use gives the same environment again.
func (s *Stream) Env(ctx context.Context) (*Env, error) {
	if s.env != nil {
		return s.env, nil
	}
	in, ok := s.raw.(interface{ SetReadDeadline(time.Time) error })
	if ok {
		if err := in.SetReadDeadline(time.Now().Add(EnvTimeout)); err != nil {
			return nil, fmt.Errorf("waiting for the AGI environment: %w", err)
		}
	}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	env, err := s.readEnv()
	switch {
	case !stop():
		return nil, fmt.Errorf("waiting for the AGI environment: %w", context.Cause(ctx))
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.Close()
		return nil, fmt.Errorf("no AGI environment came within %v: %w", EnvTimeout, err)
	case err == nil && ok:
		err = in.SetReadDeadline(time.Time{})
	}
	return env, err
}

func (s *Stream) readEnv() (*Env, error) {
	lines := make([]string, 0, 24)
	cut, size := false, 0
	for {
		line, err := s.readLine(maxEnvLine)
		size += len(line) + 1
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, err
		case errors.Is(err, errLineTooLong), err == nil && (len(lines) >= maxEnvLines || size > maxEnvSize):
			return nil, fmt.Errorf("the AGI environment: %w: no empty line within %d lines of at most %d bytes, %d in all: it begins %s",
				ErrProtocol, maxEnvLines, maxEnvLine, maxEnvSize, quoted(string(line), 60))
		case s.network && len(lines) == 0 && err == nil && !bytes.HasPrefix(line, []byte("agi_")):
			return nil, fmt.Errorf("the AGI environment: %w: it begins %s", ErrProtocol, quoted(string(line), 60))
		case err != nil && len(lines) == 0 && len(line) == 0:
			return nil, fmt.Errorf("no AGI environment came: %w", io.ErrUnexpectedEOF)
		case err != nil && cut:
			return nil, fmt.Errorf("the AGI environment: %w: more follows its empty line, before any command, and is no more of it: %s",
				ErrProtocol, quoted(strings.Join(lines[slices.Index(lines, "")+1:], " | "), 60))
		case err != nil:
			return nil, fmt.Errorf("the AGI environment ended before its empty line, after %s: %w",
				quoted(string(line), 60), io.ErrUnexpectedEOF)
		case len(line) > 0:
			lines = append(lines, string(line))
			continue
		case s.network:
			return s.networkEnv(lines, size)
		case s.leftBehind():
			cut = true // an empty line inside a value; the rest follows it
			lines = append(lines, "")
			continue
		}
		break
	}
	env := parseEnv(lines, s.argv)
	if len(env.fields) == 0 {
		return nil, fmt.Errorf("the AGI environment: %w: no line begins with agi_", ErrProtocol)
	}
	s.env = env
	s.limit = lineLimit(env.Get("version"))
	s.suspect = cut || env.forged || env.cut() || !s.complete(lines)
	return env, nil
}

// RoundTrip implements [Transport].
func (s *Stream) RoundTrip(c Command) (Reply, error) {
	line, err := appendLine(s.line[:0], c, s.limit)
	if err != nil {
		return Reply{}, err
	}
	s.line = line
	if !s.begun && (s.suspect || s.leftBehind()) {
		token := newToken()
		if _, err := s.exchange(&exchange{sync: true, tokens: []string{token}}, syncLine(token)); err != nil {
			return Reply{}, err
		}
	}
	s.begun = true
	return s.exchange(&exchange{command: c}, line)
}

// exchange sends one line and waits for what x asks for.
func (s *Stream) exchange(x *exchange, line []byte) (Reply, error) {
	if s.watching {
		x.done = make(chan struct{})
	}
	s.mu.Lock()
	if s.broken != nil {
		defer s.mu.Unlock()
		return Reply{}, s.broken
	}
	s.pending = x
	s.mu.Unlock()
	if err := s.send(line); err != nil {
		s.fail(err)
		return x.reply, x.err
	}
	s.mu.Lock()
	x.sent = true
	wanted := x.wanted
	s.mu.Unlock()
	if wanted {
		_ = s.cut(x, cutAgain) // a token must not overtake its command
	}
	if s.watching {
		<-x.done
	} else {
		s.finish(x)
	}
	return x.reply, x.err
}

// Interrupt implements [Transport]. The sync token makes Asterisk end the
// command, and its echo says where the dialog stands, whichever of the two
// came first.
func (s *Stream) Interrupt() error {
	s.mu.Lock()
	x := s.pending
	if x == nil || x.sync || x.wanted || !s.interruptible(x.command) {
		s.mu.Unlock()
		return ErrNotInterruptible
	}
	x.wanted = true
	sent := x.sent
	s.mu.Unlock()
	if !sent {
		return nil // whoever sends it sees to it
	}
	return s.cut(x, cutAgain)
}

// cutAgain is how long the echo of a token may take before another is sent;
// each further one may take twice as long as the last.
const cutAgain = 20 * time.Millisecond

// cut sends a token to interrupt x, and another one as long as x is out: one
// that reaches Asterisk within about a millisecond of the command lies unseen in
// its stdio buffer until more comes (res_agi.c: run_agi).
func (s *Stream) cut(x *exchange, again time.Duration) error {
	token := newToken()
	s.mu.Lock()
	if s.pending != x {
		s.mu.Unlock()
		return nil
	}
	x.tokens = append(x.tokens, token)
	s.mu.Unlock()
	if err := s.send(syncLine(token)); err != nil {
		s.fail(err)
		return s.state()
	}
	time.AfterFunc(again, func() { _ = s.cut(x, 2*again) })
	return nil
}

func (s *Stream) interruptible(c Command) bool {
	traits := c.Traits()
	return traits&Interruptible != 0 || traits&InterruptibleEAGI != 0 && s.env != nil && s.env.Enhanced()
}

// Watch implements [Transport]: from here on a goroutine reads, until the
// reader ends, which Close brings about.
func (s *Stream) Watch() {
	if s.watching || s.state() != nil {
		return
	}
	s.watching = true
	go s.watch()
}

// HangUp says that the channel is gone, where the transport does not tell it:
// the SIGHUP of process AGI. Any goroutine may call it.
func (s *Stream) HangUp() { s.hangUp(ErrHangup) }

// Hungup implements [Transport].
func (s *Stream) Hungup() context.Context { return s.hungup }

// Dropped counts the lines that came while no command waited for one.
func (s *Stream) Dropped() int64 { return s.dropped.Load() }

// Close implements [Transport].
func (s *Stream) Close() error {
	s.breakOff(ErrClosed)
	var err error
	s.closeOnce.Do(func() {
		if s.close != nil {
			err = s.close()
		}
	})
	return err
}

// send puts one line on the wire in one write: a second command in the same
// write would stay in Asterisk's stdio buffer (res_agi.c: run_agi).
func (s *Stream) send(line []byte) error {
	_, err := s.out.Write(line)
	return err
}

// leftBehind reports whether anything but a hangup lies before the first reply,
// when no command has gone out. A name that imitates the rest of the block, its
// empty line and replies behind it, comes in one write with all of that
// (res_agi.c: setup_env, ast_agi_send), so what it forges is there to be seen.
func (s *Stream) leftBehind() bool {
	if s.watching {
		return s.dropped.Load() > 0
	}
	for s.in.Buffered() < s.in.Size() && s.rawWaiting() {
		if _, err := s.in.Peek(s.in.Buffered() + 1); err != nil {
			break // the end
		}
	}
	behind, _ := s.in.Peek(s.in.Buffered())
	return !s.onlyHangups(behind)
}

// onlyHangups reports whether bytes are nothing, or what Asterisk sends by
// itself.
func (s *Stream) onlyHangups(behind []byte) bool {
	for len(behind) > 0 {
		rest, ok := bytes.CutPrefix(behind, []byte(hangupLine+"\n"))
		if !ok || s.process {
			return false
		}
		behind = rest
	}
	return true
}

// waiting reports whether bytes lie there although no command is out.
func (s *Stream) waiting() bool {
	return s.in.Buffered() > 0 || s.rawWaiting()
}

func (s *Stream) rawWaiting() bool {
	w, ok := s.raw.(interface{ Waiting() bool })
	return ok && w.Waiting()
}

// state says why the dialog is over, nil while it is not.
func (s *Stream) state() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

// breakOff ends the dialog, once, and frees the command that waits in it.
func (s *Stream) breakOff(reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		s.broken = reason
	}
	if s.pending != nil {
		s.settle(Reply{}, s.broken)
	}
}

// settle hands its outcome to the command that is out. The caller holds mu.
func (s *Stream) settle(reply Reply, err error) {
	x := s.pending
	s.pending = nil
	x.reply, x.err = reply, err
	if x.done != nil {
		close(x.done)
	}
}

// fail ends the dialog for a read or write that did not work. Asterisk's end
// of file and a broken pipe mean that the channel is gone.
func (s *Stream) fail(err error) {
	if errors.Is(err, ErrProtocol) {
		s.breakOff(err)
		return
	}
	s.HangUp()
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
		s.breakOff(ErrClosed)
		return
	}
	s.breakOff(fmt.Errorf("%w: %w", ErrClosed, err))
}

// last gives the token whose echo is the last line that belongs to x, "" for
// none. The caller holds mu.
func (x *exchange) last() string {
	if len(x.tokens) == 0 {
		return ""
	}
	return x.tokens[len(x.tokens)-1]
}
