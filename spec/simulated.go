package spec

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"time"

	"goagi/agi"
	"goagi/eagi"
	"goagi/sim"
)

// simulated is the far end of a call without an Asterisk.
type simulated struct {
	tree  *tree
	call  *sim.Call
	voice voice
}

// simulate places a call on the simulator.
func (p *placed) simulate(o *order) line {
	asterisk, program := sim.Pipe()
	l := line{args: o.args, stream: agi.NewStream(program, program, program.Close)}
	s := &simulated{tree: p.tree}
	nth := len(p.tree.placed) + 1
	if o.uniqueID == "" {
		o.uniqueID = fmt.Sprintf("1700000000.%d", nth)
	}
	if o.channel == "" {
		o.channel = fmt.Sprintf("PJSIP/1001-%08x", nth)
	}
	p.tree.asterisk.Lock()
	maps.Copy(p.tree.db, o.db)
	p.tree.asterisk.Unlock()
	s.call = &sim.Call{
		Script: o.script, Args: o.args, Signal: l.stream.HangUp, Hear: s.hear(p), App: p.app, Function: p.function, Answered: o.answered, Dead: o.dead,
		AccountCode: o.accountCode, Channel: o.channel, UniqueID: o.uniqueID, Language: o.language,
		CallerID: o.callerID, CallerName: o.callerName, DNID: o.dnid, Context: o.context, Extension: o.extension, DB: p.tree.db, Globals: p.tree.globals, Share: &p.tree.asterisk,
		Sounds: func(name string) (time.Duration, bool) {
			for _, gone := range o.missing {
				if gone == name {
					return 0, false
				}
			}
			if length, ok := o.lengths[name]; ok {
				return length, true
			}
			return time.Second, true
		},
	}
	for name, value := range o.vars {
		s.call.Set(name, value)
	}
	for name, value := range o.env {
		s.call.Env = append(s.call.Env, [2]string{"agi_" + name, value})
	}
	if o.kind == "fastagi" {
		s.call.Network, s.call.NetworkScript, s.call.Signal = true, o.script, nil
	} else {
		l.stream.ExpectArgs(append([]string{o.script}, o.args...))
	}
	if o.kind == "eagi" {
		far, near := sim.Pipe()
		s.call.Enhanced, s.call.Audio, s.call.Voice = true, far, s.voice.fill
		l.audio = func() (io.ReadCloser, error) { return near, nil }
	}
	exited, done := make(chan int, 1), make(chan struct{})
	s.call.Exit = func() int { return <-exited }
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		s.call.Run(ctx, asterisk)
		close(done)
	}()
	l.far = s
	l.ended = func(code int) {
		exited <- code
		// An application may go on after hangup and script, as in Asterisk: Echo does.
		defer time.AfterFunc(time.Second, stop).Stop()
		<-done
		stop()
	}
	return l
}

// hear gives what is told of all that happens. A recording leaves a file behind, where
// the test has not put one there itself: a second of silence.
func (s *simulated) hear(p *placed) func(sim.Event) {
	return func(e sim.Event) {
		there := filepath.Join(s.tree.apart, e.Text)
		if _, err := os.Stat(there); e.Kind == sim.Recording && filepath.IsAbs(e.Text) && err != nil {
			if err := s.tree.sandbox.Apart.Write(e.Text, nil); err == nil {
				_ = eagi.NewUtterance(make([]int16, 8000), 8000, time.Time{}).Save(there) // of a format that it has not, it stays empty
			}
		}
		p.hear(e)
	}
}

func (s *simulated) press(keys string)     { s.call.Press(keys) }
func (s *simulated) hangup()               { s.call.Hangup() }
func (s *simulated) speak(d time.Duration) { s.call.Speak(d) }

func (s *simulated) say(said *eagi.Utterance) {
	s.call.Speak(said.Duration())
	s.voice.mu.Lock()
	defer s.voice.mu.Unlock()
	s.voice.rest = append(s.voice.rest, eagi.Format{}.AppendBytes(nil, said.Samples())...)
}

func (s *simulated) set(name, value string) error {
	s.call.Set(name, value)
	return nil
}

func (s *simulated) get(expr string) (string, bool, error) {
	value, ok := s.call.Get(expr)
	return value, ok, nil
}

func (s *simulated) vars() (map[string]string, error) { return s.call.Vars, nil }
func (s *simulated) leave()                           {}

func (s *simulated) db() (map[string]string, error) {
	s.tree.asterisk.Lock()
	defer s.tree.asterisk.Unlock()
	return maps.Clone(s.tree.db), nil
}
