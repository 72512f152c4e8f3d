package luabind

import (
	"bytes"
	"fmt"
)

// Reference writes a module's page of documentation, from the texts that stand
// beside its functions.
func (m *Module) Reference() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# The %s module\n\nMade from the functions' own texts by `make docs`; do not edit.\n\n", m.Name)
	fmt.Fprintf(&b, "```lua\nlocal %s = require \"%s\"\n```\n\n%s\n\n", m.Name, m.Name, m.Doc)
	for i := range m.Fields {
		field := &m.Fields[i]
		fmt.Fprintf(&b, "## %s.%s\n\n`%s`. %s\n\n", m.Name, field.Name, field.Type, field.Doc)
	}
	for i := range m.Funcs {
		m.Funcs[i].entry(&b, "##", m.Name+".")
	}
	for _, t := range m.Types {
		fmt.Fprintf(&b, "## %s\n\n%s\n\n", t.Name, t.Doc)
		for i := range t.Methods {
			t.Methods[i].entry(&b, "###", t.Name+":")
		}
	}
	return append(bytes.TrimRight(b.Bytes(), "\n"), '\n')
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
	b.WriteString("| option | type | what it means |\n|---|---|---|\n")
	for _, o := range fn.Options {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", o.Name, o.Type, o.Doc)
	}
	b.WriteString("\n")
}
