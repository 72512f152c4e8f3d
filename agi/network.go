package agi

import (
	"errors"
	"fmt"
	"os"
)

// ExpectNetwork says that the dialog comes over a network: FastAGI. There what
// Asterisk wrote in one piece may arrive in several, so what a caller's name
// forges behind an empty line of its own, replies too, may still be on its way
// when that line is here. Env then reads up to the echo of a token, which is
// sure to stand behind the whole block, and a value is read in the same way.
//
// The exchange is left out where the bytes themselves say that there is nothing
// behind them: in what is shorter than piece. So many bytes from the start of a
// write, or of the connection, never come apart: 0 where that is not known, and
// for TCP its smallest segment. It is called before Env.
func (s *Stream) ExpectNetwork(piece int) { s.network, s.piece = true, piece }

// networkEnv makes the environment of the lines up to the first empty one, size
// bytes in all, and of what follows if that one was not Asterisk's.
func (s *Stream) networkEnv(lines []string, size int) (*Env, error) {
	env := parseEnv(lines, nil)
	if size >= s.piece || s.in.Buffered() > 0 || env.forged || env.cut() {
		all, err := s.linesToEcho(append(lines, ""), size)
		switch {
		case errors.Is(err, ErrProtocol), errors.Is(err, os.ErrDeadlineExceeded):
			return nil, err
		case err != nil:
			s.fail(err) // the call is over; what it was is known
		}
		env = parseEnv(s.blockOf(all), nil)
	}
	if len(env.fields) == 0 {
		return nil, fmt.Errorf("the AGI environment: %w: no line begins with agi_", ErrProtocol)
	}
	s.env = env
	s.limit = lineLimit(env.Get("version"))
	return env, nil
}

// linesToEcho sends a token and adds the lines that come before its echo.
func (s *Stream) linesToEcho(lines []string, size int) ([]string, error) {
	token := newToken()
	if err := s.send(syncLine(token)); err != nil {
		return lines, err
	}
	for {
		line, err := s.readLine(maxEnvLine)
		size += len(line) + 1
		switch {
		case errors.Is(err, errLineTooLong), len(lines) >= maxEnvLines, size > maxEnvSize:
			return nil, fmt.Errorf("the AGI environment: %w: no end of it within %d lines and %d bytes", ErrProtocol, maxEnvLines, maxEnvSize)
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, fmt.Errorf("its first command was not answered: %w", err)
		case err != nil:
			return lines, err
		case string(line) == echo(token):
			return lines, nil
		}
		lines = append(lines, string(line))
	}
}

// blockOf gives the block among all lines up to an echo. Asterisk's own empty
// line is the last one, and behind that it only tells of a hangup; whatever a
// name forged, a HANGUP too, stands before it.
func (s *Stream) blockOf(lines []string) []string {
	end := len(lines)
	for end > 0 && lines[end-1] == hangupLine {
		end--
	}
	if end == 0 || lines[end-1] != "" {
		return lines // Asterisk closed within it
	}
	if end < len(lines) {
		s.HangUp()
	}
	return lines[:end-1]
}

// Last sends the last command of the dialog, behind which it is closed. Over a
// network it does not wait for the reply, which the reader drops; a process would
// be gone when Asterisk writes that.
func (s *Stream) Last(c Command) error {
	if !s.network {
		_, err := s.RoundTrip(c)
		return err
	}
	line, err := appendLine(s.line[:0], c, s.limit)
	if err != nil {
		return err
	}
	if err := s.state(); err != nil {
		return err
	}
	return s.send(line)
}
