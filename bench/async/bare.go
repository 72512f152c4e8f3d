package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"goagi/ami"
)

// look reads a server's log to its end, and says when the server takes calls.
func look(log io.Reader, ready chan<- bool) {
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if text := lines.Text(); strings.Contains(text, `"listening"`) || strings.Contains(text, `"connected":true`) {
			select {
			case ready <- true:
			default:
			}
		}
	}
}

// bare gives what starts a client that runs no script: it keeps so many commands of each call in Asterisk's queue.
func (b *bench) bare(queued int) func() (func() error, error) {
	return func() (func() error, error) {
		conn, err := ami.Dial(context.Background(), ami.Account{Addr: b.a.AMI, User: "worker", Secret: b.a.Pass, Events: "agi"})
		if err != nil {
			return nil, err
		}
		c := &bare{conn: conn, queued: queued, commands: b.commands, calls: make(map[string]*bareCall)}
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = conn.Receive(ctx, c.event)
		}()
		return func() error {
			stop()
			<-done
			c.sending.Wait()
			return conn.Close()
		}, nil
	}
}

// bare is the client. Only Receive's goroutine has its calls.
type bare struct {
	conn             *ami.Conn
	queued, commands int
	calls            map[string]*bareCall
	sending          sync.WaitGroup
}

type bareCall struct {
	began      time.Time
	sent, done int
}

func (b *bare) event(m ami.Message) {
	name := m.Get("Channel")
	c := b.calls[name]
	switch {
	case m.Event() == "AsyncAGIStart":
		c = &bareCall{began: time.Now()}
		b.calls[name] = c
		for range b.queued {
			b.send(name, "GET VARIABLE X")
			c.sent++
		}
	case m.Event() != "AsyncAGIExec" || c == nil:
	case c.done+1 < b.commands:
		if c.done++; c.sent < b.commands {
			b.send(name, "GET VARIABLE X")
			c.sent++
		}
	default:
		each := time.Since(c.began) / time.Duration(b.commands)
		b.send(name, fmt.Sprintf("SET VARIABLE EACH %d", each.Microseconds()), "ASYNCAGI BREAK")
		delete(b.calls, name)
	}
}

// send queues commands in their order, and does not wait for the answers to the actions.
func (b *bare) send(channel string, commands ...string) {
	b.sending.Go(func() {
		for _, command := range commands {
			_, _ = b.conn.Do(context.Background(), ami.Action("AGI", "Channel", channel, "Command", command, "CommandID", "bare"))
		}
	})
}
