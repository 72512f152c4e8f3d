package std

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"goagi/asr"
	"goagi/luabind"
	"goagi/test/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

var update = flag.Bool("update", false, "write the reference anew")

// page is what a module's functions say of themselves, and its engines.
func page(m *luabind.Module) []byte {
	text := m.Reference()
	if m.Name != "asr" {
		return text
	}
	text = fmt.Appendf(text, "\n## Engines\n\nThe options of each, in its table of the settings file (as in `[asr.vosk]`) or of a call.\n")
	for _, engine := range asr.Engines() {
		text = fmt.Appendf(text, "\n### %s\n\n| option | what | default |\n|---|---|---|\n", engine)
		for _, option := range asr.Options(engine) {
			kind, otherwise := option.Kind, ""
			if kind == "list" {
				kind = "list of strings"
			}
			if len(option.Choices) > 0 {
				kind = "`" + strings.Join(option.Choices, "`, `") + "`"
			}
			if option.Default != nil && option.Default != "" {
				otherwise = fmt.Sprintf("`%v`", option.Default)
			}
			text = fmt.Appendf(text, "| `%s` (%s) | %s | %s |\n", option.Name, kind, strings.ReplaceAll(option.Doc, "|", "\\|"), otherwise)
		}
	}
	return text
}

// TestReferenceIsCurrent compares each module's page with that; -update writes
// them.
func TestReferenceIsCurrent(t *testing.T) {
	for _, m := range Modules() {
		path := "../../docs/" + m.Name + ".md"
		old, err := os.ReadFile(path)
		if *update {
			err = os.WriteFile(path, page(m), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		if !*update && !bytes.Equal(old, page(m)) {
			t.Errorf("%s is not what the functions say: make docs", path)
		}
	}
}
