package redis

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"goagi/test/leaks"
	"goagi/test/servers"
)

func TestMain(m *testing.M) { leaks.Main(m) }

// open makes a pool of a server of the test's own.
func open(t *testing.T, s *servers.Server, o Options) *Pool {
	t.Helper()
	server, err := Parse(s.URL)
	check(t, err)
	o.Network, o.Address = server.Network, server.Address
	p := NewPool(o)
	t.Cleanup(func() { check(t, p.Close()) })
	return p
}

// ask sends one command whose reply must come.
func ask(t *testing.T, p *Pool, command ...string) any {
	t.Helper()
	replies, err := p.Do(t.Context(), command)
	if err != nil {
		t.Errorf("%v: %v", command, err)
		return nil
	}
	return replies[0]
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// untilBlocked waits until a command of another waits for its element.
func untilBlocked(t *testing.T, p *Pool) {
	t.Helper()
	for !strings.Contains(fmt.Sprint(ask(t, p, "INFO", "clients")), "blocked_clients:1") && !t.Failed() {
	}
}

// received is how many connections a server has seen, with the one that asks.
func received(t *testing.T, p *Pool) (n int) {
	t.Helper()
	info, _ := ask(t, p, "INFO", "stats").(string)
	_, after, _ := strings.Cut(info, "total_connections_received:")
	if _, err := fmt.Sscan(after, &n); err != nil {
		t.Error(err)
	}
	return n
}

// A hundred calls share a few connections, and each gets its own replies.
func TestPoolIsShared(t *testing.T) {
	p := open(t, servers.Redis(t), Options{Most: 5})
	before := received(t, p)
	var calls sync.WaitGroup
	for i := range 100 {
		calls.Go(func() {
			key := fmt.Sprint("k", i)
			for range 10 {
				replies, err := p.Do(t.Context(), []string{"SET", key, key}, []string{"INCR", "n"}, []string{"GET", key})
				if err != nil || replies[2] != key {
					t.Error(replies, err)
				}
			}
		})
	}
	calls.Wait()
	if n := ask(t, p, "GET", "n"); n != "1000" {
		t.Errorf("1000 increments gave %v", n)
	}
	if n := received(t, p) - before; n > 4 {
		t.Errorf("%d more connections", n)
	}
}

// Connections that a server's restart broke cost no command.
func TestPoolOutlivesItsServer(t *testing.T) {
	s := servers.Redis(t)
	p := open(t, s, Options{})
	check(t, p.Connect(t.Context()))
	s.Stop()
	_, err := p.Do(t.Context(), []string{"PING"})
	if err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("down: %v", err)
	}
	s.Start()
	if got := ask(t, p, "PING"); got != "PONG" {
		t.Errorf("up again: %v", got)
	}
}

// A connection that is idle for longer than a command may take is as good as before:
// else each call that comes after a pause would wait for a new one.
func TestPoolKeepsWhatIsIdle(t *testing.T) {
	s := servers.Redis(t)
	slow, p := open(t, s, Options{}), open(t, s, Options{Timeout: 50 * time.Millisecond})
	before := received(t, slow)
	for range 3 {
		check(t, p.Connect(t.Context()))
		if got := ask(t, slow, "BLPOP", "none", "0.1"); got != nil { // as long as that takes
			t.Errorf("an empty list had %v", got)
		}
	}
	check(t, p.Connect(t.Context()))
	if n := received(t, slow) - before; n != 1 {
		t.Errorf("one call after the other took %d connections", n)
	}
}

// A call that ends does not wait for its reply, nor for a connection, and who comes
// next does not get its reply.
func TestPoolEndsWithTheCall(t *testing.T) {
	p := open(t, servers.Redis(t), Options{Most: 1, Timeout: time.Minute})
	check(t, p.Connect(t.Context()))
	other := open(t, &servers.Server{URL: "redis://" + p.options.Address}, Options{})
	hangup := errors.New("hangup")
	ctx, cancel := context.WithCancelCause(t.Context())
	var calls sync.WaitGroup
	for range 2 { // one waits for its element, one for the connection
		calls.Go(func() {
			if _, err := p.Do(ctx, []string{"BLPOP", "list", "0"}); !errors.Is(err, hangup) {
				t.Error(err)
			}
		})
	}
	untilBlocked(t, other)
	cancel(hangup)
	calls.Wait()
	if got := ask(t, p, "ECHO", "mine"); got != "mine" {
		t.Errorf("the next one got %v", got)
	}
}

// Connections that nobody uses end by themselves, and not only when somebody comes:
// a busy hour does not leave a hundred of them open for the night.
func TestPoolDropsWhatIsIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(Options{Network: "tcp", Address: "127.0.0.1:1"})
		ended := make(chan int)
		idle := func(n int) {
			near, far := net.Pipe()
			p.giveBack(&connection{options: &p.options, net: near, in: bufio.NewReader(near)})
			go func() {
				_, _ = far.Read(make([]byte, 1)) // until it ends
				ended <- n
			}()
		}
		began := time.Now()
		idle(1)
		time.Sleep(time.Minute)
		idle(2)
		for n := 1; n <= 2; n++ {
			if got := <-ended; got != n || time.Since(began) != idleFor+time.Duration(n-1)*time.Minute {
				t.Errorf("connection %d ended after %v", got, time.Since(began))
			}
		}
		began = time.Now()
		idle(3)
		check(t, p.Close())
		if <-ended; time.Since(began) != 0 {
			t.Errorf("Close took %v", time.Since(began))
		}
	})
}

// Where all connections are in use for too long, a call is told.
func TestPoolIsFull(t *testing.T) {
	s := servers.Redis(t)
	p := open(t, s, Options{Most: 1, Timeout: time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	var call sync.WaitGroup
	call.Go(func() { _, _ = p.Do(ctx, []string{"BLPOP", "list", "0"}) })
	other := open(t, s, Options{})
	untilBlocked(t, other)
	if _, err := p.Do(t.Context(), []string{"PING"}); err == nil || !strings.Contains(err.Error(), "all 1 connections") {
		t.Error(err)
	}
	cancel()
	call.Wait()
}

// A server that answers slowly, or in part, or is none, is told from others; and
// none gets the password into an error.
func TestOtherServers(t *testing.T) {
	for _, row := range []struct {
		name, answer string
		stays        bool
		want         string
	}{
		{"silent", "", true, "no answer from 127.0.0.1:"},
		{"closes", "", false, "closed the connection"},
		{"cut", "+OK\r\n$10\r\nabc", false, "closed the connection"},
		{"slow in the middle", "+OK\r\n$10\r\nabc", true, "no answer from 127.0.0.1:"},
		{"a web server", "HTTP/1.1 400 Bad Request\r\n\r\n", false, "that is no Redis"},
		{"one that wants TLS", "\x15\x03\x01\x00\x02\x02\x16", false, "closed the connection"},
		{"one that says it back", "-ERR unknown command 'AUTH', with args beginning with: 'hunter2'\r\n+PONG\r\n", true, "'***'"},
		{"one that is loading", "+OK\r\n-LOADING Redis is loading the dataset in memory\r\n", true, "LOADING"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			address := fake(t, row.answer, row.stays)
			p := NewPool(Options{Network: "tcp", Address: address, Password: "hunter2", Timeout: time.Second})
			defer p.Close()
			err := p.Connect(t.Context())
			if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "hunter2") {
				t.Error(err)
			}
		})
	}
}

// fake is a server that gives one answer to whatever it is sent, and then closes
// the connection, or stays.
func fake(t *testing.T, answer string, stays bool) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			in := bufio.NewReader(c)
			_, _ = in.ReadString('\n')
			_, _ = c.Write([]byte(answer))
			for err == nil && stays {
				_, err = in.ReadByte() // until the client goes
			}
			c.Close()
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-served
	})
	return listener.Addr().String()
}
