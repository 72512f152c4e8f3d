package std

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"goagi/agi"
	"goagi/eagi"
	"goagi/luabind"
)

// turn is one turn of the caller to speak: a goroutine listens while the
// script's own sends the commands that play and take keys.
//
//	script's goroutine   STREAM FILE ───▶|  WAIT FOR DIGIT ──────▶|
//	the listening        ····· speech: started ····· silence: heard
//	                            └─ Interrupt               └─ Interrupt
type turn struct {
	vm      *luabind.VM
	a       luabind.Args
	session *agi.Session
	ctx     context.Context
	cancel  context.CancelFunc
	keys    string        // end the listening
	started chan struct{} // closed once the caller speaks
	heard   chan struct{} // closed once what follows is set

	utterance *eagi.Utterance
	ending    eagi.Ending
	err       error
}

// newTurn begins to listen. end must be called.
func newTurn(vm *luabind.VM, a luabind.Args, audio *eagi.Audio, l eagi.Listening, keys string) *turn {
	t := &turn{
		vm: vm, a: a, session: vm.Host().Session, keys: keys,
		started: make(chan struct{}), heard: make(chan struct{}),
	}
	t.ctx, t.cancel = context.WithCancel(vm.Waiting(a.L))
	l.Started = func() { close(t.started) }
	go func() {
		defer close(t.heard)
		t.utterance, t.ending, t.err = audio.Listen(t.ctx, l)
	}()
	return t
}

// end stops the listening and waits until it has stopped.
func (t *turn) end() {
	t.cancel()
	<-t.heard
}

// play plays a prompt, then waits for the caller's answer.
func (t *turn) play(p *prompt) int {
	for _, file := range p.files {
		if p.voice && isClosed(t.started) {
			break
		}
		escape := ""
		if p.key {
			escape = p.escape
		}
		var key string
		p.plays(t.guardFor(file, p))
		err := t.interrupted(p.stopper(t), func() (err error) {
			key, _, err = t.session.StreamFile(file, escape, 0)
			return err
		})
		switch {
		case errors.Is(err, agi.ErrInterrupted): // the caller speaks
		case err != nil:
			return t.broken(err)
		case key != "":
			return t.pressed(key)
		}
	}
	p.end()
	return t.answer()
}

// guardFor makes the guard of a prompt; with its sound where that can be read,
// on the machine that Asterisk runs on. Nil where the voice stops nothing.
func (t *turn) guardFor(file string, p *prompt) *eagi.EchoGuard {
	if !p.voice {
		return nil
	}
	format, err := t.vm.Host().Audio.Format()
	if err != nil {
		return nil
	}
	var sound []int16
	if folder := t.vm.Host().Sounds; folder != "" {
		path, err := eagi.FindSound(folder, t.vm.Host().Env.Get("language"), file)
		if err == nil && isShort(path) {
			if u, err := eagi.ReadSound(path); err == nil {
				sound = u.Resample(format.Rate).Samples()
			}
		}
	}
	return eagi.NewEchoGuard(format.Rate, sound)
}

// isShort tells whether a sound can be decoded before it is played: some minutes
// of it, a tenth of a second of work.
func isShort(path string) bool {
	most := int64(4 << 20)
	if strings.HasSuffix(path, ".gsm") {
		most /= 10
	}
	info, err := os.Stat(path)
	return err == nil && info.Size() <= most
}

// answer waits for the end of the listening, or for one of its keys.
func (t *turn) answer() int {
	for t.keys != "" && !isClosed(t.heard) {
		var key string
		err := t.interrupted(t.heard, func() (err error) {
			key, err = t.session.WaitForDigit(-1)
			return err
		})
		switch {
		case errors.Is(err, agi.ErrInterrupted):
		case err != nil:
			return t.broken(err)
		case key != "" && strings.Contains(t.keys, key):
			return t.pressed(key)
		}
	}
	<-t.heard
	return t.result()
}

// pressed gives the key that ended the turn.
func (t *turn) pressed(key string) int {
	t.a.PushNil()
	t.a.PushText("key")
	t.a.PushText(key)
	return 3
}

// broken gives what was said until the channel was lost; where nothing was, and
// for any other error, it raises that.
func (t *turn) broken(err error) int {
	if errors.Is(err, agi.ErrHangup) {
		t.end()
		if t.utterance != nil {
			return t.result()
		}
	}
	t.a.Check(err)
	return 0
}

// result gives what came of the listening.
func (t *turn) result() int {
	switch {
	case t.utterance == nil && errors.Is(t.err, io.EOF):
		t.a.Check(errors.New("the caller's audio has ended"))
	case t.utterance == nil && t.err != nil:
		t.a.Check(t.err)
	case t.utterance == nil:
		t.a.PushNil()
		t.a.PushText(string(eagi.Silence))
		return 2
	}
	t.a.L.Push(t.vm.Object(&utteranceType, t.utterance))
	switch {
	case t.ending == eagi.Max:
		t.a.PushText(string(eagi.Max))
		return 2
	case t.err != nil:
		t.vm.TellHangup()
		t.a.PushText("hangup")
		return 2
	}
	return 1
}

// nextTry is how soon an interruption is tried again where no command was out.
const nextTry = 5 * time.Millisecond

// interrupted runs a command, and interrupts it when signal closes; a nil signal
// never does. One that closes as the command goes out finds it a moment later.
func (t *turn) interrupted(signal <-chan struct{}, command func() error) error {
	over, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-over:
			return
		case <-signal:
		}
		for t.session.Interrupt() != nil {
			select {
			case <-over:
				return
			case <-time.After(nextTry):
			}
		}
	}()
	defer func() {
		close(over)
		<-stopped
	}()
	return command()
}

func isClosed(signal <-chan struct{}) bool {
	select {
	case <-signal:
		return true
	default:
		return false
	}
}

// prompt is what a turn plays first.
//
//	plays ─▶ guards ◀─ guard          by the script's goroutine, and the listening's
type prompt struct {
	files      []string
	voice, key bool // stop it
	escape     string
	after      time.Duration // so long the voice does not stop it
	began      time.Time
	ended      atomic.Bool

	mu     sync.Mutex // held for a look at what follows
	guards []playing
}

// playing is a file of a prompt.
type playing struct {
	from  time.Time
	guard *eagi.EchoGuard // nil for the silence after the prompt
}

// echoLasts is how long after a prompt its echo may come.
const echoLasts = 400 * time.Millisecond

func (p *prompt) begin() { p.began = time.Now() }

// plays says that a file begins to play.
func (p *prompt) plays(guard *eagi.EchoGuard) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.guards = append(p.guards, playing{time.Now(), guard})
}

// end says that the prompt is over.
func (p *prompt) end() {
	p.mu.Lock()
	p.guards = append(p.guards, playing{time.Now().Add(echoLasts), nil})
	p.mu.Unlock()
	p.ended.Store(true)
}

// guard gives the guard of what plays at a moment.
func (p *prompt) guard(at time.Time) *eagi.EchoGuard {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.guards) > 1 && !at.Before(p.guards[1].from) {
		p.guards = p.guards[1:]
	}
	if len(p.guards) == 0 || at.Before(p.guards[0].from) {
		return nil
	}
	return p.guards[0].guard
}

// stopper is the signal that stops the prompt, nil where only keys do.
func (p *prompt) stopper(t *turn) <-chan struct{} {
	if p.voice {
		return t.started
	}
	return nil
}

// attention tells how the caller is listened to at a moment.
func (p *prompt) attention(at time.Time) eagi.Attention {
	switch {
	case p.ended.Load():
		return eagi.Listens
	case !p.voice || at.Before(p.began.Add(p.after)):
		return eagi.Deaf
	}
	return eagi.Patient
}
