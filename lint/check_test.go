package lint_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"goagi/lint"
	"goagi/luabind"
	"goagi/manual"
)

func checker() *lint.Checker {
	return &lint.Checker{
		Modules: manual.Modules(), Globals: luabind.Globals(),
		Sound: func(name string) bool { return !strings.HasPrefix(name, "no-such") },
		File: func(_, module string) (string, []byte) {
			if module == "helpers" {
				return "helpers.lua", []byte("function shared_helper() end function string.shout(s) return s end require 'helpers'")
			}
			return "", nil
		},
	}
}

// Each line of these files that ends with --> has the finding that stands there, and
// no other line has one: what is missed is heard by a caller, and what is wrong is
// switched off with all the rest.
func TestBroken(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found := checker().Check(path, source)
		for i, line := range strings.Split(string(source), "\n") {
			_, want, _ := strings.Cut(line, "--> ")
			id, text, _ := strings.Cut(want, ": ")
			var here []string
			held := want == ""
			for _, f := range found {
				if f.Line != i+1 {
					continue
				}
				here = append(here, f.ID+": "+f.Text)
				if f.ID == "hostile-text" && f.Column == 0 {
					t.Errorf("%s:%d: no column: an editor marks the whole line", path, i+1)
				}
				held = held || f.ID == id && strings.Contains(f.Text, text)
			}
			if !held || (want == "") != (len(here) == 0) {
				t.Errorf("%s:%d: found %q, want %q", path, i+1, here, want)
			}
		}
	}
}

// The page has each finding that the broken files have, and no other: what is
// silenced by its name must be found there.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../docs/check.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "## What it finds")
	table, _, _ = strings.Cut(table, "\n## ")
	listed := make(map[string]bool)
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*) \\|").FindAllStringSubmatch(table, -1) {
		for _, id := range strings.Split(row[1], ", ") {
			listed[strings.Trim(id, "`")] = true
		}
	}
	got := make(map[string]bool)
	files, _ := filepath.Glob("testdata/broken/*.lua")
	for _, path := range files {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range checker().Check(path, source) {
			got[f.ID] = true
		}
	}
	if !maps.Equal(listed, got) {
		t.Errorf("the page lists %v, found are %v", slices.Sorted(maps.Keys(listed)), slices.Sorted(maps.Keys(got)))
	}
}

// Scripts that are right have no finding: one that is wrong costs the others their
// readers.
func TestFine(t *testing.T) {
	files, err := filepath.Glob("testdata/fine/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range checker().Check(path, source) {
			t.Errorf("%s:%d: %s [%s]\n\t%s", path, f.Line, f.Text, f.ID, f.Source)
		}
	}
}

// Our own scripts have no finding, nor has what the docs show.
func TestOurOwn(t *testing.T) {
	files, err := filepath.Glob("../scripts/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	more, err := filepath.Glob("../test/specs/*.lua")
	if err != nil {
		t.Fatal(err)
	}
	sources := make(map[string][]byte)
	for _, path := range append(files, more...) {
		if sources[path], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range manual.Modules() {
		name := m.Name + "_example.lua"
		if m.Name == "spec" {
			name = "example_spec.lua"
		}
		sources[name] = []byte(m.Example)
	}
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "../README.md") {
		shown(t, page, sources)
	}
	for path, source := range sources {
		for _, f := range checker().Check(path, source) {
			t.Errorf("%s:%d: %s [%s]\n\t%s", path, f.Line, f.Text, f.ID, f.Source)
		}
	}
}

// block is one of a page's that shows Lua.
var block = regexp.MustCompile("(?ms)^```lua\n(.*?)^```$")

// ofSpec is what only a spec has.
var ofSpec = regexp.MustCompile(`(?m)\b(describe|it|place)\(|\bfake\.`)

// shown adds the scripts of a page: pages that are made show how functions are
// called, and the examples of modules.
func shown(t *testing.T, page string, sources map[string][]byte) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "Made from the functions' own texts") {
		return
	}
	for i, found := range block.FindAllSubmatch(text, -1) {
		name := fmt.Sprintf("%s_%d.lua", page, i+1)
		if ofSpec.Match(found[1]) {
			name = strings.TrimSuffix(name, ".lua") + "_spec.lua"
		}
		sources[name] = found[1]
	}
}

// A file that has hundreds of warnings still fails for its error.
func TestMostFindings(t *testing.T) {
	source := strings.Repeat("agi.stream_file(\"no-such\")\n", 1000) + "agi.strem_file(\"x\")\n"
	found := checker().Check("many.lua", []byte(source))
	if n := len(found); n != 201 || found[n-1].Level != lint.Error || found[n-1].Line != 1001 {
		t.Errorf("%d findings, the last %+v", n, found[len(found)-1])
	}
}

// What is no script must not stop the check of those that are.
func TestOddFiles(t *testing.T) {
	for name, source := range map[string]string{
		"a quote at the end": "\"0", "empty": "", "binary": "\x00\xff\x1bLua", "mark": "\xef\xbb\xbfagi.answer()", "only a comment": "--", "no newline": "#!/bin/x",
		"deep tables": "return " + strings.Repeat("{", 100_000) + strings.Repeat("}", 100_000), "deep calls": "print" + strings.Repeat("(print", 20_000) + strings.Repeat(")", 20_000),
		"deep blocks": strings.Repeat("do ", 20_000) + strings.Repeat("end ", 20_000), "crlf": "agi.answer()\r\nagi.answre()\r\n",
		"deep loops":     strings.Repeat("while x do local a = 1 a = a ", 3000) + strings.Repeat("end ", 3000),
		"deep functions": strings.Repeat("local a = 1 a = 2 local function f() ", 180) + strings.Repeat("end ", 180),
		"long choice":    "local a if a == 0 then a = 0 " + strings.Repeat("elseif a == 1 then a = 1 ", 5000) + "end",
		"deep choice":    "local a " + strings.Repeat("if a then a = 1 ", 3000) + strings.Repeat("else a = 2 end ", 3000),
		"long name":      "if a" + strings.Repeat(".b", 50_000) + " then end",
		"long sum":       "return 1" + strings.Repeat(" .. 1", 50_000),
	} {
		found := checker().Check(name, []byte(source))
		if name == "crlf" && (len(found) != 1 || found[0].Line != 2 || found[0].Column != 5 || strings.Contains(found[0].Source, "\r")) {
			t.Errorf("%s: %v", name, found)
		}
		if slices.Contains([]string{"mark", "empty", "only a comment", "no newline"}, name) && len(found) != 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// tooLong is many times what a check that reads each line once takes on a busy
// machine, and a part of what one takes that is quadratic.
const tooLong = 90 * time.Second

// Tables of numbers and files that a program wrote are checked in the time that it takes
// to read them: a check that takes minutes is taken out of the deployment.
func TestLargeFiles(t *testing.T) {
	var rows, lines, globals, labels strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&rows, "['%d'] = 'x%d', ", i, i)
		fmt.Fprintf(&lines, "t[%d] = 'x%d'\n", i, i)
		if i < 30_000 {
			fmt.Fprintf(&globals, "agi.strem_file(x%d, agi.env.callrid) ", i%50)
		}
	}
	for i := range 190 {
		fmt.Fprintf(&labels, "local a%d = agi.env.callerid a%d = a%d ", i, i, i)
	}
	for i := range 20_000 {
		fmt.Fprintf(&labels, "do goto l%d ::l%d:: end ", i, i)
	}
	for name, source := range map[string]string{
		"rows": "return {" + rows.String() + "}", "lines": "local t = {}\n" + lines.String(), "one line": globals.String(),
		"one silenced line": globals.String() + "-- check: ok", "labels": labels.String(),
	} {
		begin := time.Now()
		checker().Check("large.lua", []byte(source))
		if took := time.Since(begin); took > tooLong {
			t.Errorf("%s: %s", name, took)
		}
	}
}

func FuzzCheck(f *testing.F) {
	files, _ := filepath.Glob("testdata/broken/*.lua")
	for _, path := range files {
		source, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(source)
	}
	c := checker()
	f.Fuzz(func(t *testing.T, source []byte) {
		for _, finding := range c.Check("fuzz_spec.lua", source) {
			if finding.Line < 0 || finding.ID == "" || finding.Text == "" {
				t.Errorf("%+v", finding)
			}
		}
	})
}
