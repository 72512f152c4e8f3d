package agi_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"goagi/agi"
	"goagi/sim"
)

// Each of these ends early when it is interrupted, and gives its own reply
// where it ended by itself; the dialog stays in step either way.
func TestInterruptAgainstAsterisk(t *testing.T) {
	for _, row := range []struct {
		command agi.Command
		length  time.Duration // until it ends by itself
		eagi    bool
	}{
		{command("STREAM FILE", "a", ""), time.Second, false},
		{command("STREAM FILE", "a", "0123456789*#"), time.Second, false},
		{command("GET DATA", "a", "3000", "4"), 4 * time.Second, false},
		{command("WAIT FOR DIGIT", "2000"), 2 * time.Second, false},
		{command("GET OPTION", "a", "12", "1000"), 2 * time.Second, false},
		{command("SAY DIGITS", "1", ""), 0, true},
		{command("SAY NUMBER", "1", ""), 0, true},
		{command("SAY ALPHA", "a", ""), 0, true},
		{command("SAY PHONETIC", "a", ""), 0, true},
	} {
		length := row.length
		if length == 0 {
			talk(t, &sim.Call{Enhanced: row.eagi}, func(s *agi.Stream) {
				begin := time.Now()
				if _, err := s.RoundTrip(row.command); err != nil {
					t.Error(err)
				}
				length = time.Since(begin)
			})
		}
		for _, network := range []bool{false, true} {
			for _, at := range []time.Duration{0, time.Nanosecond, length / 2, length - time.Nanosecond, length, length + time.Nanosecond} {
				talk(t, &sim.Call{Network: network, Enhanced: row.eagi}, func(s *agi.Stream) {
					begin := time.Now()
					interrupted := make(chan error, 1)
					time.AfterFunc(at, func() { interrupted <- s.Interrupt() })
					reply, err := s.RoundTrip(row.command)
					took := time.Since(begin)
					why := <-interrupted
					switch {
					case err == nil && reply.Code == 200 && reply.Result != "1" && took == length:
					case errors.Is(err, agi.ErrInterrupted) && took == at && at <= length:
					case errors.Is(err, agi.ErrInterrupted) && took <= swallowed && at == 0:
					case err == nil && reply.Result == "0" && took == at && row.command.Name == "GET OPTION":
						// Its wait for a key ends with a reply of its own (res_agi.c: handle_getoption).
					default:
						t.Errorf("%v interrupted after %v of %v: %+v, %v after %v", row.command, at, length, reply, err, took)
					}
					if why != nil && !(errors.Is(why, agi.ErrNotInterruptible) && (at >= length || at == 0)) {
						t.Errorf("%v after %v: Interrupt gave %v", row.command, at, why)
					}
					inStep(t, s)
					inStep(t, s)
				})
			}
		}
	}
}

// Interrupting once more, or while a key or a hangup comes, does no harm.
func TestInterruptMeetsTheCaller(t *testing.T) {
	for what, caller := range map[string]func(*sim.Call){
		"a key":       func(c *sim.Call) { c.Press("5") },
		"a hangup":    func(c *sim.Call) { c.Hangup() },
		"nothing":     func(c *sim.Call) {},
		"both":        func(c *sim.Call) { c.Press("5"); c.Hangup() },
		"a key and #": func(c *sim.Call) { c.Press("5#") },
	} {
		for _, c := range []agi.Command{command("STREAM FILE", "a", "5"), command("WAIT FOR DIGIT", "2000"), command("GET DATA", "a", "2000", "1")} {
			// A key is heard 100 ms after it is pressed: the interruption comes then.
			for _, at := range []time.Duration{0, 100*time.Millisecond - 1, 100 * time.Millisecond, 100*time.Millisecond + 1} {
				call := &sim.Call{Network: true}
				talk(t, call, func(s *agi.Stream) {
					var reply agi.Reply
					var err error
					replied := make(chan struct{})
					go func() {
						defer close(replied)
						reply, err = s.RoundTrip(c)
					}()
					synctest.Wait()
					caller(call)
					time.Sleep(at)
					for range 3 {
						s.Interrupt()
					}
					<-replied
					if err != nil && !errors.Is(err, agi.ErrInterrupted) || err == nil && reply.Code != 200 && reply.Code != 511 {
						t.Errorf("%s, %v, after %v: %+v, %v", what, c, at, reply, err)
					}
					inStep(t, s)
				})
			}
		}
	}
}

// meddler writes to Asterisk, and does something first.
type meddler struct {
	io.Writer
	first func(line []byte)
}

func (m *meddler) Write(p []byte) (int, error) {
	m.first(p)
	return m.Writer.Write(p)
}

// An interruption may come when the command is not yet on the wire: it does not
// get ahead of it.
func TestInterruptAsTheCommandGoesOut(t *testing.T) {
	for _, c := range []agi.Command{command("STREAM FILE", "a", ""), command("WAIT FOR DIGIT", "2000"), command("GET DATA", "a", "2000", "1")} {
		synctest.Test(t, func(t *testing.T) {
			asterisk, program := sim.Pipe()
			ended := make(chan sim.Result, 1)
			go func() { ended <- (&sim.Call{Network: true}).Run(context.Background(), asterisk) }()
			var s *agi.Stream
			s = agi.NewStream(program, &meddler{program, func(line []byte) {
				if strings.HasPrefix(string(line), c.Name) {
					go s.Interrupt()
					synctest.Wait()
				}
			}}, program.Close)
			if _, err := s.Env(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.Watch()
			reply, err := s.RoundTrip(c)
			if err != nil && !errors.Is(err, agi.ErrInterrupted) {
				t.Errorf("%v: %+v, %v", c, reply, err)
			}
			inStep(t, s)
			time.Sleep(10 * time.Second)
			inStep(t, s)
			if n := s.Dropped(); n > 0 {
				t.Errorf("%v: %d lines were dropped", c, n)
			}
			s.Close()
			<-ended
		})
	}
}

// What cannot be cut short is left alone.
func TestNotInterruptible(t *testing.T) {
	talk(t, &sim.Call{}, func(s *agi.Stream) {
		if err := s.Interrupt(); !errors.Is(err, agi.ErrNotInterruptible) {
			t.Errorf("while idle: %v", err)
		}
		for _, c := range []agi.Command{command("EXEC", "Wait", "2"), command("CONTROL STREAM FILE", "a", ""), command("SAY DIGITS", "12", "")} {
			errs := make(chan error, 1)
			time.AfterFunc(time.Second/2, func() { errs <- s.Interrupt() })
			begin := time.Now()
			reply, err := s.RoundTrip(c)
			if why := <-errs; err != nil || reply.Result != "0" || !errors.Is(why, agi.ErrNotInterruptible) || time.Since(begin) < time.Second/2 {
				t.Errorf("%v: %+v, %v, Interrupt gave %v after %v", c, reply, err, why, time.Since(begin))
			}
		}
		inStep(t, s)
	})
}
