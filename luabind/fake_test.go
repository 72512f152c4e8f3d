package luabind

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"goagi/agi"
)

// fakeTransport answers commands from a list, or with `200 result=0`, and
// keeps what was sent: "GET DATA|file|0|1023".
type fakeTransport struct {
	env     *agi.Env
	replies []string // Code and the rest, as on the wire
	sent    []string
}

func (f *fakeTransport) Env(context.Context) (*agi.Env, error) { return f.env, nil }
func (f *fakeTransport) Interrupt() error                      { return agi.ErrNotInterruptible }
func (f *fakeTransport) Watch()                                {}
func (f *fakeTransport) Hungup() context.Context               { return context.Background() }
func (f *fakeTransport) Close() error                          { return nil }

// RoundTrip has the reply parsed by a real stream.
func (f *fakeTransport) RoundTrip(c agi.Command) (agi.Reply, error) {
	f.sent = append(f.sent, strings.Join(append([]string{c.Name}, c.Args...), "|"))
	text := "200 result=0"
	if len(f.replies) > 0 {
		text, f.replies = f.replies[0], f.replies[1:]
	}
	echo := echoing{reply: text + "\n"}
	return agi.NewStream(&echo, &echo, nil).RoundTrip(c)
}

// echoing is a far end that answers one command.
type echoing struct {
	reply string
	said  bytes.Buffer
}

func (e *echoing) Write(p []byte) (int, error) {
	if token, ok := bytes.CutPrefix(p, []byte(`GET FULL VARIABLE "goagi-sync-`)); ok {
		e.said.WriteString("200 result=1 (goagi-sync-" + strings.TrimSuffix(string(token), "\"\n") + ")\n")
	} else {
		e.said.WriteString(e.reply)
	}
	return len(p), nil
}

func (e *echoing) Read(p []byte) (int, error) { return e.said.Read(p) }

const someEnv = "agi_request: t.lua\nagi_callerid: 5551234\nagi_calleridname: \nagi_version: 22.10.1\nagi_enhanced: 0.0\nagi_threadid: 1\n\n"

// fixture is a call for the tests of this package.
type fixture struct {
	*fakeTransport
	vm  *VM
	log bytes.Buffer
}

func newFixture(t *testing.T, replies ...string) *fixture {
	t.Helper()
	env, err := agi.NewStream(strings.NewReader(someEnv), nil, nil).Env(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{fakeTransport: &fakeTransport{env: env, replies: replies}}
	f.vm = New(Host{
		Session: agi.NewSession(f.fakeTransport), Env: env, Args: []string{"one", "two"}, Script: "t.lua",
		Transport: "process", Modules: []string{t.TempDir()},
		Log:     slog.New(slog.NewTextHandler(&f.log, nil)),
		Context: t.Context,
	})
	t.Cleanup(f.vm.Close)
	return f
}

// run runs source and gives what it printed, its lines joined by a bar.
func (f *fixture) run(t *testing.T, source string) (printed string, err error) {
	t.Helper()
	chunk, err := Compile([]byte(source), "t.lua")
	if err != nil {
		return "", err
	}
	err = f.vm.Run(t.Context(), chunk)
	var lines []string
	for _, sent := range f.sent {
		if text, ok := strings.CutPrefix(sent, "VERBOSE|"); ok {
			lines = append(lines, strings.TrimSuffix(text, "|1"))
		}
	}
	return strings.Join(lines, "|"), err
}
