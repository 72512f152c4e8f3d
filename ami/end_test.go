package ami

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"goagi/agi"
)

// A hangup frees the command that is out at once; afterwards nothing goes out, and
// the script is told what to do. Only variables can be set, where the channel
// still lives.
func TestHangup(t *testing.T) {
	lives := true
	s := &stage{reply: func(string) string { return "" }, other: func(m Message) string {
		if m.Get("Action") == "Setvar" && !lives {
			return "Response: Error\r\nActionID: #\r\nMessage: No such channel\r\n\r\n"
		}
		return success
	}}
	synctest.Test(t, func(t *testing.T) {
		s.act(t, wholeEnv("Ann"), func(c *Call, p *peer) {
			time.AfterFunc(time.Minute, func() { p.say(about("HangupRequest", "Cause", "16") + about("AsyncAGIEnd")) })
			began := time.Now()
			_, err := c.RoundTrip(line("EXEC", "Dial", "SIP/1"))
			if !errors.Is(err, agi.ErrHangup) || time.Since(began) != time.Minute {
				t.Errorf("%v after %v", err, time.Since(began))
			}
			if !errors.Is(context.Cause(c.Hungup()), agi.ErrHangup) {
				t.Error("nobody is told of the hangup")
			}
			sent := len(p.asked("AGI"))
			for _, name := range []string{"GET VARIABLE", "EXEC", "VERBOSE", "STREAM FILE"} {
				_, err := c.RoundTrip(line(name, "x", "y"))
				if !errors.Is(err, agi.ErrHangup) || !strings.Contains(err.Error(), "extension h") || !strings.HasPrefix(err.Error(), name) {
					t.Error(err)
				}
			}
			if len(p.asked("AGI")) != sent {
				t.Error("a command goes out after the hangup, and would run when the channel comes again")
			}
			if r, err := c.RoundTrip(line("SET VARIABLE", "X", "1")); err != nil || r.Result != "1" {
				t.Errorf("%+v, %v", r, err)
			}
			if m := p.asked("Setvar")[0]; m.Get("Channel") != channel || m.Get("Variable") != "X" || m.Get("Value") != "1" {
				t.Errorf("%q", m)
			}
			if _, err := c.RoundTrip(line("SET VARIABLE", "X", strings.Repeat("x", 1100))); !errors.Is(err, agi.ErrTooLong) {
				t.Error(err)
			}
			if _, err := c.RoundTrip(line("SET VARIABLE", "X", "a\nb")); !errors.Is(err, agi.ErrUsage) {
				t.Error(err)
			}
			lives = false
			if _, err := c.RoundTrip(line("SET VARIABLE", "X", "1")); !errors.Is(err, agi.ErrHangup) {
				t.Error(err)
			}
		})
	})
}

// The channel's own end stands for that of its Async AGI.
func TestHangupWithoutItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{reply: func(string) string { return "" }}
		s.act(t, wholeEnv("Ann"), func(c *Call, p *peer) {
			time.AfterFunc(time.Minute, func() { p.say(about("Hangup", "Cause", "16")) })
			if _, err := c.RoundTrip(line("EXEC", "Dial", "SIP/1")); !errors.Is(err, agi.ErrHangup) {
				t.Error(err)
			}
		})
	})
}

// A missing prompt ends Async AGI: the script hears of a failure, not of a hangup,
// where a redirect in the middle of a prompt is one.
func TestFailureThatEnds(t *testing.T) {
	for _, test := range []struct {
		why, exten string
		plays      time.Duration
		want       error
	}{
		{"a missing prompt", "100", 0, agi.ErrFailed},
		{"a missing prompt, and a dialplan that goes elsewhere at once", "101", 0, agi.ErrFailed},
		{"a failure after a while", "100", time.Second, agi.ErrFailed},
		{"a redirect", "redirected", time.Second, nil},
	} {
		t.Run(test.why, func(t *testing.T) {
			s := &stage{
				reply: func(string) string { time.Sleep(test.plays); return "200 result=-1 endpos=0\n" },
				end:   func(line string) bool { return strings.HasPrefix(line, "STREAM FILE") },
				other: func(m Message) string {
					if m.Get("Action") == "Status" {
						return success
					}
					value := map[string]string{"CONTEXT": "ivr", "EXTEN": test.exten}[m.Get("Variable")]
					return strings.Replace(success, "\r\n\r\n", "\r\nValue: "+value+"\r\n\r\n", 1)
				},
			}
			synctest.Test(t, func(t *testing.T) {
				s.act(t, wholeEnv("Ann"), func(c *Call, p *peer) {
					if r, err := c.RoundTrip(line("CHANNEL STATUS", "SIP/other")); err != nil || r.Result != "-1" {
						t.Errorf("%+v, %v", r, err)
					}
					r, err := c.RoundTrip(line("STREAM FILE", "nonesuch", ""))
					if !errors.Is(err, test.want) || test.want == nil && r.Result != "-1" {
						t.Errorf("%+v, %v", r, err)
					}
					if cause := context.Cause(c.Hungup()); !errors.Is(cause, agi.ErrHangup) {
						t.Errorf("the script keeps a channel that it has lost: %v", cause)
					}
					sent := len(p.asked("AGI"))
					if _, err := c.RoundTrip(line("NOOP")); !errors.Is(err, agi.ErrHangup) || len(p.asked("AGI")) != sent {
						t.Error(err)
					}
				})
			})
		})
	}
}

// A channel that another program bridges away has no more script, and nothing but
// that tells of it. One that dials is in a bridge by its script's own will.
func TestTakenAway(t *testing.T) {
	s := &stage{reply: func(string) string { return "" }}
	synctest.Test(t, func(t *testing.T) {
		s.act(t, wholeEnv("Ann"), func(c *Call, p *peer) {
			time.AfterFunc(time.Minute, func() {
				p.runs(channel, "Dial")
				p.say(about("BridgeEnter"))
			})
			time.AfterFunc(2*time.Minute, func() {
				p.runs(channel, "(null)")
				p.say(about("BridgeEnter"))
			})
			began := time.Now()
			_, err := c.RoundTrip(line("EXEC", "Dial", "SIP/1"))
			if !errors.Is(err, agi.ErrHangup) || !strings.Contains(err.Error(), "bridge") || time.Since(began) != 2*time.Minute {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		})
	})
}

// In extension h Async AGI ends at once: the script is told where to go.
func TestEndBeforeTheBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{reply: func(string) string { return "" }}
		s.act(t, wholeEnv("Ann"), func(c *Call, p *peer) {
			p.say(about("AsyncAGIEnd"))
			if _, err := c.RoundTrip(line("NOOP")); !errors.Is(err, agi.ErrHangup) || !strings.Contains(err.Error(), "extension h") {
				t.Error(err)
			}
		})
	})
}

// A script that has ended Async AGI itself has lost its commands and no call.
func TestOwnBreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{}
		s.act(t, wholeEnv("Ann"), func(c *Call, p *peer) {
			if r, err := c.RoundTrip(line("ASYNCAGI BREAK")); err != nil || r.Result != "0" {
				t.Errorf("%+v, %v", r, err)
			}
			synctest.Wait()
			if _, err := c.RoundTrip(line("NOOP")); !errors.Is(err, agi.ErrHangup) || c.Hungup().Err() != nil {
				t.Errorf("%v, hung up: %v", err, c.Hungup().Err())
			}
		})
	})
}

// What is no reply breaks the dialog, and the call goes on in the dialplan.
func TestNonsense(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{reply: fixed(map[string]string{"NOOP": "what\n"})}
		var broken *peer
		s.act(t, wholeEnv("Ann"), func(c *Call, p *peer) {
			broken = p
			if _, err := c.RoundTrip(line("NOOP")); !errors.Is(err, agi.ErrProtocol) {
				t.Error(err)
			}
			if _, err := c.RoundTrip(line("ANSWER")); err == nil {
				t.Error("a broken dialog goes on")
			}
		})
		if all := broken.asked("AGI"); all[len(all)-1].Get("Command") != breakCommand {
			t.Errorf("the last command is %q", all[len(all)-1])
		}
	})
}
