package agi_test

import (
	"bufio"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"goagi/agi"
	"goagi/sim"
)

// Over a network the last command does not wait for Asterisk, however long that
// takes, and the script can send nothing behind it; a process waits, or it would be
// gone when Asterisk answers.
func TestLastCommand(t *testing.T) {
	for _, row := range []struct {
		what    string
		network bool
		waits   time.Duration
	}{{"network", true, 0}, {"process", false, time.Hour}} {
		synctest.Test(t, func(t *testing.T) {
			near, end := sim.Pipe()
			got := make(chan string, 1)
			go func() {
				io.WriteString(end, aboveName+"Ann"+belowName)
				line, _ := bufio.NewReader(end).ReadString('\n')
				got <- line
				time.Sleep(time.Hour)
				io.WriteString(end, "200 result=1\n")
				end.Close()
			}()
			s := agi.NewStream(near, near, near.Close)
			if row.network {
				s.ExpectNetwork(1200)
			}
			if _, err := s.Env(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.Watch()
			session := agi.NewSession(s)
			begin := time.Now()
			if err := session.Last("SET VARIABLE", "GOAGI_STATUS", "OK"); err != nil {
				t.Error(row.what, err)
			}
			if took := time.Since(begin); took != row.waits {
				t.Errorf("%s: it took %v", row.what, took)
			}
			if line := <-got; line != "SET VARIABLE \"GOAGI_STATUS\" \"OK\"\n" {
				t.Errorf("%s: Asterisk got %q", row.what, line)
			}
			if err := session.Verbose("more", 1); !errors.Is(err, agi.ErrHangup) {
				t.Errorf("%s: a command behind the last one gave %v", row.what, err)
			}
			<-s.Hungup().Done() // the reply that nobody waits for is read, and the end behind it
			s.Close()
		})
	}
}
