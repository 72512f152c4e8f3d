package manual

import (
	"fmt"
	"slices"
	"strings"

	"goagi/asr"
	"goagi/luabind"
	"goagi/luabind/std"
	"goagi/spec"
)

// Modules describes all modules: agi, the others sorted by name, and those that only
// specs have.
func Modules() []*luabind.Module {
	all := []*luabind.Module{luabind.AGI()}
	for _, m := range std.Modules() {
		if m.Name == "asr" {
			m = withEngines(m)
		}
		all = append(all, m)
	}
	return append(all, spec.Modules()...)
}

// ofSpecs reports whether a module is there in specs only, as a global.
func ofSpecs(m *luabind.Module) bool {
	return m.Name == "spec" || m.Name == "fake" || m.Name == "assert"
}

// prefix is what stands before a function of a module: the words of specs are
// globals.
func prefix(m *luabind.Module) string {
	if m.Name == "spec" {
		return ""
	}
	return m.Name + "."
}

// withEngines gives the asr module with the options of its engines, which its
// functions take besides engine.
func withEngines(m *luabind.Module) *luabind.Module {
	whole := *m
	whole.Funcs = slices.Clone(m.Funcs)
	options := engineOptions()
	for i := range whole.Funcs {
		whole.Funcs[i].Options = options
	}
	return &whole
}

// engineOptions lists the options of all engines; those of one name are one.
func engineOptions() []luabind.Option {
	var names []string
	for _, engine := range asr.Engines() {
		names = append(names, `"`+engine+`"`)
	}
	all := []luabind.Option{{Name: "engine", Type: strings.Join(names, "|"), Doc: "which engine (that of the settings file)"}}
	for _, engine := range asr.Engines() {
		for _, o := range asr.Options(engine) {
			doc := engine + ": " + engineDoc(o)
			at := slices.IndexFunc(all, func(known luabind.Option) bool { return known.Name == o.Name })
			if at < 0 {
				all = append(all, luabind.Option{Name: o.Name, Type: engineType(o), Doc: doc})
			} else {
				all[at].Doc += "; " + doc
			}
		}
	}
	return all
}

// engineEntries are the pages of each engine ("asr.vosk") and of each of the options
// ("asr.url").
func engineEntries(m *luabind.Module) []entry {
	var all []entry
	for _, engine := range asr.Engines() {
		var settings []luabind.Option
		for _, o := range asr.Options(engine) {
			settings = append(settings, luabind.Option{Name: o.Name, Type: engineType(o), Doc: engineDoc(o)})
		}
		table := m.Name + "." + engine
		all = append(all, entry{[]string{table}, func(p *page) { p.settings("Settings", table, settings) }})
	}
	for _, o := range engineOptions() {
		table := m.Name + ".ENGINE"
		if o.Name == "engine" {
			table = m.Name
		}
		all = append(all, entry{[]string{m.Name + "." + o.Name}, func(p *page) { p.settings("Setting", table, []luabind.Option{o}) }})
	}
	return all
}

func engineDoc(o asr.Option) string {
	doc := o.Doc
	if o.Kind == "seconds" {
		doc += ", in seconds"
	}
	if o.Default != nil && o.Default != "" {
		doc += fmt.Sprintf(" (%v)", o.Default)
	}
	return doc
}

func engineType(o asr.Option) string {
	switch {
	case len(o.Choices) > 0:
		return `"` + strings.Join(o.Choices, `"|"`) + `"`
	case o.Kind == "seconds":
		return "number"
	case o.Kind == "list":
		return "string[]"
	}
	return o.Kind
}
