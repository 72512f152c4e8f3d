package runner

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"goagi/luabind"
	"goagi/spec"
)

// paint gives a text in a colour of the terminal; as it stands where there is
// none, or NO_COLOR is set.
func paint(color, text string) string {
	if os.Getenv("NO_COLOR") != "" || !isTerminal(1) {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

const red, green, yellow = "31", "32", "33"

// human writes each failure with its place, its line and the call's last steps,
// and one line for the whole.
func (r *testRun) human(w io.Writer, failed, pending int) {
	for _, result := range r.results {
		if result.Err == nil {
			continue
		}
		name := result.Test.Name()
		if name == "" {
			name = result.Test.File.Path
		}
		fmt.Fprintf(w, "%s %s\n", paint(red, "FAILED"), visible([]byte(name)))
		fmt.Fprintf(w, "  %s\n", visible([]byte(result.Err.Error())))
		if e, ok := errors.AsType[*luabind.ScriptError](result.Err); ok && e.Source != "" {
			fmt.Fprintf(w, "%6d | %s\n", e.Line, visible([]byte(e.Source)))
		}
		if result.Ladder != "" {
			fmt.Fprintf(w, "\n%s", result.Ladder)
		}
		if result.Printed != "" {
			fmt.Fprintf(w, "\n  it printed:\n%s", indented(result.Printed))
		}
		fmt.Fprintln(w)
	}
	for _, test := range r.tests {
		if test.Pending {
			fmt.Fprintf(w, "%s %s (%s:%d)\n", paint(yellow, "pending"), visible([]byte(test.Name())), test.File.Path, test.Line)
		}
	}
	if len(r.tests) == 0 && failed == 0 {
		fmt.Fprintln(w, "no test: it(\"does something\", function() ... end) makes one")
		return
	}
	word, color := "all hold", green
	if failed > 0 {
		word, color = fmt.Sprintf("%d failed", failed), red
	}
	line := fmt.Sprintf("%d tests, %s", len(r.tests), word)
	if pending > 0 {
		line += fmt.Sprintf(", %d pending", pending)
	}
	fmt.Fprintf(w, "%s in %.2f s (--seed %d)\n", paint(color, line), r.took.Seconds(), r.seed)
}

func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("    " + string(visible([]byte(strings.TrimSuffix(line, "\n")))) + "\n")
	}
	return b.String()
}

// The parts of a JUnit report.
type (
	junitSuites struct {
		XMLName xml.Name `xml:"testsuites"`
		Suites  []junitSuite
	}
	junitSuite struct {
		XMLName  xml.Name `xml:"testsuite"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Skipped  int      `xml:"skipped,attr"`
		Time     string   `xml:"time,attr"`
		Cases    []junitCase
	}
	junitCase struct {
		XMLName xml.Name      `xml:"testcase"`
		Name    string        `xml:"name,attr"`
		File    string        `xml:"file,attr"`
		Line    int           `xml:"line,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
		Skipped *struct{}     `xml:"skipped"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",cdata"`
	}
)

// junit writes the report that CI systems read.
func (r *testRun) junit(w io.Writer, failed, pending int) {
	suite := junitSuite{Name: "goagi test", Tests: len(r.tests), Failures: failed, Skipped: pending, Time: inSeconds(r.took)}
	add := func(test *spec.Test) *junitCase {
		suite.Cases = append(suite.Cases, junitCase{Name: test.Name(), File: test.File.Path, Line: test.Line, Class: test.File.Path})
		return &suite.Cases[len(suite.Cases)-1]
	}
	for _, result := range r.results {
		c := add(result.Test)
		c.Time, c.Output = inSeconds(result.Took), string(visible([]byte(result.Printed)))
		if result.Err != nil {
			c.Failure = &junitFailure{string(visible([]byte(result.Err.Error()))), result.Ladder}
		}
	}
	for _, test := range r.tests {
		if test.Pending {
			c := add(test)
			c.Time, c.Skipped = "0", new(struct{})
		}
	}
	fmt.Fprint(w, xml.Header)
	encoder := xml.NewEncoder(w)
	encoder.Indent("", " ")
	_ = encoder.Encode(junitSuites{Suites: []junitSuite{suite}})
	fmt.Fprintln(w)
}

func inSeconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
