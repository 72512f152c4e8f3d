package ami

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"goagi/agi"
)

// stage is Asterisk's side of Async AGI for one channel: a pipe that is read once
// a command, and an encoding with an end (res_agi.c: launch_asyncagi).
type stage struct {
	reply func(line string) string // what a command writes to the pipe; "" for no answer yet
	end   func(line string) bool   // whether it ends Async AGI
	other func(m Message) string   // answers other actions

	mu   sync.Mutex
	pipe string
}

const (
	channel  = "Local/1@x-1;1"
	uniqueid = "1.1"
)

// about are the headers of an event about the channel.
func about(name string, headers ...string) string {
	return event(name, append([]string{"Channel", channel, "Uniqueid", uniqueid, "Context", "ivr", "Exten", "100"}, headers...)...)
}

// wholeEnv is what Asterisk writes for a call with these arguments.
func wholeEnv(name string, args ...string) string {
	env := "agi_request: async\nagi_channel: " + channel + "\nagi_uniqueid: " + uniqueid + "\nagi_version: 22.10.1\n" +
		"agi_calleridname: " + name + "\nagi_enhanced: 0.0\nagi_threadid: 1407\n"
	for i, arg := range args {
		env += fmt.Sprintf("agi_arg_%d: %s\n", i+1, arg)
	}
	return env + "\n"
}

// start is the event of a call with this environment, as much as fits.
func (s *stage) start(env string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pipe = env
	return about("AsyncAGIStart", "Env", s.read())
}

// read is one read of the pipe, encoded. The caller holds mu.
func (s *stage) read() string {
	n := min(len(s.pipe), 1024)
	piece := s.pipe[:n]
	s.pipe = s.pipe[n:]
	var encoded strings.Builder
	for i := range len(piece) {
		switch b := piece[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', strings.IndexByte("-_.!~*'()", b) >= 0:
			if encoded.Len() >= 2047 {
				return encoded.String()
			}
			encoded.WriteByte(b)
		default:
			if encoded.Len() >= 2045 {
				return encoded.String()
			}
			fmt.Fprintf(&encoded, "%%%02X", b)
		}
	}
	return encoded.String()
}

// answer answers actions, commands by events.
func (s *stage) answer(m Message) string {
	line := m.Get("Command")
	switch m.Get("Action") {
	case "AGI":
	case "CoreShowChannels":
		if s.other == nil {
			return success + event("CoreShowChannelsComplete", "ActionID", "#")
		}
		fallthrough
	default:
		if s.other == nil {
			return success
		}
		return s.other(m)
	}
	text := ""
	if token, ok := strings.CutPrefix(line, `GET FULL VARIABLE "goagi-sync-`); ok {
		text = "200 result=1 (goagi-sync-" + strings.TrimSuffix(token, `"`) + ")\n"
	} else if line == breakCommand {
		text = "200 result=0\n"
	} else if text = s.reply(line); text == "" {
		return success
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pipe += text
	said := success + about("AsyncAGIExec", "CommandId", m.Get("CommandID"), "Result", s.read())
	if line == breakCommand || s.end != nil && s.end(line) {
		said += about("AsyncAGIEnd")
	}
	return said
}

// act places one call on a stage, and gives it and its worker's end to the test,
// in a bubble of its own.
func (s *stage) act(t *testing.T, env string, script func(c *Call, p *peer)) {
	t.Helper()
	began := make(chan *Call)
	played := make(chan bool)
	w := &Worker{Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Handler: func(_ context.Context, c *Call) {
		began <- c
		<-played
	}}
	p, account := newPeer(t, s.answer)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Serve(ctx, account) }()
	time.Sleep(markerPause) // in which it looks for other workers
	synctest.Wait()
	p.say(s.start(env))
	script(<-began, p)
	close(played)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// command is an AGI command in the test's words.
func line(name string, args ...string) agi.Command { return agi.Command{Name: name, Args: args} }
