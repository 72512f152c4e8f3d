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
		"../docs/agi.md": func([]byte) []byte { return AGI().Reference() },
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
	for _, v := range Variables(list) {
		name := v.Name
		switch {
		case strings.HasSuffix(v.Type, "?"):
			name += " or nil"
		case v.Optional:
			name += "?"
		}
		kept = append(kept, name)
	}
	return strings.Join(kept, ", ")
}
