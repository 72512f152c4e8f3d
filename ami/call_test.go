package ami

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"goagi/agi"
)

// fixed answers by the command's line.
func fixed(replies map[string]string) func(string) string {
	return func(line string) string {
		if reply, ok := replies[line]; ok {
			return reply
		}
		return "200 result=0\n"
	}
}

func TestCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{reply: fixed(map[string]string{
			`GET VARIABLE "X"`: "200 result=1 (a+b %41 ü\n)\n",
			`"NOSUCH"`:         "510 Invalid or unknown command\n",
		})}
		s.act(t, wholeEnv("Ann", "hello.lua", "one two"), func(c *Call, p *peer) {
			env, err := c.Env(t.Context())
			if err != nil || env.Get("calleridname") != "Ann" || !reflect.DeepEqual(env.Args(), []string{"hello.lua", "one two"}) {
				t.Errorf("%q, %v", env.Args(), err)
			}
			if n := len(p.asked("AGI")); n > 0 {
				t.Errorf("%d commands were sent for a plain environment", n)
			}
			if r, err := c.RoundTrip(line("GET VARIABLE", "X")); err != nil || r.Value != "a+b %41 ü\n" {
				t.Errorf("%+v, %v", r, err)
			}
			if r, err := c.RoundTrip(line("NOSUCH")); err != nil || r.Code != 510 {
				t.Errorf("%+v, %v", r, err)
			}
			if _, err := c.RoundTrip(line("NOOP", "a\nb")); !errors.Is(err, agi.ErrUsage) {
				t.Errorf("a newline goes out: %v", err)
			}
			long := strings.Repeat("x", 1013)
			if _, err := c.RoundTrip(line("NOOP", long[:1013-len(`NOOP ""`)])); err != nil {
				t.Error(err)
			}
			_, err = c.RoundTrip(line("SET VARIABLE", "X", long))
			if !errors.Is(err, agi.ErrTooLong) || !strings.Contains(err.Error(), "1,013 bytes") {
				t.Error(err)
			}
			if err := c.Interrupt(); !errors.Is(err, agi.ErrNotInterruptible) {
				t.Error(err)
			}
			for _, m := range p.asked("AGI") {
				if m.Get("Channel") != channel || !strings.HasPrefix(m.Get("CommandID"), c.nonce) {
					t.Errorf("an action is %q", m)
				}
			}
		})
	})
}

// Values of any length and any bytes come whole, or it is said that they do not;
// and what follows is in step.
func TestRepliesThatAreCut(t *testing.T) {
	values := map[string]string{
		"SHORT": "x", "EMPTY": "", "EXACT": strings.Repeat("x", 1024-len("200 result=1 ()\n")), "MORE": strings.Repeat("x", 1100),
		"PLAIN": strings.Repeat("0123456789", 500), "CODED": strings.Repeat("ü)\n", 1700), "MIXED": strings.Repeat("x", 1020) + strings.Repeat("%", 700),
		"SLICE": strings.Repeat("ü", 600), "SCREEN": "a)\n200 result=1 (b\n\n",
	}
	reply := func(line string) string {
		if strings.HasPrefix(line, "SET CONTEXT") {
			return "520-Invalid command syntax.  Proper usage follows:\n" + strings.Repeat("Usage: ü\n", 300) + "520 End of proper usage.\n"
		}
		name, ok := strings.CutPrefix(line, `GET VARIABLE "`)
		if !ok {
			var begin, length int
			name, ok = strings.CutPrefix(line, `GET FULL VARIABLE "${`)
			if ok = ok && cutSlice(&name, &begin, &length); ok {
				value := values[name]
				return "200 result=1 (" + value[min(begin, len(value)):min(begin+length, len(value))] + ")\n"
			}
			return "200 result=0\n"
		}
		name = strings.TrimSuffix(name, `"`)
		if name == "FUNCTION(x)" {
			name = "CODED"
		}
		return "200 result=1 (" + values[name] + ")\n"
	}
	synctest.Test(t, func(t *testing.T) {
		s := &stage{reply: reply}
		s.act(t, wholeEnv("Ann", "hello.lua"), func(c *Call, _ *peer) {
			inStep := func() {
				t.Helper()
				if r, err := c.RoundTrip(line("GET VARIABLE", "SHORT")); err != nil || r.Value != "x" {
					t.Errorf("what follows is %+v, %v", r, err)
				}
			}
			for name, want := range values {
				if r, err := c.RoundTrip(line("GET VARIABLE", name)); err != nil || r.Value != want || !r.HasValue {
					t.Errorf("%s has %d bytes, %v, want %d", name, len(r.Value), err, len(want))
				}
				inStep()
			}
			_, err := c.RoundTrip(line("GET VARIABLE", "FUNCTION(x)"))
			if !errors.Is(err, agi.ErrFailed) || !strings.Contains(err.Error(), "channel variable") {
				t.Errorf("a function's value that was lost: %v", err)
			}
			inStep()
			if r, err := c.RoundTrip(line("SET CONTEXT")); err != nil || r.Code != 520 || !strings.HasPrefix(r.Text, "Usage: ü") {
				t.Errorf("a usage text: %+v, %v", r, err)
			}
			inStep()
		})
	})
}

// cutSlice reads NAME:begin:length}".
func cutSlice(name *string, begin, length *int) bool {
	parts := strings.Split(strings.TrimSuffix(*name, `}"`), ":")
	if len(parts) != 3 {
		return false
	}
	*name = parts[0]
	for i, n := range []*int{begin, length} {
		for _, digit := range parts[i+1] {
			*n = *n*10 + int(digit-'0')
		}
	}
	return true
}

// Only whole values are sliced, and nothing that could run twice.
func TestWhatCanBeSliced(t *testing.T) {
	for want, c := range map[string]agi.Command{
		"X_1": line("GET VARIABLE", "X_1"), "Y": line("get full variable", "${Y}"),
	} {
		if got := variable(c); got != want {
			t.Errorf("%v: %q", c, got)
		}
	}
	for _, c := range []agi.Command{
		line("GET VARIABLE", "DB(a/b)"), line("GET VARIABLE", "${X}"), line("GET VARIABLE", "X:1"), line("GET FULL VARIABLE", "${X}${Y}"),
		line("GET FULL VARIABLE", "X"), line("GET FULL VARIABLE", "${X}", "SIP/1"), line("GET FULL VARIABLE", "${SHELL(x)}"), line("DATABASE GET", "a", "b"),
	} {
		if got := variable(c); got != "" {
			t.Errorf("%v: %q", c, got)
		}
	}
}

// What somebody else queued must not answer the script's commands.
func TestForeignCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{reply: fixed(map[string]string{`GET VARIABLE "X"`: "200 result=1 (ours)\n"})}
		s.act(t, wholeEnv("Ann"), func(c *Call, p *peer) {
			// An older stay's, with the same number.
			p.say(about("AsyncAGIExec", "CommandId", "goagi-other-1", "Result", "200%20result%3D1%20(theirs)%0A"))
			if r, err := c.RoundTrip(line("GET VARIABLE", "X")); err != nil || r.Value != "ours" {
				t.Errorf("%+v, %v", r, err)
			}
			// The beginning of a long one; the rest is in the pipe.
			s.mu.Lock()
			s.pipe = strings.Repeat("x", 300) + ")\n"
			s.mu.Unlock()
			p.say(about("AsyncAGIExec", "CommandId", "", "Result", "200%20result%3D1%20("+strings.Repeat("x", 1024-14)))
			synctest.Wait()
			if r, err := c.RoundTrip(line("GET VARIABLE", "X")); err != nil || r.Value != "ours" {
				t.Errorf("%+v, %v", r, err)
			}
		})
	})
	synctest.Test(t, func(t *testing.T) {
		s := &stage{}
		s.act(t, wholeEnv("Ann"), func(c *Call, p *peer) {
			s.reply = func(string) string {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.pipe = "rest)\n"
				go p.say("") // nothing: the order is what counts
				return ""
			}
			go func() {
				synctest.Wait()
				id := p.asked("AGI")[0].Get("CommandID")
				s.reply = fixed(nil)
				p.say(about("AsyncAGIExec", "CommandId", "x", "Result", "200%20result%3D1%20("+strings.Repeat("x", 1010)) +
					about("AsyncAGIExec", "CommandId", id, "Result", "rest)%0A200%20result%3D7%0A"))
			}()
			if r, err := c.RoundTrip(line("NOOP")); !errors.Is(err, agi.ErrFailed) || !strings.Contains(err.Error(), "mixed") {
				t.Errorf("%+v, %v", r, err)
			}
			if r, err := c.RoundTrip(line("NOOP")); err != nil || r.Result != "0" {
				t.Errorf("%+v, %v", r, err)
			}
		})
	})
}

// The event may overtake the response to its action, and a channel may have
// another name by the time that a command comes.
func TestOutOfOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{reply: fixed(nil)}
		s.act(t, wholeEnv("Ann"), func(c *Call, p *peer) {
			p.answer = func(m Message) string {
				switch name := m.Get("Channel"); {
				case m.Get("Action") != "AGI":
					return success
				case name == channel:
					return about("Rename", "Newname", "SIP/new") + "Response: Error\r\nActionID: #\r\nMessage: Channel x does not exist.\r\n\r\n"
				case name != "SIP/new":
					t.Errorf("the channel is %q", name)
				}
				said := event("AsyncAGIExec", "Channel", "SIP/new", "Uniqueid", uniqueid, "CommandId", m.Get("CommandID"), "Result", "200%20result%3D5%0A")
				if m.Get("Command") == breakCommand {
					said += event("AsyncAGIEnd", "Uniqueid", uniqueid)
				}
				return said + success
			}
			if r, err := c.RoundTrip(line("NOOP")); err != nil || r.Result != "5" || c.Channel() != "SIP/new" {
				t.Errorf("%+v, %v on %s", r, err, c.Channel())
			}
			if c.Uniqueid() != uniqueid {
				t.Error(c.Uniqueid())
			}
		})
	})
}

// Close frees the command that is out, and nothing goes out any more.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{reply: func(string) string { return "" }}
		s.act(t, wholeEnv("Ann"), func(c *Call, _ *peer) {
			time.AfterFunc(time.Hour, func() { c.Close() })
			if _, err := c.RoundTrip(line("EXEC", "Dial", "SIP/1")); !errors.Is(err, agi.ErrClosed) {
				t.Error(err)
			}
			if _, err := c.RoundTrip(line("SET VARIABLE", "X", "1")); !errors.Is(err, agi.ErrClosed) || c.Hungup().Err() != nil {
				t.Error(err)
			}
		})
	})
}
