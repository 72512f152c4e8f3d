package runner

import (
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

const red, green, yellow, cyan = "31", "32", "33", "36"

// painted gives a ladder with the script's side in a colour of its own.
func painted(ladder string) string {
	var b strings.Builder
	for line := range strings.Lines(ladder) {
		if left, right, ok := strings.Cut(line, "| "); ok {
			line = left + "| " + paint(cyan, strings.TrimSuffix(right, "\n")) + "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}

// human writes each failure with its place, its line and the call's last steps,
// and one line for the whole.
func (r *testRun) human(w io.Writer, failed, pending int) {
	r.failures(w)
	for _, result := range r.results {
		if result.Err == nil && result.Printed != "" {
			fmt.Fprintf(w, "%s printed:\n%s", visible([]byte(result.Test.Name())), indented(result.Printed))
		}
	}
	for _, test := range r.tests {
		if test.Pending {
			fmt.Fprintf(w, "%s %s (%s:%d)\n", paint(yellow, "pending"), visible([]byte(test.Name())), test.File.Path, test.Line)
		}
	}
	for _, result := range r.results {
		if result.LeftOut != "" {
			fmt.Fprintf(w, "%s %s (%s:%d): %s\n", paint(yellow, "left out"), visible([]byte(result.Test.Name())), result.Test.File.Path, result.Test.Line, result.LeftOut)
		}
	}
	if len(r.tests) == 0 && failed == 0 {
		if r.all > 0 {
			fmt.Fprintf(w, "no test: --filter matches the names of none of the %d\n", r.all)
			return
		}
		fmt.Fprintln(w, "no test: it(\"does something\", function() ... end) makes one")
		return
	}
	ran := -r.leftOut()
	for _, result := range r.results {
		if result.Test.Line > 0 { // and not a file that is no spec
			ran++
		}
	}
	word, color := "all hold", green
	switch {
	case failed > 0:
		word, color = fmt.Sprintf("%d failed", failed), red
	case ran == 0:
		word, color = "none was run", yellow
	}
	line := fmt.Sprintf("%d tests, %s", ran+pending, word)
	if pending > 0 {
		line += fmt.Sprintf(", %d pending", pending)
	}
	if left := r.leftOut(); left > 0 {
		line += fmt.Sprintf(", %d left out", left)
	}
	if rest := len(r.tests) - pending - len(r.results); r.cut && rest > 0 {
		line += fmt.Sprintf(", %d not finished", rest)
	}
	fmt.Fprintf(w, "%s in %.2f s (--seed %d)\n", paint(color, line), r.took.Seconds(), r.seed)
}

// failures writes what became of the tests that do not hold. Where a script fails
// each of them by the same error after the same steps, as one does that cannot be
// compiled, those are told once.
func (r *testRun) failures(w io.Writer) {
	told := make(map[string]bool) // by ladder
	for _, result := range r.results {
		if result.Err == nil {
			continue
		}
		name := result.Test.Name()
		if name == "" {
			name = result.Test.File.Path
		}
		place := ""
		if result.Test.Line > 0 {
			place = fmt.Sprintf(" (%s:%d)", result.Test.File.Path, result.Test.Line)
		}
		fmt.Fprintf(w, "%s %s%s", paint(red, "FAILED"), visible([]byte(name)), visible([]byte(place)))
		message := string(visible([]byte(result.Err.Error())))
		fault := faultOf(result.Ladder)
		if again := fault != "" && strings.Contains(message, fault) && told[result.Ladder]; again {
			fmt.Fprintf(w, ": again %s\n", fault)
			if result.Printed != "" {
				fmt.Fprintf(w, "  it printed:\n%s", indented(result.Printed))
			}
			continue
		}
		told[result.Ladder] = true
		fmt.Fprintf(w, "\n  %s\n", message)
		if e, ok := errors.AsType[*luabind.ScriptError](result.Err); ok && e.Source != "" {
			fmt.Fprintf(w, "%6d | %s\n", e.Line, untabbed(e.Source))
		}
		if result.Ladder+result.Hints != "" {
			fmt.Fprintf(w, "\n%s", painted(result.Ladder+result.Hints))
		}
		if result.Printed != "" {
			fmt.Fprintf(w, "\n  it printed:\n%s", indented(result.Printed))
		}
		fmt.Fprintln(w)
	}
}

// faultOf gives the error that the last script of a ladder ended with, "" where it
// ended otherwise.
func faultOf(ladder string) string {
	last := strings.TrimSpace(ladder[strings.LastIndexByte(strings.TrimSuffix(ladder, "\n"), '\n')+1:])
	fault, _ := strings.CutPrefix(last, "ended error: ")
	if fault == last {
		return ""
	}
	return fault
}

func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("    " + untabbed(strings.TrimSuffix(line, "\n")) + "\n")
	}
	return b.String()
}

// untabbed is visible for a line in which tabs stand for blanks: print's, or of a
// file.
func untabbed(line string) string {
	return string(visible([]byte(strings.ReplaceAll(line, "\t", "    "))))
}

// leftOut counts the tests that a real Asterisk could not run.
func (r *testRun) leftOut() (n int) {
	for _, result := range r.results {
		if result.LeftOut != "" {
			n++
		}
	}
	return n
}

// junit writes the report that CI systems read. It is written by hand: package
// encoding/xml makes a table of all entities in each process.
func (r *testRun) junit(w io.Writer, failed, pending int) {
	// As many as there are below: a file that is no spec is one, and what a cut run did
	// not come to is none.
	fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n <testsuite name=\"goagi test\" tests=\"%d\" failures=\"%d\" skipped=\"%d\" time=\"%.3f\">\n",
		len(r.results)+pending, failed, pending+r.leftOut(), r.took.Seconds())
	test := func(t *spec.Test, took time.Duration) {
		name := t.Name()
		if name == "" { // a file that is no spec at all
			name = t.File.Path
		}
		fmt.Fprintf(w, "  <testcase name=\"%s\" classname=\"%[2]s\" file=\"%[2]s\" line=\"%d\" time=\"%.3f\">\n", inXML(name), inXML(t.File.Path), t.Line, took.Seconds())
	}
	for _, result := range r.results {
		test(result.Test, result.Took)
		if result.Err != nil {
			fmt.Fprintf(w, "   <failure message=\"%s\">%s</failure>\n", inXML(result.Err.Error()), inXML(result.Ladder+result.Hints))
		}
		if result.LeftOut != "" {
			fmt.Fprintf(w, "   <skipped message=\"%s\"/>\n", inXML(result.LeftOut))
		}
		if result.Printed != "" {
			fmt.Fprintf(w, "   <system-out>%s</system-out>\n", inXML(result.Printed))
		}
		fmt.Fprint(w, "  </testcase>\n")
	}
	for _, t := range r.tests {
		if t.Pending {
			test(t, 0)
			fmt.Fprint(w, "   <skipped/>\n  </testcase>\n")
		}
	}
	fmt.Fprint(w, " </testsuite>\n</testsuites>\n")
}

// inXML gives a text as XML has it: what it cannot hold becomes U+FFFD.
func inXML(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == 0xfffe || r == 0xffff {
			return 0xfffd
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(text)
}
