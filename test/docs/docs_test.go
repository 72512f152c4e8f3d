// Package docs_test runs what stands in the pages of documentation.
package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"goagi/luabind/std"
	"goagi/spec"
)

// named is a block of Lua that begins with a file's name: "-- callback.lua: ...".
var named = regexp.MustCompile("(?ms)^```lua\n(-- (\\w+\\.lua):.*?)^```$")

// The scripts of the guide pass the specs that stand beside them on the page.
func TestGuide(t *testing.T) {
	page, err := os.ReadFile("../../docs/guide.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, block := range named.FindAllStringSubmatch(string(page), -1) {
		if err := os.WriteFile(filepath.Join(dir, block[2]), []byte(block[1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	suite := &spec.Suite{Library: std.Find}
	file, err := suite.Load(filepath.Join(dir, "callback_spec.lua"))
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	err = suite.Run(t.Context(), file.Tests(), func(r spec.Result) {
		ran++
		if r.Err != nil {
			t.Errorf("%s: %v\n%s", r.Test.Name(), r.Err, r.Ladder)
		}
	})
	if err != nil || ran != 4 {
		t.Errorf("%d tests ran, %v", ran, err)
	}
}
