package ami

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits on what Asterisk sends, far above what it does send: a variable's value
// is its longest line, the output of a command its longest message.
const (
	maxLine    = 256 << 10
	maxMessage = 8 << 20
)

// reader parts what Asterisk sends into messages.
type reader struct {
	in    *bufio.Reader
	taken string // a line that was read and belongs to the next message
	again bool   // there is one
}

func newReader(in io.Reader) *reader { return &reader{in: bufio.NewReaderSize(in, 4096)} }

// line reads one line, its end off. At the end of file what there is of one is
// no line: io.ErrUnexpectedEOF.
func (r *reader) line() (string, error) {
	if r.again {
		r.again = false
		return r.taken, nil
	}
	line, err := r.in.ReadSlice('\n')
	for long := []byte(nil); errors.Is(err, bufio.ErrBufferFull); {
		long = append(long, line...)
		if len(long) > maxLine {
			return "", fmt.Errorf("%w: a line over %d bytes", ErrProtocol, maxLine)
		}
		line, err = r.in.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			line = append(long, line...)
		}
	}
	switch {
	case errors.Is(err, io.EOF) && len(line) > 0:
		return "", io.ErrUnexpectedEOF
	case err != nil:
		return "", err
	}
	return string(bytes.TrimSuffix(line[:len(line)-1], []byte("\r"))), nil
}

// message reads the next message. io.EOF comes only between two, and
// io.ErrUnexpectedEOF within one.
func (r *reader) message() (Message, error) {
	var m Message
	for size := 0; ; {
		line, err := r.line()
		if errors.Is(err, io.EOF) && len(m) > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		if size += len(line) + 32; size > maxMessage {
			return nil, fmt.Errorf("%w: a message over %d bytes", ErrProtocol, maxMessage)
		}
		if line == "" {
			if len(m) == 0 {
				continue // one blank line too many, as versions before 12 sent it
			}
			return m, nil
		}
		h := header(line)
		if m.followedBy(h) {
			r.taken, r.again = line, true
			return m, nil
		}
		if m.isOutput(h) {
			if m, err = r.output(m, line, size); err != nil {
				return nil, err
			}
			continue
		}
		m = append(m, h)
	}
}

// header takes a line apart. One without a colon is a value without a name.
func header(line string) Header {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return Header{Value: line}
	}
	return Header{Name: strings.TrimSpace(name), Value: strings.TrimPrefix(value, " ")}
}

// followedBy reports whether a header begins the next message although the blank
// line is missing. A Response may be a header of an event, OriginateResponse.
func (m Message) followedBy(h Header) bool {
	switch {
	case len(m) == 0:
		return false
	case strings.EqualFold(h.Name, "Event"):
		return true
	case strings.EqualFold(h.Name, "Response"):
		return m.Event() == ""
	}
	return false
}

const (
	// endOfOutput ends what a command printed, in versions before 14, blank
	// lines and all.
	endOfOutput = "--END COMMAND--"
	// output is the header in which later versions send each line of it.
	output = "Output"
)

// isOutput reports whether a line belongs to what a command printed: all lines do
// behind "Response: Follows" and the two headers that come after that.
func (m Message) isOutput(h Header) bool {
	return len(m) > 0 && strings.EqualFold(m[0].Name, "Response") && strings.EqualFold(m[0].Value, "Follows") &&
		!strings.EqualFold(h.Name, "Privilege") && !strings.EqualFold(h.Name, "ActionID")
}

// output reads what a command printed, from its first line on, as later versions
// send it.
func (r *reader) output(m Message, line string, size int) (Message, error) {
	for {
		text, last := strings.CutSuffix(line, endOfOutput)
		if text != "" || !last {
			m = append(m, Header{Name: output, Value: text})
		}
		if last {
			return m, nil
		}
		var err error
		line, err = r.line()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		if size += len(line) + 32; size > maxMessage {
			return nil, fmt.Errorf("%w: a message over %d bytes", ErrProtocol, maxMessage)
		}
	}
}
