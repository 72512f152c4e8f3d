package doctor

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"goagi/ami"
)

// Settings is what goagi itself is set to. The zero value is one that has
// settings of no kind.
type Settings struct {
	Program   string        // the file of the goagi that looks
	Version   string        // its version, as in "goagi v1.2.3"
	Conf      string        // the asterisk.conf that Asterisk runs with; "" for the usual one
	File      string        // the settings file, "" for none
	FileError error         // what is wrong with it
	Secrets   []string      // files that hold secrets
	Scripts   string        // the scripts folder, "" for where they usually are
	Data      string        // where scripts keep files
	Listen    []string      // where goagi serve listens, nil for its usual place
	Admin     string        // where it answers operators, "" for nowhere
	Accounts  []ami.Account // complete, for goagi async
	Call      bool          // place a call

	// Secret gives a command of a shell that prints an account's secret, and fails
	// where there is none to be had; "" where no command knows it. Nil knows none.
	Secret func(ami.Account) string
	// Words reads what goagi is started with, and gives the scripts folder that it
	// names, "" for none, and the words behind the flags. ok is false where that
	// cannot be told. Nil knows no flags.
	Words func(args []string) (scripts string, words []string, ok bool)
}

// exam is what is known of the host so far. A look works on a copy of its own,
// and nothing that two copies share is written to.
type exam struct {
	*Host
	Settings

	look  string
	found []Finding

	program  string            // of Asterisk, "" where there is none
	conf     string            // its asterisk.conf
	config   map[string]string // of [directories], [options] and [files]
	says     map[string]string // what the running Asterisk says of itself; nil where it says nothing
	pid      string            // its process, "" where that is not known
	user     *User             // whom it runs as, nil where that is not known
	agi      string            // its agi-bin, "" where that is not known
	agiFrom  string            // how that is known
	dialplan []step            // lines that run goagi
	server   string            // where goagi serve answers, "" where it does not
	told     []string          // paths that something is said to be wrong with
}

// look is one thing that is looked at.
type look struct {
	name  string
	limit time.Duration
	at    func(*exam, context.Context)
}

// usually is how long a look may take. Asterisk answers in milliseconds.
const usually = 8 * time.Second

// answering is how long a program, or Asterisk, may take to answer.
const answering = 5 * time.Second

func looks() []look {
	return []look{
		{"asterisk", usually, (*exam).findAsterisk},
		{"running", usually, (*exam).askAsterisk},
		{"version", usually, (*exam).judgeVersion},
		{"modules", usually, (*exam).judgeModules},
		{"agi-bin", usually, (*exam).judgeFolder},
		{"goagi", usually, (*exam).judgeProgram},
		{"noexec", usually, (*exam).judgeMount},
		{"selinux", usually, (*exam).judgeSELinux},
		{"apparmor", usually, (*exam).judgeAppArmor},
		{"scripts", usually, (*exam).judgeScripts},
		{"settings", usually, (*exam).judgeSettings},
		{"data", usually, (*exam).judgeData},
		{"sounds", usually, (*exam).judgeSounds},
		{"dialplan", usually, (*exam).judgeDialplan},
		{"fastagi", usually, (*exam).judgeServer},
		{"admin", usually, (*exam).judgeAdmin},
		{"ami", 2 * usually, (*exam).judgeAccounts},
		{"call", 5 * usually, (*exam).placeCalls},
	}
}

// Examine looks at the host, and gives each finding when it is made. It blocks
// for as long as the looks take, each no longer than its limit; the end of ctx
// makes those that follow short. The order is that of the looks.
func Examine(ctx context.Context, h *Host, s Settings) iter.Seq[Finding] {
	return func(yield func(Finding) bool) {
		x := &exam{Host: h, Settings: s}
		for _, l := range looks() {
			for _, f := range x.take(ctx, l) {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// tooLong is how much longer than its limit a look is waited for.
const tooLong = 2 * time.Second

// take takes one look. Commands and connections end with the limit; a file on a
// server that does not answer cannot be given up, so the look is, with the copy
// that it works on.
func (x *exam) take(ctx context.Context, l look) []Finding {
	limited, cancel := context.WithTimeoutCause(ctx, l.limit, fmt.Errorf("no answer within %v", l.limit))
	defer cancel()
	next := *x
	next.look, next.found = l.name, nil
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.at(&next, limited)
	}()
	timer := time.NewTimer(l.limit + tooLong)
	defer timer.Stop()
	select {
	case <-done:
		*x = next
		return x.found
	case <-timer.C:
		return []Finding{{Look: l.name, Level: Skipped, Text: fmt.Sprintf("it took longer than %v: does a disk or a server not answer?", l.limit)}}
	}
}

func (x *exam) add(level Level, text string, mends []string) {
	const longest = 1000 // bytes
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + " ..."
	}
	text = strings.Join(strings.Fields(text), " ") // a line, whatever an error holds
	x.found = append(x.found, Finding{Look: x.look, Level: level, Text: text, Mends: mends})
}

func (x *exam) ok(text string)                       { x.add(OK, text, nil) }
func (x *exam) skip(text string)                     { x.add(Skipped, text, nil) }
func (x *exam) warn(text string, mends ...string)    { x.add(Warning, text, mends) }
func (x *exam) wrong(text string, mends ...string)   { x.add(Wrong, text, mends) }
func (x *exam) skipWith(text string, mend ...string) { x.add(Skipped, text, mend) }

// unseen says what only Asterisk's user, or root, could try.
func (x *exam) unseen(what string) {
	if x.user == nil {
		x.skip(what + ": it is not known whom Asterisk runs as")
		return
	}
	x.skip(what + ": only root can try that as " + x.user.Name)
}

// unasked says why Asterisk was not asked.
func (x *exam) unasked() string {
	switch {
	case x.program == "":
		return "there is no Asterisk"
	case x.UID != 0 && (x.user == nil || x.user.UID != x.UID):
		return "only root and Asterisk's user may ask Asterisk"
	}
	return "Asterisk does not answer"
}

// cli asks the running Asterisk.
func (x *exam) cli(ctx context.Context, line string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, answering, fmt.Errorf("no answer within %v", answering))
	defer cancel()
	return x.Run(ctx, nil, x.program, append(x.confFlag(), "-rx", line)...)
}

// asks gives the command that asks the running Asterisk, for a shell.
func (x *exam) asks(line string) string {
	return command(append(append([]string{x.called()}, x.confFlag()...), "-rx", line)...)
}

// called gives Asterisk's program as a shell of root finds it.
func (x *exam) called() string {
	for dir := range strings.SplitSeq(usualPath, ":") {
		if x.program == dir+"/asterisk" {
			return "asterisk"
		}
	}
	return x.program
}

func (x *exam) confFlag() []string {
	if x.Conf == "" {
		return nil
	}
	return []string{"-C", x.Conf}
}
