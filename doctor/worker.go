package doctor

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// mayTake is the right to answer calls of Async AGI, as a number (manager.h:
// EVENT_FLAG_AGI).
const mayTake = 1 << 13

// workers lists the users that are logged in to the manager interface and may answer
// calls there (manager.c: handle_showmanconn).
func (x *exam) workers(ctx context.Context) (users []string, err error) {
	out, err := x.cli(ctx, "manager show connected")
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) < 8 {
			continue
		}
		reads, errReads := strconv.Atoi(f[len(f)-2])
		writes, errWrites := strconv.Atoi(f[len(f)-1])
		if errReads != nil || errWrites != nil || reads&writes&mayTake == 0 {
			continue
		}
		if !slices.Contains(users, f[0]) { // a goagi async has two connections
			users = append(users, f[0])
		}
	}
	return users, err
}

// judgeWorkers looks for whoever answers the calls that the dialplan gives to Async
// AGI: Asterisk keeps them in silence until somebody does. It reports whether the
// dialplan gives any.
func (x *exam) judgeWorkers(ctx context.Context) bool {
	for _, s := range x.dialplan {
		if !s.network || s.host != "" {
			continue
		}
		users, err := x.workers(ctx)
		switch {
		case err != nil:
			x.skip(fmt.Sprintf("who answers the calls of %s: %v", s.where(), err))
		case len(users) == 0:
			x.wrong(fmt.Sprintf("%s: %s waits for goagi async, and nobody is logged in to Asterisk's manager interface who may answer: start it, with an account of this Asterisk as --ami", s.where(), s.app))
		default:
			x.ok(fmt.Sprintf("%s gives calls to Async AGI, and %s is logged in and may answer them", s.where(), strings.Join(users, ", ")))
		}
		return true
	}
	return false
}
