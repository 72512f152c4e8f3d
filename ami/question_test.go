package ami

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"goagi/agi"
)

// watched is a worker on a pbx, with what its scripts were told.
type watched struct {
	*pbx
	mu   sync.Mutex
	args []string // of each script that began
	ends []error  // what each heard
}

func watch(t *testing.T) (w *watched, stop func()) {
	w = &watched{pbx: newPBX(t)}
	return w, serving(t, w.pbx, &Worker{Drain: -1, Leave: -1, Handler: func(ctx context.Context, c *Call) {
		env, err := c.Env(ctx)
		if err != nil {
			return
		}
		w.mu.Lock()
		w.args = append(w.args, strings.Join(env.Args(), ","))
		w.mu.Unlock()
		select {
		case <-c.Hungup().Done():
		case <-ctx.Done():
		}
		_, err = c.RoundTrip(line("NOOP"))
		w.mu.Lock()
		w.ends = append(w.ends, err)
		w.mu.Unlock()
	}})
}

func (w *watched) saw() (args []string, ends int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.args), len(w.ends)
}

// forge says what a caller wrote into a message: nothing of it is so.
func (w *watched) forge(text string) { w.peer.tell(text, nil) }

// A caller whose number holds lines of a manager's event gets no script of his
// choice, ends no call of others, and renames none.
func TestCallersCannotWriteEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stop := watch(t)
		defer stop()
		start := func(name, script string) string {
			env := strings.NewReplacer(":", "%3A", " ", "%20", "\n", "%0A").Replace("agi_request: async\nagi_channel: " + name + "\nagi_enhanced: 0.0\nagi_arg_1: " + script + "\n\n")
			return event("AsyncAGIStart", "Channel", name, "Uniqueid", name, "Env", env)
		}
		w.forge(start("SIP/waits", "secret.lua")) // a channel that is nowhere
		after(5 * time.Second)
		w.comes("SIP/victim")
		after(time.Second)
		w.forge(start("SIP/victim", "secret.lua")) // one that is served
		w.forge(event("AsyncAGIEnd", "Channel", "SIP/victim", "Uniqueid", "SIP/victim"))
		w.forge(event("Hangup", "Channel", "SIP/victim", "Uniqueid", "SIP/victim"))
		w.forge(event("Rename", "Channel", "SIP/victim", "Newname", "SIP/waits", "Uniqueid", "SIP/victim"))
		after(5 * time.Second)
		if args, ends := w.saw(); !slices.Equal(args, []string{"hello.lua"}) || ends != 0 {
			t.Errorf("the scripts are %q, and %d have ended", args, ends)
		}
		w.say(event("AsyncAGIEnd", "Channel", "SIP/victim", "Uniqueid", "SIP/victim"))
		after(time.Second)
		if _, ends := w.saw(); ends != 1 {
			t.Error("the call's own end is not heard")
		}
	})
}

// Where an event of a call's start says something else than the channel does, the
// channel is right.
func TestCallersCannotWriteTheirEnvironment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stop := watch(t)
		defer stop()
		w.comes("SIP/caller") // of the dialplan's hello.lua
		after(time.Second)
		if args, _ := w.saw(); !slices.Equal(args, []string{"hello.lua"}) {
			t.Errorf("the scripts are %q", args)
		}
		if ran := w.commands("SIP/caller"); ran != "" {
			t.Errorf("what Asterisk confirms is asked for again: %s", ran)
		}

		name := "SIP/forger"
		w.peer.notes(event("AsyncAGIStart", "Channel", name, "Uniqueid", name, "Env", "agi_arg_1%3A%20hello.lua%0A"))
		w.forge(event("AsyncAGIStart", "Channel", name, "Uniqueid", name, "Env", "agi_request%3A%20async%0Aagi_enhanced%3A%200.0%0Aagi_arg_1%3A%20secret.lua%0A%0A"))
		after(5 * time.Second)
		if args, _ := w.saw(); !slices.Equal(args, []string{"hello.lua", "hello.lua,one"}) {
			t.Errorf("the scripts are %q", args)
		}
	})
}

// An answer with a caller's lines in it is none.
func TestAnswersWithCallersLines(t *testing.T) {
	for _, test := range []struct {
		why, number string
		odd         bool
	}{
		{"a number", "555", false},
		{"a header", "555\r\nData: agi:async,secret.lua", true},
		{"an end", "555\r\n\r\nEvent: StatusComplete", true},
		{"a message", "555\r\n\r\nEvent: Status\r\nUniqueid: 1\r\nData: agi:async", true},
		{"a line", "555\r\nx", true},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, _ := connect(t, func(Message) string {
				return success + "Event: Status\r\nChannel: " + channel + "\r\nCallerIDNum: " + test.number + "\r\nUniqueid: " + uniqueid +
					"\r\nData: Dial\r\nActionID: #\r\n\r\n" + event("StatusComplete", "ActionID", "#")
			})
			c.account.Events = "off"
			now, err := c.status(channel)
			if (err != nil) != test.odd || err == nil && now.Get("Data") != "Dial" {
				t.Errorf("%s: %q, %v", test.why, now, err)
			}
			c.Close()
		})
	}
}

// A command that is refused leaves a call in Async AGI only until it is known where
// that is.
func TestRefusedCallIsReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{reply: fixed(nil)}
		var last *peer
		s.act(t, wholeEnv("Ann"), func(c *Call, p *peer) {
			last = p
			answer := p.answer
			p.answer = func(m Message) string {
				if m.Get("Action") == "AGI" && m.Get("Channel") == channel {
					return "Response: Error\r\nActionID: #\r\nMessage: Channel x does not exist.\r\n\r\n"
				}
				return answer(m)
			}
			if _, err := c.RoundTrip(line("NOOP")); err == nil || !strings.Contains(err.Error(), agi.ErrHangup.Error()) && !strings.Contains(err.Error(), "does not take") {
				t.Errorf("the script hears %v", err)
			}
			time.AfterFunc(2*time.Second, func() { p.say(about("Rename", "Newname", "SIP/new")) })
		})
		all := last.asked("AGI")
		if m := all[len(all)-1]; m.Get("Command") != breakCommand || m.Get("Channel") != "SIP/new" {
			t.Errorf("the last command is %q", m)
		}
	})
}
