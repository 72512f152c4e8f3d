package runner

import (
	"bytes"
	"io"
	"maps"
	"strings"
	"sync"
	"time"

	"goagi/sim"
)

// phone is what the screen of goagi try shows: one call, as its caller hears it.
// The call, the keyboard and the clock change it from their own goroutines, and
// ring its bell; one goroutine draws it.
//
//	sim.Call ── Hear, Plays, Wire ──▶ phone ──▶ view ──▶ terminal
//	keyboard ── typed ──────────────▶   │
//	                 Press, Skip, Hangup └──▶ sim.Call
type phone struct {
	asked *tryAsked
	canvas
	bell chan struct{} // holds one: there is something new to draw

	mu      sync.Mutex
	attempt *attempt  // the call that is on the screen
	begin   time.Time // of it
	took    time.Duration
	rows    []row
	wires   []string
	keys    []pressed
	vars    map[string]string
	db      map[string]string
	text    lines        // the same in plain lines, for afterwards
	plain   bytes.Buffer // where these go
	said    bytes.Buffer // what goagi has to say of it
	shells  io.Writer    // where that goes
	route   string       // who calls whom
	status  string
	ending  outcome
	over    bool

	sound   sounding
	heard   sounding // the sound that began last
	music   string   // the class of the music on hold
	command string   // that the script waits for

	pane    pane
	back    int       // how many rows the list is scrolled back
	edited  bool      // the script has changed since
	version time.Time // of the script's file
	leaving bool      // there will be no next call
	again   bool      // there will be one at once
	decided chan struct{}
}

// row is one thing that happened.
type row struct {
	at         time.Duration
	style      string
	what, text string
	words      string // what a prompt says, or how a number is said
}

// pressed is a key, and whether anything took it.
type pressed struct {
	key  string
	lost bool
}

// sounding is what the caller hears, or says into a recording, for a while.
type sounding struct {
	verb, name, words string
	from              time.Time     // when it was, or would have been, at its start
	length            time.Duration // 0: as long as it takes
}

// pane is what stands on the right, or in front where there is no room.
type pane byte

const (
	noPane    pane = 0
	wirePane  pane = 'w'
	varsPane  pane = 'v'
	helpPane  pane = '?'
	wiresKept      = 500
)

func newPhone(asked *tryAsked, colours bool) *phone {
	p := &phone{asked: asked, canvas: canvas{colours}, bell: make(chan struct{}, 1), decided: make(chan struct{}, 1)}
	p.text.w = &p.plain
	return p
}

// changed rings the bell.
func (p *phone) changed() {
	select {
	case p.bell <- struct{}{}:
	default:
	}
}

// dial puts a new call on the screen.
func (p *phone) dial(a *attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.attempt, p.begin, p.over, p.again, p.status = a, time.Now(), false, false, "rings"
	p.rows, p.wires, p.keys, p.back, p.edited = nil, nil, nil, 0, false
	p.sound, p.heard, p.music, p.command = sounding{}, sounding{}, "", ""
	p.copy(a.caller)
	p.version = version(p.asked.script.path)
	p.plain.Reset()
	p.said.Reset()
	p.text.begin(p.asked, false)
	p.changed()
}

// hear is told what happens in the call, from its goroutine.
func (p *phone) hear(e sim.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.changed()
	p.text.show(e)
	what, text, ok := described(e)
	if !ok || e.Kind == sim.Log && strings.HasPrefix(e.Text, "goagi: ") {
		return // goagi says it to this screen as well
	}
	r := row{at: e.At, what: what, text: text, style: styleOf(e.Kind)}
	switch e.Kind {
	case sim.Prompt:
		r.words = p.promptWords(e.Text)
	case sim.Digits, sim.Number, sim.Letters, sim.Phonetic, sim.Date, sim.Time, sim.DateTime:
		r.words = spoken(e, p.attempt.caller.Language)
	case sim.Key:
		p.keys = append(p.keys, pressed{e.Text, e.Lost})
	case sim.Recording:
		p.sound = sounding{verb: "records", name: text, from: time.Now(), length: e.Length}
	case sim.Recorded:
		p.sound = sounding{}
		r.text += "  " + luaSeconds(e.Length) + " s"
	case sim.Music:
		if p.music = ""; e.Text == "on" {
			p.music = string(visible([]byte(e.Args))) // the script's own text
			r.text = "music on hold (" + p.music + ")"
		} else {
			r.text = "no music any more"
		}
	case sim.Answer:
		p.status = "answered"
	case sim.Hangup:
		p.status, p.music, p.sound = "hung up", "", sounding{}
	}
	if strings.HasPrefix(what, "hears") && e.Length > 0 {
		p.heard = sounding{verb: "hears", name: r.text, words: r.words}
	}
	p.rows = append(p.rows, r)
}

// promptWords gives what a prompt says, as far as this machine knows.
func (p *phone) promptWords(name string) string {
	sounds := p.asked.sounds
	if sounds == nil {
		return ""
	}
	language := p.attempt.caller.Language
	if text := sounds.text(name, language); text != "" {
		return string(visible([]byte(text))) // a file's, whoever wrote it
	}
	if _, found := sounds.find(name, language); !found {
		return "(no sound file: one second)"
	}
	return ""
}

// plays is told how far the sound is, from the call's goroutine.
func (p *phone) plays(at, length time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sound = sounding{}
	if length > 0 {
		p.sound = p.heard
		p.sound.from, p.sound.length = time.Now().Add(-at), length
	}
	p.changed()
}

// wire is told each line of the dialog, from the call's goroutine.
func (p *phone) wire(mark byte, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	text = string(visible([]byte(text)))
	if p.wires = append(p.wires, string(mark)+" "+text); len(p.wires) > wiresKept {
		p.wires = p.wires[1:]
	}
	if mark == '>' {
		p.command = text
	} else {
		p.command = ""
		p.copy(p.attempt.caller)
	}
	p.changed()
}

// copy keeps what a call has at the moment: it may be read only from the call's
// goroutine, and before and after.
func (p *phone) copy(c *sim.Call) {
	p.vars, p.db = maps.Clone(c.Vars), maps.Clone(c.DB)
	p.route = or(c.CallerID, "1001") + " → " + or(c.Extension, "100")
}

// end is the call's end.
func (p *phone) end(o outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text.end(o)
	p.over, p.ending, p.took, p.status = true, o, time.Since(p.begin), "over"
	p.vars, p.db, p.command, p.music, p.sound = maps.Clone(o.vars), maps.Clone(o.db), "", "", sounding{}
	r := row{at: p.took, what: "over", text: o.line(), style: inGreen}
	if o.code != exitDone {
		r.style = inRed
	}
	p.rows = append(p.rows, r)
	p.changed()
}

// Write takes what goagi itself has to say, which otherwise goes to stderr.
func (p *phone) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said.Write(text)
	for l := range strings.SplitSeq(strings.TrimRight(string(text), "\n"), "\n") {
		style := faintly
		if strings.HasPrefix(l, "goagi: error") {
			style = inRed
		}
		l = strings.ReplaceAll(strings.TrimPrefix(l, "goagi: "), "\t", "  ")
		p.rows = append(p.rows, row{at: time.Since(p.begin), what: "goagi", text: string(visible([]byte(l))), style: style})
	}
	p.changed()
	return len(text), nil
}

// styleOf gives the style of what happened.
func styleOf(kind sim.Kind) string {
	switch kind {
	case sim.Key, says:
		return inYellow
	case sim.Prompt, sim.Beep, sim.Digits, sim.Number, sim.Letters, sim.Phonetic, sim.Date, sim.Time, sim.DateTime, sim.Tone, sim.Music:
		return inCyan
	case sim.Answer:
		return inGreen
	case sim.Hangup, missing:
		return inRed
	}
	return plainly
}
