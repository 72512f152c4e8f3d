package ami

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"goagi/agi"
)

// How Asterisk hands over a reply: it reads its pipe once, and encodes what it
// got into a buffer, where the rest is lost (res_agi.c: launch_asyncagi; main/utils.c:
// ast_uri_encode).
const (
	maxRead    = 1024 // AGI_BUF_SIZE; what is over stays in the pipe
	maxEncoded = 2045 // AMI_BUF_SIZE less one and an escape that did not fit
)

// maxReply is as much of a reply as is put together, far above what can be in the
// pipe: with more in it than 64 KiB Asterisk waits for ever.
const maxReply = 1 << 20

// isCut reports whether more of a reply may be in the pipe, and whether some of
// it may be lost. A newline at its end says nothing: a value can be cut at one.
func isCut(result string) (cut, lost bool) {
	text := decode(result)
	lost = len(result) >= maxEncoded
	return lost || len(text) >= maxRead || !strings.HasSuffix(text, "\n"), lost
}

// decode undoes percent encoding and nothing else: a plus is a plus. What is no
// escape stays as it is.
func decode(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b = append(b, byte(n))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// exchange sends one command line and gives all that Asterisk wrote in answer to
// it. lost says that a part of that is missing. The error is the cause of the
// stay's end, or one after which the dialog goes on.
func (c *Call) exchange(line string) (text string, lost bool, err error) {
	if c.dirty() {
		if _, _, err := c.rest(); err != nil {
			return "", false, err
		}
	}
	result, err := c.send(line)
	if err != nil {
		return "", false, err
	}
	if c.dirty() {
		if _, _, err := c.rest(); err != nil {
			return "", false, err
		}
		return "", false, &agi.Error{Kind: agi.ErrFailed, Message: "its reply came mixed with that of a command which somebody else had queued for this channel"}
	}
	cut, lost := isCut(result)
	text = decode(result)
	if cut {
		more, lostMore, err := c.rest()
		if err != nil {
			return "", false, err
		}
		text, lost = text+more, lost || lostMore
	}
	return text, lost, nil
}

// dirty reports, once, that somebody else's reply may lie in the pipe.
func (c *Call) dirty() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.foreign
	c.foreign = false
	return was
}

// rest empties the pipe and gives what was in it. It asks for the echo of a token
// until that is the last thing that comes: each answer takes one more piece out.
func (c *Call) rest() (text string, lost bool, err error) {
	c.dirty()
	token := "goagi-sync-" + strconv.FormatUint(rand.Uint64(), 36) + strconv.FormatUint(rand.Uint64(), 36)
	echo := "200 result=1 (" + token + ")\n"
	for asked := 1; ; asked++ {
		result, err := c.send(`GET FULL VARIABLE "` + token + `"`)
		if err != nil {
			return "", false, err
		}
		_, missing := isCut(result)
		piece := decode(result)
		text, lost = text+piece, lost || missing
		switch {
		case !missing && len(piece) < maxRead && strings.HasSuffix(text, echo):
			for range asked {
				text = strings.TrimSuffix(text, echo)
			}
			return text, lost, nil
		case len(text) > maxReply:
			err := fmt.Errorf("%w: a reply over %d bytes", agi.ErrProtocol, maxReply)
			c.die(err)
			return "", false, err
		}
	}
}

// send has one line executed and gives its result, as it came. It blocks as long
// as Asterisk takes; the stay's end and Close unblock it.
func (c *Call) send(line string) (string, error) {
	c.mu.Lock()
	c.count++
	x := &command{id: c.nonce + strconv.Itoa(c.count), exec: strings.HasPrefix(line, "EXEC "), done: make(chan struct{})}
	c.pending = x
	c.leaving = c.leaving || strings.HasPrefix(line, breakCommand)
	c.mu.Unlock()
	err := c.queue(line, x.id)
	if err == nil {
		select {
		case <-x.done:
		case <-c.life.Done():
			err = context.Cause(c.life)
		}
	} else {
		c.mu.Lock()
		if c.pending == x {
			c.pending = nil // nothing of it runs
		}
		c.mu.Unlock()
	}
	select {
	case <-x.done: // before the end, if that came too
		return x.result, nil
	default:
		return "", err
	}
}

// breakCommand ends Async AGI.
const breakCommand = "ASYNCAGI BREAK"

// queue adds a line to the channel's commands. Where the name that we know is no
// channel's, the event that explains it may be on its way.
func (c *Call) queue(line, id string) error {
	for {
		channel := c.Channel()
		if c.life.Err() != nil {
			return context.Cause(c.life)
		}
		if !c.current() {
			<-c.life.Done() // another worker may have it, and the script hears of that
			return context.Cause(c.life)
		}
		_, err := c.conn.Do(c.life, Action("AGI", "Channel", channel, "Command", line, "CommandID", id))
		refused, isRefusal := errors.AsType[*ActionError](err)
		if isRefusal {
			c.endsWithin(endComes)
		}
		switch {
		case err == nil:
			return nil
		case c.life.Err() != nil:
			return context.Cause(c.life)
		case errors.Is(err, ErrTooLong), errors.Is(err, ErrHeader): // nothing was sent
			return &agi.Error{Kind: agi.ErrUsage, Message: err.Error()}
		case isRefusal && c.Channel() != channel:
			continue // it has been renamed
		case isRefusal:
			err = &agi.Error{Kind: agi.ErrHangup, Message: "Asterisk does not take commands for this call any more: " + refused.Message}
		default:
			err = lost(err)
		}
		if c.hangUp(err); isRefusal {
			c.die(err) // the stay may go on, and is released then
		} else {
			c.end(err)
		}
		return err
	}
}

// lost is what a lost connection means to a script.
func lost(err error) error {
	return &agi.Error{Kind: agi.ErrHangup, Message: "the call is out of reach: " + err.Error()}
}

// sliceLength is as much of a value as is never lost or cut, whatever its bytes
// are.
const sliceLength = 600

// again reads in slices the value that a command could not give whole. Only a
// variable's stays the same meanwhile; a function would run again each time.
func (c *Call) again(cmd agi.Command) (string, error) {
	name := variable(cmd)
	if name == "" {
		return "", &agi.Error{Kind: agi.ErrFailed, Command: cmd.Name, Message: "its value is too long to come whole over Async AGI: " +
			"put it into a channel variable with SET VARIABLE or the dialplan's Set, and read that, or use FastAGI"}
	}
	var value strings.Builder
	for {
		line := fmt.Sprintf(`GET FULL VARIABLE "${%s:%d:%d}"`, name, value.Len(), sliceLength)
		text, lost, err := c.exchange(line)
		if err != nil {
			return "", err
		}
		reply, err := agi.ParseReply(agi.Command{Name: "GET FULL VARIABLE"}, text)
		if err != nil || lost || len(reply.Value) > sliceLength || value.Len() > maxReply {
			return "", &agi.Error{Kind: agi.ErrFailed, Command: cmd.Name, Message: "its value could not be read in slices"}
		}
		value.WriteString(reply.Value)
		if len(reply.Value) < sliceLength {
			return "200 result=1 (" + value.String() + ")\n", nil
		}
	}
}

// variable gives the name of the one channel variable that a command reads, ""
// where it reads something else.
func variable(cmd agi.Command) string {
	name := ""
	switch {
	case cmd.Known() == "GET VARIABLE" && len(cmd.Args) == 1:
		name = cmd.Args[0]
	case cmd.Known() == "GET FULL VARIABLE" && len(cmd.Args) == 1:
		expression, ok := strings.CutPrefix(cmd.Args[0], "${")
		if expression, closed := strings.CutSuffix(expression, "}"); ok && closed {
			name = expression
		}
	}
	if strings.ContainsAny(name, "${}[]():\"\\,") {
		return ""
	}
	return name
}
