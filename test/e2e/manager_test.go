package e2e

import (
	"errors"
	"strings"
	"testing"

	"goagi/ami"
	"goagi/pbx"
)

// The manager's client against the manager itself: both ways to log in, both ways
// to be refused, a list, a command's output, what the rights do not allow.
func TestManager(t *testing.T) {
	login := account(t)
	for _, plain := range []bool{false, true} {
		wrong := login
		wrong.Plain, wrong.Secret = plain, "not it"
		if _, err := ami.Dial(t.Context(), wrong); !errors.Is(err, ami.ErrLogin) || strings.Contains(err.Error(), "not it") {
			t.Errorf("a wrong secret: %v", err)
		}
		login.Plain = plain
		conn, err := ami.Dial(t.Context(), login)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Do(t.Context(), ami.Action("Ping")); err != nil {
			t.Error(err)
		}
		refused, isRefusal := errors.AsType[*ami.ActionError](second(conn.Do(t.Context(), ami.Action("Command", "Command", "core show version"))))
		if !isRefusal || refused.Message != "Permission denied" {
			t.Errorf("more than the least rights: %v", refused)
		}
		if err := ami.CheckRights(t.Context(), conn); err != nil {
			t.Error(err)
		}
		conn.Close()
	}

	all := login
	all.User, all.Events = "test", "off"
	conn, err := ami.Dial(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	m, err := conn.Do(t.Context(), ami.Action("Command", "Command", "core show version"))
	if output := m.Values("Output"); err != nil || len(output) == 0 || !strings.HasPrefix(output[0], "Asterisk ") {
		t.Errorf("the output is %q, %v", output, err)
	}
	c := place(t, asterisk.Get(t), pbx.Plan{Steps: []string{"Wait(5)"}})
	list, err := conn.List(t.Context(), ami.Action("Status", "Channel", c.Channel))
	if err != nil || len(list) != 1 || list[0].Get("channel") != c.Channel {
		t.Errorf("the list is %q, %v", list, err)
	}
	// The longest line that Asterisk takes is the longest that goes out.
	value := strings.Repeat("x", 1024-len("Value: \r\n"))
	set := func(value string) error {
		return second(conn.Do(t.Context(), ami.Action("Setvar", "Channel", c.Channel, "Variable", "LONG", "Value", value)))
	}
	if err := set(value); err != nil {
		t.Error(err)
	}
	if err := set(value + "x"); !errors.Is(err, ami.ErrTooLong) {
		t.Error(err)
	}
	hangup(t, c)
	check(t, c, vars{"LONG": value})
}

func second(_ ami.Message, err error) error { return err }
