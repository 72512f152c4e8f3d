package ami

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"goagi/agi"
)

// Call is one stay of a channel in Async AGI, and its [agi.Transport]. Commands
// go out as actions AGI, their replies come back as events. Nothing can be
// interrupted, and after the end nothing runs: the queue is not looked at any
// more (res_agi.c: launch_asyncagi).
type Call struct {
	conn  *Conn
	start Message // AsyncAGIStart, or what told of a call that was found waiting
	found bool
	nonce string // begins the ids of this stay's commands: older ones are not taken for ours

	// announced: AsyncAGIStart came although the call was found waiting. doubted:
	// AsyncAGIEnd came, and it is not known yet whether that is so. The table
	// guards them.
	announced, doubted bool
	next               Message // AsyncAGIStart that came while the end was doubted

	claims *claims // of the Serve; nil where calls are not claimed
	holder string  // in whose name it is ours; the claims guard it
	begun  bool    // a script of this worker's ran for it, on a connection before
	taken  bool    // from a worker that is gone
	lot    float64 // by chance, so that workers do not do the same at once
	early  *early  // what has been read already
	seen   Message // what Status said of it at its start; nil where that was no plain answer

	env    *agi.Env
	life   context.Context // ends with the stay, or by Close
	die    context.CancelCauseFunc
	hungup context.Context
	hangUp context.CancelCauseFunc

	mu      sync.Mutex // held for a few assignments, never across a wait
	channel string     // its name, which may change
	count   int        // of commands
	pending *command
	foreign bool      // a command of somebody else left the rest of its reply in the pipe
	hanging bool      // a hangup was asked for
	leaving bool      // our ASYNCAGI BREAK is out
	ran     bool      // a command of this stay has been executed
	failed  bool      // the last one in a way that can end Async AGI
	sign    time.Time // when another worker's command was executed
	isOver  bool
	over    chan struct{} // closed with the stay's end, or when the connection is lost
}

// command is one that is out.
type command struct {
	id     string
	exec   bool          // an EXEC
	result string        // as it came, still encoded
	done   chan struct{} // closed once result is set
}

var _ agi.Transport = (*Call)(nil)

// ourNonce begins the ids of all workers' commands.
const ourNonce = "goagi-"

func newCall(conn *Conn, start Message, found bool) *Call {
	c := &Call{
		conn: conn, start: start, found: found, channel: start.Get("Channel"),
		nonce: ourNonce + strconv.FormatUint(rand.Uint64(), 36) + "-",
		over:  make(chan struct{}),
		lot:   rand.Float64(),
		// Whoever served it before may have left something in the pipe.
		foreign: found,
	}
	c.life, c.die = context.WithCancelCause(context.Background())
	c.hungup, c.hangUp = context.WithCancelCause(context.Background())
	return c
}

// Uniqueid is the channel's, which it keeps when its name changes.
func (c *Call) Uniqueid() string { return c.start.Get("Uniqueid") }

// Channel is the channel's name at this moment.
func (c *Call) Channel() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.channel
}

// Found reports whether the call was waiting already when the connection came up,
// or was another worker's that is gone, so that a script may have run for it
// before.
func (c *Call) Found() bool { return c.found || c.taken }

// Conn is the connection that the call came over.
func (c *Call) Conn() *Conn { return c.conn }

// RoundTrip implements [agi.Transport]. A command over 1,013 bytes is ErrTooLong.
// A value that Asterisk sends in parts is put together. Where it lost some, which
// it does to values of many bytes that it has to encode, a channel variable is
// read anew in slices, and for anything else there is an error that says so.
// After the end it gives an error for which errors.Is with ErrHangup holds; only
// SET VARIABLE still works where the channel lives on, by the action Setvar.
func (c *Call) RoundTrip(cmd agi.Command) (agi.Reply, error) {
	if c.life.Err() != nil {
		return c.afterEnd(cmd)
	}
	line, err := agi.FormatCommand(cmd, maxSent-len("Command: \r\n"))
	if errors.Is(err, agi.ErrTooLong) {
		return agi.Reply{}, fmt.Errorf("%w; %s", err, hintLong(cmd.Known()))
	}
	if err != nil {
		return agi.Reply{}, err
	}
	sent := time.Now()
	text, lost, err := c.exchange(line)
	if err == nil && lost && cmd.Has(agi.FreeText) {
		text, err = c.again(cmd)
	}
	if err != nil {
		return agi.Reply{}, c.explain(cmd, err)
	}
	reply, err := agi.ParseReply(cmd, text)
	if err != nil {
		c.die(err)
		return reply, err
	}
	return reply, c.endedBy(cmd, reply, time.Since(sent))
}

// hintLong says what to do about a command that is too long.
func hintLong(name string) string {
	if name == "SET VARIABLE" {
		return "over Async AGI a command has at most 1,013 bytes: set two variables and join them in the dialplan, or use FastAGI"
	}
	return "over Async AGI a command has at most 1,013 bytes: put long text into a channel variable first, or use FastAGI"
}

// explain says what an error of the exchange means to the script.
func (c *Call) explain(cmd agi.Command, err error) error {
	if _, ok := errors.AsType[*agi.Error](err); ok || c.life.Err() == nil {
		return err
	}
	return c.late(cmd)
}

// late is the error of a command that came after the end, or was cut off by it.
func (c *Call) late(cmd agi.Command) error {
	cause := context.Cause(c.life)
	if errors.Is(cause, agi.ErrClosed) {
		return cause
	}
	message := cause.Error()
	if cause == error(errHangup) {
		message += ", and over Async AGI no command runs after that: extension h of the dialplan is the place for what is left to do"
	}
	return &agi.Error{Kind: agi.ErrHangup, Command: cmd.Name, Message: message}
}

// afterEnd is RoundTrip when the stay is over.
func (c *Call) afterEnd(cmd agi.Command) (agi.Reply, error) {
	if cause := context.Cause(c.life); cmd.Known() != "SET VARIABLE" || len(cmd.Args) != 2 || errors.Is(cause, agi.ErrClosed) || cause == error(errClaimLost) {
		return agi.Reply{}, c.late(cmd)
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.conn.account.timeout())
	defer cancel()
	_, err := c.conn.Do(ctx, Action("Setvar", "Channel", c.Channel(), "Variable", cmd.Args[0], "Value", cmd.Args[1]))
	switch {
	case errors.Is(err, ErrTooLong):
		return agi.Reply{}, fmt.Errorf("%s: %w: %w", cmd.Name, agi.ErrTooLong, err)
	case errors.Is(err, ErrHeader):
		return agi.Reply{}, &agi.Error{Kind: agi.ErrUsage, Command: cmd.Name, Message: err.Error()}
	case err != nil:
		return agi.Reply{}, c.late(cmd)
	}
	return agi.Reply{Code: 200, Result: "1", Text: "result=1"}, nil
}

// endComes is how long the event that explains a reply or a refusal may take.
// Both come at once.
const endComes = 250 * time.Millisecond

// endedBy finds out whether a command that failed has ended Async AGI, as
// Asterisk does it for a missing sound file among others, and gives the error
// for that. A hangup, or a redirect, does the same and is told by Hungup. took is
// how long the command took: of one that could not even begin the failure is its
// own, wherever the dialplan has gone by now.
func (c *Call) endedBy(cmd agi.Command, reply agi.Reply, took time.Duration) error {
	switch name := cmd.Known(); {
	case name == "EXEC" && (reply.Result == "2" || reply.Result == "3"):
	case name == "EXEC", name == "HANGUP", name == "CHANNEL STATUS", reply.Result != "-1":
		return nil
	}
	if !c.endsWithin(endComes) {
		return nil
	}
	atOnce := took < endComes && reply.Endpos == 0
	if !errors.Is(context.Cause(c.life), errEnded) || !atOnce && c.isElsewhere() {
		return nil
	}
	return &agi.Error{Kind: agi.ErrFailed, Command: cmd.Name, Code: reply.Code, Message: "it did not succeed, as with a sound file " +
		"that is not there, and over Async AGI that ends the script's hold on the call: it goes on in the dialplan"}
}

// endsWithin waits for the end of the stay, and reports whether it came.
func (c *Call) endsWithin(d time.Duration) bool {
	moment := time.NewTimer(d)
	defer moment.Stop()
	select {
	case <-moment.C:
		return false
	case <-c.life.Done():
		return true
	}
}

// isElsewhere reports whether the channel is gone, or not where it entered Async
// AGI: a redirect tells of itself by nothing else. The variables are the channel's
// own, where Status may still tell of a moment ago.
func (c *Call) isElsewhere() bool {
	ctx, cancel := context.WithTimeout(context.Background(), c.conn.account.timeout())
	defer cancel()
	for variable, header := range map[string]string{"CONTEXT": "Context", "EXTEN": "Exten"} {
		got, err := c.conn.aside().Do(ctx, Action("Getvar", "Channel", c.Channel(), "Variable", variable))
		if err != nil || got.Get("Value") != c.start.Get(header) {
			return true
		}
	}
	return false
}

// Interrupt implements [agi.Transport]: nothing can be.
func (c *Call) Interrupt() error { return agi.ErrNotInterruptible }

// Watch implements [agi.Transport]; a hangup is told at any time.
func (c *Call) Watch() {}

// Hungup implements [agi.Transport]. It ends also when the connection is lost, and
// when Async AGI ends for another reason than the script's own ASYNCAGI BREAK:
// the script has lost the channel. The cause says which.
func (c *Call) Hungup() context.Context { return c.hungup }

// Close implements [agi.Transport]. The channel stays in Async AGI.
func (c *Call) Close() error {
	c.die(agi.ErrClosed)
	return nil
}

// What ends a stay, besides Close and a lost connection.
var (
	errHangup = &agi.Error{Kind: agi.ErrHangup, Message: agi.ErrHangup.Error()}
	errEnded  = &agi.Error{Kind: agi.ErrHangup, Message: "Async AGI has ended: a command failed, the call was redirected, or somebody ended it"}
	errNever  = &agi.Error{Kind: agi.ErrHangup, Message: "Async AGI ended before a command could run, as it does in extension h and in hangup handlers: use AGI(agi://...) or AGI(goagi) there"}
	errTaken  = &agi.Error{Kind: agi.ErrHangup, Message: "somebody took the call out of the dialplan, into a bridge"}
	errBreak  = &agi.Error{Kind: agi.ErrHangup, Message: "the script has ended Async AGI"}
)

// end takes the channel from the script.
func (c *Call) end(cause error) {
	if cause != error(errBreak) {
		c.hangUp(cause) // before the command that is out returns
	}
	c.mu.Lock()
	first := !c.isOver
	c.isOver = true // before whoever waits for the call's life gives its claim up
	c.mu.Unlock()
	c.die(cause)
	if first {
		close(c.over)
	}
}

// ended is told of AsyncAGIEnd.
func (c *Call) ended() {
	c.mu.Lock()
	cause := errEnded
	switch {
	case c.hanging:
		cause = errHangup
	case c.leaving:
		cause = errBreak
	case !c.ran:
		cause = errNever
	}
	c.mu.Unlock()
	c.end(cause)
}

// renamed is told of a new name of the channel.
func (c *Call) renamed(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.channel = name
}

// asked is told that a hangup was asked for, which comes before the end.
func (c *Call) asked() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hanging = true
}

// isLeaving reports whether our ASYNCAGI BREAK is out.
func (c *Call) isLeaving() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leaving
}

// hasFailed reports whether the last command may have ended Async AGI.
func (c *Call) hasFailed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

// hasRun reports whether a command of this stay has been executed.
func (c *Call) hasRun() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ran
}

// hasEnded reports whether the stay is over.
func (c *Call) hasEnded() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.isOver
}

// isBusy reports whether an EXEC is out, in which alone the channel may enter Async
// AGI again.
func (c *Call) isBusy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pending != nil && c.pending.exec
}

// current reports whether the call is this worker's to command.
func (c *Call) current() bool { return c.claims == nil || c.claims.current(c) }

// served reports whether this worker served it.
func (c *Call) served() bool { return c.claims == nil || c.claims.had(c) }

// executed is told of AsyncAGIExec, and reports whether it is another worker's.
func (c *Call) executed(m Message) (others bool) {
	id, result := m.Get("CommandID"), m.Get("Result")
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.pending
	if x == nil || x.id != id {
		// One of an earlier stay, that was still in the queue, or of somebody
		// else. Its reply must not end up as the beginning of ours.
		c.foreign, _ = isCut(result)
		others = strings.HasPrefix(id, ourNonce) && !strings.HasPrefix(id, c.nonce)
		if others {
			c.sign = time.Now()
		}
		return others
	}
	c.pending, c.ran = nil, true
	text := decode(result)
	c.failed = strings.HasPrefix(text, "200 result=-1") || strings.HasPrefix(text, "200 result=2\n") || strings.HasPrefix(text, "200 result=3\n")
	x.result = result
	close(x.done)
	return false
}
