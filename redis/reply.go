package redis

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Error is a server's reply that a command failed, such as "WRONGTYPE Operation
// against a key holding the wrong kind of value".
type Error string

// Error gives the server's words.
func (e Error) Error() string { return string(e) }

// ErrTooLarge is the error of replies over Options.MaxReply.
var ErrTooLarge = errors.New("the reply is too large")

// errProtocol is the error of a server that is none.
var errProtocol = errors.New("that is no Redis, or wants rediss:// for TLS")

const (
	mostLine  = 64 << 10 // bytes of a line: an error, a status, a number
	deepest   = 64       // lists in each other
	perReply  = 16       // what each reply counts beside its bytes
	firstList = 1024     // room in a list, before its elements are there
)

// replies reads them one by one.
type replies struct {
	in   *bufio.Reader
	left int64 // bytes that may still come
	most int64
}

// next reads a reply: nil, a string, an int64, an Error, or a []any of these. An
// error that it returns leaves the rest unread.
func (r *replies) next(depth int) (any, error) {
	line, err := r.line()
	if err != nil {
		return nil, err
	}
	if len(line) == 0 {
		return nil, errProtocol
	}
	text := string(line[1:])
	switch line[0] {
	case '+':
		return text, nil
	case '-':
		return Error(text), nil
	case ':':
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, errProtocol
		}
		return n, nil
	case '$':
		return r.bulk(text)
	case '*':
		return r.list(text, depth)
	}
	return nil, errProtocol
}

// spend counts bytes that come.
func (r *replies) spend(n int64) error {
	if r.left -= n; r.left < 0 {
		return fmt.Errorf("%w: it has over %d bytes", ErrTooLarge, r.most)
	}
	return nil
}

// line reads up to CR LF.
func (r *replies) line() ([]byte, error) {
	var line []byte
	for {
		part, err := r.in.ReadSlice('\n')
		if spent := r.spend(int64(len(part)) + perReply); spent != nil {
			return nil, spent
		}
		line = append(line, part...)
		switch {
		case err == nil:
			n := len(line) - len("\r\n")
			if n < 0 || line[n] != '\r' {
				return nil, errProtocol
			}
			return line[:n], nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(line) > mostLine:
			return nil, errProtocol
		}
	}
}

func (r *replies) bulk(length string) (any, error) {
	n, err := strconv.ParseInt(length, 10, 64)
	if err != nil || n < -1 {
		return nil, errProtocol
	}
	if n == -1 {
		return nil, nil
	}
	if err := r.spend(n); err != nil {
		return nil, err
	}
	text := make([]byte, n+int64(len("\r\n")))
	if _, err := io.ReadFull(r.in, text); err != nil {
		return nil, err
	}
	if string(text[n:]) != "\r\n" {
		return nil, errProtocol
	}
	return string(text[:n]), nil
}

func (r *replies) list(length string, depth int) (any, error) {
	n, err := strconv.ParseInt(length, 10, 64)
	if err != nil || n < -1 || depth == deepest {
		return nil, errProtocol
	}
	if n == -1 {
		return nil, nil
	}
	list := make([]any, 0, min(n, firstList))
	for range n {
		reply, err := r.next(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, reply)
	}
	return list, nil
}

// appendCommand adds a command to what is sent.
func appendCommand(b []byte, command []string) []byte {
	b = append(b, '*')
	b = strconv.AppendInt(b, int64(len(command)), 10)
	b = append(b, "\r\n"...)
	for _, word := range command {
		b = append(b, '$')
		b = strconv.AppendInt(b, int64(len(word)), 10)
		b = append(b, "\r\n"...)
		b = append(b, word...)
		b = append(b, "\r\n"...)
	}
	return b
}
