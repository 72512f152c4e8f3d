package redis

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// connection is one to the server, for one goroutine at a time.
type connection struct {
	options *Options
	net     net.Conn
	in      *bufio.Reader
	used    time.Time // when it was given back
}

// dial connects, and makes sure that the server takes commands.
func dial(ctx context.Context, o *Options) (*connection, error) {
	within, cancel := context.WithTimeout(ctx, o.timeout())
	defer cancel()
	var dialer net.Dialer
	socket, err := dialer.DialContext(within, o.Network, o.Address)
	if err == nil && o.TLS != nil {
		secure := tls.Client(socket, o.TLS)
		if err := secure.HandshakeContext(within); err != nil {
			socket.Close()
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return nil, fmt.Errorf("TLS with %s: %w", o.Address, o.explain(ctx, err))
		}
		socket = secure
	}
	if err != nil {
		return nil, o.explain(ctx, err)
	}
	c := &connection{options: o, net: socket, in: bufio.NewReader(socket)}
	if err := c.greet(ctx); err != nil {
		socket.Close()
		return nil, err
	}
	return c, nil
}

// greet says who we are and which database we want. The error does not hold the
// password, whatever the server answers.
func (c *connection) greet(ctx context.Context) error {
	var commands [][]string
	switch o := c.options; {
	case o.User != "":
		commands = append(commands, []string{"AUTH", o.User, o.Password})
	case o.Password != "":
		commands = append(commands, []string{"AUTH", o.Password})
	}
	if n := c.options.Database; n != 0 {
		commands = append(commands, []string{"SELECT", strconv.Itoa(n)})
	}
	answers, err := c.do(ctx, append(commands, []string{"PING"}))
	if err != nil {
		return err
	}
	for _, answer := range answers {
		if e, ok := answer.(Error); ok && !strings.HasPrefix(string(e), "NOPERM") { // a user may lack PING
			text := string(e)
			if password := c.options.Password; password != "" {
				text = strings.ReplaceAll(text, password, "***")
			}
			return Error(text)
		}
	}
	return nil
}

// do sends commands and reads a reply to each. After an error the connection is
// of no more use.
func (c *connection) do(ctx context.Context, commands [][]string) ([]any, error) {
	var request []byte
	deadline := time.Now().Add(c.options.timeout())
	for _, command := range commands {
		request = appendCommand(request, command)
		if waits(command) {
			deadline = time.Time{}
		}
	}
	if err := c.net.SetDeadline(deadline); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		_ = c.net.SetDeadline(time.Unix(1, 0)) // what waits returns at once
	})
	answers, err := c.roundTrip(request, len(commands))
	if !stop() {
		<-ended
		return nil, context.Cause(ctx) // even where all replies came: the deadline is over
	}
	if err != nil {
		return nil, c.options.explain(ctx, err)
	}
	return answers, nil
}

func (c *connection) roundTrip(request []byte, n int) ([]any, error) {
	if _, err := c.net.Write(request); err != nil {
		return nil, err
	}
	most := c.options.maxReply()
	r := &replies{in: c.in, left: most, most: most}
	answers := make([]any, n)
	for i := range answers {
		answer, err := r.next(0)
		if err != nil {
			return nil, err
		}
		answers[i] = answer
	}
	return answers, nil
}

// alive reports whether a connection that nobody used still is one, and silent.
func (c *connection) alive() bool {
	if c.net.SetDeadline(time.Time{}) != nil { // that of the last command is over by now
		return false
	}
	socket := c.net
	if secure, ok := socket.(*tls.Conn); ok {
		socket = secure.NetConn()
	}
	inner, ok := socket.(syscall.Conn)
	if !ok || c.in.Buffered() > 0 {
		return false
	}
	raw, err := inner.SyscallConn()
	if err != nil {
		return false
	}
	var empty error
	err = raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, empty = syscall.Read(int(fd), one[:])
		return true
	})
	return err == nil && (errors.Is(empty, syscall.EAGAIN) || errors.Is(empty, syscall.EINTR))
}

// explain makes the network's errors plain. What ended ctx goes before them.
func (o *Options) explain(ctx context.Context, err error) error {
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("no answer from %s within %v", o.Address, o.timeout())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fmt.Errorf("%s closed the connection", o.Address)
	case errors.Is(err, errProtocol):
		return fmt.Errorf("%s: %w", o.Address, err)
	}
	return err
}
