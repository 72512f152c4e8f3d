package spec

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"goagi/test/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

var update = flag.Bool("update", false, "write the reference anew")

// TestReferenceIsCurrent compares docs/spec.md with what the functions say of
// themselves; -update writes it.
func TestReferenceIsCurrent(t *testing.T) {
	const path = "../docs/spec.md"
	old, err := os.ReadFile(path)
	if *update {
		err = os.WriteFile(path, page(), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !*update && !bytes.Equal(old, page()) {
		t.Errorf("%s is not what the functions say: make docs", path)
	}
}

// page is the reference of all that specs have, whose words are globals.
func page() []byte {
	const note = "Made from the functions' own texts by `make docs`; do not edit.\n\n"
	var all strings.Builder
	all.WriteString("# Call specs\n\n" + note)
	for _, m := range Modules() {
		text := strings.Replace(string(m.Reference()), note, "", 1)
		text = strings.Replace(text, "```lua\nlocal "+m.Name+" = require \""+m.Name+"\"\n```\n\n", "", 1)
		if m.Name == "spec" {
			text = strings.TrimPrefix(text, "# The spec module\n\n")
			text = strings.NewReplacer("## spec.", "## ", "\nspec.", "\n", "= spec.", "= ").Replace(text)
		}
		all.WriteString(text + "\n")
	}
	return []byte(strings.TrimRight(all.String(), "\n") + "\n")
}
