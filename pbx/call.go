package pbx

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A Plan is a call to be placed: what its dialplan does and who calls. The
// zero value is a call that ends at once.
type Plan struct {
	// Steps is the dialplan of the answered call, one application a line, as
	// extensions.conf has them after the priority:
	//
	//	AGI(goagi,hello.lua,one)
	//	AGI(${FASTAGI},one)
	//
	// The variable FASTAGI holds the URL that leads to Call.Dialog. A script
	// that leaves the plan may go to the context "elsewhere", which notes in
	// the variable ELSEWHERE where it was entered: context, extension, priority.
	// The context "subroutine" notes its first argument there and returns. A
	// step that pushes the hangup handler "handler,s,1(goagi,hello.lua)" has it
	// run that program, after AtEnd; a second use of Vars gives what it left.
	Steps []string
	// AtEnd is the dialplan of extension h, after the hangup.
	AtEnd []string
	// Vars are set before the first step, in order: channel variables, or
	// functions such as CALLERID(dnid). A value may hold any byte but NUL.
	Vars [][2]string
	// Name and Number are the caller's. Any byte but NUL.
	Name, Number string
	// Ringing makes the call come in unanswered: the steps have to answer it,
	// and only then is there a caller who can press, talk or listen.
	Ringing bool
	// Mute makes the caller send no audio at all when it says nothing, where
	// others send silence.
	Mute bool
	// Extension is the number that is called, 100 when empty.
	Extension string
	// Anywhere has the end of the call be seen wherever the dialplan has gone to, also
	// where there is no extension h: a hangup handler tells of it then.
	Anywhere bool
	// UniqueID is that of the plan's leg; Asterisk makes one up when empty.
	UniqueID string
}

// Call is a call that has been placed. Its methods may be used from any
// goroutine. Close must be called.
type Call struct {
	Channel string // the leg that runs the plan
	Caller  string // the far leg

	a       *Asterisk
	id      string
	context string
	agi     chan *Conn
	report  chan *Conn
	far     *caller
	from    int64       // where the log was
	over    atomic.Bool // extension h has run
}

// Place originates a call and returns when its variables are set and, unless
// it is Ringing, the caller is on the line.
func (a *Asterisk) Place(p Plan) (*Call, error) {
	id := strconv.FormatInt(a.calls.Add(1), 10)
	if p.Extension == "" {
		p.Extension = "100"
	}
	c := &Call{
		a: a, id: id, context: "call-" + id,
		agi: a.hub.expect("agi/" + id), report: a.hub.expect("report/" + id),
	}
	if info, err := os.Stat(filepath.Join(a.Dir, "log/full")); err == nil {
		c.from = info.Size()
	}
	url := "agi://" + a.hub.addr
	setup := a.hub.expect("setup/" + id)
	c.far = newCaller(a.hub.expect("caller/"+id), p.Mute)
	steps := []string{"AGI(" + url + "/setup/" + id + ")", "Set(AGISTATUS=)"}
	atEnd := append(slices.Clone(p.AtEnd), "AGI("+url+c.Report()+")")
	if p.Anywhere {
		steps, atEnd = append(steps, "Set(CHANNEL(hangup_handler_push)="+c.context+",end,1)"), p.AtEnd
	}
	err := a.extension(c.context, p.Extension, append(steps, p.Steps...))
	if err == nil {
		err = a.extension(c.context, "h", atEnd)
	}
	if err == nil && p.Anywhere {
		err = a.extension(c.context, "end", []string{"AGI(" + url + c.Report() + ")", "Return()"})
	}
	if err == nil {
		near, far := id+"@caller", [2]string{p.Extension, c.context}
		if p.Ringing {
			near, far = p.Extension+"@"+c.context, [2]string{id, "caller"}
		}
		originate := []string{"Channel", "Local/" + near + "/n", "Exten", far[0], "Context", far[1],
			"Priority", "1", "Timeout", "60000", "Async", "true"}
		// Asterisk takes an id that begins with the other one for the same.
		switch first, second := p.UniqueID, "far-"+p.UniqueID; {
		case p.UniqueID == "":
		case p.Ringing:
			originate = append(originate, "ChannelId", second, "OtherChannelId", first)
		default:
			originate = append(originate, "ChannelId", first, "OtherChannelId", second)
		}
		err = a.ami.do("Originate", originate...)
	}
	if err == nil {
		err = c.begin(p, setup, url, id)
	}
	if err == nil && !p.Ringing {
		err = c.far.wait()
	}
	if err != nil {
		err = fmt.Errorf("place a call: %w%s", err, a.tail())
		c.Close()
		return nil, err
	}
	return c, nil
}

// extension writes an extension of the dialplan, from priority 1.
func (a *Asterisk) extension(context, name string, steps []string) error {
	for i, step := range steps {
		app, data, _ := strings.Cut(strings.TrimSpace(step), "(")
		data = strings.TrimSuffix(data, ")")
		err := a.ami.do("DialplanExtensionAdd", "Context", context, "Extension", name,
			"Priority", strconv.Itoa(i+1), "Application", app, "ApplicationData", data)
		if err != nil {
			return err
		}
	}
	return nil
}

// begin sets the plan's variables in the first session of the call.
func (c *Call) begin(p Plan, setup chan *Conn, url, id string) error {
	conn, err := await(setup, "the call")
	if err != nil {
		return err
	}
	defer conn.End()
	c.Channel = conn.Get("channel")
	if base, ok := strings.CutSuffix(c.Channel, ";1"); ok {
		c.Caller = base + ";2"
	} else {
		c.Caller = strings.TrimSuffix(c.Channel, ";2") + ";1"
	}
	vars := [][2]string{{"FASTAGI", url + "/agi/" + id}, {"REPORT", url + "/report/" + id}, {"CALLERID(name)", p.Name}, {"CALLERID(num)", p.Number}}
	for _, v := range append(vars, p.Vars...) {
		if err := set(conn, v[0], v[1]); err != nil {
			return fmt.Errorf("set %s: %w", v[0], err)
		}
	}
	return nil
}

// longest is what every release of Asterisk takes as one command, with its
// newline.
const longest = 2047

func set(conn *Conn, name, value string) error {
	lines := []string{"SET VARIABLE " + Quote(name) + " " + Quote(value)}
	if strings.ContainsAny(value, "\r\n") || len(lines[0]) >= longest {
		// No AGI command can carry a newline, but a dialplan function makes one,
		// and the dialplan puts pieces together.
		lines = []string{"SET VARIABLE AGIEXECFULL yes", "EXEC Set PIECES="}
		for piece := range slices.Chunk([]byte(value), 1000) {
			code := base64.StdEncoding.EncodeToString(piece)
			lines = append(lines, "EXEC Set PIECES=${PIECES}${BASE64_DECODE("+code+")}")
		}
		lines = append(lines, "EXEC Set "+Quote(name+"=${PIECES}"), "EXEC Set PIECES=", "EXEC Set AGIEXECFULL=")
	}
	for _, line := range lines {
		reply, err := conn.Command(line)
		if err == nil && !strings.HasPrefix(reply, "200 result=") {
			err = errors.New(reply)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Dialog waits for the plan's next AGI(${FASTAGI}) and gives its session. The
// test must end it for the call to go on.
func (c *Call) Dialog() (*Conn, error) {
	conn, err := await(c.agi, "AGI(${FASTAGI})")
	if err != nil {
		err = fmt.Errorf("%w%s", err, c.a.tail())
	}
	return conn, err
}

// Vars waits for the end of the call and gives its channel variables, as
// extension h finds them; functions such as CHANNEL(state) too. A missing one
// is empty. It does not end the call. A second use waits for a hangup handler;
// see Plan.Steps.
func (c *Call) Vars(names ...string) (map[string]string, error) {
	conn, err := c.Ended(deadline)
	if err != nil {
		return nil, err
	}
	defer conn.End()
	vars := make(map[string]string)
	for _, name := range names {
		if vars[name], err = conn.Variable(name); err != nil {
			return nil, err
		}
	}
	return vars, nil
}

// Ended waits for the end of the call, as long as timeout, and holds it there, in
// extension h, until the session it gives is ended.
func (c *Call) Ended(timeout time.Duration) (*Conn, error) {
	conn, err := awaitFor(c.report, timeout, "the end of the call")
	if err != nil {
		return nil, fmt.Errorf("%w%s", err, c.a.tail())
	}
	c.over.Store(true)
	return conn, nil
}

// Hangup makes the caller hang up, whatever it is doing, and does not wait for
// the effects. A caller who is gone already is no error.
func (c *Call) Hangup() error {
	if err := c.a.ami.do("Hangup", "Channel", c.Caller); err != nil && !gone(err) {
		return err
	}
	return nil
}

// Redirect takes the plan's leg away to other steps, as a transfer does. The
// call's AGI session ends as if by a hangup.
func (c *Call) Redirect(steps ...string) error {
	if err := c.a.extension(c.context, "redirected", steps); err != nil {
		return err
	}
	return c.a.ami.do("Redirect", "Channel", c.Channel, "Context", c.context, "Exten", "redirected", "Priority", "1")
}

func gone(err error) bool { return strings.Contains(err.Error(), "No such channel") }

// Log is the text of Asterisk's log since the call was placed. Calls that ran
// at the same time are in it too.
func (c *Call) Log() string { return c.a.Log(c.from) }

// Path ends the URL of Dialog's sessions, in the log too.
func (c *Call) Path() string { return "/agi/" + c.id }

// Report ends the URL of the session at the call's end, in the log too.
func (c *Call) Report() string { return "/report/" + c.id }

// LogFrom is where in Asterisk's log Log begins.
func (c *Call) LogFrom() int64 { return c.from }

// Close hangs up both legs and lets go of what the test has not fetched. It
// does not wait for the dialplan's end; Vars does.
func (c *Call) Close() {
	if c.Channel != "" && !c.over.Load() {
		c.Hangup()
		c.a.ami.do("Hangup", "Channel", c.Channel) // one that is gone is fine
	}
	c.far.close()
	for _, ch := range []chan *Conn{c.agi, c.report} {
		// What comes from now on finds nobody: the hub closes it.
		for range cap(ch) {
			select {
			case conn := <-ch:
				if conn != nil {
					conn.Close()
				}
			default:
			}
		}
	}
}

func await(ch chan *Conn, what string) (*Conn, error) { return awaitFor(ch, deadline, what) }

func awaitFor(ch chan *Conn, timeout time.Duration, what string) (*Conn, error) {
	select {
	case conn := <-ch:
		return conn, nil
	case <-time.After(timeout):
		return nil, fmt.Errorf("waiting for %s: no connection from Asterisk in %v", what, timeout)
	}
}
