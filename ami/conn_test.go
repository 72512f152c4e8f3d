package ami

import (
	"context"
	"errors"
	"net"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Answers need not come in the order of the actions.
func TestResponsesFindTheirActions(t *testing.T) {
	var mu sync.Mutex
	held := ""
	c, _ := connect(t, func(m Message) string {
		mu.Lock()
		defer mu.Unlock()
		answer := "Response: Success\r\nActionID: " + m.Get("ActionID") + "\r\nValue: " + m.Get("Variable") + "\r\n\r\n"
		if held == "" {
			held = answer
			return ""
		}
		// The later action is answered first.
		both := answer + event("Noise") + "Response: Success\r\nActionID: of nobody\r\n\r\n" + held
		held = ""
		return both
	})
	var both sync.WaitGroup
	for _, name := range []string{"A", "B"} {
		both.Go(func() {
			m, err := c.Do(t.Context(), Action("Getvar", "Variable", name, "ActionID", "of the caller"))
			if err != nil || m.Get("Value") != name {
				t.Errorf("%s got %q, %v", name, m, err)
			}
		})
	}
	both.Wait()
}

func TestActionThatDoesNotWork(t *testing.T) {
	c, p := connect(t, always("Response: Error\r\nActionID: #\r\nMessage: No such channel\r\n\r\n"))
	_, err := c.Do(t.Context(), Action("Hangup", "Channel", "x"))
	if e, ok := errors.AsType[*ActionError](err); !ok || e.Message != "No such channel" || err.Error() != "Hangup: No such channel" {
		t.Error(err)
	}
	if _, err := c.List(t.Context(), Action("Status")); err == nil || err.Error() != "Status: No such channel" {
		t.Error(err)
	}
	// What cannot be sent is not, and the connection goes on.
	for want, value := range map[error]string{ErrTooLong: strings.Repeat("x", 1100), ErrHeader: "a\r\nb"} {
		if _, err := c.Do(t.Context(), Action("Long", "Value", value)); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	if len(p.asked("Long")) > 0 || c.Err() != nil {
		t.Errorf("%d were sent, the connection: %v", len(p.asked("Long")), c.Err())
	}
}

// A list is its own events, in order, wherever its response and others' events
// stand.
func TestList(t *testing.T) {
	c, _ := connect(t, always(
		event("Status", "ActionID", "#", "Channel", "a")+event("Newchannel", "Channel", "x")+
			"Response: Success\r\nActionID: #\r\nEventList: start\r\n\r\n"+
			event("Status", "ActionID", "other", "Channel", "y")+event("Status", "ActionID", "#", "Channel", "b")+
			event("StatusComplete", "ActionID", "#", "EventList", "Complete")))
	list, err := c.List(t.Context(), Action("Status"))
	if err != nil || len(list) != 2 || list[0].Get("Channel") != "a" || list[1].Get("Channel") != "b" {
		t.Errorf("the list is %q, %v", list, err)
	}
	var others []string
	ctx, cancel := context.WithCancel(t.Context())
	_ = c.Receive(ctx, func(m Message) {
		if others = append(others, m.Get("Channel")); len(others) == 2 {
			cancel()
		}
	})
	if !reflect.DeepEqual(others, []string{"x", "y"}) {
		t.Errorf("the other events are %q", others)
	}
}

// Events come in order, those since the login first, and the one who takes them
// may ask Asterisk something meanwhile.
func TestReceive(t *testing.T) {
	c, p := connect(t, always(success))
	p.say(event("E", "N", "1") + event("E", "N", "2"))
	var got []string
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	err := c.Receive(ctx, func(m Message) {
		if _, err := c.Do(ctx, Action("Ping")); err != nil {
			t.Error(err)
		}
		got = append(got, m.Get("N"))
		switch len(got) {
		case 2:
			p.say(event("E", "N", "3"))
		case 3:
			cancel(enough)
		}
	})
	if !reflect.DeepEqual(got, []string{"1", "2", "3"}) || err != enough {
		t.Errorf("%q, %v", got, err)
	}
}

// A consumer that stands still costs the connection, and not memory or a lost
// event that nobody knows of; actions are answered until then.
func TestReceiveThatIsTooSlow(t *testing.T) {
	p, account := newPeer(t, always(success))
	account.Backlog = 100
	c, err := Dial(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p.say(strings.Repeat(event("E"), 100))
	if _, err := c.Do(t.Context(), Action("Ping")); err != nil {
		t.Errorf("an action with the backlog full: %v", err)
	}
	p.say(event("E"))
	<-c.Done()
	taken := 0
	if err := c.Receive(t.Context(), func(Message) { taken++ }); !errors.Is(err, ErrBehind) || taken != 100 {
		t.Errorf("%v after %d events", err, taken)
	}
}

// What waits when the connection ends is freed and told why.
func TestConnectionThatEnds(t *testing.T) {
	for _, test := range []struct {
		why string
		end func(c *Conn, p *peer)
		say string
	}{
		{"by us", func(c *Conn, _ *peer) { c.Close() }, "is closed"},
		{"by Asterisk", func(_ *Conn, p *peer) { p.wire.Close() }, "Asterisk closed it"},
		{"in the middle of a message", func(_ *Conn, p *peer) { p.say("Event: E\r\nX"); p.wire.Close() }, "unexpected EOF"},
		{"by what is no AMI", func(_ *Conn, p *peer) { p.say(strings.Repeat("x", 1<<20)) }, "a line over"},
	} {
		t.Run(test.why, func(t *testing.T) {
			asked := make(chan bool)
			c, p := connect(t, func(Message) string { close(asked); return "" })
			go func() {
				<-asked
				test.end(c, p)
			}()
			_, err := c.Do(t.Context(), Action("Ping"))
			if err == nil || !strings.Contains(err.Error(), test.say) || c.Err() == nil {
				t.Errorf("the action: %v, the connection: %v", err, c.Err())
			}
			if err := c.Receive(t.Context(), func(Message) {}); err != c.Err() {
				t.Errorf("the events: %v", err)
			}
			if _, err := c.Do(t.Context(), Action("Ping")); err == nil || !strings.HasPrefix(err.Error(), "Ping: ") {
				t.Errorf("a later action: %v", err)
			}
			c.Close()
		})
	}
}

// An action that nobody waits for any more may be answered late.
func TestActionsEndWithTheirContext(t *testing.T) {
	asked := make(chan Message, 1)
	c, p := connect(t, func(m Message) string {
		if m.Get("Action") == "Slow" {
			asked <- m
			return ""
		}
		return success
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	impatient := errors.New("impatient")
	go func() {
		m := <-asked
		cancel(impatient)
		asked <- m
	}()
	if _, err := c.Do(ctx, Action("Slow")); !errors.Is(err, impatient) {
		t.Error(err)
	}
	p.say(strings.ReplaceAll(success, "#", (<-asked).Get("ActionID")))
	if m, err := c.Do(t.Context(), Action("Ping")); err != nil || m.Get("Message") != "fine" {
		t.Errorf("%q, %v", m, err)
	}
}

// A peer that is there but dead is found out by pings, and one that reads nothing
// by a write.
func TestSilence(t *testing.T) {
	t.Run("no answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			answers := 3
			c, p := connect(t, func(Message) string {
				if answers--; answers < 0 {
					return ""
				}
				return strings.Replace(success, "Success", "Pong", 1)
			})
			began := time.Now()
			<-c.Done()
			if took := time.Since(began); took != 4*DefaultPing+DefaultTimeout || !errors.Is(c.Err(), ErrSilent) {
				t.Errorf("found out after %v: %v", took, c.Err())
			}
			if n := len(p.asked("Ping")); n != 4 {
				t.Errorf("%d pings", n)
			}
			c.Close()
		})
	})
	t.Run("nothing read", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			near, far := net.Pipe()
			defer far.Close()
			go func() {
				_, _ = far.Write([]byte("Asterisk Call Manager/9.0.0\r\n"))
				_, _ = far.Read(make([]byte, 1000))
				_, _ = far.Write([]byte("Response: Success\r\n\r\n"))
			}()
			c, err := Dial(t.Context(), Account{Plain: true, Ping: -1, Dial: func(context.Context) (net.Conn, error) { return near, nil }})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			_, err = c.Do(t.Context(), Action("Ping"))
			if took := time.Since(began); !errors.Is(err, ErrClosed) || took != DefaultTimeout {
				t.Errorf("%v after %v", err, took)
			}
			c.Close()
		})
	})
}
