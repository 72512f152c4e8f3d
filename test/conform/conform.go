// Package conform holds one table of AGI dialogs and runs its rows on an
// engine: the simulator on every go test, a real Asterisk where there is one,
// of whichever release. A row that passes on all is a fact; a row that passes
// on some only says why.
//
//	table *.txt --Load--> Row --Run--> Engine.Dial --> Dialog
//	                       |                             |  lines, FastAGI
//	                       '-- > < ! ?                   v
//	                                          simulator | Asterisk
//
// Both engines speak FastAGI, so that a hangup is a line like any other, and
// every row is one fresh call. The format of a table:
//
//	# comment
//	== digits keep their zeros            begins a row, free text, unique
//	! var NAME=VALUE                      a channel variable the dialplan sets before AGI
//	! dead                                AGI runs in the h extension
//	! caller "name" <num>                 caller id
//	! only 16 reason                      the row is for that engine or release alone
//	> GET DATA silence/5 3000 4           a line to Asterisk
//	! press 0042#                         the caller presses keys now (w is half a second)
//	! hangup                              the caller hangs up now
//	! wait 300ms                          time passes before the next step
//	< 200 result=0042                     the next line is exactly this
//	<~ 200 result=0 endpos=\d+            the next line matches, as a whole
//	<- 520 End of proper usage.           lines up to and with this one are skipped
//	<$                                    Asterisk closes the dialog here
//	? AGISTATUS=SUCCESS                   a variable, once our side has closed
//	?~ RECORDED_FILE=/tmp/.*              ... matches, as a whole
//
// One blank parts the sign from the rest. In all but the regular expressions
// the escapes \r \n \t \xNN \\ are undone. Blanks at the end of a line do not
// count; write \x20.
//
// A line of the kinds < and ? may end in "#SIM reason" or "#REAL reason": it
// holds on that engine only, and the other one leaves it out. In the same way
// "#22 reason" is for Asterisk 22, which the simulator plays, and later, and
// "#16 reason" for the releases before. What stands for 16 is what 16.28 says,
// which is run; one between the two may be like either.
package conform

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"
)

// The names of the engines and of the releases, as marks write them.
const (
	Sim  = "SIM"
	Real = "REAL"
	Old  = "16" // Asterisk 16 to 21
	New  = "22" // Asterisk 22 and later, and the simulator
)

// Patience is how long a row waits for any one line.
const Patience = 40 * time.Second

// A Row is one call: what is set up, the dialog, and what it leaves behind.
type Row struct {
	Name string // free text, unique in all files
	File string // the table it is from
	Line int    // of its ==

	Vars       []Var  // channel variables before AGI, in order
	Dead       bool   // AGI runs in the h extension
	CallerName string // empty unless the row has a caller line
	CallerNum  string
	HasCaller  bool

	Only   string // "", Sim, Real, Old or New
	Reason string // why only there

	Steps []Step // the dialog
	After []Step // the ? lines
}

// A Var is a channel variable, or a dialplan function such as CALLERID(num).
type Var struct{ Name, Value string }

// Kind says what a Step does.
type Kind int

// What a step does. The first four act; the others look at what came.
const (
	Send   Kind = iota // Text is a line to Asterisk, without its newline
	Press              // Text is keys of the caller
	Hangup             // the caller hangs up
	Wait               // Time passes
	Line               // the next line is Text
	Match              // the next line matches Expr
	Skip               // lines are skipped up to Text
	Closed             // Asterisk closes
	Value              // variable Name is Text, or matches Expr
)

// A Step is one line of a row.
type Step struct {
	Kind   Kind
	Text   string
	Name   string // of a Value
	Expr   *regexp.Regexp
	Time   time.Duration
	Only   string // as in a Row
	Reason string
	Line   int
}

// Names gives the variables that the row looks at after its dialog, each once.
func (r Row) Names() []string {
	var names []string
	for _, s := range r.After {
		if !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// Marked counts the steps that hold on one engine or release only. A row of
// that kind counts as one more.
func (r Row) Marked() int {
	n := 0
	if r.Only != "" {
		n++
	}
	for _, s := range slices.Concat(r.Steps, r.After) {
		if s.Only != "" {
			n++
		}
	}
	return n
}

// An Engine answers calls: the simulator or a real Asterisk.
type Engine interface {
	Name() string    // Sim or Real
	Release() string // Old or New
	// Dial places the row's call and returns once the environment block of
	// its FastAGI session has been read to the empty line.
	Dial(Row) (Dialog, error)
}

// A Dialog is one call in its FastAGI session, seen from the server's side.
// One goroutine uses it.
type Dialog interface {
	// Send writes the bytes as they are, in one write.
	Send(line []byte) error
	// ReadLine gives the next line without its newline; io.EOF when Asterisk
	// has closed, another error after the timeout.
	ReadLine(timeout time.Duration) (string, error)
	// Press makes the caller press keys and does not wait until it has.
	Press(keys string) error
	// Hangup makes the caller hang up and does not wait for the effects.
	Hangup() error
	// Finish closes our side, waits for the end of the AGI session and gives
	// the channel's variables by the row's Names. Called once, also after an
	// error.
	Finish() (map[string]string, error)
}

// Holds tells whether what bears a mark, or "", is for an engine.
func Holds(e Engine, only string) bool {
	return only == "" || only == e.Name() || only == e.Release()
}

// Run plays a row on an engine, for which it must be. The error names the
// row's file and line, what was expected and what came.
func Run(e Engine, r Row) error {
	d, err := e.Dial(r)
	if err != nil {
		return fmt.Errorf("%s:%d: dial: %w", r.File, r.Line, err)
	}
	for _, s := range r.Steps {
		if !Holds(e, s.Only) {
			continue
		}
		if err := step(d, s); err != nil {
			d.Finish()
			return fmt.Errorf("%s:%d: %w", r.File, s.Line, err)
		}
	}
	vars, err := d.Finish()
	if err != nil {
		return fmt.Errorf("%s:%d: finish: %w", r.File, r.Line, err)
	}
	for _, s := range r.After {
		if !Holds(e, s.Only) {
			continue
		}
		got := vars[s.Name]
		if s.Expr != nil && !s.Expr.MatchString(got) || s.Expr == nil && got != s.Text {
			return fmt.Errorf("%s:%d: %s is %q, want %q", r.File, s.Line, s.Name, got, s.want())
		}
	}
	return nil
}

func step(d Dialog, s Step) error {
	switch s.Kind {
	case Send:
		return d.Send([]byte(s.Text + "\n"))
	case Press:
		return d.Press(s.Text)
	case Hangup:
		return d.Hangup()
	case Wait:
		<-time.After(s.Time)
		return nil
	}
	for skipped := 0; ; skipped++ {
		got, err := d.ReadLine(Patience)
		switch {
		case s.Kind == Closed && errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("want %q: %w (%d lines skipped)", s.want(), err, skipped)
		case s.Kind == Line && got == s.Text, s.Kind == Match && s.Expr.MatchString(got):
			return nil
		case s.Kind == Skip && got == s.Text:
			return nil
		case s.Kind != Skip:
			return fmt.Errorf("got %q, want %q", got, s.want())
		}
	}
}

func (s Step) want() string {
	switch {
	case s.Kind == Closed:
		return "the end of the dialog"
	case s.Expr != nil:
		return s.Expr.String()
	}
	return s.Text
}
