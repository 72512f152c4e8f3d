package spec

import (
	"fmt"
	"strings"

	"goagi/agi"
	"goagi/sim"
)

// rungs is how many of the last steps of a call a ladder shows.
const rungs = 14

// ladder shows the end of each call of the test: the caller on the left, the
// script on the right, and what Asterisk answered it.
func (t *tree) ladder() string {
	var b strings.Builder
	for _, p := range t.placed {
		p.settle() // what is on its way comes, too
		p.mu.Lock()
		steps := p.steps
		p.mu.Unlock()
		fmt.Fprintf(&b, "%8s  %-34s| %s\n", "", "caller", p.script)
		if len(steps) > rungs {
			fmt.Fprintf(&b, "%8s  (%d steps before)\n", "", len(steps)-rungs)
			steps = steps[len(steps)-rungs:]
		}
		for _, s := range steps {
			left, right := "", ""
			if s.command != "" {
				right = s.command
				if s.reply != "" {
					right += " -> " + s.reply
				}
			} else if left = caller(s.Event); left == "" {
				continue
			}
			fmt.Fprintf(&b, "%8.1f  %s\n", s.At.Seconds(), strings.TrimRight(fmt.Sprintf("%-34s| %s", agi.Printable(left, 34), agi.Printable(right, 100)), " "))
		}
		select {
		case <-p.over:
			fmt.Fprintf(&b, "%8s  ended %s\n", "", p.ending())
		default:
		}
	}
	return b.String()
}

// caller says what an event is to the caller, "" for what it is not to be told.
func caller(e sim.Event) string {
	switch e.Kind {
	case sim.Answer:
		return "is answered"
	case sim.Hangup:
		return "has hung up"
	case sim.Key:
		if e.Lost {
			return "presses " + e.Text + " (nobody listens)"
		}
		return "presses " + e.Text
	case sim.Recording:
		return "is recorded: " + e.Text
	case sim.Text, sim.Image:
		return "gets " + string(e.Kind) + " " + e.Text
	case sim.Recorded, sim.Verbose, sim.Log, sim.Application:
		return ""
	}
	return "hears " + describe(e)
}
