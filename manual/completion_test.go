package manual

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"goagi/luabind/std"
	"goagi/spec"
)

// typist writes Lua in an editor that knows the definitions and nothing else. Where a
// text has a tab mark, the editor completes the word before it: only what the
// definitions have, where they have it, can be written so.
type typist struct {
	*editor
	locals map[string]string // their types
}

const tab = "⇥"

var (
	before    = regexp.MustCompile(`(?s)([\w.]+)([.:])(\w*)$`)
	inTexts   = regexp.MustCompile(`(\w+) == "(\w*)$`)
	required  = regexp.MustCompile(`require "(\w*)$`)
	keyOf     = regexp.MustCompile(`(?s)([\w.:]+)(?:\((?:[^(){}]*, )?|)\{(?:[^{}]|\{[^{}]*\})*?(\w+)$`)
	assigned  = regexp.MustCompile(`^\s*local ([\w, ]+) = ([\w.:]+) ?[({"]`)
	bareWords = regexp.MustCompile(`(\w+)$`)
)

// write gives the text that the typist gets.
func (w *typist) write(text string) (string, error) {
	parts := strings.Split(text, tab)
	written := parts[0]
	for _, part := range parts[1:] {
		w.look(written)
		rest, err := w.complete(written)
		if err != nil {
			return written, err
		}
		written += rest + part
	}
	return written, nil
}

// complete gives the rest of the word that the text ends in.
func (w *typist) complete(written string) (string, error) {
	var offered []string
	var word string
	switch {
	case required.MatchString(written):
		word = required.FindStringSubmatch(written)[1]
		for name := range w.modules {
			offered = append(offered, name)
		}
	case inTexts.MatchString(written):
		m := inTexts.FindStringSubmatch(written)
		word, offered = m[2], w.texts(w.locals[m[1]])
	case before.MatchString(written):
		m := before.FindStringSubmatch(written)
		word = m[3]
		for name, known := range w.members(w.typeOf(m[1])) {
			if (known.kind == "method") == (m[2] == ":") {
				offered = append(offered, name)
			}
		}
		for name := range w.globals {
			if rest, ok := strings.CutPrefix(name, m[1]+"."); ok {
				offered = append(offered, rest)
			}
		}
	case keyOf.MatchString(written):
		m := keyOf.FindStringSubmatch(written)
		word = m[2]
		if fn := w.function(m[1]); fn != nil {
			for name := range w.members(fn.params[len(fn.params)-1].of) {
				offered = append(offered, name)
			}
		}
	default:
		word = bareWords.FindString(written)
		for name := range w.globals {
			offered = append(offered, name)
		}
	}
	offered = slices.DeleteFunc(offered, func(name string) bool { return !strings.HasPrefix(name, word) })
	if len(offered) != 1 {
		slices.Sort(offered)
		return "", fmt.Errorf("the editor offers %q for %q", offered, written[strings.LastIndexByte(written, '\n')+1:])
	}
	return strings.TrimPrefix(offered[0], word), nil
}

// look notes the types of the locals and parameters in what is written.
func (w *typist) look(written string) {
	for _, line := range strings.Split(written, "\n") {
		m := assigned.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		for i, name := range strings.Split(m[1], ", ") {
			if m[2] == "require" {
				module, _, _ := strings.Cut(line[strings.IndexByte(line, '"')+1:], `"`)
				w.locals[name] = w.modules[module]
			} else if fn := w.function(m[2]); fn != nil && i < len(fn.results) {
				w.locals[name] = fn.results[i]
			}
		}
	}
}

// function gives the function of an expression such as http.get or call:hears.
func (w *typist) function(expression string) *member {
	if m := before.FindStringSubmatch(expression); m != nil {
		if known := w.members(w.typeOf(m[1]))[m[3]]; known != nil {
			return known
		}
	}
	return w.globals[expression]
}

// typeOf gives the type of an expression such as agi.env.
func (w *typist) typeOf(expression string) string {
	if known := w.globals[expression]; known != nil {
		return known.of
	}
	names := strings.Split(expression, ".")
	of := w.locals[names[0]]
	if known := w.globals[names[0]]; of == "" && known != nil {
		of = known.of
	}
	for _, name := range names[1:] {
		known := w.members(of)[name]
		if known == nil {
			return ""
		}
		of = known.of
	}
	return of
}

// members gives what an object of a type has.
func (w *typist) members(of string) map[string]*member {
	for _, name := range strings.FieldsFunc(of, func(r rune) bool { return strings.ContainsRune("|?", r) }) {
		if class := w.classes[name]; class != nil {
			return class.members
		}
	}
	return nil
}

// texts gives the literal texts of a type.
func (w *typist) texts(of string) []string {
	g, _, err := readType(of)
	if err != nil {
		return nil
	}
	return g.texts
}

const typedScript = `local http = require "ht⇥"

agi.ans⇥()
agi.on_⇥(function()
  agi.lo⇥("info", agi.env.cha⇥ .. " hung up")
end)
local digits, why = agi.get_da⇥("conf-getconfno", 5000, 4)
if why == "time⇥" or digits == "" or not digits then
  agi.stream_⇥("vm-goodbye")
  return
end
local response, message = http.ge⇥("https://rooms.example.com/rooms", {query = {number = digits}, timeo⇥ = 3, retr⇥ = 0})
if response and response.o⇥ then
  local room = response:js⇥()
  agi.say_dig⇥(room.name)
else
  agi.log("error", message or response.st⇥)
end
`

const typedSpec = `desc⇥("rooms.lua", function()
  i⇥("says the room's name", function()
    local call = pla⇥("rooms.lua", {accou⇥ = "sales", langu⇥ = "en"})
    fake.ht⇥("GET https://rooms.example.com/rooms", {sta⇥ = 200, js⇥ = {name = "17"}})
    call:hears("conf-getconfno")
    call:pre⇥("0042")
    call:hears{dig⇥ = "17"}
    call:en⇥("ok")
    assert.eq⇥("OK", call.va⇥.GOAGI_STATUS)
  end)

  it("says goodbye", function()
    local call = place("rooms.lua")
    call:hears_l⇥("vm-goodbye")
    call:end⇥("ok")
    assert.is_not.eq⇥("x", call.lo⇥)
  end)
end)
`

// A call flow and its spec are written by completion, and work.
func TestCompletion(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"rooms.lua": typedScript, "rooms_spec.lua": typedSpec} {
		w := &typist{newEditor(t), make(map[string]string)}
		written, err := w.write(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(written), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	suite := &spec.Suite{Library: std.Find}
	file, err := suite.Load(filepath.Join(dir, "rooms_spec.lua"))
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
	if err != nil || ran != 2 {
		t.Errorf("%d tests ran, %v", ran, err)
	}
}

// What is misspelt, or is not there, the editor does not offer.
func TestNoCompletion(t *testing.T) {
	for _, text := range []string{
		"agi.stream_fie⇥", "agi.xyz⇥", "agi.env.calerid⇥", `local http = require "http" http.get("x", {timout⇥`,
		"local call = place(\"x\")\ncall:presss⇥", `local digits, why = agi.get_data("x")` + "\nif why == \"silence⇥", `require "htt` + "x⇥",
	} {
		w := &typist{newEditor(t), make(map[string]string)}
		if written, err := w.write(text); err == nil {
			t.Errorf("%q became %q", text, written)
		}
	}
}
