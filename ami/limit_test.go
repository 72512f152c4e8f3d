package ami

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"goagi/agi"
)

// A list that the connection's end cut is no list: calls that are not in it would
// be taken for gone, and served a second time.
func TestListCutByTheEnd(t *testing.T) {
	c, p := connect(t, always(success+event("CoreShowChannel", "ActionID", "#", "Channel", channel)))
	asked := make(chan error)
	go func() {
		list, err := c.List(t.Context(), Action("CoreShowChannels"))
		if err == nil {
			t.Errorf("it has %d items", len(list))
		}
		asked <- err
	}()
	for len(p.asked("CoreShowChannels")) == 0 {
		select {
		case err := <-asked:
			t.Fatal(err)
		default:
		}
	}
	p.wire.Close()
	if err := <-asked; !errors.Is(err, ErrClosed) {
		t.Errorf("the error is %v", err)
	}
}

// A peer that sends more than any Asterisk has to say does not take all memory.
func TestMessagesTakeSoMuchAndNotMore(t *testing.T) {
	big := strings.Repeat("x", 200<<10)
	b := newBacklog(DefaultBacklog)
	n := 0
	for b.add(Message{{"Event", "VarSet"}, {"Value", big}}) {
		if n++; n*len(big) > 2*maxKept {
			t.Fatal("there is no end")
		}
	}
	b.take()
	if !b.add(Message{{"Event", "VarSet"}}) {
		t.Error("it stays full")
	}
	c := &Conn{pending: map[string]*pending{"1": {list: true, response: Message{}, done: make(chan struct{})}}}
	for n = 0; c.route(Message{{"Event", "Item"}, {"ActionID", "1"}, {"Value", big}}); n++ {
		if n*len(big) > 2*maxKept {
			t.Fatal("there is no end of a list")
		}
	}
}

// A command that cannot be sent is the script's mistake, and its call goes on.
func TestCommandThatCannotBeSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{reply: func(line string) string {
			if strings.HasPrefix(line, "GET VARIABLE") { // more than comes whole
				return "200 result=1 (" + strings.Repeat("\x01", 2000) + ")\n"
			}
			return "200 result=1\n"
		}}
		s.act(t, wholeEnv("Ann"), func(c *Call, p *peer) {
			_, err := c.RoundTrip(line("GET VARIABLE", strings.Repeat("X", 990)))
			if e, ok := errors.AsType[*agi.Error](err); !ok || errors.Is(e, agi.ErrHangup) {
				t.Errorf("the error is %v", err)
			}
			if _, err := c.RoundTrip(line("NOOP")); err != nil {
				t.Errorf("the call does not go on: %v", err)
			}
		})
		if len(s.pipe) > 0 {
			t.Errorf("%q is left", s.pipe)
		}
	})
}
