package e2e

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"goagi/sim"
)

// saysTimes waits until the log has had a message so many times.
func (s *serving) saysTimes(message string, times int) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		n := 0
		for _, record := range s.records {
			if record["msg"] == message {
				n++
			}
		}
		if n >= times {
			return
		}
		if s.over {
			s.t.Fatalf("the log ended without %q", message)
		}
		s.more.Wait()
	}
}

// dialServer places a call to goagi serve without an Asterisk.
func dialServer(t *testing.T, s *serving, c *sim.Call) sim.Result {
	t.Helper()
	address, script, _ := strings.Cut(strings.TrimPrefix(s.url, "agi://")+c.NetworkScript, "/")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return sim.Result{}
	}
	c.Network, c.NetworkScript, c.Answered = true, script, true
	return c.Run(context.Background(), conn)
}

// One script that fills a server's memory ends, and none of a hundred calls beside
// it that wait for a key, a moment or a program. Meanwhile new calls are refused;
// then there is room again.
func TestServeMemory(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]string{
		"key.lua":     `agi.verbose("here") assert(agi.wait_for_digit(600000) == "5")`,
		"sleep.lua":   `agi.verbose("here") repeat agi.sleep(0.01) until agi.get_variable("OVER")`,
		"program.lua": `agi.verbose("here") assert(require("process").run{"/bin/sleep", "600", timeout = 600})`,
		"table.lua":   `local t = {} while true do t[#t + 1] = {} end`,
		"text.lua":    `local s = "x" while true do s = s .. s end`,
		"small.lua":   `agi.verbose("hello")`,
	}, "--memory=120M", "--programs=/bin/sleep")
	var calls sync.WaitGroup
	live := make([]*sim.Call, 100)
	ended := make([]sim.Result, len(live))
	began := make(chan struct{}, len(live))
	for i := range live {
		first := sync.OnceFunc(func() { began <- struct{}{} })
		live[i] = &sim.Call{NetworkScript: [...]string{"key", "sleep", "program"}[i%3], Hear: func(sim.Event) { first() }}
		calls.Go(func() { ended[i] = dialServer(t, s, live[i]) })
	}
	for range live {
		<-began
	}
	for i, culprit := range []string{"table", "text"} {
		c := &sim.Call{NetworkScript: culprit}
		if result := dialServer(t, s, c); result.Status != "FAILURE" || !strings.Contains(c.Vars["GOAGI_ERROR"], "out of memory: goagi held ") {
			t.Errorf("%s: %v, %v", culprit, result, c.Vars)
		}
		s.saysTimes("goagi holds less memory than --memory again", i+1)
		if c := (&sim.Call{NetworkScript: "small"}); dialServer(t, s, c).Status != "SUCCESS" {
			t.Errorf("after %s a call ended with %v", culprit, c.Vars)
		}
	}
	for i, c := range live {
		switch i % 3 {
		case 0:
			c.Press("5")
		default:
			c.Hangup()
		}
	}
	calls.Wait()
	for i, result := range ended {
		if status := live[i].Vars["GOAGI_STATUS"]; status == "ERROR" {
			t.Errorf("call %d ended with %v, %v", i, result, live[i].Vars)
		}
	}
	s.saysTimes("call", len(live)+4)
}
