package spec

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"goagi/agi"
	"goagi/eagi"
	"goagi/pbx"
	"goagi/sim"
)

// realCall is the far end of a call on a real Asterisk.
type realCall struct {
	x      *exchange
	p      *placed
	call   *pbx.Call
	order  *order
	sounds string          // where the prompts are that the test made up
	own    map[string]bool // those prompts
	said   int
	heard  chan struct{} // closed when all that happened in it is told
	stop   chan struct{} // closed when nothing more is to be told

	mu    sync.Mutex
	final map[string]string // the variables at its end
	last  *pbx.Conn         // where its dialplan waits then, nil before
}

// dial places a call.
func (x *exchange) dial(p *placed, o *order) (l line, err error) {
	if o.channel != "" || o.context != "" || len(o.env) > 0 {
		return line{}, &leftOut{"it names the channel, the context or lines of the environment"}
	}
	x.placed++
	id := strconv.Itoa(x.placed)
	r := &realCall{
		x: x, p: p, order: o, sounds: specSounds + id + "/", own: make(map[string]bool),
		heard: make(chan struct{}), stop: make(chan struct{}),
	}
	if err := r.prompts(); err != nil {
		return line{}, err
	}
	for name, value := range o.db {
		if err := x.PutDatabase(name, value); err != nil {
			return line{}, fmt.Errorf("db: %w", err)
		}
	}
	plan := pbx.Plan{
		Name: o.callerName, Number: o.callerID, Ringing: !o.answered && !o.dead, Extension: o.extension, UniqueID: o.uniqueID,
		Vars: r.given(), Anywhere: true,
	}
	name, app := "agi-"+id, "AGI"
	if o.kind == "eagi" {
		name, app = "eagi-"+id, "EAGI"
	}
	step := app + "(" + relayFolder + "/" + name
	if o.kind == "fastagi" {
		step = "AGI(${FASTAGI}"
	}
	for i := range append([]string{o.script}, o.args...) {
		if i > 0 || o.kind != "fastagi" {
			step += fmt.Sprintf(",${%s%d}", argument, i)
		}
	}
	if step += ")"; o.dead {
		plan.AtEnd = []string{step}
	} else {
		plan.Steps = []string{step}
	}
	awaited, err := x.relays.expect(name)
	if err != nil {
		return line{}, err
	}
	if r.call, err = x.Place(plan); err != nil {
		return line{}, err
	}
	l = line{far: r}
	var relay *relayed
	if o.kind == "fastagi" {
		conn, err := r.call.Dialog()
		if err != nil {
			r.call.Close()
			return line{}, err
		}
		l.stream, l.args = agi.NewStream(io.MultiReader(strings.NewReader(conn.Block()), conn), conn, conn.Close), argsOf(conn)
	} else {
		select {
		case relay = <-awaited:
		case <-p.tree.stop:
			r.call.Close()
			return line{}, errors.New("the test's time is over")
		case <-time.After(reaches):
			r.call.Close()
			return line{}, fmt.Errorf("no program %s was started in %v: Asterisk's log ends %s", name, reaches, lastLines(r.call.Log(), 5))
		}
		l.stream, l.args = agi.NewStream(relay, relay, relay.Close), relay.args[1:]
		l.stream.ExpectArgs(relay.args)
		go relay.hangups(l.stream.HangUp)
	}
	if o.kind == "eagi" {
		l.audio = relay.listen
	}
	go r.listen()
	l.ended = func(code int) {
		if relay != nil {
			relay.exit(code)
			defer relay.conn.Close()
		}
		r.end()
	}
	return l, nil
}

// argsOf gives the script's arguments as FastAGI brings them.
func argsOf(conn *pbx.Conn) []string {
	var args []string
	for _, line := range conn.Env {
		if strings.HasPrefix(line[0], "arg_") {
			args = append(args, line[1])
		}
	}
	return args
}

// lastLines gives the last n lines of a text, as one.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], " | ")
}

// reaches is how long Asterisk may take to start the script of a call.
const reaches = 30 * time.Second

// argument begins the names of variables that hold the script's arguments.
const argument = "GOAGI_SPEC_"

// given lists what is set before the script begins.
func (r *realCall) given() [][2]string {
	var vars [][2]string
	for i, arg := range append([]string{r.order.script}, r.order.args...) {
		escaped := strings.NewReplacer(`\`, `\\`, `,`, `\,`, `"`, `\"`, `(`, `\(`, `)`, `\)`).Replace(arg)
		vars = append(vars, [2]string{argument + strconv.Itoa(i), escaped})
	}
	for _, f := range [...][2]string{
		{"CALLERID(dnid)", r.order.dnid}, {"CHANNEL(language)", r.order.language}, {"CHANNEL(accountcode)", r.order.accountCode},
	} {
		if f[1] != "" {
			vars = append(vars, f)
		}
	}
	for name, value := range r.order.vars {
		vars = append(vars, [2]string{name, value})
	}
	return vars
}

// stands answers an application that the test fakes.
func (r *realCall) stands(c agi.Command) (int, bool) {
	if c.Name != "EXEC" || len(c.Args) == 0 {
		return 0, false
	}
	args := ""
	if len(c.Args) > 1 {
		args = c.Args[1]
	}
	result, ok := r.p.app(c.Args[0], args)
	if ok {
		r.hear(sim.Event{Kind: sim.Application, Text: c.Args[0], Args: args})
	}
	return result, ok
}

func (r *realCall) press(keys string) {
	here := r.call.Talking()
	for _, key := range strings.ToUpper(keys) {
		if key != 'W' {
			r.hear(sim.Event{Kind: sim.Key, Text: string(key), Lost: !here})
		}
	}
	if here { // before the answer, nobody hears them
		_ = r.call.Press(keys) // a call that is over has nobody to press
	}
}

func (r *realCall) hangup() {
	r.hear(sim.Event{Kind: sim.Hangup})
	_ = r.call.Hangup()
}

func (r *realCall) speak(d time.Duration) {
	r.say(eagi.NewUtterance(murmur(int(d.Seconds()*8000)), 8000, time.Time{}))
}

func (r *realCall) say(said *eagi.Utterance) {
	r.said++
	name := fmt.Sprintf("%ssaid-%d", r.sounds, r.said)
	path := filepath.Join(r.x.Dir, "data/sounds", name+".sln")
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, eagi.Format{}.AppendBytes(nil, said.Samples()), 0o644)
	}
	if err == nil {
		err = r.call.Play(name)
	}
	if err != nil {
		r.p.tree.blame(fmt.Errorf("saying it: %w", err))
	}
}

func (r *realCall) set(name, value string) error { return r.call.Set(name, value) }

func (r *realCall) get(expr string) (string, bool, error) {
	value, err := r.call.Get(expr)
	return value, value != "", err
}

func (r *realCall) vars() (map[string]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.final != nil {
		return r.final, nil
	}
	return r.now()
}

// now asks for the variables, without those of the test itself.
func (r *realCall) now() (map[string]string, error) {
	all, err := r.call.Variables()
	if err != nil {
		return nil, err
	}
	for name := range all {
		if strings.HasPrefix(name, argument) || (name == "FASTAGI" || name == "REPORT") && strings.HasPrefix(all[name], "agi://") {
			delete(all, name)
		}
	}
	return all, nil
}

func (r *realCall) db() (map[string]string, error) { return r.x.Database() }

// hear keeps what happens.
func (r *realCall) hear(e sim.Event) {
	e.At = time.Since(r.p.begin)
	r.p.hear(e)
}

// end waits for the call's end.
func (r *realCall) end() {
	defer close(r.stop)
	conn, err := r.call.Ended(longestReal)
	if err != nil {
		r.p.tree.blame(fmt.Errorf("the dialplan did not end in %v: Asterisk's log ends %s", longestReal, lastLines(r.call.Log(), 5)))
		return
	}
	all, err := r.now()
	if err != nil {
		r.p.tree.blame(err)
		all = make(map[string]string)
	}
	if all["ARGC"] == "0" { // of the hangup handler that tells of the end
		delete(all, "ARGC")
	}
	r.mu.Lock()
	r.final, r.last = all, conn
	r.mu.Unlock()
	select {
	case <-r.heard:
	case <-time.After(writes):
	}
}

// leave lets the channel go, which is kept until the test's end for what that
// still asks of it.
func (r *realCall) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last != nil {
		_ = r.last.End()
	}
	r.call.Close()
}

const (
	// longestReal is how long a dialplan may take to end when the script has.
	longestReal = time.Minute
	// writes is how long Asterisk may take to write its log.
	writes = 2 * time.Second
	// listens is how often the log is looked at.
	listens = 20 * time.Millisecond
)

// listen reads Asterisk's log until the call's end is in it, or stop is closed.
func (r *realCall) listen() {
	defer close(r.heard)
	log, err := os.Open(filepath.Join(r.x.Dir, "log/full"))
	if err != nil {
		r.p.tree.blame(err)
		return
	}
	defer log.Close()
	if _, err := log.Seek(r.call.LogFrom(), io.SeekStart); err != nil {
		r.p.tree.blame(err)
		return
	}
	e := &ear{channel: r.call.Channel, hear: r.hear}
	look := time.NewTicker(listens)
	defer look.Stop()
	var rest string
	for begun := false; ; {
		more, _ := io.ReadAll(log)
		rest += string(more)
		for {
			text, after, ok := strings.Cut(rest, "\n")
			if !ok {
				break
			}
			rest = after
			switch runs := strings.Contains(text, "Executing [") && strings.Contains(text, r.call.Channel); {
			case runs && strings.Contains(text, r.call.Report()):
				return
			case runs && (strings.Contains(text, relayFolder) || strings.Contains(text, r.call.Path())):
				begun = true // and the harness has set its variables
			case begun:
				e.line(text)
			}
		}
		select {
		case <-look.C:
		case <-r.stop:
			return
		case <-r.p.tree.stop:
			return
		}
	}
}
