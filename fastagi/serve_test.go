package fastagi_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"goagi/agi"
	"goagi/fastagi"
	"goagi/sim"
)

// wholeBlock is what Asterisk sends first.
const wholeBlock = "agi_network: yes\nagi_network_script: x.lua?x=1\nagi_request: agi://127.0.0.1/x.lua?x=1\nagi_channel: Local/1@x-1;1\n" +
	"agi_language: en\nagi_type: Local\nagi_uniqueid: 1.1\nagi_version: 22.10.1~dfsg\nagi_callerid: 5551234\nagi_calleridname: Ann\n" +
	"agi_callingpres: 0\nagi_callingani2: 0\nagi_callington: 0\nagi_callingtns: 0\nagi_dnid: unknown\n" +
	"agi_rdnis: unknown\nagi_context: ivr\nagi_extension: 100\nagi_priority: 2\nagi_enhanced: 0.0\n" +
	"agi_accountcode: \nagi_threadid: 1407\nagi_arg_1: one\n\n"

// deadline is for what should take no time.
const deadline = 20 * time.Second

// journal is a log that a test can read.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// served is a server in use.
type served struct {
	*fastagi.Server
	addrs []string
	log   *journal
	end   context.CancelFunc // begins the shutdown
	done  chan error
}

// serve starts a server on listeners, by default one on loopback. It has ended
// when the test has.
func serve(t testing.TB, s *fastagi.Server, listeners ...net.Listener) *served {
	t.Helper()
	if len(listeners) == 0 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, l)
	}
	v := &served{Server: s, log: new(journal), done: make(chan error, 1)}
	s.Log = slog.New(slog.NewTextHandler(v.log, nil))
	for _, l := range listeners {
		v.addrs = append(v.addrs, l.Addr().Network()+" "+l.Addr().String())
	}
	ctx, end := context.WithCancel(context.Background())
	v.end = end
	go func() { v.done <- s.Serve(ctx, listeners...); close(v.done) }()
	t.Cleanup(func() {
		v.end()
		if err, first := <-v.done; first && err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return v
}

// dial connects to the first listener.
func (v *served) dial(t testing.TB) *client {
	t.Helper()
	network, addr, _ := strings.Cut(v.addrs[0], " ")
	conn, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(deadline))
	return &client{conn, bufio.NewReader(conn)}
}

// call plays a whole call over a connection of its own, and gives AGISTATUS.
func (v *served) call(t testing.TB, c *sim.Call) string {
	t.Helper()
	network, addr, _ := strings.Cut(v.addrs[0], " ")
	conn, err := net.Dial(network, addr)
	if err != nil {
		t.Error(err)
		return ""
	}
	c.Network = true
	r := c.Run(context.Background(), conn)
	if r.Err != nil {
		t.Error(r.Err)
	}
	return r.Status
}

// client is Asterisk's side by hand.
type client struct {
	net.Conn
	in *bufio.Reader
}

func (c *client) line(t testing.TB) string {
	t.Helper()
	line, err := c.in.ReadString('\n')
	if err != nil {
		t.Errorf("the server sent %q and then %v", line, err)
	}
	return strings.TrimSuffix(line, "\n")
}

func (c *client) say(t testing.TB, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Error(err)
	}
}

// closed fails unless the server has nothing more to say.
func (c *client) closed(t testing.TB) {
	t.Helper()
	if text, err := io.ReadAll(c.in); err != nil || len(text) > 0 {
		t.Errorf("instead of closing the server sent %q, %v", text, err)
	}
}

// count waits until a counter has a value.
func (v *served) count(t testing.TB, what string, counter func(fastagi.Counts) int64, want int64) {
	t.Helper()
	for until := time.Now().Add(deadline); counter(v.Counts()) != want; {
		if time.Now().After(until) {
			t.Fatalf("%s are %d, want %d", what, counter(v.Counts()), want)
		}
		wait, done := context.WithTimeout(context.Background(), time.Millisecond)
		<-wait.Done()
		done()
	}
}

// greeter answers the call, asks for a digit and sets a variable to it.
func greeter(_ context.Context, c *fastagi.Conn) {
	session := agi.NewSession(c.Stream)
	if err := session.Answer(); err != nil {
		return
	}
	key, err := session.WaitForDigit(time.Second)
	if err == nil {
		_ = session.SetVariable("KEY", "key "+key)
	}
}

// A call gets its script's commands in order and goes on in the dialplan, over
// TCP and over a Unix socket.
func TestCall(t *testing.T) {
	unix, err := net.Listen("unix", filepath.Join(t.TempDir(), "agi"))
	if err != nil {
		t.Fatal(err)
	}
	for what, v := range map[string]*served{
		"TCP":           serve(t, &fastagi.Server{Handler: greeter}),
		"a Unix socket": serve(t, &fastagi.Server{Handler: greeter}, unix),
	} {
		t.Run(what, func(t *testing.T) {
			c := &sim.Call{NetworkScript: "x.lua", Args: []string{"one"}}
			c.Press("5")
			if status := v.call(t, c); status != "SUCCESS" || c.Vars["KEY"] != "key 5" {
				t.Errorf("AGISTATUS is %s, KEY %q", status, c.Vars["KEY"])
			}
			v.count(t, "open connections", func(c fastagi.Counts) int64 { return c.InProgress + c.Idle }, 0)
		})
	}
}

// What the handler is given: the environment, both addresses, and a dialog that
// tells of a hangup while nobody asks.
func TestConn(t *testing.T) {
	t.Run("what it knows", func(t *testing.T) {
		v := serve(t, &fastagi.Server{Handler: func(ctx context.Context, c *fastagi.Conn) {
			env, err := c.Stream.Env(ctx)
			if err != nil || env.Get("network_script") != "x.lua?x=1" || env.Args()[0] != "one" {
				t.Errorf("the environment is %v, %v", env, err)
			}
			if c.RemoteAddr() != c.Peer() || c.Peer().Network() != "tcp" {
				t.Errorf("the call comes from %v over %v", c.RemoteAddr(), c.Peer())
			}
		}})
		client := v.dial(t)
		client.say(t, wholeBlock)
		client.closed(t)
	})
	for what, end := range map[string]func(*client){
		"HANGUP":            func(c *client) { c.Write([]byte("HANGUP\n")) },
		"a half-close":      func(c *client) { c.Conn.(*net.TCPConn).CloseWrite() },
		"a lost connection": func(c *client) { c.Conn.(*net.TCPConn).SetLinger(0); c.Close() },
	} {
		t.Run(what, func(t *testing.T) {
			begun, gone := make(chan struct{}), make(chan error, 1)
			v := serve(t, &fastagi.Server{Handler: func(ctx context.Context, c *fastagi.Conn) {
				close(begun)
				<-c.Stream.Hungup().Done()
				gone <- ctx.Err()
			}})
			client := v.dial(t)
			client.say(t, wholeBlock)
			<-begun
			end(client)
			if err := <-gone; err != nil {
				t.Errorf("a caller who is gone ends no server: %v", err)
			}
		})
	}
}

// One call's panic is that call's failure, and in the log with its stack.
func TestPanic(t *testing.T) {
	v := serve(t, &fastagi.Server{Handler: func(ctx context.Context, c *fastagi.Conn) {
		if env, _ := c.Stream.Env(ctx); env.Get("network_script") == "bad" {
			panic("out of\ncheese")
		}
		greeter(ctx, c)
	}})
	var calls sync.WaitGroup
	for i := range 20 {
		calls.Go(func() {
			script, want := "good", "SUCCESS"
			if i%4 == 0 {
				script, want = "bad", "FAILURE"
			}
			c := &sim.Call{NetworkScript: script}
			c.Press("1")
			if got := v.call(t, c); got != want {
				t.Errorf("%s: AGISTATUS is %s", script, got)
			}
		})
	}
	calls.Wait()
	if n := v.Counts().Panics; n != 5 || strings.Count(v.log.String(), "panic=") != 5 || !strings.Contains(v.log.String(), "TestPanic.func1") {
		t.Errorf("%d panics were counted; the log is %s", n, v.log)
	}
}

// A script that failed says so: a connection that only ends means success.
func TestFail(t *testing.T) {
	v := serve(t, &fastagi.Server{Handler: func(_ context.Context, c *fastagi.Conn) {
		if err := c.Fail(); err != nil {
			t.Error(err)
		}
	}})
	if status := v.call(t, new(sim.Call)); status != "FAILURE" {
		t.Errorf("AGISTATUS is %s", status)
	}
}

// A broken dialog does not keep the server from its manners, nor from failing.
func TestFailBehindAClosedStream(t *testing.T) {
	v := serve(t, &fastagi.Server{Handler: func(_ context.Context, c *fastagi.Conn) {
		c.Stream.Close()
		if _, err := c.Stream.RoundTrip(agi.Command{Name: "NOOP"}); !errors.Is(err, agi.ErrClosed) {
			t.Error(err)
		}
		if err := c.Fail(); err != nil {
			t.Error(err)
		}
	}})
	if status := v.call(t, new(sim.Call)); status != "FAILURE" {
		t.Errorf("AGISTATUS is %s", status)
	}
}

// One call more than MaxCalls is refused at once, and has not cost another one
// anything; the next finds room again.
func TestMaxCalls(t *testing.T) {
	begun, leave := make(chan struct{}), make(chan struct{})
	v := serve(t, &fastagi.Server{MaxCalls: 2, Handler: func(context.Context, *fastagi.Conn) {
		begun <- struct{}{}
		<-leave
	}})
	var held []*client
	for range 2 {
		c := v.dial(t)
		c.say(t, wholeBlock)
		<-begun
		held = append(held, c)
	}
	for range 3 {
		if status := v.call(t, new(sim.Call)); status != "FAILURE" {
			t.Errorf("AGISTATUS is %s", status)
		}
	}
	// At once is before the block.
	c := v.dial(t)
	if line := c.line(t); line != "failure" {
		t.Errorf("got %q", line)
	}
	c.closed(t)
	if n := v.Counts(); n.Busy != 4 || n.Calls != 2 || n.InProgress != 2 {
		t.Errorf("%+v", n)
	}
	if n := strings.Count(v.log.String(), "too many in progress"); n != 1 {
		t.Errorf("%d records of it in the log: %s", n, v.log)
	}
	leave <- struct{}{}
	leave <- struct{}{}
	for _, c := range held {
		c.closed(t)
	}
	v.count(t, "calls in progress", func(c fastagi.Counts) int64 { return c.InProgress }, 0)
	c = v.dial(t)
	c.say(t, wholeBlock)
	<-begun
	leave <- struct{}{}
}

// A connection is closed only when Asterisk has said its last HANGUP, or has had
// time for it.
func TestManners(t *testing.T) {
	for what, row := range map[string]struct {
		late time.Duration // how long it takes Asterisk to close
		took time.Duration // ... and the server
	}{
		"at once":        {0, 0},
		"a moment later": {time.Second, time.Second},
		"too late":       {time.Minute, 2 * time.Second},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newListener()
				v := serve(t, &fastagi.Server{Handler: func(context.Context, *fastagi.Conn) {}}, l)
				asterisk := l.dial()
				io.WriteString(asterisk, wholeBlock)
				if text, err := io.ReadAll(asterisk); err != nil || len(text) > 0 {
					t.Errorf("the server sent %q, %v", text, err)
				}
				time.Sleep(min(row.late, row.took))
				synctest.Wait()
				if n := v.Counts().Idle; n != 1 && row.late == row.took {
					t.Error("the server closed before Asterisk did")
				} else if n != 0 && row.late > row.took {
					t.Errorf("the server waits longer than %v", row.took)
				}
				time.Sleep(row.late - min(row.late, row.took))
				_, err := io.WriteString(asterisk, "HANGUP\n")
				if broken := err != nil; broken != (row.late > row.took) {
					t.Errorf("the HANGUP met %v", err)
				}
				asterisk.Close()
				synctest.Wait()
				if n := v.Counts().Idle; n != 0 {
					t.Errorf("%d connections are open", n)
				}
			})
		})
	}
}
