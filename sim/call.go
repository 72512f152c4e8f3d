package sim

import (
	"context"
	"io"
	"sync"
	"time"
)

// A Call is one call as Asterisk holds it. The zero value with a Script is a
// call from 1001 to extension 100 that rings; Run may be called again, as a
// dialplan may run several scripts, then with the state the last one left. The
// fields may be read and written while no Run is in progress, and by the
// functions of the call, which Run calls from its own goroutine.
type Call struct {
	Script string   // as AGI() names it
	Args   []string // of the script

	// Network makes it FastAGI: agi_network and NetworkScript (what follows the
	// host's slash, still encoded; empty leaves the line out) come first, and
	// Args become agi_arg_1 and on. In process AGI the words after AGI(goagi,
	// do: Script is agi_arg_1.
	Network       bool
	NetworkScript string
	// Enhanced is EAGI: agi_enhanced is 1.0, and a new command interrupts SAY too.
	Enhanced bool
	// Dead runs the script in the h extension: no channel from the start.
	Dead bool
	// Audio is what becomes fd 3 of EAGI: the caller's audio, a frame each
	// 20 ms, while no command or one that passes it on is in progress. A frame
	// that the pipe has no room for is lost. Run closes it at its end where it
	// can be closed. Nil: nobody listens.
	Audio io.Writer
	// Voice fills a frame of 20 ms of what the caller says, also those that get
	// lost, from Run's goroutine. It comes filled with silence. Its length follows
	// EAGI_AUDIO_FORMAT: 320 bytes of slin, 640 of slin16, 160 of ulaw. Nil:
	// silence.
	Voice func(frame []byte)
	// Mute is a caller who sends no audio at all, not even silence: recordings
	// stay empty, and silence does not end them.
	Mute bool
	// Answered is a call that the dialplan has answered before; ANSWER sets it.
	Answered bool

	// The environment block and the channel. An empty one has the default of
	// fill; "unknown" is how Asterisk says that it does not know. SET CONTEXT
	// and the like change them.
	Request     string // agi_request of process AGI: the program; default goagi
	Channel     string
	UniqueID    string
	Language    string
	Version     string // of Asterisk; before 20.16, 21.11, 22.6 and 23.0 a line holds 2,047 bytes
	CallerID    string // number
	CallerName  string
	DNID        string
	Context     string
	Extension   string
	Priority    string
	AccountCode string
	Env         [][2]string // lines that replace those of their name or are added

	Vars map[string]string // channel variables; Run makes it where nil
	// DB is AstDB, by "family/key", and Globals the dialplan's global variables, which
	// calls may share, Share as well then: it is held while they are used. Run makes
	// those that are nil.
	DB, Globals map[string]string
	Share       *sync.Mutex

	// Sounds gives the length of a prompt, and false where the file is missing.
	// Nil: every prompt exists and lasts one second.
	Sounds func(name string) (time.Duration, bool)
	// App stands in for dialplan applications: the result, and whether it took
	// this one. Nil, or false: the small table of this package.
	App func(name, args string) (result int, ok bool)
	// Function stands in for dialplan functions: what is read, whether it is
	// there, and whether it took this use of one. Nil, or not taken: the small
	// table of this package.
	Function func(use FunctionUse) (value string, ok, took bool)
	// Dial says how an EXEC Dial ends (DIALSTATUS) and how long it takes. Nil:
	// NOANSWER after the timeout in its arguments, or 30 s.
	Dial func(args string) (status string, length time.Duration)
	// Label says whether the dialplan has a priority or label. Nil: it has none.
	Label func(context, extension, priority string) bool
	// Gosub is a subroutine of the dialplan, at a label that exists, and says
	// whether it ends in Return. Nil: that is all it does.
	Gosub func(context, extension, priority, args string) (returns bool)
	// Exit waits for the program's end and gives its wait status, 0 for
	// success, once it has closed its output. Nil: 0. Process AGI only.
	Exit func() int
	// Signal is SIGHUP to process AGI. Nil, or with Network: the line HANGUP.
	Signal func()
	// Hear is told all that the caller hears and that happens, in order.
	Hear func(Event)
	// Plays is told from Run's goroutine when a sound begins or goes on: how far
	// into it, and how long it is in all. A length of 0 is its end before its time.
	Plays func(at, length time.Duration)
	// Wire is told from Run's goroutine each line of the dialog: '>' for one from
	// the program, '<' for one to it, which comes after all that its command did.
	Wire func(mark byte, line string)
	// Patient makes the caller press a key only while a command takes it, so
	// that none is lost, and hang up by Press only once the call is answered: for
	// keys that are known before the call.
	Patient bool
	// Grease, where not zero, seeds lawful surprises: a header nobody knows,
	// replies in odd pieces, words behind a result.
	Grease uint64

	mu       sync.Mutex
	keys     []byte        // pressed and not yet played
	gone     bool          // the channel has hung up
	skip     bool          // what plays is to end now
	speaking time.Time     // the caller speaks until then
	autoHang time.Time     // SET AUTOHANGUP: the channel hangs up then
	playing  time.Time     // the caller hears a prompt until then; Run's goroutine only
	passed   time.Duration // what has been skipped of sounds; Run's goroutine only
	heard    bool          // the frame that Voice fills goes to Audio; Run's goroutine only
	stir     chan struct{} // holds one: one of these has changed
}

// Result is how a Run ended.
type Result struct {
	// Status is AGISTATUS, also a channel variable then: SUCCESS, FAILURE or
	// HANGUP. (NOTFOUND is a script that could not be started.)
	Status string
	// Err is why the dialog broke off: the context's error, or a command that
	// would have crashed Asterisk (ErrOverrun). Nil otherwise.
	Err error
}

// How long a key sounds and the gap after it, and what w waits in Press
// (app_senddtmf).
const (
	keyTone  = 100 * time.Millisecond
	keyGap   = 100 * time.Millisecond
	keyPause = 500 * time.Millisecond
)

// Run is AGI(Script,Args...): it sends the environment block over rw, answers
// the program's commands until the session's end and then closes rw. It
// blocks until then: until the program closes, says failure, or the context
// ends. Commands that wait take their time.
//
// A write that the program does not take within 100 ms is given up, as
// Asterisk does, where rw has SetWriteDeadline.
func (c *Call) Run(ctx context.Context, rw io.ReadWriteCloser) Result {
	c.fill()
	s := &session{
		audio: newAudio(c),
		c:     c, ctx: ctx, rw: rw, in: newInput(), begin: time.Now(),
		stir: c.bell(), limit: lineLimit(c.Version), grease: newGrease(c.Grease),
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		s.in.fill(rw, stop)
	}()
	// The reader blocks in rw until it is closed, below or by the context.
	unhook := context.AfterFunc(ctx, func() { rw.Close() })
	defer func() {
		unhook()
		close(stop)
		rw.Close()
		s.audio.close()
		<-done
	}()
	return s.run()
}

// Press makes the caller press keys: 0 to 9, * # and A to D, w for half a
// second's pause, h to hang up at that point, after a key's silence; other characters are left out. It
// returns at once, from any goroutine; keys pressed before Run wait for it. A key takes 100 ms and 100 ms
// of silence after it. A key that ends while no command takes it is lost, as
// in Asterisk.
func (c *Call) Press(keys string) {
	c.mu.Lock()
	for i := range len(keys) {
		switch b := keys[i]; {
		case b >= '0' && b <= '9', b == '*', b == '#', b >= 'A' && b <= 'D', b == 'w', b == 'h':
			c.keys = append(c.keys, b)
		case b >= 'a' && b <= 'd':
			c.keys = append(c.keys, b-'a'+'A')
		}
	}
	c.mu.Unlock()
	ring(c.bell())
}

// Speak makes the caller speak from now on for a while, which RECORD FILE's
// silence detection hears. From any goroutine.
func (c *Call) Speak(d time.Duration) {
	c.mu.Lock()
	c.speaking = time.Now().Add(d)
	c.mu.Unlock()
	ring(c.bell())
}

// Skip ends what plays at the moment, a sound file or what SAY says, as if its
// time had passed; where nothing plays it does nothing. It is no telephone that
// can do this, but a person in a hurry. From any goroutine.
func (c *Call) Skip() {
	c.mu.Lock()
	c.skip = true
	c.mu.Unlock()
	ring(c.bell())
}

// Skipped gives how long all that Skip has ended would have played on. For the
// functions of the call.
func (c *Call) Skipped() time.Duration { return c.passed }

// Playing tells whether the caller hears a prompt at the moment: a sound file, or
// what SAY says. For the functions of the call, as Voice.
func (c *Call) Playing() bool { return time.Now().Before(c.playing) }

// Heard tells whether the frame that Voice is to fill is passed on to the program,
// and not lost in a command that keeps the caller's audio for itself. For Voice.
func (c *Call) Heard() bool { return c.heard }

// Hangup makes the caller hang up, for good. From any goroutine, at any time.
func (c *Call) Hangup() {
	c.mu.Lock()
	c.gone = true
	c.keys = nil
	c.mu.Unlock()
	ring(c.bell())
}

// Hungup tells whether the channel has hung up.
func (c *Call) Hungup() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone
}

// bell is what Press and Hangup ring to stir a Run that waits.
func (c *Call) bell() chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stir == nil {
		c.stir = make(chan struct{}, 1)
	}
	return c.stir
}

// fill gives the empty fields their defaults.
func (c *Call) fill() {
	def := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	def(&c.Request, "goagi")
	def(&c.Channel, "PJSIP/1001-00000001")
	def(&c.UniqueID, "1700000000.1")
	def(&c.Language, "en")
	def(&c.Version, "22.10.1")
	def(&c.CallerID, "1001")
	def(&c.CallerName, "unknown")
	def(&c.DNID, "100")
	def(&c.Context, "default")
	def(&c.Priority, "1")
	if c.Dead {
		def(&c.Extension, "h")
	}
	def(&c.Extension, "100")
	if c.Vars == nil {
		c.Vars = make(map[string]string)
	}
	if c.DB == nil {
		c.DB = make(map[string]string)
	}
	if c.Globals == nil {
		c.Globals = make(map[string]string)
	}
	if c.Share == nil {
		c.Share = new(sync.Mutex)
	}
}

func (c *Call) sound(name string) (time.Duration, bool) {
	if name == "" {
		return 0, false
	}
	if c.Sounds == nil {
		return time.Second, true
	}
	return c.Sounds(name)
}
