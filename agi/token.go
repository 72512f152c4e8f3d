package agi

import (
	"math/rand/v2"
	"strconv"
	"time"
)

const (
	tokenPrefix = "goagi-sync-"
	echoPrefix  = "200 result=1 (" + tokenPrefix
)

// newToken gives a text that nobody else sends. The runtime's random numbers
// cannot be foreseen from outside, and cost no crypto at start.
func newToken() string {
	return tokenPrefix + strconv.FormatUint(rand.Uint64(), 36) + strconv.FormatUint(rand.Uint64(), 36)
}

// syncLine asks for the token's echo. Text without ${ is echoed as it is
// (res_agi.c: handle_getvariablefull), in dead mode too.
func syncLine(token string) []byte {
	return []byte("GET FULL VARIABLE \"" + token + "\"\n")
}

// echo is the line that answers syncLine.
func echo(token string) string { return "200 result=1 (" + token + ")" }

// asking is the wait for the echo of a token, and of another one as long as none
// comes: one that reaches Asterisk together with the command before it lies
// unseen in its stdio buffer until more comes (res_agi.c: run_agi).
type asking struct {
	s      *Stream
	tokens []string // guarded by s.mu, as is over
	over   bool
	timer  *time.Timer
}

// ask sends a token. The reader passes each line to answers, until its last one.
func (s *Stream) ask() *asking {
	a := &asking{s: s}
	a.send(cutAgain)
	return a
}

func (a *asking) send(again time.Duration) {
	token := newToken()
	a.s.mu.Lock()
	if a.over {
		a.s.mu.Unlock()
		return
	}
	a.tokens = append(a.tokens, token)
	a.timer = time.AfterFunc(again, func() { a.send(2 * again) })
	a.s.mu.Unlock()
	// What cannot be written ends the dialog for the reader, too.
	_ = a.s.send(syncLine(token))
}

// answers reports whether a line is the echo of a token, and whether it is that
// of the last one that was sent, behind which nothing more comes.
func (a *asking) answers(line string) (isEcho, last bool) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	for i, token := range a.tokens {
		if line == echo(token) {
			a.over = i == len(a.tokens)-1
			return true, a.over
		}
	}
	return false, false
}

// stop ends the asking.
func (a *asking) stop() {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	a.over = true
	a.timer.Stop()
}
