package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"goagi/agi"
	"goagi/call"
	"goagi/luabind"
	"goagi/sim"
)

// attempt is one call from the terminal: the simulated Asterisk and its caller
// on one side of the wire, the script on the other.
type attempt struct {
	*tryAsked
	caller   *sim.Call
	voice    *voice
	stream   *agi.Stream
	asterisk *sim.End
	exited   chan int
	recorder *recorder // nil: nobody wants a spec
	ctx      context.Context
	stop     context.CancelFunc // ends all at once, as SIGTERM does
}

// place makes the call that was asked for; run runs it. hear is told what
// happens.
func (asked *tryAsked) place(hear func(sim.Event)) (*attempt, error) {
	caller, err := asked.call()
	if err != nil {
		return nil, err
	}
	asterisk, program := sim.Pipe()
	in, out, err := traced(asked.set, program, program)
	if err != nil {
		return nil, err
	}
	a := &attempt{tryAsked: asked, caller: caller, stream: agi.NewStream(in, out, program.Close), asterisk: asterisk, exited: make(chan int, 1)}
	a.ctx, a.stop = context.WithCancel(context.Background())
	caller.Signal = a.stream.HangUp
	caller.Exit = func() int { return <-a.exited }
	caller.Hear = hear
	if asked.record != "" {
		a.recorder = newRecorder(caller, asked)
		caller.Hear = func(e sim.Event) {
			a.recorder.hear(e)
			hear(e)
		}
		caller.Wire = a.recorder.wire
	}
	if asked.sounds != nil {
		begin := time.Now()
		caller.Sounds = func(name string) (time.Duration, bool) {
			length, ok := asked.sounds.length(name, caller.Language)
			if !ok {
				caller.Hear(sim.Event{Kind: missing, Text: name, At: time.Since(begin)})
			}
			return length, ok
		}
	}
	if asked.voice != nil {
		own := *asked.voice
		a.voice = &own
		a.voice.join(caller, func(e sim.Event) { caller.Hear(e) })
	}
	return a, nil
}

// run runs the call: the simulated Asterisk in a goroutine of its own, the script
// here. It blocks until both have ended.
func (a *attempt) run() outcome {
	ended := make(chan sim.Result, 1)
	go func() { ended <- a.caller.Run(a.ctx, a.asterisk) }()
	placed := newCall(a.set, a.script, a.words[1:], a.stream, a.logger)
	var memory *luabind.Memory
	if !a.fast { // its clock would watch without end
		memory = &luabind.Memory{Limit: a.set.memory(usualMemory), Log: a.logger}
		ctx, stop := context.WithCancel(a.ctx)
		var watching sync.WaitGroup
		defer watching.Wait()
		defer stop()
		watching.Go(func() { memory.Watch(ctx) })
	}
	describe := placed.Describe
	placed.Describe = func(env *agi.Env) luabind.Host {
		host := describe(env)
		host.Halt, host.Memory, host.Bubble = a.halt, memory, a.fast
		if a.recorder != nil {
			host.Library = a.recorder.world.library(host.Library)
		}
		return host
	}
	if a.voice != nil {
		placed.Audio = func() (io.ReadCloser, error) { return a.voice.audio, nil }
	}
	o := outcome{result: call.Run(a.ctx, placed), vars: a.caller.Vars, db: a.caller.DB}
	a.stream.Close()
	o.code = finish(a.set, a.logger, o.result)
	a.exited <- o.code
	// An application may go on after the hangup, as in Asterisk: Echo does.
	defer time.AfterFunc(time.Second, a.stop).Stop()
	o.agi = (<-ended).Status
	return o
}

// finish writes the spec, says what the script leaves unsaid, and gives the exit
// code.
func (a *attempt) finish(o outcome) int {
	if errors.Is(o.result.Err, agi.ErrUnknown) {
		complain("hint", "try knows the applications that call flows use most; Asterisk may have this one all the same")
	}
	if line := a.voice.unsaid(); line != "" && o.code == exitDone {
		complain("hint", line)
	}
	wrong, failed := errors.AsType[*luabind.ScriptError](o.result.Err)
	switch {
	case a.recorder == nil:
	case o.result.Status == call.NotFound, failed && wrong.Traceback == "" && len(a.recorder.steps) == 0: // it does not compile
		complain("hint", a.record+" was not written: there was no script to run")
	default:
		if err := os.WriteFile(a.record, []byte(a.recorder.spec(o)), 0o644); err != nil {
			return fail(&usageError{"--record: " + err.Error(), ""})
		}
		if len(a.recorder.world.all()) > 0 {
			complain("hint", a.record+": the script asked the world for something; the file's first lines say what its test has to fake")
		}
	}
	return o.code
}

// tryInLines places the call and prints a line for what happens.
func tryInLines(asked *tryAsked) int {
	shown := &lines{os.Stdout}
	a, err := asked.place(shown.show)
	if err != nil {
		return fail(err)
	}
	var term *terminal // nil: no keys are typed
	if asked.typesThere {
		term = &terminal{plain: true}
		term.take()
	}
	defer obey(a, term)()
	shown.begin(asked, asked.typesThere)
	// Keys that a person types are pressed when they are typed; those that a
	// command line or a pipe brings are meant for the prompts to come.
	a.caller.Patient = asked.keys != "" || !asked.typesThere
	a.caller.Press(asked.keys)
	// The read of stdin ends with the process: nothing can end it sooner.
	go pressFrom(os.Stdin, a.caller)
	o := a.run()
	shown.end(o)
	return a.finish(o)
}

// obey does what signals say until its result is called, which gives the terminal
// back.
func obey(a *attempt, term *terminal) (stop func()) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if term != nil {
		signal.Notify(signals, syscall.SIGQUIT, syscall.SIGTSTP, syscall.SIGCONT)
	}
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for leaving := false; ; {
			select {
			case s := <-signals:
				switch {
				case s == syscall.SIGTERM:
					a.stop()
				case s == syscall.SIGQUIT:
					term.die(syscall.SIGQUIT)
				case s == syscall.SIGTSTP:
					term.stop()
				case s == syscall.SIGCONT:
					term.again()
				case leaving && term != nil:
					term.die(syscall.SIGINT)
				default:
					if leaving = true; term == nil {
						signal.Reset(os.Interrupt) // a second one ends the program
					}
					complain("hint", fmt.Sprintf("hung up; the script has %v to clean up, Ctrl-C again ends it now", a.set.grace))
					a.caller.Hangup()
				}
			case <-over:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(over)
		<-done
		if term != nil {
			term.close()
		}
	}
}

// pressFrom presses what comes from a terminal or a pipe, until its end.
func pressFrom(r io.Reader, caller *sim.Call) {
	buffer := make([]byte, 256)
	for {
		n, err := r.Read(buffer)
		if n > 0 {
			caller.Press(string(buffer[:n]))
		}
		if err != nil {
			return
		}
	}
}
