package spec

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"goagi/luabind"
	"goagi/test/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

var update = flag.Bool("update", false, "write the reference anew")

// TestReferenceIsCurrent compares docs/spec.md with what the functions say of
// themselves; -update writes it.
func TestReferenceIsCurrent(t *testing.T) {
	page := append(new(tree).words().Reference(), "\n"...)
	page = append(page, bytes.TrimPrefix(assertReference(), []byte("# The assert module\n\nMade from the functions' own texts by `make docs`; do not edit.\n\n"))...)
	const path = "../docs/spec.md"
	old, err := os.ReadFile(path)
	if *update {
		err = os.WriteFile(path, page, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !*update && !bytes.Equal(old, page) {
		t.Errorf("%s is not what the functions say: make docs", path)
	}
}

// assertReference is the part of the page that says what assert has.
func assertReference() []byte {
	var m luabind.Module = assertModule
	return m.Reference()
}
