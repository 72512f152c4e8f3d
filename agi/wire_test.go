package agi_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"goagi/agi"
	"goagi/sim"
)

// Whatever the arguments hold, Asterisk's own way of parting a line gives them
// back byte for byte, and the line is one line.
func FuzzQuote(f *testing.F) {
	for _, seed := range []string{"", " ", `"`, `\`, `\"`, `"" ""`, "a b\tc", "\xff\xfe", "failure", "${X}", "\x1b[2J", strings.Repeat(`\`, 99)} {
		f.Add("STREAM FILE", seed, "next")
		f.Add("failure", "x", seed)
	}
	f.Fuzz(func(t *testing.T, name, one, two string) {
		command := agi.Command{Name: name, Args: []string{one, two, "", one + two}}
		line, err := sent(command)
		if err != nil {
			if line != "" || !strings.ContainsAny(name+one+two, "\r\n\x00") && strings.TrimSpace(name) != "" && len(name+one+two) < 500 {
				t.Errorf("%q: %v, sent %q", command, err, line)
			}
			return
		}
		body, ok := strings.CutSuffix(line, "\n")
		if !ok || strings.ContainsAny(body, "\r\n\x00") || len(line) > 8191 {
			t.Errorf("%q went out as %q", command, line)
		}
		if len(body) >= 7 && strings.EqualFold(body[:7], "failure") {
			t.Errorf("%q ends the session: %q", command, line)
		}
		want := append(strings.Fields(name), command.Args...)
		if got, overrun := sim.Words(body); !slices.Equal(got, want) || overrun {
			t.Errorf("%q arrives as %q, overrun %v", want, got, overrun)
		}
	})
}

// sent gives the line that a command goes out as.
func sent(c agi.Command) (string, error) {
	var wire yes
	wire.said.WriteString("agi_version: 22.10.1\nagi_enhanced: 0.0\nagi_threadid: 1\n\n")
	s := agi.NewStream(&wire.said, &wire, nil)
	if _, err := s.Env(context.Background()); err != nil {
		return "", err
	}
	_, err := s.RoundTrip(c)
	if errors.Is(err, agi.ErrClosed) || errors.Is(err, agi.ErrProtocol) { // what was answered is not the matter
		err = nil
	}
	line, _, _ := strings.Cut(wire.String(), "\n")
	if wire.Len() > 0 {
		line += "\n"
	}
	return line, err
}

// yes answers each command.
type yes struct {
	strings.Builder
	said bytes.Buffer
}

func (y *yes) Write(line []byte) (int, error) {
	y.said.WriteString("200 result=0\n")
	return y.Builder.Write(line)
}

// talk runs a dialog between a stream and the simulated Asterisk in a bubble:
// all its goroutines must have ended with it. change may set the call up.
func talk(t *testing.T, call *sim.Call, dialog func(*agi.Stream)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		asterisk, program := sim.Pipe()
		ended := make(chan sim.Result, 1)
		go func() { ended <- call.Run(context.Background(), asterisk) }()
		s := agi.NewStream(program, program, program.Close)
		if _, err := s.Env(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.Watch()
		dialog(s)
		s.Close()
		if r := <-ended; r.Err != nil {
			t.Error(r.Err)
		}
	})
}

func command(name string, args ...string) agi.Command { return agi.Command{Name: name, Args: args} }

// inStep says whether the next reply belongs to the next command.
func inStep(t *testing.T, s *agi.Stream) {
	t.Helper()
	reply, err := s.RoundTrip(command("GET FULL VARIABLE", "in step?"))
	if err != nil || reply.Value != "in step?" {
		t.Errorf("the dialog is out of step: %+v, %v", reply, err)
	}
}

// A hangup is a line in FastAGI, and may come at any moment.
func TestHangupLineFromAsterisk(t *testing.T) {
	call := func() *sim.Call { return &sim.Call{Network: true} }
	t.Run("while idle", func(t *testing.T) {
		c := call()
		talk(t, c, func(s *agi.Stream) {
			c.Hangup()
			<-s.Hungup().Done()
			if err := context.Cause(s.Hungup()); !errors.Is(err, agi.ErrHangup) {
				t.Error(err)
			}
			inStep(t, s)
			if n := s.Dropped(); n != 0 {
				t.Errorf("%d lines were dropped", n)
			}
		})
	})
	t.Run("behind a reply", func(t *testing.T) {
		c := call()
		talk(t, c, func(s *agi.Stream) {
			time.AfterFunc(time.Second, c.Hangup)
			reply, err := s.RoundTrip(command("WAIT FOR DIGIT", "60000"))
			if err != nil || reply.Result != "-1" {
				t.Errorf("%+v, %v", reply, err)
			}
			<-s.Hungup().Done()
			inStep(t, s)
		})
	})
	t.Run("just before a command", func(t *testing.T) {
		c := call()
		talk(t, c, func(s *agi.Stream) {
			c.Hangup()
			reply, err := s.RoundTrip(command("ANSWER"))
			if err != nil || reply.Result != "-1" && reply.Code != 511 {
				t.Errorf("%+v, %v", reply, err)
			}
			<-s.Hungup().Done()
			inStep(t, s)
		})
	})
	t.Run("behind a value", func(t *testing.T) {
		c := call()
		c.Vars = map[string]string{"X": "two\nlines"}
		talk(t, c, func(s *agi.Stream) {
			c.Hangup()
			if reply, err := s.RoundTrip(command("GET VARIABLE", "X")); err != nil || reply.Value != "two\nlines" {
				t.Errorf("%+v, %v", reply, err)
			}
			<-s.Hungup().Done()
			inStep(t, s)
		})
	})
}

// scripted is Asterisk's end by hand: it says what a test has it say.
type scripted struct {
	*sim.End
	lines *bufio.Reader
}

const environment = "agi_version: 22.10.1\nagi_enhanced: 0.0\nagi_threadid: 1\n\n"

// byHand runs a dialog with Asterisk's end by hand. cut says how what it sends
// is cut into pieces.
func byHand(t *testing.T, cut func(io.Reader) io.Reader, dialog func(*agi.Stream, *scripted)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		asterisk, program := sim.Pipe()
		defer asterisk.Close()
		s := agi.NewStream(cut(program), program, program.Close)
		defer s.Close()
		io.WriteString(asterisk, environment)
		if _, err := s.Env(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.Watch()
		dialog(s, &scripted{asterisk, bufio.NewReader(asterisk)})
	})
}

var cuts = map[string]func(io.Reader) io.Reader{
	"whole":        func(r io.Reader) io.Reader { return r },
	"byte by byte": iotest.OneByteReader,
	"in halves":    iotest.HalfReader,
}

// Lines of replies and HANGUP mean the same wherever the wire cuts them, and
// however much time lies between the pieces.
func TestCutAnywhere(t *testing.T) {
	for what, row := range map[string]struct {
		said   string // for the command; HANGUP before, behind and inside
		want   string // the reply's value or text
		hungup bool
	}{
		"a reply":                        {"200 result=1 (x)\n", "x", false},
		"HANGUP before it":               {"HANGUP\n200 result=1 (x)\n", "x", true},
		"HANGUP behind it":               {"200 result=1 (x)\nHANGUP\n", "x", true},
		"HANGUP twice":                   {"HANGUP\n200 result=1 (x)\nHANGUP\n", "x", true},
		"a word that begins as HANGUP":   {"HANGUPS\n200 result=1 (x)\n", "x", false},
		"a value that is HANGUP":         {"200 result=1 (HANGUP)\n", "HANGUP", false},
		"noise before it":                {"PHP Warning: x\n\n200 result=1 (x)\n", "x", false},
		"100 before it":                  {"100 result=0 Trying...\n200 result=1 (x)\n", "x", false},
		"a usage text":                   {"520-Invalid\n\n200 result=1 (y)\n520 End of proper usage.\n", "\n200 result=1 (y)", false},
		"a usage text, HANGUP behind it": {"520-Invalid\nusage\n520 End of proper usage.\nHANGUP\n", "usage", true},
	} {
		for where, cut := range cuts {
			for at := range len(row.said) + 1 {
				byHand(t, cut, func(s *agi.Stream, a *scripted) {
					go func() {
						a.lines.ReadString('\n')
						io.WriteString(a, row.said[:at])
						time.Sleep(time.Minute)
						io.WriteString(a, row.said[at:])
						if line, _ := a.lines.ReadString('\n'); line == "NOOP\n" {
							io.WriteString(a, "200 result=7\n")
						} else {
							t.Errorf("%s, %s, cut at %d: it sent %q", what, where, at, line)
							a.Close()
						}
					}()
					reply, err := s.RoundTrip(command("CHANNEL STATUS"))
					if got := reply.Value + reply.Text; err != nil || reply.Value != row.want && reply.Text != row.want {
						t.Errorf("%s, %s, cut at %d: %+v (%q), %v", what, where, at, reply, got, err)
					}
					if reply, err := s.RoundTrip(command("NOOP")); err != nil || reply.Result != "7" {
						t.Errorf("%s, %s, cut at %d: then %+v, %v", what, where, at, reply, err)
					}
					synctest.Wait()
					if hungup := s.Hungup().Err() != nil; hungup != row.hungup {
						t.Errorf("%s, %s, cut at %d: hung up is %v", what, where, at, hungup)
					}
				})
			}
		}
	}
}

// swallowed is how long an interruption may take that reaches Asterisk in the
// same read as its command, where poll does not see it.
const swallowed = 50 * time.Millisecond

// Close frees whoever waits in the dialog, at whatever point.
func TestCloseFreesTheWaiter(t *testing.T) {
	for what, wait := range map[string]func(*agi.Stream) error{
		"a command": func(s *agi.Stream) error {
			_, err := s.RoundTrip(command("WAIT FOR DIGIT", "-1"))
			return err
		},
		"a command that is interrupted": func(s *agi.Stream) error {
			time.AfterFunc(time.Second-1, func() { s.Interrupt() })
			_, err := s.RoundTrip(command("EXEC", "Wait", "60"))
			return err
		},
		"the hangup": func(s *agi.Stream) error {
			<-s.Hungup().Done()
			_, err := s.RoundTrip(command("NOOP"))
			return err
		},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asterisk, program := sim.Pipe()
				defer asterisk.Close()
				io.WriteString(asterisk, environment)
				s := agi.NewStream(program, program, program.Close)
				if _, err := s.Env(t.Context()); err != nil {
					t.Fatal(err)
				}
				s.Watch()
				begin := time.Now()
				time.AfterFunc(time.Second, func() { s.Close() })
				if err := wait(s); !errors.Is(err, agi.ErrClosed) || time.Since(begin) != time.Second {
					t.Errorf("%v after %v", err, time.Since(begin))
				}
				for range 2 {
					if err := s.Close(); err != nil {
						t.Errorf("closing again: %v", err)
					}
				}
				if err := s.Interrupt(); err == nil {
					t.Error("a closed dialog was interrupted")
				}
			})
		})
	}
}

// Asterisk's end of the dialog is a hangup, also to one who only watches.
func TestAsteriskCloses(t *testing.T) {
	byHand(t, cuts["whole"], func(s *agi.Stream, a *scripted) {
		time.AfterFunc(time.Second, func() { a.Close() })
		<-s.Hungup().Done()
		if _, err := s.RoundTrip(command("ANSWER")); !errors.Is(err, agi.ErrClosed) {
			t.Error(err)
		}
	})
}

// The environment may take its time, but not for ever; its end, Close and a
// context free who waits for it.
func TestEnvironmentThatDoesNotCome(t *testing.T) {
	for what, row := range map[string]struct {
		do   func(*agi.Stream, *sim.End, context.CancelFunc)
		took time.Duration
	}{
		"nothing comes":     {func(*agi.Stream, *sim.End, context.CancelFunc) {}, agi.EnvTimeout},
		"half of it comes":  {func(_ *agi.Stream, a *sim.End, _ context.CancelFunc) { io.WriteString(a, "agi_request: x\nagi") }, agi.EnvTimeout},
		"it drips":          {drip, agi.EnvTimeout},
		"Asterisk closes":   {func(_ *agi.Stream, a *sim.End, _ context.CancelFunc) { a.Close() }, time.Second},
		"the stream closes": {func(s *agi.Stream, _ *sim.End, _ context.CancelFunc) { s.Close() }, time.Second},
		"the context ends":  {func(_ *agi.Stream, _ *sim.End, end context.CancelFunc) { end() }, time.Second},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asterisk, program := sim.Pipe()
				defer asterisk.Close()
				s := agi.NewStream(program, program, program.Close)
				defer s.Close()
				ctx, end := context.WithCancel(t.Context())
				defer end()
				begin := time.Now()
				time.AfterFunc(time.Second, func() { row.do(s, asterisk, end) })
				env, err := s.Env(ctx)
				if env != nil || err == nil || time.Since(begin) != row.took {
					t.Errorf("%v, %v after %v", env, err, time.Since(begin))
				}
			})
		})
	}
}

// drip sends a line a second, without an end.
func drip(_ *agi.Stream, a *sim.End, _ context.CancelFunc) {
	if _, err := io.WriteString(a, "agi_x: y\n"); err == nil {
		time.AfterFunc(time.Second, func() { drip(nil, a, nil) })
	}
}
