package e2e

import (
	"errors"
	"os/exec"
	"syscall"
	"testing"

	"goagi/pbx"
)

// work starts goagi async on the Asterisk with these scripts, and waits until it
// is connected.
func work(t *testing.T, a *pbx.Asterisk, scripts map[string]string, flags ...string) *serving {
	t.Helper()
	t.Setenv("GOAGI_AMI_SECRET", a.Pass)
	s := command(t, scripts, append([]string{"async", "--ami=worker@" + a.AMI}, flags...)...)
	s.says("manager interface")
	return s
}

// A script over Async AGI is what it is under AGI, and the dialplan goes on when it
// has ended. Not beside other tests: every worker is told of every call.
func TestAsyncProgram(t *testing.T) {
	a := asterisk.Get(t)
	s := work(t, a, map[string]string{
		"x.lua": `agi.on_hangup(function() agi.log("info", "gone") end)
			agi.answer() agi.var.GOT = show(agi.transport, unpack(arg)) agi.var.READY = "yes"
			agi.var.KEY = agi.wait_for_digit(20000) or "none"`,
		"die.lua":   `agi.answer() error("no luck")`,
		"ear.lua":   `agi.var.WHY = select(2, require "audio".listen())`,
		"short.lua": `agi.var.GOT = "short"`,
	}, "--default=short")
	for name, row := range map[string]struct {
		app  string
		does func(*pbx.Call)
		want vars
	}{
		"a key":     {"agi:async,x.lua,one,two words", func(c *pbx.Call) { press(t, c, "5") }, vars{"GOT": `"async", "one", "two words"`, "KEY": "5", "GOAGI_STATUS": "OK", "AGISTATUS": "SUCCESS", "WENT": "on"}},
		"a hangup":  {"agi:async,x", func(c *pbx.Call) { listens(t, c); hangup(t, c) }, vars{"GOT": `"async"`, "KEY": "", "AGISTATUS": "HANGUP"}},
		"an error":  {"agi:async,die.lua", nil, vars{"GOAGI_STATUS": "ERROR", "GOAGI_ERROR": "~.*die.lua:1: no luck", "AGISTATUS": "SUCCESS", "WENT": "on"}},
		"not there": {"agi:async,../x.lua", nil, vars{"GOAGI_STATUS": "NOTFOUND", "WENT": "on"}},
		"no audio":  {"agi:async,ear.lua", nil, vars{"WHY": "no audio on this call: use EAGI", "GOAGI_STATUS": "OK"}},
		"default":   {"agi:async", nil, vars{"GOT": "short", "GOAGI_STATUS": "OK", "WENT": "on"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := place(t, a, pbx.Plan{Steps: []string{"Set(GOAGI_STATUS=)", "AGI(" + row.app + ")", "Set(WENT=on)"}})
			if row.does != nil {
				row.does(c)
			}
			check(t, c, row.want)
		})
	}
	if err := s.process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-s.ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
	if calls := s.calls(); len(calls) != 6 {
		t.Errorf("the log has %d calls: %v", len(calls), calls)
	}
}

// A wrong secret ends the program with an error that says so, and does not show it.
func TestAsyncProgramWithAWrongSecret(t *testing.T) {
	a := asterisk.Get(t)
	t.Setenv("GOAGI_AMI_SECRET", "not-the-secret")
	s := command(t, nil, "async", "--ami=worker@"+a.AMI)
	err := <-s.ended
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 {
		t.Errorf("it ended with %v", err)
	}
	s.says("the server ended")
	if s.shows("not-the-secret") {
		t.Error("the log shows the secret")
	}
}
