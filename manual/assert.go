package manual

import (
	"fmt"
	"strings"

	"goagi/luabind"
)

// chains writes the words of busted that stand before a check, as in
// assert.is_not.equal.
func (d *definitions) chains() {
	for _, class := range []struct{ name, prefix string }{{"goagi.assert.words", ""}, {"goagi.assert.not_words", "not_"}} {
		fmt.Fprintf(&d.b, "---@class %s\n", class.name)
		for i := range d.Funcs {
			name, ok := strings.CutPrefix(d.Funcs[i].Name, class.prefix)
			if !ok {
				continue
			}
			var params []string
			for _, v := range luabind.Variables(d.Funcs[i].Params) {
				if v.Optional {
					v.Name += "?"
				}
				params = append(params, v.Name+": "+d.write(d.Module, v.Type, ""))
			}
			fmt.Fprintf(&d.b, "---@field %s fun(%s) %s\n", name, strings.Join(params, ", "), oneLine(d.Funcs[i].Doc))
		}
		d.b.WriteString("\n")
	}
	for _, word := range []string{"is", "are", "has", "was"} {
		fmt.Fprintf(&d.b, "---@type goagi.assert.words\nassert.%s = nil\n\n", word)
	}
	for _, word := range []string{"is_not", "are_not", "has_no", "was_not"} {
		fmt.Fprintf(&d.b, "---@type goagi.assert.not_words\nassert.%s = nil\n\n", word)
	}
}
