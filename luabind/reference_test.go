package luabind

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the reference anew")

// TestReferenceIsCurrent compares docs/agi.md and the README's table with what
// the functions say of themselves; -update writes them.
func TestReferenceIsCurrent(t *testing.T) {
	for path, make := range map[string]func(old []byte) []byte{
		"../docs/agi.md": func([]byte) []byte { return reference() },
		"../README.md":   readme,
	} {
		old, err := os.ReadFile(path)
		if err != nil && !*update {
			t.Fatal(err)
		}
		now := make(old)
		if *update {
			if err := os.WriteFile(path, now, 0o644); err != nil {
				t.Fatal(err)
			}
		} else if !bytes.Equal(old, now) {
			t.Errorf("%s is not what the functions say: go test ./luabind -run TestReference -update", path)
		}
	}
}

// reference is docs/agi.md.
func reference() []byte {
	var b bytes.Buffer
	b.WriteString(`# The agi module

Made from the functions' own texts by ` + "`make docs`" + `; do not edit.

` + "`agi`" + ` is there in every script, and ` + "`require \"agi\"`" + ` gives it too. A ` + "`?`" + ` marks a parameter that may be left out and
a result that may be nil. Parameters whose names end in ` + "`_ms`" + ` are milliseconds, as in Asterisk's own reference;
everything else takes seconds. Keys are one-character strings, digits are text. What goes wrong is raised as an error
object, see [Errors and hangup](../README.md#hangup-and-errors).

Not functions: ` + "`agi.env`" + ` (what Asterisk says of the call, without the agi_ prefix), ` + "`agi.transport`" + ` ("process",
"eagi" or "fastagi"), ` + "`agi.var.NAME`" + ` (channel variables and functions, to read and to assign), ` + "`agi.app.NAME(...)`" + ` (any dialplan
application: one argument passes as it stands, several are joined by commas, each escaped where the application parts
them, and nil is an empty one), ` + "`agi.query`" + ` (the query of a FastAGI URL, empty otherwise).

## One function for each AGI command

`)
	for i := range verbs {
		verbs[i].entry(&b, "###", "agi.")
	}
	b.WriteString("## More\n\n")
	for i := range extras {
		extras[i].entry(&b, "###", "agi.")
	}
	return append(bytes.TrimRight(b.Bytes(), "\n"), '\n')
}

const begin, end = "<!-- functions -->\n", "<!-- /functions -->"

// readme puts the table of functions between its marks.
func readme(old []byte) []byte {
	before, rest, ok := bytes.Cut(old, []byte(begin))
	_, after, ok2 := bytes.Cut(rest, []byte(end))
	if !ok || !ok2 {
		return old
	}
	var b bytes.Buffer
	b.Write(before)
	b.WriteString(begin + "\n| function | gives |\n|---|---|\n")
	for _, table := range [][]Func{verbs[:], extras[:]} {
		for _, fn := range table {
			fmt.Fprintf(&b, "| `agi.%s(%s)` | %s |\n", fn.Name, names(fn.Params), names(fn.Returns))
		}
	}
	b.WriteString("\n" + end)
	b.Write(after)
	return b.Bytes()
}

// names takes the types out of a list of parameters or results.
func names(list string) string {
	var kept []string
	for item := range strings.SplitSeq(list, ", ") {
		name, kind, _ := strings.Cut(item, ": ")
		if strings.HasSuffix(kind, "?") {
			name += " or nil"
		}
		kept = append(kept, name)
	}
	return strings.Join(kept, ", ")
}
