package std

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"goagi/test/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

var update = flag.Bool("update", false, "write the reference anew")

// TestReferenceIsCurrent compares each module's page with what its functions say
// of themselves; -update writes them.
func TestReferenceIsCurrent(t *testing.T) {
	for _, m := range Modules() {
		path := "../../docs/" + m.Name + ".md"
		old, err := os.ReadFile(path)
		if *update {
			err = os.WriteFile(path, m.Reference(), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		if !*update && !bytes.Equal(old, m.Reference()) {
			t.Errorf("%s is not what the functions say: make docs", path)
		}
	}
}
