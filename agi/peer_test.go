package agi

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
)

// peer is the far end of a dialog for tests: it answers each line it is sent
// by a function, and every token by its echo, as Asterisk does. What it says
// can be read at once; when it has nothing more to say, the dialog has ended.
type peer struct {
	mu     sync.Mutex // a token may be sent again while the program reads
	answer func(line string) string
	said   []byte
	sent   []string // the lines that came, tokens' lines left out
	writes int
}

func (p *peer) Write(line []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writes++
	text := string(line)
	if token, ok := strings.CutPrefix(text, `GET FULL VARIABLE "goagi-sync-`); ok {
		p.say("200 result=1 (goagi-sync-" + strings.TrimSuffix(token, "\"\n") + ")\n")
		return len(line), nil
	}
	p.sent = append(p.sent, strings.TrimSuffix(text, "\n"))
	p.say(p.answer(p.sent[len(p.sent)-1]))
	return len(line), nil
}

func (p *peer) say(text string) { p.said = append(p.said, text...) }

func (p *peer) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.said) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.said)
	p.said = p.said[n:]
	return n, nil
}

func (p *peer) Waiting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.said) > 0
}

const wholeEnv = "agi_request: x.lua\nagi_channel: Local/1@x-1;1\nagi_language: en\nagi_type: Local\n" +
	"agi_uniqueid: 1.1\nagi_version: 22.10.1~dfsg\nagi_callerid: 5551234\nagi_calleridname: Ann\n" +
	"agi_callingpres: 0\nagi_callingani2: 0\nagi_callington: 0\nagi_callingtns: 0\nagi_dnid: unknown\n" +
	"agi_rdnis: unknown\nagi_context: ivr\nagi_extension: 100\nagi_priority: 2\nagi_enhanced: 0.0\n" +
	"agi_accountcode: \nagi_threadid: 1407\nagi_arg_1: x.lua\n\n"

// dial gives a stream whose environment is read, and its far end.
func dial(t *testing.T, answer func(line string) string) (*Stream, *peer) {
	t.Helper()
	p := &peer{answer: answer, said: []byte(wholeEnv)}
	s := NewStream(p, p, nil)
	if _, err := s.Env(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s, p
}

// answers gives one reply after the other.
func answers(replies ...string) func(string) string {
	return func(string) string {
		if len(replies) == 0 {
			return ""
		}
		reply := replies[0]
		replies = replies[1:]
		return reply + "\n"
	}
}
