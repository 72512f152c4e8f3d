package fastagi_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"goagi/agi"
	"goagi/fastagi"
)

// A shutdown lets calls end by themselves while there is time, ends them as by a
// hangup when it is over, and closes what does not end even then.
func TestDrain(t *testing.T) {
	const drain, leave = 30 * time.Second, 20 * time.Second
	for what, row := range map[string]struct {
		call  time.Duration // how long it goes on by itself
		clean time.Duration // how long it takes to end when told to
		end   time.Duration // when somebody loses patience; 0 for never
		took  time.Duration // the shutdown
		want  fastagi.ShutdownError
	}{
		"no call":                      {took: 0},
		"one that ends":                {call: 10 * time.Second, took: 10 * time.Second},
		"one that is ended":            {call: time.Hour, took: drain, want: fastagi.ShutdownError{Cut: 1}},
		"one that cleans up":           {call: time.Hour, clean: time.Second, took: drain + time.Second, want: fastagi.ShutdownError{Cut: 1}},
		"one that does not end":        {call: time.Hour, clean: time.Hour, took: drain + leave + 2*time.Second, want: fastagi.ShutdownError{Cut: 1, Left: 1}},
		"a second signal":              {call: time.Hour, end: time.Second, took: time.Second, want: fastagi.ShutdownError{Cut: 1}},
		"a second signal and clean-up": {call: time.Hour, clean: time.Second, end: time.Second, took: 2 * time.Second, want: fastagi.ShutdownError{Cut: 1}},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newListener()
				over := make(chan struct{})
				v := serve(t, &fastagi.Server{Drain: drain, Leave: leave, Handler: func(ctx context.Context, c *fastagi.Conn) {
					defer close(over)
					ended := time.NewTimer(row.call)
					defer ended.Stop()
					select {
					case <-ended.C:
						return
					case <-ctx.Done():
					}
					if err := context.Cause(ctx); !errors.Is(err, fastagi.ErrShutdown) {
						t.Errorf("the call ends by %v", err)
					}
					time.Sleep(row.clean)
				}}, l)
				if row.call > 0 {
					asterisk := l.dial()
					io.WriteString(asterisk, wholeBlock)
					go func() { io.Copy(io.Discard, asterisk); asterisk.Close() }()
					synctest.Wait()
				}
				begin := time.Now()
				v.end()
				synctest.Wait()
				if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
					t.Error("it still accepts calls")
				}
				if row.end > 0 {
					time.AfterFunc(row.end, v.End)
				}
				err := <-v.done
				if took := time.Since(begin); took != row.took {
					t.Errorf("it took %v, want %v", took, row.took)
				}
				cut, ok := errors.AsType[*fastagi.ShutdownError](err)
				if ok != (row.want.Cut > 0) || ok && *cut != row.want {
					t.Errorf("it ended with %v, want %v", err, row.want)
				}
				if row.call > 0 {
					<-over
				}
			})
		})
	}
}

// A command that is out when the time is over still gets its answer first; one
// that does not come holds nobody up for longer than Leave.
func TestDrainDuringACommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newListener()
		over := make(chan error, 1)
		v := serve(t, &fastagi.Server{Drain: -1, Leave: time.Minute, Handler: func(_ context.Context, c *fastagi.Conn) {
			_, err := c.Stream.RoundTrip(agi.Command{Name: "EXEC", Args: []string{"Dial", "PJSIP/100"}})
			over <- err
		}}, l)
		asterisk := l.dial()
		io.WriteString(asterisk, wholeBlock)
		synctest.Wait()
		begin := time.Now()
		v.end()
		if err := <-v.done; err == nil || time.Since(begin) != time.Minute {
			t.Errorf("it ended after %v with %v", time.Since(begin), err)
		}
		if err := <-over; !errors.Is(err, agi.ErrClosed) {
			t.Errorf("the command ended with %v", err)
		}
	})
}

// Who has said nothing yet holds a shutdown up no longer than a call may.
func TestDrainWithSilentClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newListener()
		v := serve(t, &fastagi.Server{Handler: func(context.Context, *fastagi.Conn) {}}, l)
		for range 10 {
			asterisk := l.dial()
			go func() { io.Copy(io.Discard, asterisk); asterisk.Close() }()
		}
		begin := time.Now()
		v.end()
		if err := <-v.done; err != nil || time.Since(begin) != agi.EnvTimeout {
			t.Errorf("it ended after %v with %v", time.Since(begin), err)
		}
	})
}

// What Accept cannot do at the moment, it can do later: too many open files end
// no server, fill no log and burn no processor.
func TestAcceptErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newListener()
		v := serve(t, &fastagi.Server{Handler: func(context.Context, *fastagi.Conn) {}}, l)
		begin := time.Now()
		const faults = 20
		for range faults {
			l.faults <- &net.OpError{Op: "accept", Err: syscall.EMFILE}
		}
		if took := time.Since(begin); took < 5*time.Second || took > faults*time.Second {
			t.Errorf("%d errors within %v", faults, took)
		}
		asterisk := l.dial()
		io.WriteString(asterisk, wholeBlock)
		if _, err := io.ReadAll(asterisk); err != nil {
			t.Error(err)
		}
		asterisk.Close()
		if n := v.Counts(); n.AcceptErrors != faults || n.Calls != 1 {
			t.Errorf("%+v", n)
		}
		if n := strings.Count(v.log.String(), "too many open files"); n < 1 || n > 3 {
			t.Errorf("the log is %s", v.log)
		}
		synctest.Wait()
	})
}

// A listener that somebody closed ends a server only when it was the last.
func TestClosedListeners(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := newListener(), newListener()
		v := serve(t, &fastagi.Server{Handler: func(context.Context, *fastagi.Conn) {}}, one, two)
		one.Close()
		synctest.Wait()
		asterisk := two.dial()
		io.WriteString(asterisk, wholeBlock)
		io.ReadAll(asterisk)
		asterisk.Close()
		two.Close()
		if err := <-v.done; !errors.Is(err, net.ErrClosed) || v.Counts().Calls != 1 {
			t.Errorf("%v, %+v", err, v.Counts())
		}
	})
}
