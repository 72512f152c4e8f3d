package e2e

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"goagi/agi"
	"goagi/ami"
	"goagi/test/pbx"
)

// worker is the account with the least rights that Async AGI takes.
func worker(t *testing.T) ami.Account {
	a := asterisk.Get(t)
	return ami.Account{Addr: a.AMI, User: "worker", Secret: a.Pass, Events: "agi,call"}
}

// serveAsync runs a worker for the calls of this test, and stops it at its end.
func serveAsync(t *testing.T, handle func(c *ami.Call, env *agi.Env, session *agi.Session)) {
	t.Helper()
	w := &ami.Worker{Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Drain: -1, Handler: func(ctx context.Context, c *ami.Call) {
		env, err := c.Env(ctx)
		if err != nil {
			t.Error(err)
			return
		}
		handle(c, env, agi.NewSession(c))
	}}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Serve(ctx, worker(t)) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("the worker ended with %v", err)
		}
	})
}

// The whole way of a call: its environment and arguments, commands, the values
// that Asterisk cuts, and on in the dialplan.
func TestAsync(t *testing.T) {
	long := strings.Repeat("grüße ", 800) // 6.4 kB, of which much is encoded
	plain := strings.Repeat("0123456789", 500)
	serveAsync(t, func(c *ami.Call, env *agi.Env, s *agi.Session) {
		if args := env.Args(); len(args) != 2 || args[0] != "hello.lua" || args[1] != "one two" {
			t.Errorf("the arguments are %q", args)
		}
		for name, want := range map[string]string{"LONG": long, "PLAIN": plain, "LINES": "a)\n200 result=0 (b\n", "PLUS": "a+b %41"} {
			if value, ok, err := s.GetVariable(name); err != nil || !ok || value != want {
				t.Errorf("%s has %d bytes, %v %v, want %d", name, len(value), ok, err, len(want))
			}
		}
		if _, err := s.Command("NOSUCH"); !errors.Is(err, agi.ErrUnknown) {
			t.Error(err)
		}
		if _, err := s.Command("SET VARIABLE", "X"); !errors.Is(err, agi.ErrUsage) || !strings.Contains(err.Error(), "Sets a variable") {
			t.Error(err)
		}
		if err := s.SetVariable("TOOLONG", strings.Repeat("x", 1000)); !errors.Is(err, agi.ErrUsage) || !strings.Contains(err.Error(), "two variables") {
			t.Error(err)
		}
		if err := s.SetVariable("LAST", strings.Repeat("x", 990)); err != nil {
			t.Error(err)
		}
	})
	c := place(t, asterisk.Get(t), pbx.Plan{Steps: []string{"AGI(agi:async,hello.lua,one two)", "Set(WENT=on)"}, Vars: [][2]string{
		{"LONG", long}, {"PLAIN", plain}, {"LINES", "a)\n200 result=0 (b\n"}, {"PLUS", "a+b %41"}}})
	check(t, c, vars{"WENT": "on", "AGISTATUS": "SUCCESS", "TOOLONG": "", "LAST": strings.Repeat("x", 990)})
}
