package runner

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"goagi/sim"
	"goagi/spec"
)

// tryFlags are those that only try has.
var tryFlags = [...]flagText{
	{"keys", "KEYS", "keys for the caller to press, each when the script listens for it; w waits half a second, h hangs up once the call is answered"},
	{"audio", "FILE.wav", "what the caller says, over EAGI, once the call is answered and no prompt plays; may be repeated"},
	{"say", "TEXT", "the same, spoken by espeak-ng; --audio and --say are said in their order"},
	{"audio-after", "SECONDS", "how long the caller listens before each (0.5); 0: over the prompt, too"},
	{"as", "NAME=VALUE", "what Asterisk says of the call, as in --as callerid=5551234,extension=200; may be repeated"},
	{"env", "NAME=VALUE", "any line of the environment that Asterisk sends, as in --env rdnis=5550000; may be repeated"},
	{"var", "NAME=VALUE", "a channel variable that the dialplan has set; may be repeated"},
	{"db", "FAMILY/KEY=VALUE", "what is in Asterisk's database; may be repeated"},
	{"sounds", "DIR", "Asterisk's sound files: prompts last as long as they do, and one that is not there is missing"},
	{"fast", "", "waits take no time: for --keys, or a caller who presses none"},
	{"record", "FILE_spec.lua", "write the call as a call spec, for goagi test"},
	{"seed", "N", "have the simulated Asterisk surprise the script as a later version may"},
}

// tryAsked is what the flags say that only try has.
type tryAsked struct {
	halt               *atomic.Bool // ends the script from anywhere; nil where nobody does
	keys               string
	as, env, vars, db  []string
	folder, record     string
	fast               bool
	seed               uint64
	speaks             func() (*voice, error)
	voice              *voice      // nil: the caller says nothing
	sounds             *soundFiles // nil: prompts are not looked for
	words              []string    // the script and its arguments
	script             located
	set                *settings
	logger             *slog.Logger
	screen, typesThere bool // stdin and stdout are a terminal; stdin is
}

// runTry places a call to a script from the terminal, with a simulated
// Asterisk on the far side of the wire.
func runTry(args []string) int {
	if len(args) == 1 && args[0] == watchWord {
		return watchTerminal()
	}
	asked, err := readTry(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		printCommand(os.Stdout, "try")
		return exitDone
	case err != nil:
		return fail(err)
	}
	if asked.screen {
		return tryOnScreen(asked)
	}
	if asked.logger, err = openTryLog(asked.set); err != nil {
		return fail(err)
	}
	if asked.fast {
		return tryInstantly(asked)
	}
	return tryInLines(asked)
}

// readTry reads the command line of try.
func readTry(args []string) (*tryAsked, error) {
	var asked *tryAsked
	set, words, err := readCommand(args, func(_ *settings, flags *pflag.FlagSet) {
		asked = new(tryAsked)
		flags.StringVar(&asked.keys, "keys", "", "")
		flags.StringArrayVar(&asked.as, "as", nil, "")
		flags.StringArrayVar(&asked.env, "env", nil, "")
		flags.StringArrayVar(&asked.vars, "var", nil, "")
		flags.StringArrayVar(&asked.db, "db", nil, "")
		flags.StringVar(&asked.folder, "sounds", "", "")
		flags.StringVar(&asked.record, "record", "", "")
		flags.BoolVar(&asked.fast, "fast", false, "")
		flags.Uint64Var(&asked.seed, "seed", 0, "")
		asked.speaks = voiceFlags(flags)
	})
	if err == nil && len(words) == 0 {
		err = &usageError{"no script named", "goagi try SCRIPT [ARG...], as in goagi try scripts/hello.lua"}
	}
	if err != nil {
		return nil, err
	}
	for _, word := range words[1:] {
		name, _, _ := strings.Cut(strings.TrimPrefix(word, "--"), "=")
		if strings.HasPrefix(word, "--") && slices.ContainsFunc(tryFlags[:], func(f flagText) bool { return f.name == name }) {
			complain("hint", word+" stands behind the script, and is an argument of it: flags of try stand before")
			break
		}
	}
	asked.set, asked.words, asked.script = set, words, locateHere(set, words[0])
	asked.typesThere = isTerminal(0)
	asked.screen = asked.typesThere && isTerminal(1) && !asked.fast && os.Getenv("TERM") != "dumb" && os.Getenv("TERM") != ""
	return asked, asked.check()
}

// check looks for what is wrong with the flags, and reads the files that they
// name.
func (a *tryAsked) check() (err error) {
	if bad := strings.Trim(a.keys, "0123456789*#ABCDabcdwh"); bad != "" {
		return &usageError{fmt.Sprintf("--keys: %q are no keys of a telephone", bad), "a telephone has 0 to 9, *, # and A to D; w waits, h hangs up"}
	}
	if a.voice, err = a.speaks(); err != nil {
		return err
	}
	if err := a.checkRecord(); err != nil {
		return err
	}
	if a.sounds, err = findSounds(a.folder, a.screen); err != nil {
		return err
	}
	_, err = a.call()
	return err
}

// call makes the simulator's side of the call that the flags ask for.
func (a *tryAsked) call() (*sim.Call, error) {
	c := &sim.Call{Script: a.words[0], Args: a.words[1:], Grease: a.seed, Vars: make(map[string]string), DB: make(map[string]string)}
	for _, list := range a.as {
		for _, pair := range pairs(list) {
			if err := describe(c, pair); err != nil {
				return nil, err
			}
		}
	}
	for _, pair := range a.env {
		name, value, ok := strings.Cut(pair, "=")
		name = strings.TrimPrefix(name, "agi_")
		if !ok || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || strings.ContainsAny(value, "\r\n") {
			return nil, &usageError{"--env " + pair + ": want NAME=VALUE", "the script reads it as agi.env.NAME"}
		}
		c.Env = append(c.Env, [2]string{"agi_" + name, value})
	}
	for _, pair := range a.vars {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, &usageError{"--var " + pair + ": want NAME=VALUE", ""}
		}
		c.Vars[name] = value
	}
	for _, pair := range a.db {
		name, value, ok := strings.Cut(pair, "=")
		if family, key, inside := strings.Cut(name, "/"); !ok || !inside || family == "" || key == "" {
			return nil, &usageError{"--db " + pair + ": want FAMILY/KEY=VALUE", ""}
		}
		c.DB[name] = value
	}
	return c, nil
}

// describedBy are the names that --as knows, and where they go.
func describedBy(c *sim.Call) [10]struct {
	name string
	at   *string
} {
	return [...]struct {
		name string
		at   *string
	}{
		{"accountcode", &c.AccountCode}, {"callerid", &c.CallerID}, {"calleridname", &c.CallerName},
		{"channel", &c.Channel}, {"context", &c.Context}, {"dnid", &c.DNID}, {"extension", &c.Extension},
		{"language", &c.Language}, {"priority", &c.Priority}, {"uniqueid", &c.UniqueID},
	}
}

// pairs parts NAME=VALUE,NAME=VALUE at the commas before what looks like a name:
// other commas belong to a value, as in calleridname=Doe, Ann.
func pairs(list string) []string {
	var all []string
	for part := range strings.SplitSeq(list, ",") {
		name, _, ok := strings.Cut(part, "=")
		if len(all) == 0 || ok && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") == "" {
			all = append(all, part)
		} else {
			all[len(all)-1] += "," + part
		}
	}
	return all
}

// describe sets what --as says of a call.
func describe(c *sim.Call, pair string) error {
	name, value, ok := strings.Cut(pair, "=")
	fields := describedBy(c)
	names := make([]string, 0, len(fields))
	for _, f := range fields {
		if ok && f.name == name {
			*f.at = value
			c.Env = append(c.Env, [2]string{"agi_" + name, value}) // an empty one, too
			return nil
		}
		names = append(names, f.name)
	}
	return &usageError{"--as " + pair + ": want NAME=VALUE, where NAME is one of " + strings.Join(names, ", "), "--env NAME=VALUE sets any line"}
}

// openTryLog opens the log, which goes to the terminal unless it has a file.
func openTryLog(set *settings) (*slog.Logger, error) {
	logger, err := openLog(set)
	if err == nil && set.logFile == "" {
		logger = slog.New(onScreen{logger.Handler()})
	}
	return logger, err
}

// fastPatience is how long a caller without keys stays in a call whose waits
// take no time.
const fastPatience = time.Hour

// tryInstantly places the call where waits take no time. What it prints is as
// in lines; nothing of it is read from stdin.
func tryInstantly(asked *tryAsked) int {
	// The bubble of time may outlast the call: a connection that the script has
	// left open holds it. The process does not wait for it.
	ended := make(chan int, 1)
	asked.halt = new(atomic.Bool)
	go haltBusy(asked.halt)
	now, shown := time.Now().Round(0), &lines{os.Stdout}
	go func() {
		err := spec.Instantly(func() {
			time.Sleep(time.Until(now)) // the clock says what it says outside
			ended <- placeInstantly(asked, shown)
		})
		if err != nil {
			complain("error", err.Error())
			ended <- exitFailed
		}
	}()
	return <-ended
}

// busyFor is how long a script may compute, and do nothing else, where its clock
// stands still: by the processor's time, for a busy machine gives it less.
const busyFor = 5 * time.Second

// haltBusy ends Lua when the process has computed for so long in one go, and says
// once what it may be that neither computes nor lets the time pass. It never ends.
func haltBusy(halt *atomic.Bool) {
	const look = 500 * time.Millisecond
	begin, quiet := computed(), 0
	for last := begin; ; {
		time.Sleep(look)
		now := computed()
		if quiet++; now-last >= look/20 {
			quiet = 0
		}
		if held := time.Duration(quiet) * look; held == busyFor {
			complain("hint", fmt.Sprintf("nothing has happened for %v: the call waits for a server or a program outside, or holds a connection to one", busyFor))
		}
		if quiet > 1 { // it waited, where one look may be a busy machine's
			begin = now
		}
		if last = now; now-begin >= busyFor {
			complain("hint", fmt.Sprintf("the script was busy for %v, and is ended: does a loop never end?", busyFor))
			halt.Store(true)
			return
		}
	}
}

// computed gives the processor's time that the process has used.
func computed() time.Duration {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func placeInstantly(asked *tryAsked, shown *lines) int {
	a, err := asked.place(shown.show)
	if err != nil {
		return fail(err)
	}
	tired := false
	timer := time.AfterFunc(fastPatience, func() {
		tired = true
		a.caller.Hangup()
	})
	shown.begin(asked, false)
	a.caller.Patient = true
	a.caller.Press(asked.keys)
	o := a.run()
	if !timer.Stop() && tired {
		complain("hint", fmt.Sprintf("the caller hung up after %v: the script waits for keys that --keys does not have", fastPatience))
	}
	shown.end(o)
	return a.finish(o)
}
