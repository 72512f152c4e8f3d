// Package docs_test runs what stands in the pages of documentation.
package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"goagi/luabind"
	"goagi/luabind/std"
	"goagi/spec"
)

// named is the first line of a block that is a file: "-- callback.lua: ...".
var named = regexp.MustCompile(`^-- (\w+\.lua):`)

// files gives the files on a page, by their names.
func (p page) files() map[string]string {
	all := make(map[string]string)
	for _, b := range p.blocks() {
		if match := named.FindStringSubmatch(b.text); b.kind == "lua" && match != nil {
			all[match[1]] = b.text
		}
	}
	return all
}

// settings gives what a page's settings files say, blocks of toml that begin with
// "# goagi.toml", all of them together.
func (p page) settings(t *testing.T) map[string]map[string]any {
	t.Helper()
	all := make(map[string]map[string]any)
	for _, b := range p.blocks() {
		if b.kind != "toml" || !strings.HasPrefix(b.text, "# goagi.toml") {
			continue
		}
		var one map[string]any
		if err := toml.Unmarshal([]byte(b.text), &one); err != nil {
			t.Errorf("%s:%d: %v", p.path, b.line, err)
		}
		for name, value := range one {
			table, ok := value.(map[string]any)
			if !ok {
				continue // a setting of goagi itself
			}
			if all[name] == nil {
				all[name] = make(map[string]any)
			}
			for key, value := range table {
				all[name][key] = value
			}
		}
	}
	return all
}

// Whoever copies a script off a page has one that works: it passes the spec that
// stands beside it, and there is one.
func TestScripts(t *testing.T) {
	for _, p := range pages(t) {
		files := p.files()
		if len(files) == 0 {
			continue
		}
		t.Run(p.path, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			suite := &spec.Suite{Library: std.Find, Config: p.settings(t)}
			var tests []*spec.Test
			for name := range files {
				beside, script := strings.CutSuffix(name, "_spec.lua")
				if !script {
					if files[strings.TrimSuffix(name, ".lua")+"_spec.lua"] == "" {
						t.Errorf("%s has no spec on the page", name)
					}
					continue
				}
				if files[beside+".lua"] == "" {
					t.Errorf("%s is of no script on the page", name)
				}
				file, err := suite.Load(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				tests = append(tests, file.Tests()...)
			}
			ran := 0
			err := suite.Run(t.Context(), tests, func(r spec.Result) {
				ran++
				if r.Err != nil {
					t.Errorf("%s: %v\n%s", r.Test.Name(), r.Err, r.Ladder)
				}
			})
			if err != nil || ran < len(files)/2 {
				t.Errorf("%d tests ran, %v", ran, err)
			}
		})
	}
}

// generated is the mark of pages made from the modules' own texts, which are
// tested where they are written.
const generated = "by `make docs`; do not edit"

// Lua that is no whole script compiles at least.
func TestLuaCompiles(t *testing.T) {
	for _, p := range pages(t) {
		if strings.Contains(p.text, generated) {
			continue
		}
		for _, b := range p.blocks() {
			if b.kind != "lua" {
				continue
			}
			if _, err := luabind.Compile([]byte(b.text), p.path); err != nil {
				t.Errorf("%s:%d: %v", p.path, b.line, err)
			}
		}
	}
}
