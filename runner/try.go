package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"goagi/agi"
	"goagi/call"
	"goagi/luabind"
	"goagi/sim"
)

// tryFlags are those that only try has.
var tryFlags = [...]struct{ name, value, usage string }{
	{"keys", "KEYS", "keys for the caller to press, each when the script listens for it; w waits half a second, h hangs up once the call is answered"},
	{"audio", "FILE.wav", "what the caller says, over EAGI, once the call is answered and no prompt plays; may be repeated"},
	{"say", "TEXT", "the same, spoken by espeak-ng; --audio and --say are said in their order"},
	{"audio-after", "SECONDS", "how long the caller listens before each (0.5); 0: over the prompt, too"},
	{"var", "NAME=VALUE", "a channel variable that the dialplan has set; may be repeated"},
	{"as", "NAME=VALUE", "what Asterisk says of the call, as in --as callerid=5551234; may be repeated"},
}

// runTry places a call to a script from the terminal, with a simulated
// Asterisk on the far side of the wire.
func runTry(args []string) int {
	var asked tryAsked
	set, words, err := readCommand(args, func(_ *settings, flags *pflag.FlagSet) {
		asked = tryAsked{}
		flags.StringVar(&asked.keys, "keys", "", "")
		flags.StringArrayVar(&asked.as, "as", nil, "")
		flags.StringArrayVar(&asked.vars, "var", nil, "")
		asked.voice = voiceFlags(flags)
	})
	switch {
	case errors.Is(err, pflag.ErrHelp):
		printHelp(os.Stdout)
		return exitDone
	case err == nil && len(words) == 0:
		err = &usageError{"no script named", "goagi try SCRIPT [ARG...], as in goagi try scripts/hello.lua"}
	}
	if bad := strings.Trim(asked.keys, "0123456789*#ABCDabcdwh"); err == nil && bad != "" {
		err = &usageError{fmt.Sprintf("--keys: %q are no keys of a telephone", bad), "a telephone has 0 to 9, *, # and A to D; w waits, h hangs up"}
	}
	if err != nil {
		return fail(err)
	}
	voice, err := asked.voice()
	if err != nil {
		return fail(err)
	}
	logger, err := openLog(set)
	if err != nil {
		return fail(err)
	}
	if set.logFile == "" {
		logger = slog.New(onScreen{logger.Handler()})
	}
	asterisk, program := sim.Pipe()
	in, out, err := traced(set, program, program)
	if err != nil {
		return fail(err)
	}
	stream := agi.NewStream(in, out, program.Close)
	exited := make(chan int, 1)
	screen := &screen{w: os.Stdout}
	caller := &sim.Call{
		Script: words[0], Args: words[1:],
		Signal: stream.HangUp,
		Hear:   screen.show,
		Exit:   func() int { return <-exited },
	}
	for _, pair := range asked.as {
		if err := describe(caller, pair); err != nil {
			return fail(err)
		}
	}
	caller.Vars = make(map[string]string)
	for _, pair := range asked.vars {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return fail(&usageError{"--var " + pair + ": want NAME=VALUE", ""})
		}
		caller.Vars[name] = value
	}
	if voice != nil {
		voice.join(caller, screen.show)
	}
	return place(set, words, caller, asked.keys, voice, logger, stream, asterisk, exited, screen)
}

// tryAsked is what the flags say that only try has.
type tryAsked struct {
	keys  string
	as    []string
	vars  []string
	voice func() (*voice, error)
}

// describe sets what --as says of a call.
func describe(c *sim.Call, pair string) error {
	name, value, ok := strings.Cut(pair, "=")
	fields := [...]struct {
		name string
		at   *string
	}{
		{"accountcode", &c.AccountCode}, {"callerid", &c.CallerID}, {"calleridname", &c.CallerName},
		{"channel", &c.Channel}, {"context", &c.Context}, {"dnid", &c.DNID}, {"extension", &c.Extension},
		{"language", &c.Language}, {"priority", &c.Priority}, {"uniqueid", &c.UniqueID},
	}
	names := make([]string, 0, len(fields))
	for _, f := range fields {
		if ok && f.name == name {
			*f.at = value
			c.Env = append(c.Env, [2]string{"agi_" + name, value}) // an empty one, too
			return nil
		}
		names = append(names, f.name)
	}
	return &usageError{"--as " + pair + ": want NAME=VALUE, where NAME is one of " + strings.Join(names, ", "), ""}
}

// place runs the call: the simulated Asterisk and the caller's hands in
// goroutines of their own, the script here.
func place(set *settings, words []string, caller *sim.Call, keys string, voice *voice, logger *slog.Logger,
	stream *agi.Stream, asterisk *sim.End, exited chan<- int, screen *screen) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	over := make(chan struct{})
	defer close(over)
	terminal := isTerminal(0)
	restore := func() {}
	if terminal {
		restore = immediateKeys(0)
		defer restore()
	}
	go func() {
		select {
		case <-interrupts:
			restore()
			signal.Stop(interrupts) // a second one ends the program
			complain("hint", fmt.Sprintf("hung up; the script has %v to clean up, Ctrl-C again ends it now", set.grace))
			caller.Hangup()
		case <-over:
		}
	}()

	screen.begin(words, terminal)
	// Keys that a person types are pressed when they are typed; those that a
	// command line or a pipe brings are meant for the prompts to come.
	caller.Patient = keys != "" || !terminal
	caller.Press(keys)
	// The read of stdin ends with the process: nothing can end it sooner.
	go pressFrom(os.Stdin, caller)

	ended := make(chan sim.Result, 1)
	go func() { ended <- caller.Run(ctx, asterisk) }()
	placed := newCall(set, locateHere(set, words[0]), words[1:], stream, logger)
	if voice != nil {
		placed.Audio = func() (io.ReadCloser, error) { return voice.audio, nil }
	}
	result := call.Run(ctx, placed)
	stream.Close()
	code := finish(set, logger, result)
	exited <- code
	// An application may go on after the hangup, as in Asterisk: Echo does.
	defer time.AfterFunc(time.Second, stop).Stop()
	screen.end(result, <-ended, caller.Vars)
	if errors.Is(result.Err, agi.ErrUnknown) {
		complain("hint", "try knows the applications that call flows use most; Asterisk may have this one all the same")
	}
	if line := voice.unsaid(); line != "" && code == exitDone {
		complain("hint", line)
	}
	return code
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

// onScreen leaves out of the log what shows up among the events of the call: the
// script's own lines.
type onScreen struct{ slog.Handler }

// WithAttrs is slog's own, and leaves out the same.
func (h onScreen) WithAttrs(attrs []slog.Attr) slog.Handler {
	return onScreen{h.Handler.WithAttrs(attrs)}
}

// WithGroup is slog's own, and leaves out the same.
func (h onScreen) WithGroup(name string) slog.Handler { return onScreen{h.Handler.WithGroup(name)} }

// Handle passes on goagi's own records.
func (h onScreen) Handle(ctx context.Context, r slog.Record) error {
	own := true
	r.Attrs(func(a slog.Attr) bool {
		own = own && a.Key != luabind.FromKey
		return own
	})
	if !own {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// screen prints what happens in the call, a line each.
type screen struct{ w io.Writer }

func (s *screen) begin(words []string, terminal bool) {
	fmt.Fprintf(s.w, "a call to %s\n", strings.Join(words, " "))
	if terminal {
		fmt.Fprintln(s.w, "type keys 0-9 * # to press them, h to hang up\nprompts are not looked for: each lasts a second")
	}
}

// eventWords say what an event is: what the line begins with, and what stands
// before the event's text.
var eventWords = [...]struct {
	kind        sim.Kind
	what, about string
}{
	{sim.Prompt, "hears", ""}, {sim.Beep, "hears", "a beep"}, {sim.Digits, "hears", "digits"},
	{sim.Number, "hears", "number"}, {sim.Letters, "hears", "letters"}, {sim.Phonetic, "hears", "spelling"},
	{sim.Date, "hears", "date"}, {sim.Time, "hears", "time"}, {sim.DateTime, "hears", "date and time"},
	{sim.Recording, "records", ""}, {sim.Recorded, "recorded", ""}, {sim.Music, "hears", "music"}, {sim.Tone, "hears", "tone"},
	{sim.Application, "runs", ""}, {sim.Verbose, "console", ""}, {sim.Log, "log", ""}, {sim.Answer, "answered", ""},
	{sim.Text, "reads", ""}, {sim.Image, "sees", ""}, {sim.Key, "presses", ""}, {sim.Hangup, "hung up", ""},
}

// show prints an event; it is called from the call's goroutine.
func (s *screen) show(e sim.Event) {
	if e.Kind == sim.Application && (e.Text == "Log" || e.Text == "Verbose") {
		return // the line that it writes comes next
	}
	what, about := string(e.Kind), ""
	for _, words := range eventWords {
		if words.kind == e.Kind {
			what, about = words.what, words.about
		}
	}
	text := strings.ReplaceAll(e.Text, "\t", "    ")
	switch e.Kind {
	case sim.Date, sim.Time, sim.DateTime:
		text = said(e)
	case sim.Application:
		text += "(" + e.Args + ")"
	case sim.Log:
		text = e.Args + " " + text
	case sim.Key:
		if e.Lost {
			text += "  (nothing listens for it)"
		}
	}
	line := fmt.Sprintf("%7.1f  %-9s %s %s", e.At.Seconds(), what, about, visible([]byte(text)))
	if about == "" {
		line = fmt.Sprintf("%7.1f  %-9s %s", e.At.Seconds(), what, visible([]byte(text)))
	}
	fmt.Fprintln(s.w, strings.TrimRight(line, " "))
}

func (s *screen) end(result call.Result, sim sim.Result, vars map[string]string) {
	names := make([]string, 0, len(vars))
	for name := range vars {
		names = append(names, name)
	}
	slices.Sort(names)
	fmt.Fprintf(s.w, "the call is over: %s (AGISTATUS %s)\n", result.Status, sim.Status)
	for _, name := range names {
		if name != "AGISTATUS" {
			fmt.Fprintf(s.w, "  %s = %s\n", name, visible([]byte(vars[name])))
		}
	}
}

// said gives the time that an event says, as it is said.
func said(e sim.Event) string {
	seconds, err := strconv.ParseInt(e.Text, 10, 64)
	if err != nil {
		return e.Text
	}
	return time.Unix(seconds, 0).Format("2006-01-02 15:04:05")
}
