package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"goagi/sim"
)

// A person who is trying a script can skip what plays: the script sees a prompt
// that played to its end, and the wait behind it is as long as ever.
func TestSkip(t *testing.T) {
	var plays []string
	call := &sim.Call{
		Plays: func(at, length time.Duration) { plays = append(plays, fmt.Sprintf("%v/%v", at, length)) },
	}
	place(t, call, func(p *program) {
		for _, row := range []struct {
			command, reply string
			took           time.Duration // with a skip after 300 ms
			plays          string
		}{
			{"STREAM FILE a 1", "200 result=0 endpos=8000", 300 * time.Millisecond, "0s/1s 0s/1s 0s/0s"},
			{"STREAM FILE a 1 4000", "200 result=0 endpos=8000", 300 * time.Millisecond, "0s/1s 500ms/1s 0s/0s"},
			{"GET DATA a 2000 4", "200 result= (timeout)", 2300 * time.Millisecond, "0s/1s 0s/0s"},
			{`SAY DIGITS 12 ""`, "200 result=0", 300 * time.Millisecond, "0s/1.6s 0s/0s"},
			{"WAIT FOR DIGIT 500", "200 result=0", 500 * time.Millisecond, ""},
			{"CONTROL STREAM FILE a 1", "200 result=0 endpos=-1", 300 * time.Millisecond, "0s/1s 0s/1s 0s/0s"},
			{"EXEC Playback a&b", "200 result=0", 1300 * time.Millisecond, "0s/1s 0s/1s 0s/0s 0s/1s 0s/1s"},
		} {
			plays = nil
			begin := time.Now()
			time.AfterFunc(300*time.Millisecond, call.Skip)
			p.ask(row.command, row.reply)
			if took := time.Since(begin); took != row.took {
				t.Errorf("%s took %v, want %v", row.command, took, row.took)
			}
			if got := strings.Join(plays, " "); got != row.plays {
				t.Errorf("%s: played %s, want %s", row.command, got, row.plays)
			}
		}
		if want := (700 + 200 + 700 + 1300 + 700 + 700) * time.Millisecond; call.Skipped() != want {
			t.Errorf("skipped %v, want %v", call.Skipped(), want)
		}
	})
}

// Whoever shows the wire sees each line once, in order, and a reply only when
// the variables are what it says they are.
func TestWire(t *testing.T) {
	var wire []string
	call := &sim.Call{}
	call.Wire = func(mark byte, line string) {
		if strings.HasPrefix(line, "agi_") || line == "" {
			return
		}
		wire = append(wire, fmt.Sprintf("%c %s [%s]", mark, line, call.Vars["A"]))
	}
	place(t, call, func(p *program) {
		p.ask("SET VARIABLE A 1", "200 result=1")
		p.ask("SET", "510 Invalid or unknown command")
	})
	if got, want := strings.Join(wire, "\n"), "> SET VARIABLE A 1 []\n< 200 result=1 [1]\n> SET [1]\n< 510 Invalid or unknown command [1]\n< HANGUP [1]"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
