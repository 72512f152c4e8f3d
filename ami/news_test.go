package ami

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// news is one call, of which a test tells by events.
type news struct {
	*pbx
	served  atomic.Int32
	renamed string
}

const wholeBlock = "agi_request%3A%20async%0Aagi_enhanced%3A%200.0%0A%0A"

// of writes an event about the call.
func (*news) of(name string, headers ...string) string {
	return event(name, append([]string{"Channel", "a", "Uniqueid", "a"}, headers...)...)
}

// status has Status say what text gives, where it gives something.
func (n *news) status(text func() string) {
	before := n.peer.answer
	n.peer.answer = func(m Message) string {
		if m.Get("Action") == "Status" {
			if said := text(); said != "" {
				return success + "Event: Status\r\nChannel: a\r\nUniqueid: a\r\n" + said + "ActionID: #\r\n\r\n" + event("StatusComplete", "ActionID", "#")
			}
		}
		return before(m)
	}
}

// Honest calls whose events come in an unlucky order, or whose answers are unusual,
// are served as often as they enter Async AGI.
func TestHonestCallsAreServed(t *testing.T) {
	for _, test := range []struct {
		why     string
		prepare func(n *news)
		script  func(n *news, c *Call)
		happens func(n *news)
		want    int32
	}{
		{"it was found waiting, and enters again at once", func(n *news) {
			n.waits("a")
			n.notes(n.of("AsyncAGIStart", "Env", wholeBlock))
		}, func(_ *news, c *Call) { <-c.Hungup().Done() }, func(n *news) {
			after(3 * time.Second)
			n.say(n.of("AsyncAGIEnd") + n.of("AsyncAGIStart", "Exten", "2", "Env", wholeBlock))
		}, 2},
		{"its script has closed it, and its end is doubted", nil, func(n *news, c *Call) {
			if n.served.Load() == 1 {
				c.Close()
				time.Sleep(5 * time.Second)
			}
		}, func(n *news) {
			n.say(n.of("AsyncAGIStart", "Env", wholeBlock))
			after(time.Second)
			n.hush("a", true)
			n.tell(n.of("AsyncAGIEnd"), nil)
			after(10 * time.Millisecond)
			n.notes(n.of("AsyncAGIEnd"))
			after(10 * time.Second)
			n.say(n.of("AsyncAGIStart", "Exten", "2", "Env", wholeBlock))
		}, 2},
		{"it is asked for between two stays", func(n *news) {
			first := true
			n.status(func() string {
				if !first {
					return ""
				}
				first = false
				time.Sleep(5 * time.Millisecond)
				return "Data: SIP/1\r\n"
			})
		}, func(_ *news, c *Call) { <-c.Hungup().Done() }, func(n *news) {
			n.say(n.of("AsyncAGIStart", "Env", wholeBlock))
			after(2 * time.Millisecond)
			n.say(n.of("AsyncAGIEnd") + n.of("AsyncAGIStart", "Exten", "2", "Env", wholeBlock))
		}, 1},
		{"the dialplan quotes its arguments", func(n *news) { n.status(func() string { return "Data: \"agi:async\",hello.lua\r\n" }) }, nil,
			func(n *news) { n.say(n.of("AsyncAGIStart", "Env", wholeBlock)) }, 1},
		{"it is renamed at once", nil, nil,
			func(n *news) { n.say(n.of("AsyncAGIStart", "Env", wholeBlock) + n.of("Rename", "Newname", "b")) }, 1},
		{"manager.conf has channelvars, and it is renamed", func(n *news) {
			n.status(func() string { return "Data: agi:async\r\nChanVariable: A=1\r\nChanVariable: B=2\r\n" })
		}, func(n *news, c *Call) {
			time.Sleep(5 * time.Second)
			n.renamed = c.Channel()
		}, func(n *news) {
			n.say(n.of("AsyncAGIStart", "Env", wholeBlock))
			after(time.Second)
			n.say(n.of("Rename", "Newname", "b"))
		}, 1},
	} {
		t.Run(test.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &news{pbx: newPBX(t), renamed: "b"}
				if test.prepare != nil {
					test.prepare(n)
				}
				stop := serving(t, n.pbx, &Worker{Drain: -1, Leave: -1, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Handler: func(_ context.Context, c *Call) {
					n.served.Add(1)
					if test.script != nil {
						test.script(n, c)
					}
				}})
				test.happens(n)
				after(20 * time.Second)
				stop()
				if got := n.served.Load(); got != test.want || n.renamed != "b" {
					t.Errorf("%d scripts ran, want %d; the channel is %s", got, test.want, n.renamed)
				}
			})
		})
	}
}
