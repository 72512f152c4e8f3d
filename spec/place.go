package spec

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"goagi/agi"
	"goagi/call"
	"goagi/eagi"
	"goagi/luabind"
	"goagi/sim"
	"goagi/spell"
)

// placed is a call of a test.
type placed struct {
	tree     *tree
	object   *lua.LUserData // what the test has of it
	script   string
	enhanced bool // the script hears the caller
	line     line
	log      *text
	begin    time.Time
	over     chan struct{} // closed when both ends are done
	left     chan struct{} // closed when the caller hangs up
	hangs    sync.Once
	result   call.Result

	mu    sync.Mutex
	steps []step        // what happened, in order
	next  int           // the first step that hears has not looked at
	more  chan struct{} // closed, and made anew, when there is a new step
	told  bool          // the test has asked how it ended
	// What was written to functions that the simulator does not have.
	written map[string]string
}

// step is one thing that happened in a call: an event at the caller's end, or a
// command of the script's.
type step struct {
	sim.Event
	command string // what the script sent; "" for an event
	reply   string
}

// line is how the script of a call and its far end are connected.
type line struct {
	far
	stream *agi.Stream
	args   []string                      // the script's, as they came
	audio  func() (io.ReadCloser, error) // the caller's, nil where the script does not hear
	// ended is told that the script has ended, with its exit code, and blocks until
	// the call has.
	ended func(code int)
}

// far is the other end of a call: the caller, and Asterisk.
type far interface {
	press(keys string)
	hangup()
	speak(d time.Duration)
	say(said *eagi.Utterance) // and no script but one of EAGI hears it
	set(name, value string) error
	get(expr string) (value string, ok bool, err error) // a dialplan function's value
	vars() (map[string]string, error)
	db() (map[string]string, error)
	leave() // the test is over
}

// place places a call.
func (t *tree) place(vm *luabind.VM, a luabind.Args) lua.LValue {
	t.inTest(a)
	o := readOrder(a)
	path, err := t.file.beside(o.script, ".lua")
	if err != nil {
		a.Misuse("%s", err)
	}
	p := &placed{tree: t, script: o.script, enhanced: o.kind == "eagi", begin: time.Now(), over: make(chan struct{}), left: make(chan struct{}), more: make(chan struct{}), log: new(text)}
	p.object = vm.Object(&callType, p)
	if err := p.prime(a.L, o.vars); err != nil {
		vm.Raise(a.L, err)
	}
	if t.real == nil {
		p.line = p.simulate(o)
	} else if p.line, err = t.real.dial(p, o); err != nil {
		vm.Raise(a.L, fmt.Errorf("placing the call: %w", err))
	}
	t.placed = append(t.placed, p)
	defer p.settle() // the test goes on where the script first waits
	go func() {
		defer close(p.over)
		p.result = call.Run(context.Background(), call.Call{
			Transport: steps{p.line.stream, p},
			Load:      func(*agi.Env) (*luabind.Chunk, error) { return t.file.suite.script(path) },
			Describe: func(*agi.Env) luabind.Host {
				host := luabind.Host{
					Shared: t.shared, Sandbox: t.outside(),
					Args: p.line.args, Script: path, Load: t.file.suite.script, Fake: p.stand, Query: o.query, Transport: o.kind, Halt: t.halt,
					Modules: append([]string{filepath.Dir(path)}, t.file.suite.Folders...),
					Library: t.file.suite.library, Config: t.file.suite.Config,
				}
				if c := t.file.suite.Coverage; c != nil {
					host.Line = c.count
				}
				return host
			},
			Log: slog.New(slog.NewTextHandler(p.log, nil)), Audio: p.line.audio, Grace: t.file.suite.Grace, Limit: t.file.suite.CallLimit,
		})
		p.line.stream.Close()
		p.line.ended(exitCode(p.result))
	}()
	return p.object
}

func exitCode(r call.Result) int {
	if r.Status == call.Failed || r.Status == call.NotFound {
		return 1
	}
	return 0
}

// beside looks for a file beside the spec and in the scripts folders. An ending
// may have been left out of its name.
func (f *File) beside(name, ending string) (string, error) {
	folders := append([]string{filepath.Dir(f.Path)}, f.suite.Folders...)
	if filepath.IsAbs(name) {
		folders = []string{""}
	}
	var tried, others []string
	for _, folder := range folders {
		path := filepath.Join(folder, name)
		for _, path := range []string{path, strings.TrimSuffix(path, ending) + ending} {
			if info, err := os.Stat(path); err == nil && !info.IsDir() {
				return path, nil
			}
			if !slices.Contains(tried, path) {
				tried = append(tried, path)
			}
		}
		beside, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*"+cmp.Or(filepath.Ext(name), ending)))
		for _, path := range beside {
			if other, err := filepath.Rel(folder, path); err == nil {
				others = append(others, other, strings.TrimSuffix(other, ending))
			}
		}
	}
	return "", fmt.Errorf("there is no file %q%s: tried %s", name, spell.DidYouMean(name, others), strings.Join(tried, ", "))
}

// hear keeps what happens at the caller's end. It is called by the simulator.
func (p *placed) hear(e sim.Event) { p.add(step{Event: e}) }

// add keeps a step, and gives its number.
func (p *placed) add(s step) int {
	p.mu.Lock()
	n := len(p.steps)
	p.steps = append(p.steps, s)
	close(p.more)
	p.more = make(chan struct{})
	p.mu.Unlock()
	return n
}

// goesOut notes what the script asks of the world, and gives what notes the answer.
func (p *placed) goesOut(what string) (answered func(string)) {
	n := p.add(step{command: what, Event: sim.Event{At: time.Since(p.begin)}})
	return func(answer string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.steps[n].reply = answer
	}
}

// steps is a transport that keeps the script's commands.
type steps struct {
	*agi.Stream
	p *placed
}

// RoundTrip is the stream's own, but for what a real Asterisk is not to do.
func (s steps) RoundTrip(c agi.Command) (agi.Reply, error) {
	command := c.Name
	for _, arg := range c.Args {
		command += " " + arg
	}
	n := s.p.add(step{command: command, Event: sim.Event{At: time.Since(s.p.begin)}})
	reply, err := s.ask(c)
	said := reply.Result
	switch {
	case err != nil:
		said = err.Error()
	case reply.Code != 200:
		said = reply.Text
	case reply.HasValue:
		said += " (" + reply.Value + ")"
	}
	s.p.mu.Lock()
	s.p.steps[n].reply = said
	s.p.mu.Unlock()
	return reply, err
}

// learnsOfHangup waits until Asterisk has told the script of the caller's hangup: a
// real application comes back no sooner.
func (s steps) learnsOfHangup() {
	s.Watch()
	timer := time.NewTimer(hangupTakes)
	defer timer.Stop()
	select {
	case <-s.Hungup().Done():
	case <-timer.C:
	case <-s.p.tree.stop:
	}
}

// hangupTakes is how long a real Asterisk may take to tell.
const hangupTakes = 5 * time.Second

// ask sends a command. On a real Asterisk what the test fakes is answered here.
func (s steps) ask(c agi.Command) (agi.Reply, error) {
	real, ok := s.p.line.far.(*realCall)
	if !ok {
		return s.Stream.RoundTrip(c)
	}
	if result, ok := real.stands(c); ok {
		if s.p.hasLeft() {
			s.learnsOfHangup()
		}
		return agi.Reply{Code: 200, Result: strconv.Itoa(result)}, nil
	}
	if reply, ok := s.p.functionsOf(c); ok {
		return reply, nil
	}
	return s.Stream.RoundTrip(real.instead(c))
}
