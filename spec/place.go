package spec

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"goagi/agi"
	"goagi/call"
	"goagi/luabind"
	"goagi/sim"
)

// placeOptions are those of place.
var placeOptions = []luabind.Option{
	{Name: "accountcode", Type: "string", Doc: "What `agi.env.accountcode` says."},
	{Name: "answered", Type: "boolean", Doc: "Whether the dialplan has answered the call before (false)."},
	{Name: "args", Type: "list of strings", Doc: "The script's arguments: arg[1] and on."},
	{Name: "callerid", Type: "string", Doc: "The caller's number (1001)."},
	{Name: "calleridname", Type: "string", Doc: "The caller's name (unknown)."},
	{Name: "channel", Type: "string", Doc: "The channel's name."},
	{Name: "context", Type: "string", Doc: "The dialplan's context (default)."},
	{Name: "db", Type: "table", Doc: "What is in Asterisk's database: {[\"family/key\"] = value}."},
	{Name: "dead", Type: "boolean", Doc: "Runs it as from the h extension, with no channel from the start (false)."},
	{Name: "dnid", Type: "string", Doc: "The number that was dialled (100)."},
	{Name: "extension", Type: "string", Doc: "The dialplan's extension (100)."},
	{Name: "language", Type: "string", Doc: "The channel's language (en)."},
	{Name: "missing", Type: "list of strings", Doc: "Prompts whose files are not there."},
	{Name: "prompts", Type: "table", Doc: "How long prompts are, in seconds: {[\"vm-intro\"] = 5}; others last one second."},
	{Name: "query", Type: "table", Doc: "`agi.query`, for a call by FastAGI."},
	{Name: "transport", Type: "string", Doc: "How Asterisk runs it: \"process\" (as usual), \"fastagi\", or \"eagi\", where the script hears the caller."},
	{Name: "uniqueid", Type: "string", Doc: "The call's unique id."},
	{Name: "var", Type: "table", Doc: "Channel variables that the dialplan has set: {NAME = value}."},
}

// placed is a call of a test.
type placed struct {
	tree   *tree
	object *lua.LUserData // what the test has of it
	script string
	sim    *sim.Call
	stream *agi.Stream
	log    *text
	begin  time.Time
	over   chan struct{} // closed when both ends are done
	result call.Result
	status string // AGISTATUS

	mu    sync.Mutex
	steps []step        // what happened, in order
	next  int           // the first step that hears has not looked at
	more  chan struct{} // holds one: there are new steps
	voice voice
	told  bool // the test has asked how it ended
}

// step is one thing that happened in a call: an event at the caller's end, or a
// command of the script's.
type step struct {
	sim.Event
	command string // what the script sent; "" for an event
	reply   string
}

// place places a call.
func (t *tree) place(vm *luabind.VM, a luabind.Args) lua.LValue {
	o := a.Options(2)
	path, err := t.file.beside(a.Text(1), ".lua")
	if err != nil {
		a.Misuse("%s", err)
	}
	args := o.Texts("args")
	p := &placed{tree: t, script: a.Text(1), begin: time.Now(), over: make(chan struct{}), more: make(chan struct{}, 1), log: new(text)}
	asterisk, program := sim.Pipe()
	p.stream = agi.NewStream(program, program, program.Close)
	missing, lengths := o.Texts("missing"), numbers(o, "prompts")
	p.sim = &sim.Call{
		Script: p.script, Args: args, Signal: p.stream.HangUp, Hear: p.hear,
		Answered: o.Truth("answered", false), Dead: o.Truth("dead", false),
		AccountCode: o.Text("accountcode", ""), Channel: o.Text("channel", ""), UniqueID: o.Text("uniqueid", ""), Language: o.Text("language", ""),
		CallerID: o.Text("callerid", ""), CallerName: o.Text("calleridname", ""), DNID: o.Text("dnid", ""),
		Context: o.Text("context", ""), Extension: o.Text("extension", ""), Vars: texts(o, "var"), DB: texts(o, "db"),
		Sounds: func(name string) (time.Duration, bool) {
			for _, gone := range missing {
				if gone == name {
					return 0, false
				}
			}
			if length, ok := lengths[name]; ok {
				return length, true
			}
			return time.Second, true
		},
	}
	kind := o.OneOf("transport", "process", "process", "fastagi", "eagi")
	if kind == "fastagi" {
		p.sim.Network, p.sim.NetworkScript, p.sim.Signal = true, p.script, nil
	} else {
		p.stream.ExpectArgs(append([]string{p.script}, args...))
	}
	query := texts(o, "query")
	p.object = vm.Object(&callType, p)
	p.sim.App = p.app
	var audio func() (io.ReadCloser, error)
	if kind == "eagi" {
		far, near := sim.Pipe()
		p.sim.Enhanced, p.sim.Audio, p.sim.Voice = true, far, p.voice.fill
		audio = func() (io.ReadCloser, error) { return near, nil }
	}
	t.placed = append(t.placed, p)
	exited := make(chan int, 1)
	p.sim.Exit = func() int { return <-exited }
	ended := make(chan sim.Result, 1)
	go func() { ended <- p.sim.Run(context.Background(), asterisk) }()
	go func() {
		defer close(p.over)
		p.result = call.Run(context.Background(), call.Call{
			Transport: steps{p.stream, p},
			Load:      func(*agi.Env) (*luabind.Chunk, error) { return t.file.suite.script(path) },
			Describe: func(*agi.Env) luabind.Host {
				host := luabind.Host{
					Shared: t.shared, Sandbox: t.sandbox,
					Args: args, Script: path, Load: t.file.suite.script, Fake: t.stand, Query: query, Transport: kind, Halt: t.halt,
					Modules: append([]string{filepath.Dir(path)}, t.file.suite.Folders...),
					Library: t.file.suite.library, Config: t.file.suite.Config,
				}
				if c := t.file.suite.Coverage; c != nil {
					host.Line = c.count
				}
				return host
			},
			Log: slog.New(slog.NewTextHandler(p.log, nil)), Audio: audio,
		})
		p.stream.Close()
		exited <- exitCode(p.result)
		p.status = (<-ended).Status
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
	var tried []string
	for _, folder := range folders {
		path := filepath.Join(folder, name)
		for _, path := range slices.Compact([]string{path, path + ending}) {
			if info, err := os.Stat(path); err == nil && !info.IsDir() {
				return path, nil
			}
			tried = append(tried, path)
		}
	}
	return "", fmt.Errorf("there is no file %q: tried %s", name, strings.Join(tried, ", "))
}

// texts reads an option that is a table of texts by names.
func texts(o luabind.Options, name string) map[string]string {
	all := make(map[string]string)
	table := o.Table(name)
	if table == nil {
		return all
	}
	table.ForEach(func(key, value lua.LValue) {
		if value.Type() != lua.LTString && value.Type() != lua.LTNumber || key.Type() != lua.LTString {
			o.Refuse(name, "a table of texts by names")
		}
		all[key.String()] = value.String()
	})
	return all
}

// numbers reads an option that is a table of seconds by names.
func numbers(o luabind.Options, name string) map[string]time.Duration {
	all := make(map[string]time.Duration)
	table := o.Table(name)
	if table == nil {
		return all
	}
	table.ForEach(func(key, value lua.LValue) {
		seconds, ok := value.(lua.LNumber)
		if !ok || key.Type() != lua.LTString || seconds < 0 {
			o.Refuse(name, "a table of seconds by names")
		}
		all[key.String()] = time.Duration(float64(seconds) * float64(time.Second))
	})
	return all
}

// hear keeps what happens at the caller's end. It is called by the simulator.
func (p *placed) hear(e sim.Event) { p.add(step{Event: e}) }

// add keeps a step, and gives its number.
func (p *placed) add(s step) int {
	p.mu.Lock()
	n := len(p.steps)
	p.steps = append(p.steps, s)
	p.mu.Unlock()
	select {
	case p.more <- struct{}{}:
	default:
	}
	return n
}

// steps is a transport that keeps the script's commands.
type steps struct {
	*agi.Stream
	p *placed
}

// RoundTrip is the stream's own.
func (s steps) RoundTrip(c agi.Command) (agi.Reply, error) {
	command := c.Name
	for _, arg := range c.Args {
		command += " " + arg
	}
	n := s.p.add(step{command: command, Event: sim.Event{At: time.Since(s.p.begin)}})
	reply, err := s.Stream.RoundTrip(c)
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
