package ami

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"goagi/agi"
)

// pbx is many channels in Async AGI, each of which runs whatever it is told.
type pbx struct {
	*peer
	account Account

	mu   sync.Mutex
	list string            // what CoreShowChannels lists
	mute map[string]bool   // channels whose commands take for ever
	ran  map[string]string // by channel: its command lines
	data map[string]string // by channel: what CHANNEL(appdata) says
}

func newPBX(t *testing.T) *pbx {
	b := &pbx{mute: make(map[string]bool), ran: make(map[string]string)}
	b.peer, b.account = newPeer(t, b.answer)
	return b
}

func (b *pbx) answer(m Message) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	name := m.Get("Channel")
	switch {
	case m.Get("Action") == "CoreShowChannels":
		return success + b.list + event("CoreShowChannelsComplete", "ActionID", "#")
	case m.Get("Variable") == "CHANNEL(appdata)" && b.data != nil:
		return "Response: Success\r\nActionID: #\r\nValue: " + b.data[name] + "\r\n\r\n"
	case m.Get("Action") != "AGI":
		return success
	}
	command := m.Get("Command")
	b.ran[name] += command + ";"
	if b.mute[name] {
		return success
	}
	id := []string{"Channel", name, "Uniqueid", name}
	result := "200%20result%3D1%0A"
	if _, token, ok := strings.Cut(command, `"goagi-sync-`); ok {
		result = "200%20result%3D1%20(goagi-sync-" + strings.TrimSuffix(token, `"`) + ")%0A"
	}
	if strings.Contains(command, "appdata") {
		result = "200%20result%3D1%20(agi%3Aasync%2Chello.lua%2Cone)%0A"
	}
	said := success + event("AsyncAGIExec", append(id, "CommandId", m.Get("CommandID"), "Result", result)...)
	if command == breakCommand {
		said += event("AsyncAGIEnd", id...)
	}
	return said
}

// comes has a call enter Async AGI.
func (b *pbx) comes(name string) {
	env := "agi_request: async\nagi_channel: " + name + "\nagi_threadid: 1\nagi_arg_1: hello.lua\n\n"
	encoded := strings.NewReplacer(":", "%3A", " ", "%20", "\n", "%0A").Replace(env)
	b.say(event("AsyncAGIStart", "Channel", name, "Uniqueid", name, "Env", encoded))
}

// waits lists a channel that is in Async AGI, for whoever asks.
func (b *pbx) waits(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list += event("CoreShowChannel", "ActionID", "#", "Channel", name, "Uniqueid", name, "Application", "AGI", "ApplicationData", "agi:async,hello.lua,one")
}

// hush has a channel's commands take for ever, or not any more.
func (b *pbx) hush(name string, mute bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mute[name] = mute
}

func (b *pbx) commands(name string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ran[name]
}

// serving starts a worker and gives what ends it.
func serving(t *testing.T, b *pbx, w *Worker) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Serve(ctx, b.account) }()
	time.Sleep(markerPause) // in which it looks for other workers
	synctest.Wait()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// served notes the calls that a handler had.
type served struct {
	mu    sync.Mutex
	calls []string
}

func (s *served) handle(_ context.Context, c *Call) {
	word := ""
	if c.Found() {
		word = " found"
		time.Sleep(time.Second)
	}
	if env, err := c.Env(context.Background()); err != nil {
		word += " " + err.Error()
	} else {
		word += " " + strings.Join(env.Args(), " ")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c.Channel()+word)
}

func (s *served) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.calls, "; ")
}

// Every call is served once and goes on in the dialplan, also where its script
// ends in a panic.
func TestWorkerServesEachCallOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newPBX(t)
		var mu sync.Mutex
		count := make(map[string]int)
		w := &Worker{Handler: func(_ context.Context, c *Call) {
			mu.Lock()
			count[c.Channel()]++
			mu.Unlock()
			if _, err := c.RoundTrip(line("NOOP", c.Channel())); err != nil {
				t.Error(err)
			}
			if c.Channel() == "call-7" {
				panic("at the disco")
			}
		}}
		var log bytes.Buffer
		w.Log = slog.New(slog.NewTextHandler(&log, nil))
		stop := serving(t, b, w)
		for i := range 50 {
			b.comes(fmt.Sprintf("call-%d", i))
		}
		synctest.Wait()
		stop()
		for i := range 50 {
			name := fmt.Sprintf("call-%d", i)
			if want := fmt.Sprintf("NOOP %q;%s;", name, breakCommand); count[name] != 1 || b.commands(name) != want {
				t.Errorf("%s was served %d times, and ran %s", name, count[name], b.commands(name))
			}
		}
		if !strings.Contains(log.String(), "at the disco") {
			t.Error("nobody hears of the panic")
		}
	})
}

// Calls that waited while nobody was there are found, once their news cannot be
// on the way any more, and served or released as the operator wants.
func TestWorkerFindsWaitingCalls(t *testing.T) {
	for _, test := range []struct {
		waiting Waiting
		want    string
	}{
		{ServeWaiting, "late hello.lua; waiting found hello.lua one"},
		{ReleaseWaiting, "late hello.lua"},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newPBX(t)
			for _, name := range []string{"waiting", "late", "gone", "left"} {
				b.waits(name)
			}
			b.list += event("CoreShowChannel", "ActionID", "#", "Channel", "other", "Uniqueid", "other", "Application", "AGI", "ApplicationData", "agi://x/y")
			var all served
			stop := serving(t, b, &Worker{Handler: all.handle, Waiting: test.waiting})
			b.comes("late") // its news come behind the list
			b.say(event("Hangup", "Uniqueid", "gone") + event("AsyncAGIEnd", "Uniqueid", "left"))
			time.Sleep(settle + settle/2)
			if test.waiting == ServeWaiting {
				b.comes("waiting") // news that are later still are not another call
			}
			time.Sleep(2 * settle)
			stop()
			if all.String() != test.want {
				t.Errorf("served were %v, want %v", &all, test.want)
			}
			if ran := b.commands("waiting"); !strings.HasSuffix(ran, breakCommand+";") {
				t.Errorf("the waiting call ran %q", ran)
			}
			if b.commands("gone")+b.commands("left")+b.commands("other") != "" {
				t.Error("a channel that does not wait was sent a command, which would run when it does")
			}
		})
	}
}

// What a channel's list says may be of long ago: each channel is asked.
func TestWorkerFindsWhatTheListDoesNotSay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newPBX(t)
		b.waits("works")
		for _, name := range []string{"waiting", "other"} {
			b.list += event("CoreShowChannel", "ActionID", "#", "Channel", name, "Uniqueid", name, "Application", "Wait", "ApplicationData", "1")
		}
		b.data = map[string]string{"works": "SIP/1", "waiting": "agi:async,hello.lua,one", "other": "1"}
		var all served
		stop := serving(t, b, &Worker{Handler: all.handle})
		time.Sleep(3 * settle)
		stop()
		if all.String() != "waiting found hello.lua one" || b.commands("works")+b.commands("other") != "" {
			t.Errorf("served were %v", &all)
		}
	})
}

// A Dial that somebody's script began may end long after that somebody: then the
// call waits with nobody, which only its event tells.
func TestWorkerFindsWhatADeadScriptLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newPBX(t)
		var all served
		stop := serving(t, b, &Worker{Handler: all.handle})
		b.say(event("AsyncAGIExec", "Channel", "a", "Uniqueid", "a", "CommandId", "old-1", "Result", "200%20result%3D0%0A"))
		b.say(event("AsyncAGIExec", "Channel", "b", "Uniqueid", "b", "CommandId", "old-1", "Result", "200%20result%3D0%0A") +
			event("AsyncAGIEnd", "Channel", "b", "Uniqueid", "b")) // it goes on by itself
		time.Sleep(2 * settle)
		stop()
		if all.String() != "a found hello.lua one" || b.commands("b") != "" {
			t.Errorf("served were %v; b ran %q", &all, b.commands("b"))
		}
	})
}

// When the connection is lost the scripts know at once; their calls are released,
// and not served a second time, when there is one again.
func TestWorkerLosesTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newPBX(t)
		b.hush("a", true)
		b.hush("busy", true)
		var errs []error
		var ups []bool
		var mu sync.Mutex
		w := &Worker{Connected: func(_ Account, up bool) { ups = append(ups, up) }, Handler: func(_ context.Context, c *Call) {
			_, err := c.RoundTrip(line("EXEC", "Dial", "SIP/1"))
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
		}}
		stop := serving(t, b, w)
		b.comes("a")
		b.comes("busy")
		synctest.Wait()
		b.waits("a") // "busy" is not listed as one in Async AGI, for it is in Dial
		b.list += event("CoreShowChannel", "ActionID", "#", "Channel", "busy", "Uniqueid", "busy", "Application", "Dial")
		b.hush("a", false)
		b.hush("busy", false)
		b.wire.Close()
		synctest.Wait()
		for _, err := range errs {
			if !errors.Is(err, agi.ErrHangup) || !strings.Contains(err.Error(), "out of reach") {
				t.Errorf("a script hears %v", err)
			}
		}
		time.Sleep(5 * time.Second)
		b.say(event("AsyncAGIExec", "Channel", "busy", "Uniqueid", "busy", "CommandId", "x", "Result", "200%20result%3D0%0A"))
		time.Sleep(2 * settle)
		stop()
		for _, name := range []string{"a", "busy"} {
			if ran := b.commands(name); ran != `EXEC "Dial" "SIP/1";`+breakCommand+";" {
				t.Errorf("%s ran %q", name, ran)
			}
		}
		if len(errs) != 2 || fmt.Sprint(ups) != "[true false true false]" {
			t.Errorf("%d calls were served; the connection was up: %v", len(errs), ups)
		}
	})
}

// A script may put its call into Async AGI again: the inner stay has its own
// script, and its end does not end the outer one.
func TestWorkerServesAsyncWithinAsync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newPBX(t)
		depth := 0
		var order []string
		w := &Worker{}
		w.Handler = func(_ context.Context, c *Call) {
			depth++
			if depth == 2 {
				order = append(order, "inner")
				return
			}
			go func() {
				synctest.Wait()
				b.comes("a")
			}()
			b.hush("a", true)
			time.AfterFunc(time.Second, func() {
				id := b.asked("AGI")[0].Get("CommandID")
				b.say(event("AsyncAGIEnd", "Uniqueid", "a") + event("AsyncAGIExec", "Uniqueid", "a", "CommandId", id, "Result", "200%20result%3D4%0A"))
				b.hush("a", false)
			})
			r, err := c.RoundTrip(line("EXEC", "AGI", "agi:async,inner.lua"))
			if err != nil || r.Result != "4" {
				t.Errorf("%+v, %v", r, err)
			}
			order = append(order, "outer")
		}
		stop := serving(t, b, w)
		b.comes("a")
		time.Sleep(5 * time.Second)
		stop()
		if fmt.Sprint(order) != "[inner outer]" {
			t.Errorf("the order is %v", order)
		}
	})
}

// Calls in progress may end; those that come meanwhile are left to the next
