package manual

import (
	"fmt"
	"slices"
	"strings"

	"goagi/luabind"
)

// Find gives the page of a module ("http"), a setting of one ("http.timeout"), a
// function or another member of one ("agi.get_data", "audio.rate", a word of specs
// such as "describe", an AGI command such as "GET DATA"), a kind of object
// ("utterance") or a member of it ("utterance:save", "agi.env.callerid"), in lines for
// a terminal. The last part of a name ("save") gives the pages of all that end so. A
// name that there is not gives false.
func Find(name string) (string, bool) {
	name = strings.TrimSuffix(strings.TrimSpace(name), "()")
	command := "agi." + strings.ToLower(strings.ReplaceAll(name, " ", "_"))
	all := entries()
	for _, wanted := range []string{name, command} {
		for _, e := range all {
			if slices.Contains(e.names, wanted) {
				return pages(e), true
			}
		}
	}
	alike := slices.DeleteFunc(all, func(e entry) bool { return !e.ends(name) })
	return pages(alike...), len(alike) > 0
}

// pages writes the pages of entries, one behind the other.
func pages(entries ...entry) string {
	var text strings.Builder
	for i, e := range entries {
		p := new(page)
		e.write(p)
		if i > 0 {
			text.WriteString("\n")
		}
		text.WriteString(strings.TrimRight(p.text.String(), "\n") + "\n")
	}
	return text.String()
}

// Names lists what Find knows.
func Names() []string {
	var all []string
	for _, e := range entries() {
		all = append(all, e.names...)
	}
	return all
}

// entry is something that has a page, under any of its names.
type entry struct {
	names []string
	write func(*page)
}

// ends reports whether a word is the last part of its name.
func (e entry) ends(word string) bool {
	return slices.ContainsFunc(e.names, func(name string) bool {
		return name[strings.LastIndexAny(name, ".:")+1:] == word && word != ""
	})
}

// entries lists all there is, what has the shortest name first: "redis" is the
// module, and its object "redis.redis".
func entries() []entry {
	var all []entry
	modules := Modules()
	for _, m := range modules {
		all = append(all, entry{[]string{m.Name}, func(p *page) { p.module(m) }})
	}
	for _, m := range modules {
		for i := range m.Funcs {
			fn := &m.Funcs[i]
			all = append(all, entry{[]string{prefix(m) + fn.Name}, func(p *page) { p.function(prefix(m), fn); p.tables(m, fn) }})
		}
		for i := range m.Fields {
			field := &m.Fields[i]
			all = append(all, entry{[]string{m.Name + "." + field.Name}, func(p *page) { p.field(m.Name+".", field) }})
		}
		for _, t := range m.Types {
			all = append(all, typeEntries(m, t)...)
		}
		if m.Name == "asr" {
			all = append(all, engineEntries(m)...)
		}
		for i := range m.Settings {
			all = append(all, entry{[]string{m.Name + "." + m.Settings[i].Name}, func(p *page) { p.settings("Setting", m.Name, m.Settings[i:i+1]) }})
		}
	}
	return append(all, entry{[]string{"arg"}, func(p *page) { p.field("", &arguments) }})
}

// arguments is the global arg.
var arguments = luabind.Field{Name: "arg", Type: "{[integer]: string}",
	Doc: "What the dialplan gives behind the script's name: arg[1] and on, as texts, #arg of them. arg[0] is the script's path."}

func typeEntries(m *luabind.Module, t *luabind.Type) []entry {
	all := []entry{{[]string{t.Name, m.Name + "." + t.Name}, func(p *page) { p.object(t) }}}
	for i := range t.Methods {
		fn := &t.Methods[i]
		all = append(all, entry{[]string{t.Name + ":" + fn.Name, t.Name + "." + fn.Name}, func(p *page) { p.function(t.Name+":", fn) }})
	}
	for i := range t.Members {
		field := &t.Members[i]
		names := []string{t.Name + "." + field.Name}
		for j := range m.Fields { // env.callerid is agi.env.callerid
			if m.Fields[j].Type == t.Name {
				names = append(names, m.Name+"."+m.Fields[j].Name+"."+field.Name)
			}
		}
		all = append(all, entry{names, func(p *page) { p.field(t.Name+".", field) }})
	}
	return all
}

// page is a text for a terminal of 80 columns.
type page struct{ text strings.Builder }

func (p *page) module(m *luabind.Module) {
	switch {
	case ofSpecs(m):
		fmt.Fprintf(&p.text, "%s, in call specs (goagi test)\n\n", m.Name)
	default:
		fmt.Fprintf(&p.text, "local %s = require \"%s\"\n\n", m.Name, m.Name)
	}
	p.prose("", m.Doc)
	if m.Example != "" {
		p.code("    ", m.Example)
	}
	if m.Ending != "" {
		p.prose("", "At a hangup. "+m.Ending)
	}
	if len(m.Settings) > 0 {
		p.settings("Settings", m.Name, m.Settings)
	}
	for i := range m.Fields {
		p.field(m.Name+".", &m.Fields[i])
	}
	for i := range m.Funcs {
		fn := m.Funcs[i]
		if like := sameOptions(m.Funcs[:i], fn.Options); like != nil {
			fn.Options = nil
			fn.Doc += " It takes the options of " + prefix(m) + like.Name + "."
		}
		p.function(prefix(m), &fn)
	}
	for _, t := range m.Types {
		p.object(t)
	}
}

func (p *page) settings(word, table string, settings []luabind.Option) {
	fmt.Fprintf(&p.text, "%s, in the table [%s] of the settings file:\n\n", word, table)
	p.options(settings)
}

// sameOptions gives the first function whose table of options is this one.
func sameOptions(funcs []luabind.Func, options []luabind.Option) *luabind.Func {
	for i := range funcs {
		if theirs := funcs[i].Options; len(theirs) > 0 && len(options) > 0 && &theirs[0] == &options[0] {
			return &funcs[i]
		}
	}
	return nil
}

func (p *page) function(prefix string, fn *luabind.Func) {
	p.hanging("", "    ", prefix+fn.Name+"("+fn.Params+")")
	if fn.Returns != "" {
		p.hanging("    gives ", "          ", fn.Returns)
	}
	p.text.WriteString("\n")
	p.prose("  ", fn.Doc)
	if len(fn.Options) > 0 {
		p.text.WriteString("  Options:\n\n")
		p.options(fn.Options)
	}
}

// tables writes the plain tables that a function takes and gives.
func (p *page) tables(m *luabind.Module, fn *luabind.Func) {
	for _, t := range m.Types {
		for _, v := range append(luabind.Variables(fn.Params), luabind.Variables(fn.Returns)...) {
			if len(t.Methods) == 0 && slices.Contains(words(v.Type), t.Name) {
				p.object(t)
				break
			}
		}
	}
}

func (p *page) field(prefix string, field *luabind.Field) {
	p.hanging("", "    ", prefix+field.Name+": "+field.Type)
	p.text.WriteString("\n")
	p.prose("  ", field.Doc)
}

func (p *page) object(t *luabind.Type) {
	kind := "a table"
	if len(t.Methods) > 0 || t.Text != nil {
		kind = "an object"
	}
	fmt.Fprintf(&p.text, "%s, %s\n\n", t.Name, kind)
	p.prose("  ", t.Doc)
	if len(t.Methods) == 0 && len(t.Members) > 0 {
		keys := make([]luabind.Option, len(t.Members))
		for i := range t.Members {
			keys[i] = luabind.Option{Name: t.Members[i].Name, Type: t.Members[i].Type, Doc: t.Members[i].Doc}
		}
		p.options(keys)
		return
	}
	for i := range t.Members {
		p.field(t.Name+".", &t.Members[i])
	}
	for i := range t.Methods {
		p.function(t.Name+":", &t.Methods[i])
	}
}

func (p *page) options(options []luabind.Option) {
	for _, o := range options {
		p.hanging("    ", "        ", o.Name+": "+o.Type)
		p.hanging("        ", "        ", o.Doc)
	}
	p.text.WriteString("\n")
}
