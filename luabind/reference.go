package luabind

import (
	"bytes"
	"fmt"
	"strings"
)

// Reference writes a module's page of documentation, from the texts that stand
// beside its functions.
func (m *Module) Reference() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# The %s module\n\nMade from the functions' own texts by `make docs`; do not edit.\n\n", m.Name)
	fmt.Fprintf(&b, "```lua\nlocal %s = require \"%s\"\n```\n\n%s\n\n", m.Name, m.Name, m.Doc)
	if m.Example != "" {
		fmt.Fprintf(&b, "```lua\n%s\n```\n\n", strings.TrimSpace(m.Example))
	}
	if m.Ending != "" {
		fmt.Fprintf(&b, "**At a hangup.** %s\n\n", m.Ending)
	}
	if len(m.Settings) > 0 {
		fmt.Fprintf(&b, "## Settings\n\nIn the table `[%s]` of the settings file.\n\n", m.Name)
		optionRows(&b, "key", m.Settings)
	}
	for i := range m.Fields {
		field := &m.Fields[i]
		fmt.Fprintf(&b, "## %s.%s\n\n`%s`. %s\n\n", m.Name, field.Name, field.Type, field.Doc)
	}
	for i := range m.Funcs {
		fn := m.Funcs[i]
		if like := m.sameOptions(i); like != nil {
			fn.Options = nil
			fn.Doc += " It takes the options of " + m.Name + "." + like.Name + "."
		}
		fn.entry(&b, "##", m.Name+".")
	}
	for _, t := range m.Types {
		fmt.Fprintf(&b, "## %s\n\n%s\n\n", t.Name, t.Doc)
		if len(t.Methods) == 0 && len(t.Members) > 0 {
			keyRows(&b, t.Members)
			continue
		}
		for i := range t.Members {
			fmt.Fprintf(&b, "### %s.%s\n\n`%s`. %s\n\n", t.Name, t.Members[i].Name, t.Members[i].Type, t.Members[i].Doc)
		}
		for i := range t.Methods {
			t.Methods[i].entry(&b, "###", t.Name+":")
		}
	}
	return append(bytes.TrimRight(b.Bytes(), "\n"), '\n')
}

// sameOptions gives the first function that shares its table of options with the
// nth, nil where that is the nth itself: they are written once.
func (m *Module) sameOptions(n int) *Func {
	for i := range m.Funcs[:n] {
		if options := m.Funcs[i].Options; len(options) > 0 && len(m.Funcs[n].Options) > 0 && &options[0] == &m.Funcs[n].Options[0] {
			return &m.Funcs[i]
		}
	}
	return nil
}

// entry writes a function under a heading.
func (fn *Func) entry(b *bytes.Buffer, heading, prefix string) {
	fmt.Fprintf(b, "%s %s%s\n\n```lua\n", heading, prefix, fn.Name)
	if fn.Returns != "" {
		fmt.Fprintf(b, "%s = ", fn.Returns)
	}
	fmt.Fprintf(b, "%s%s(%s)\n```\n\n%s\n\n", prefix, fn.Name, fn.Params, fn.Doc)
	if len(fn.Options) == 0 {
		return
	}
	optionRows(b, "option", fn.Options)
}

func optionRows(b *bytes.Buffer, what string, options []Option) {
	fmt.Fprintf(b, "| %s | type | what it means |\n|---|---|---|\n", what)
	for _, o := range options {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", o.Name, typeCell(o.Type), o.Doc)
	}
	b.WriteString("\n")
}

// keyRows writes the keys of a plain table.
func keyRows(b *bytes.Buffer, keys []Field) {
	b.WriteString("| key | type | what it is |\n|---|---|---|\n")
	for i := range keys {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", keys[i].Name, typeCell(keys[i].Type), keys[i].Doc)
	}
	b.WriteString("\n")
}

// typeCell is a type in a table, whose cells | would part.
func typeCell(kind string) string {
	if !strings.ContainsAny(kind, "|[{(") {
		return kind
	}
	return "`" + strings.ReplaceAll(kind, "|", "\\|") + "`"
}
