package agi

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

var errLineTooLong = errors.New("line too long")

const hangupLine = "HANGUP"

// readLine reads one line, its newline off. The slice is good until the next
// read. At the limit it gives errLineTooLong and the line's beginning; at the
// end of file what there is and the error.
func (s *Stream) readLine(limit int) ([]byte, error) {
	line, err := s.in.ReadSlice('\n')
	if err == nil {
		return line[:len(line)-1], nil
	}
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	long := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(long) > limit {
			return long, errLineTooLong
		}
		line, err = s.in.ReadSlice('\n')
		long = append(long, line...)
	}
	if err == nil {
		long = long[:len(long)-1]
	}
	return long, err
}

// replyLine is readLine for a line that is part of a reply of size bytes so far.
func (s *Stream) replyLine(size int) (string, error) {
	line, err := s.readLine(maxReplySize)
	if errors.Is(err, errLineTooLong) || size+len(line) > maxReplySize {
		return "", fmt.Errorf("%w: a reply over %d bytes", ErrProtocol, maxReplySize)
	}
	if err != nil && len(line) > 0 {
		return "", fmt.Errorf("a reply was cut off after %s: %w", quoted(string(line), 60), io.ErrUnexpectedEOF)
	}
	return string(line), err
}

// watch reads until the end: replies go to the command that waits, HANGUP
// aside, and lines that nobody waits for are dropped and counted.
func (s *Stream) watch() {
	for s.state() == nil {
		_, err := s.in.Peek(1)
		s.mu.Lock()
		x := s.pending
		s.mu.Unlock()
		switch {
		case err != nil:
			s.fail(err)
		case x != nil:
			s.finish(x)
		default:
			if line, err := s.replyLine(0); err != nil {
				s.fail(err)
			} else {
				s.stray(line)
			}
		}
	}
}

// stray takes a line that belongs to no command.
func (s *Stream) stray(line string) {
	switch {
	case line == hangupLine && !s.process:
		s.HangUp()
	case strings.HasPrefix(line, echoPrefix):
		// of a token that another one followed
	default:
		s.dropped.Add(1)
	}
}

// finish reads the reply of x, up to the sync token's echo where one was
// sent, and settles x. It leaves nothing of x on the wire.
func (s *Stream) finish(x *exchange) {
	var text, echoed string
	var err error
	if !x.sync {
		text, echoed, err = s.firstReply(x)
	}
	for err == nil && !s.settled(x, text, echoed) {
		// A token was sent, perhaps just as the reply came: its echo is
		// still to come.
		s.mu.Lock()
		echoed = x.last()
		s.mu.Unlock()
		err = s.skipTo(echo(echoed), !x.sync)
	}
	if err != nil {
		s.fail(err)
	}
}

// settled hands x its reply if the echo of its token, if it has one, was read.
func (s *Stream) settled(x *exchange, text, echoed string) bool {
	reply, ok := Reply{}, true
	if text != "" {
		reply, ok = parseReply(text, isFreeText(x.command, text))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending != x {
		return true // Close came first
	}
	if x.last() != echoed {
		return false
	}
	switch {
	case x.sync:
		s.settle(Reply{}, nil)
	case text == "":
		s.settle(Reply{}, ErrInterrupted)
	case len(x.tokens) > 0 && reply.Result == "1" && x.command.is("WAIT FOR DIGIT"):
		// Its way to say that a command came (main/channel.c:
		// ast_waitfordigit_full); no key has this code.
		s.settle(Reply{}, ErrInterrupted)
	case !ok:
		s.broken = fmt.Errorf("%w: Asterisk sent %s", ErrProtocol, quoted(text, 80))
		s.settle(Reply{}, s.broken)
	default:
		s.settle(reply, nil)
	}
	return true
}

// firstReply reads lines until the reply of x is whole. Where the echo of a
// token that interrupts x comes instead, text is "" and echoed that token.
func (s *Stream) firstReply(x *exchange) (text, echoed string, err error) {
	for {
		line, err := s.replyLine(0)
		if err != nil {
			return "", "", err
		}
		if strings.HasPrefix(line, "100 ") {
			continue // GOSUB says that it has begun (apps/app_stack.c: handle_gosub)
		}
		if !startsReply(line) {
			s.stray(line)
			continue
		}
		s.mu.Lock()
		i := slices.IndexFunc(x.tokens, func(token string) bool { return line == echo(token) })
		if i >= 0 {
			echoed = x.tokens[i]
		}
		s.mu.Unlock()
		switch {
		case i >= 0:
			return "", echoed, nil
		case strings.HasPrefix(line, "520-"):
			text, err = s.usageBlock(line)
		case isFreeText(x.command, line) && s.goesOn(line):
			text, err = s.valueBlock(line)
		case line == "200 result=1" && x.command.is("EXEC"):
			// An application's 1 is also the handler's RESULT_SHOWUSAGE, for
			// which a usage block follows (res_agi.c: agi_handle_command).
			text, err = line, s.skipToEcho()
		default:
			text = line
		}
		return text, "", err
	}
}

// usageBlock reads a 520 block to its end: usage texts hold blank lines and
// lines that look like replies (res_agi.c: agi_handle_command).
func (s *Stream) usageBlock(line string) (string, error) {
	block := []byte("520 ")
	for {
		next, err := s.replyLine(len(block))
		if err != nil {
			return "", err
		}
		if strings.HasPrefix(next, "520 ") {
			if len(block) == len("520 ") {
				block = append(block, line[len("520-"):]...)
			}
			return strings.TrimRight(string(block), "\n"), nil
		}
		block = append(append(block, next...), '\n')
	}
}

// isFreeText reports whether a reply's value is framed by nothing: that of the
// commands known for it, and of those we do not know.
func isFreeText(c Command, line string) bool {
	if !strings.HasPrefix(line, "200 result=1 (") {
		return false
	}
	return c.Has(FreeText) || find(c.Name) < 0 && (strings.HasSuffix(line, ")") || !strings.Contains(line, ")"))
}

// goesOn reports whether the value that begins in this line has more lines:
// it has no end here, or more bytes than HANGUP wait behind it, or may be on
// their way.
func (s *Stream) goesOn(line string) bool {
	if !strings.HasSuffix(line, ")") || s.network && len(line) >= s.piece {
		return true
	}
	n := s.in.Buffered()
	if n == 0 {
		return s.waiting()
	}
	behind, _ := s.in.Peek(n)
	return !s.onlyHangups(behind)
}

// valueBlock reads a value of many lines, which nothing ends: it asks for the
// echo of a token and takes all before that.
func (s *Stream) valueBlock(line string) (string, error) {
	rest, err := s.upToEcho()
	if err != nil {
		return "", err
	}
	text := line + "\n" + rest
	text = strings.TrimSuffix(text, "\n")
	if cut, ok := strings.CutSuffix(text, ")\n"+hangupLine); ok && !s.process {
		s.HangUp()
		text = cut + ")"
	}
	return text, nil
}

// upToEcho asks for the echo of a token and reads all lines before it, each
// with its newline.
func (s *Stream) upToEcho() (string, error) {
	a := s.ask()
	defer a.stop()
	var text []byte
	for {
		line, err := s.replyLine(len(text))
		if err != nil {
			return "", err
		}
		switch isEcho, last := a.answers(line); {
		case last:
			return string(text), nil
		case !isEcho:
			text = append(append(text, line...), '\n')
		}
	}
}

// skipTo reads away all lines before the one that is end. hangups says whether
// a line HANGUP among them is Asterisk's: what lies before the first reply may
// come from a caller's name.
func (s *Stream) skipTo(end string, hangups bool) error {
	for {
		line, err := s.replyLine(0)
		if err != nil || line == end {
			return err
		}
		if hangups {
			s.stray(line)
		} else {
			s.dropped.Add(1)
		}
	}
}

// skipToEcho asks for the echo of a token and reads away all before it.
func (s *Stream) skipToEcho() error {
	a := s.ask()
	defer a.stop()
	for {
		line, err := s.replyLine(0)
		if err != nil {
			return err
		}
		switch isEcho, last := a.answers(line); {
		case last:
			return nil
		case !isEcho:
			s.stray(line)
		}
	}
}
