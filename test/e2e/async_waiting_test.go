package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"goagi/agi"
	"goagi/ami"
	"goagi/pbx"
)

// A hundred calls at once, of which some hang up while their scripts run: each is
// served once, and each ends.
func TestAsyncManyCalls(t *testing.T) {
	const calls = 100
	a := asterisk.Get(t)
	var mu sync.Mutex
	seen := make(map[string]int)
	all := make(chan struct{})
	allHere := func() bool {
		select {
		case <-all:
			return true
		case <-time.After(time.Minute):
			t.Error("not all calls came")
			return false
		}
	}
	var commands time.Duration
	serveAsync(t, scripted(t, func(c *ami.Call, env *agi.Env, s *agi.Session) {
		mu.Lock()
		if seen[c.Uniqueid()]++; len(seen) == calls {
			close(all)
		}
		mu.Unlock()
		if !allHere() {
			return
		}
		begin := time.Now()
		for i := range 10 {
			want := fmt.Sprintf("%s-%d", c.Uniqueid(), i)
			err := s.SetVariable("MINE", want)
			value := ""
			if err == nil {
				value, _, err = s.GetVariable("MINE")
			}
			if errors.Is(err, agi.ErrHangup) && c.Hungup().Err() != nil {
				return
			}
			if err != nil || value != want {
				t.Errorf("%s is %q, %v", want, value, err)
			}
		}
		mu.Lock()
		commands += time.Since(begin) / 20
		mu.Unlock()
	}), account(t))
	var placing sync.WaitGroup
	for worker := range 10 {
		placing.Go(func() {
			var placed []*pbx.Call
			for range calls / 10 {
				c, err := a.Place(pbx.Plan{Steps: []string{"Set(ME=${UNIQUEID})", "AGI(agi:async,hello.lua)", "Set(WENT=on)"}})
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
				placed = append(placed, c)
			}
			if !allHere() {
				return
			}
			for i, c := range placed {
				if i < 2 {
					c.Pause(time.Duration(worker) * 20 * time.Millisecond)
					if _, err := c.Do("HANGUP"); err != nil {
						t.Error(err)
					}
				}
			}
			for i, c := range placed {
				got, err := c.Vars("WENT", "AGISTATUS", "MINE", "ME")
				if err != nil {
					t.Error(err)
				} else if i < 2 && got["AGISTATUS"] != "FAILURE" || got["WENT"] == "on" && got["AGISTATUS"] == "SUCCESS" && got["MINE"] == got["ME"]+"-9" {
					continue
				}
				t.Errorf("a call ended with %q", got)
			}
		})
	}
	placing.Wait()
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was served %d times", id, n)
		}
	}
	t.Logf("%v a command", (commands / (calls * 8 / 10)).Round(10*time.Microsecond))
}

// Calls that wait with nobody there are served, or go on, when a worker comes.
func TestAsyncFindsWaitingCalls(t *testing.T) {
	for _, waiting := range []ami.Waiting{ami.ServeWaiting, ami.ReleaseWaiting} {
		t.Run(fmt.Sprint(waiting), func(t *testing.T) {
			c := place(t, asterisk.Get(t), pbx.Plan{
				Steps: []string{"Set(WAITS=yes)", `AGI(agi:async,hello.lua,"a,b")`, "Set(WENT=on)"}, Name: "Ann", Number: "5551234"})
			until(t, c, "WAITS", "yes")
			do(t, c, "EXEC Wait 0.2")
			served := ""
			w := scripted(t, func(c *ami.Call, env *agi.Env, s *agi.Session) {
				served = fmt.Sprint(env.Args(), env.Get("calleridname"), env.Get("callerid"), env.Get("extension"), env.Get("dnid"))
				if !c.Found() || env.Get("uniqueid") != c.Uniqueid() || env.Get("channel") != c.Channel() {
					t.Errorf("%v", env)
				}
			})
			w.Waiting = waiting
			stop := serveAsync(t, w, account(t))
			defer stop()
			check(t, c, vars{"WENT": "on", "AGISTATUS": "SUCCESS"})
			if want := map[ami.Waiting]string{ami.ServeWaiting: "[hello.lua a,b]Ann5551234100unknown"}[waiting]; served != want {
				t.Errorf("served was %q, want %q", served, want)
			}
		})
	}
}

// When the connection breaks in the middle of a call the script hears of it, and
// the call goes on when there is a connection again, without a second script.
func TestAsyncLosesTheConnection(t *testing.T) {
	login := account(t)
	var mu sync.Mutex
	var wires []net.Conn
	login.Dial = func(ctx context.Context) (net.Conn, error) {
		wire, err := new(net.Dialer).DialContext(ctx, "tcp", login.Addr)
		mu.Lock()
		defer mu.Unlock()
		wires = append(wires, wire)
		return wire, err
	}
	var told []error
	serveAsync(t, scripted(t, func(_ *ami.Call, _ *agi.Env, s *agi.Session) {
		time.AfterFunc(200*time.Millisecond, func() {
			mu.Lock()
			defer mu.Unlock()
			wires[0].Close()
		})
		_, err := s.Exec("Wait", "2")
		told = append(told, err)
	}), login)
	c := place(t, asterisk.Get(t), pbx.Plan{Steps: []string{"AGI(agi:async,hello.lua)", "Set(WENT=on)"}})
	check(t, c, vars{"WENT": "on", "AGISTATUS": "SUCCESS"})
	if len(told) != 1 || !errors.Is(told[0], agi.ErrHangup) || !strings.Contains(told[0].Error(), "out of reach") {
		t.Errorf("the scripts heard %v", told)
	}
}

// Extension h has no Async AGI: no script is run, and the log says so. Asterisk
// leaves the rest of the extension out, as after any application that tells of a
// hangup.
func TestAsyncInExtensionH(t *testing.T) {
	a := asterisk.Get(t)
	s := work(t, a, map[string]string{"bye.lua": "agi.noop()"})
	place(t, a, pbx.Plan{Steps: []string{"Wait(0.5)"}, AtEnd: []string{"AGI(agi:async,bye.lua)"}})
	s.says("a call had left Async AGI before its script began: its caller had hung up, or it is in extension h or in a hangup handler, " +
		"where there is none: use AGI(agi://...) or AGI(goagi) there")
}
