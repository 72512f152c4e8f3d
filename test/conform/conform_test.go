package conform

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

const table = `# a table
== one
! var NAME=a b=c
! caller "A \\"B"" <55 5>
! dead
> GET DATA x\t"" \x41
! press 00w#
! wait 300ms
! hangup
< 200 result=\x20
<~ 200 result=\d+ \(x\)   #SIM it guesses
<- 520 End of proper usage.
<$ #REAL it closes late
< 200 result=#16 #16 it counts otherwise
<~ 200 result=.. #22 it counts
? AGISTATUS=HANGUP
?~ X=a.* #REAL no such file

==  two
! only 16 it alone has \x41
<
`

func TestLoad(t *testing.T) {
	rows, err := Load(fstest.MapFS{"b.txt": {Data: []byte(table)}, "a.go": {}})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[0].Name != "one" || rows[1].Name != "two" || rows[1].Line != 19 {
		t.Fatalf("rows: %+v", rows)
	}
	r := rows[0]
	if r.File != "b.txt" || r.Line != 2 || !r.Dead || len(r.Vars) != 1 || r.Vars[0] != (Var{"NAME", "a b=c"}) {
		t.Errorf("row: %+v", r)
	}
	if !r.HasCaller || r.CallerName != `A \"B"` || r.CallerNum != "55 5" {
		t.Errorf("caller: %q %q", r.CallerName, r.CallerNum)
	}
	want := []Step{
		{Kind: Send, Text: "GET DATA x\t\"\" A"},
		{Kind: Press, Text: "00w#"},
		{Kind: Wait, Time: 300 * time.Millisecond},
		{Kind: Hangup},
		{Kind: Line, Text: "200 result= "},
		{Kind: Match, Only: Sim, Reason: "it guesses"},
		{Kind: Skip, Text: "520 End of proper usage."},
		{Kind: Closed, Only: Real, Reason: "it closes late"},
		{Kind: Line, Text: "200 result=#16", Only: Old, Reason: "it counts otherwise"},
		{Kind: Match, Only: New, Reason: "it counts"},
	}
	if len(r.Steps) != len(want) {
		t.Fatalf("steps: %+v", r.Steps)
	}
	for i, s := range r.Steps {
		w := want[i]
		if s.Kind != w.Kind || s.Text != w.Text || s.Time != w.Time || s.Only != w.Only || s.Reason != w.Reason || s.Line != i+6 {
			t.Errorf("step %d: %+v", i, s)
		}
	}
	if e := r.Steps[5].Expr; !e.MatchString("200 result=12 (x)") || e.MatchString("200 result=12 (x) y") {
		t.Errorf("expression: %v", e)
	}
	if n := r.Names(); len(n) != 2 || n[0] != "AGISTATUS" || n[1] != "X" {
		t.Errorf("names: %q", n)
	}
	if n := r.Marked(); n != 5 {
		t.Errorf("%d marked", n)
	}
	if r := rows[1]; r.Only != Old || r.Reason != "it alone has A" || r.Marked() != 1 {
		t.Errorf("row for one release: %+v", r)
	}
}

func TestLoadErrors(t *testing.T) {
	for _, tt := range []struct{ table, want string }{
		{"> NOOP", "x.txt:1: a line before the first =="},
		{"==", "x.txt:1: a row needs a name"},
		{"== a\n== a", `x.txt:2: row "a" is also at x.txt:1`},
		{"== a\n% b", `x.txt:2: a line begins with "%"`},
		{"== a\n> \\q", `x.txt:2: unknown escape \q`},
		{"== a\n> \\x4", `x.txt:2: \x takes two hexadecimal digits`},
		{"== a\n> a\\", `x.txt:2: a lone \ at the end`},
		{"== a\n<~ (", "x.txt:2: error parsing regexp"},
		{"== a\n> a\n! dead", "x.txt:3: dead comes before the first step"},
		{"== a\n! sleep 3", "x.txt:2: unknown ! sleep"},
		{"== a\n! wait 3", "x.txt:2: time: missing unit"},
		{"== a\n! var X", "x.txt:2: a var line is NAME=VALUE"},
		{"== a\n! caller X", `x.txt:2: a caller line is "name" <num>`},
		{"== a\n? X", "x.txt:2: a ? line is NAME=VALUE"},
		{"== a\n? X=1\n< a", "x.txt:3: a reply after the ? lines"},
		{"== a\n? X=1\n> a", "x.txt:3: a command after the ? lines"},
		{"== a\n< 200 result=1 #SIM", "x.txt:2: #SIM needs a reason"},
		{"== a\n? X=1 #16", "x.txt:2: #16 needs a reason"},
		{"== a\n! only 16", "x.txt:2: an only line is"},
		{"== a\n! only 18 it is new", "x.txt:2: an only line is"},
		{"== a\n> a\n! only 16 it is old", "x.txt:3: only comes before the first step"},
	} {
		_, err := Load(fstest.MapFS{"x.txt": {Data: []byte(tt.table)}})
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %s", tt.table, err, tt.want)
		}
	}
}

// A wrong answer must name the row's line and both texts, and end the call.
func TestRunSaysWhere(t *testing.T) {
	d := &deaf{lines: []string{"200 result=1"}}
	row := Row{File: "x.txt", Line: 1, Steps: []Step{{Kind: Send, Text: "NOOP", Line: 2}, {Kind: Line, Text: "200 result=0", Line: 3}}}
	err := Run(d, row)
	if err == nil || err.Error() != `x.txt:3: got "200 result=1", want "200 result=0"` {
		t.Errorf("error: %v", err)
	}
	if !d.finished {
		t.Error("the call was left open")
	}
}

// What is for another engine or release must not be waited for: it never comes.
func TestRunLeavesOutWhatIsNotForTheEngine(t *testing.T) {
	d := &deaf{lines: []string{"200 result=1"}}
	if err := Run(d, Row{Steps: []Step{
		{Kind: Line, Text: "200 result=0", Only: Old},
		{Kind: Line, Text: "200 result=0", Only: Real},
		{Kind: Line, Text: "200 result=1", Only: New},
	}, After: []Step{{Kind: Value, Name: "X", Text: "x", Only: Old}}}); err != nil {
		t.Error(err)
	}
}

// deaf is an engine and a dialog that answers from a list.
type deaf struct {
	lines    []string
	finished bool
}

func (d *deaf) Name() string             { return Sim }
func (d *deaf) Release() string          { return New }
func (d *deaf) Dial(Row) (Dialog, error) { return d, nil }
func (d *deaf) Send([]byte) error        { return nil }
func (d *deaf) Press(string) error       { return nil }
func (d *deaf) Hangup() error            { return nil }

func (d *deaf) ReadLine(time.Duration) (string, error) {
	line := d.lines[0]
	d.lines = d.lines[1:]
	return line, nil
}

func (d *deaf) Finish() (map[string]string, error) {
	d.finished = true
	return nil, nil
}
