package spec

import (
	"fmt"
	"path"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
	"goagi/sim"
	"goagi/spell"
)

// audible are the kinds of events that the caller hears, and what hears calls
// them.
var audible = [...]sim.Kind{sim.Prompt, sim.Beep, sim.Digits, sim.Number, sim.Letters, sim.Phonetic, sim.Date, sim.Time, sim.DateTime, sim.Tone, sim.Music}

// sound reads what is to be heard.
func sound(a luabind.Args) (kind sim.Kind, text string) {
	switch what := a.L.Get(1).(type) {
	case lua.LString:
		if what == "beep" {
			return "", "beep"
		}
		return sim.Prompt, string(what)
	case *lua.LTable:
		names := make([]string, 0, len(audible))
		for _, each := range audible {
			names = append(names, string(each))
		}
		what.ForEach(func(key, value lua.LValue) {
			name := key.String()
			if !slices.Contains(names, name) {
				a.Misuse("nothing that is heard is called %s%s: it is one of %s", name, spell.DidYouMean(name, names), strings.Join(names, ", "))
			}
			if kind != "" {
				a.Misuse("one thing is heard at a time, and this is %s and %s", kind, name)
			}
			kind, text = sim.Kind(name), value.String()
		})
		if kind != "" {
			return kind, text
		}
		a.Misuse("what is heard is one of %s", strings.Join(names, ", "))
	}
	a.Fail(1, "a prompt's name, or a table such as {digits = \"42\"}")
	return "", ""
}

// hears waits for a sound.
func (p *placed) hears(vm *luabind.VM, a luabind.Args, later bool) {
	kind, text := sound(a)
	want := describe(sim.Event{Kind: kind, Text: text})
	until := p.tree.patience(attention)
	for {
		s, ok := p.step(p.next)
		if !ok {
			if p.await(p.next, until) {
				continue
			}
			p.tree.inTime(vm, a)
			select {
			case <-p.over:
				failed(vm, a, "the caller never heard %s: the call ended (%s)", want, p.ending())
			default:
				failed(vm, a, "the caller heard nothing for %v, and waited for %s%s; call:waits(seconds) before it has it wait longer", attention, want, p.within())
			}
		}
		p.next++
		switch {
		case !s.sounds():
		case s.Kind == kind && s.Text == text, kind == "" && s.Text == text, text == "beep" && s.Kind == sim.Beep:
			return
		case !later && kind == sim.Prompt && s.Kind == kind && s.Text == strings.TrimSuffix(text, path.Ext(text)):
			failed(vm, a, "the caller heard %s: a prompt's name has no extension", describe(s.Event))
		case !later:
			failed(vm, a, "the caller heard %s, not %s", describe(s.Event), want)
		default:
			until.renew()
		}
	}
}

// sounds reports whether a step is something that the caller hears.
func (s step) sounds() bool {
	for _, kind := range audible {
		if s.command == "" && s.Kind == kind {
			return true
		}
	}
	return false
}

// describe names an event for a message.
func describe(e sim.Event) string {
	switch e.Kind {
	case sim.Prompt, "":
		return fmt.Sprintf("%q", e.Text)
	case sim.Beep:
		return "a beep"
	}
	return fmt.Sprintf("%s %q", e.Kind, e.Text)
}

// saidType is the table that hears may be given.
var saidType = luabind.Type{
	Name: "said",
	Doc:  "What the caller hears that is no prompt: one of these, as in call:hears{digits = \"42\"}.",
	Members: []luabind.Field{
		{Name: "date", Type: "number?", Doc: "A day, in seconds since 1970."},
		{Name: "datetime", Type: "number?", Doc: "A day and a time of day, in seconds since 1970."},
		{Name: "digits", Type: "string|integer|nil", Doc: "Digits, one by one."},
		{Name: "letters", Type: "string?", Doc: "A text that is spelt."},
		{Name: "music", Type: "string?", Doc: "Music on hold: \"on\" or \"off\"."},
		{Name: "number", Type: "integer?", Doc: "A number."},
		{Name: "phonetic", Type: "string?", Doc: "A text that is spelt by the telephone alphabet."},
		{Name: "time", Type: "number?", Doc: "A time of day, in seconds since 1970."},
		{Name: "tone", Type: "string?", Doc: "A tone, such as \"busy\"."},
	},
}
