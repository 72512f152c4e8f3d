package manual

import (
	"fmt"
	"slices"
	"strings"
)

// grammar reads a type as lua-language-server does, and is stricter: where that would
// read something else than was meant, it is an error.
//
//	type  = unit {"|" unit} ["?"]
//	unit  = (name | text | "{" key ":" type {";" ...} "}" | "(" type ")") {"[]"}
//	      | "fun(" [name ["?"] [":" type] {"," ...}] ")" [":" results]
type grammar struct {
	rest  string
	names []string // all names of types
	texts []string // all literal texts
}

type wrong struct{ text string }

func (g *grammar) fail(format string, values ...any) {
	panic(wrong{fmt.Sprintf(format, values...) + fmt.Sprintf(", before %q", g.rest)})
}

// readType reads the type that a text begins with, and gives what is behind it.
func readType(text string) (g *grammar, rest string, err error) {
	g = &grammar{rest: text}
	defer func() {
		if w, ok := recover().(wrong); ok {
			err = fmt.Errorf("%s", w.text)
		}
	}()
	g.kind()
	return g, g.rest, nil
}

func (g *grammar) take(mark string) bool {
	rest, ok := strings.CutPrefix(g.rest, mark)
	if ok {
		g.rest = rest
	}
	return ok
}

func (g *grammar) want(mark string) {
	if !g.take(mark) {
		g.fail("%q is missing", mark)
	}
}

func (g *grammar) kind() {
	units, functions := 0, 0
	for units == 0 || g.take("|") {
		units++
		if strings.HasPrefix(g.rest, "fun(") {
			functions++
		}
		g.unit()
	}
	if units > 1 && functions > 0 {
		g.fail("a function among others needs parentheses: its results would take in what follows")
	}
	g.take("?")
}

func (g *grammar) unit() {
	switch {
	case g.take("fun("):
		g.function()
		return
	case g.take("{"):
		g.table()
	case g.take("("):
		g.kind()
		g.want(")")
	case g.take(`"`):
		text, rest, ok := strings.Cut(g.rest, `"`)
		if !ok {
			g.fail("a text has no end")
		}
		g.texts, g.rest = append(g.texts, text), rest
	default:
		g.names = append(g.names, g.name())
	}
	for g.take("[]") {
	}
}

func (g *grammar) name() string {
	i := 0
	for i < len(g.rest) && (isWord(g.rest[i]) || g.rest[i] == '.' && i > 0) {
		i++
	}
	name := g.rest[:i]
	if name == "" || name[len(name)-1] == '.' {
		g.fail("a name is missing")
	}
	g.rest = g.rest[i:]
	return name
}

func (g *grammar) table() {
	for {
		if g.take("[") {
			g.kind()
			g.want("]")
		} else {
			g.name()
			g.take("?")
		}
		g.want(": ")
		g.kind()
		if g.take("}") {
			return
		}
		g.want("; ")
	}
}

func (g *grammar) function() {
	for i := 0; !g.take(")"); i++ {
		if i > 0 {
			g.want(", ")
		}
		if !g.take("...") {
			g.name()
		}
		g.take("?")
		g.want(": ")
		g.kind()
	}
	if !g.take(": ") {
		return
	}
	if !g.take("(") {
		g.results(false)
		return
	}
	g.results(true)
	g.want(")")
}

// results reads what a function gives; in parentheses each has a name.
func (g *grammar) results(named bool) {
	for {
		if named {
			g.name()
			g.want(": ")
		}
		g.kind()
		if !g.take(", ") {
			return
		}
	}
}

// described reads the words behind a type: none, or a text that nobody takes for more
// of it.
func described(rest string) error {
	if rest == "" {
		return nil
	}
	text, ok := strings.CutPrefix(rest, " ")
	if !ok || text == "" || strings.ContainsRune("|?[<,:) ", rune(text[0])) {
		return fmt.Errorf("%q behind a type would belong to it", rest)
	}
	return nil
}

// known are the types of Lua that need no class.
func isKnown(name string) bool {
	return slices.Contains([]string{"any", "boolean", "false", "function", "integer", "nil", "number", "string", "table"}, name)
}
