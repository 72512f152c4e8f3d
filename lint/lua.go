package lint

import (
	"slices"
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

// luaCall gives what a function of Lua's own gives, and looks at those that matter.
func (w *walk) luaCall(e *ast.FuncCallExpr, name string, args []ast.Expr, given []value) []value {
	switch name {
	case "require":
		w.sinks(e, name, given)
		return w.require(e)
	case "table.concat":
		if list := nth(given, 0).list; list != nil {
			hostile, keys := tainted(append(slices.Clone(*list), nth(given, 1))...)
			return []value{{text: true, hostile: hostile, keys: keys}}
		}
	case "assert":
		return given // found or an error
	case "tostring", "string.sub", "string.lower", "string.upper", "string.rep", "string.reverse":
		hostile, keys := tainted(nth(given, 0))
		return []value{{text: true, hostile: hostile, keys: keys}}
	case "string.gsub":
		hostile, keys := tainted(nth(given, 0), nth(given, 2))
		if pattern := nth(given, 1); pattern.whole && others(pattern.begins) {
			hostile, keys = tainted(nth(given, 2)) // what is left is what the script allows
		}
		return []value{{text: true, hostile: hostile, keys: keys}}
	case "string.match":
		return matched(nth(given, 0), nth(given, 1))
	case "string.format":
		hostile, keys := tainted(formatted(args, given)...)
		return []value{{text: true, hostile: hostile, keys: keys}}
	case "os.execute", "io.popen", "load", "loadstring", "dofile", "loadfile":
		w.sinks(e, name, given)
	case "io.read", "io.lines":
		if name == "io.read" || len(args) == 0 {
			w.readsDialog(e, name)
		}
	}
	return nil
}

// matched gives what a pattern finds in a text: a caller has a say in what may be more
// than harmless characters. Nothing is said of a pattern that is made elsewhere.
func matched(text, pattern value) []value {
	if text.hostile == "" || !pattern.whole {
		return nil
	}
	var found []value
	for _, safe := range captures(pattern.begins) {
		if safe {
			found = append(found, value{})
		} else {
			found = append(found, value{hostile: text.hostile, keys: text.keys})
		}
	}
	return found
}

// formatted gives those arguments of string.format that come out as they are, and
// not as a number.
func formatted(args []ast.Expr, given []value) []value {
	if len(args) == 0 {
		return nil
	}
	layout, ok := args[0].(*ast.StringExpr)
	if !ok {
		return given
	}
	texts := given[:1]
	n := 1
	for _, part := range strings.Split(strings.ReplaceAll(layout.Value, "%%", ""), "%")[1:] {
		verb := strings.TrimLeft(part, "-+ #0123456789.")
		if n < len(given) && (verb == "" || strings.ContainsRune("sq", rune(verb[0]))) {
			texts = append(slices.Clone(texts), given[n])
		}
		n++
	}
	return texts
}

// textCall walks through a method of a text, as in name:upper().
func (w *walk) textCall(e *ast.FuncCallExpr, text value, s *scope) []value {
	given := append([]value{text}, w.arguments(e.Args, nil, s)...)
	members := w.Globals["string"]
	if !slices.Contains(members, e.Method) && !w.added["string."+e.Method] && !w.added["string."] {
		w.find(e.Line(), Error, "unknown-member", e.Method, "a text has no %s%s", e.Method, w.didYouMean(e.Method, members))
		return nil
	}
	return w.luaCall(e, "string."+e.Method, append([]ast.Expr{e.Receiver}, e.Args...), given)
}

func (w *walk) readsDialog(e *ast.FuncCallExpr, name string) {
	token := name
	if _, method, ok := strings.Cut(name, ":"); ok {
		token = method
	}
	w.find(e.Line(), Warning, "reads-dialog", token, "standard input is the dialog with Asterisk, and %s finds it at its end: io.open(name) reads a file, agi.get_data keys", name)
}

// require gives a module.
func (w *walk) require(e *ast.FuncCallExpr) []value {
	if len(e.Args) != 1 {
		return nil
	}
	name, ok := e.Args[0].(*ast.StringExpr)
	if !ok {
		return nil
	}
	m := w.module(name.Value)
	if w.File == nil {
		return []value{{module: m}}
	}
	if path, _ := w.File(w.path, name.Value); path != "" {
		return nil // a file goes first
	}
	if m == nil {
		if members, lua := w.Globals[name.Value]; !lua || len(members) == 0 {
			var names []string
			for _, m := range w.Modules {
				names = append(names, m.Name)
			}
			w.find(e.Line(), Error, "unknown-module", name.Value, "there is no module %s%s: it is none of goagi's, and there is no %s.lua beside the script or in the scripts folder",
				name.Value, w.didYouMean(name.Value, names), strings.ReplaceAll(name.Value, ".", "/"))
		}
	}
	return []value{{module: m}}
}
