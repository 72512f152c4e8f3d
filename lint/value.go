package lint

import (
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/gopher-lua/ast"

	"goagi/luabind"
)

// value is what an expression is known to give. The zero value is anything.
type value struct {
	module  *luabind.Module
	object  *luabind.Type // or nil
	fn      *luabind.Func // of goagi's own
	name    string        // of fn, or a field of a module's, as it is written: "agi.get_data"
	method  bool          // fn is one of an object's
	global  string        // one of Lua's own globals or, with a dot, what is in it
	text    bool          // a text, or nil
	none    bool          // nil
	there   bool          // of a fact: it is there
	begins  string        // what a text is known to begin with
	whole   bool          // begins is all of it
	hostile string        // what in it came from a caller: "agi.env.callerid"
	keys    bool          // and is no more than the keys of a telephone
	list    *[]value      // what a table that is written out lists, where a caller sent some of it
}

// values walks through a list, and gives what its variables get: those of the last
// call, too.
func (w *walk) values(list []ast.Expr, s *scope) []value {
	var all []value
	for i, e := range list {
		if call, ok := e.(*ast.FuncCallExpr); ok && i == len(list)-1 {
			return append(all, w.call(call, s)...)
		}
		all = append(all, w.expr(e, s))
	}
	return all
}

// expr walks through an expression.
func (w *walk) expr(expr ast.Expr, s *scope) value {
	w.depth++
	defer func() { w.depth-- }()
	if w.depth > deepest {
		return value{}
	}
	asked := w.asked == expr
	w.asked = nil
	switch e := expr.(type) {
	case *ast.IdentExpr:
		return w.ident(e, asked, s)
	case *ast.StringExpr:
		return value{text: true, begins: e.Value, whole: true}
	case *ast.NilExpr:
		return value{none: true}
	case *ast.AttrGetExpr:
		return w.member(e, asked, s)
	case *ast.FuncCallExpr:
		if given := w.call(e, s); len(given) > 0 {
			return given[0]
		}
		return value{}
	case *ast.FunctionExpr:
		w.function(e, s, false, nil)
	case *ast.TableExpr:
		return w.table(e, s)
	case *ast.LogicalOpExpr:
		left := w.ask(e.Lhs, s)
		before := w.narrow(e.Lhs, e.Operator == "and", s)
		if asked || e.Operator == "or" && left.global != "" { // as in unpack or table.unpack
			w.asked = e.Rhs
		}
		right := w.expr(e.Rhs, s)
		for _, c := range before {
			w.set(c.local, c.was)
		}
		if e.Operator == "or" && left.object != nil {
			return left // found or default
		}
		hostile, keys := tainted(right)
		if e.Operator == "or" {
			hostile, keys = tainted(left, right)
		}
		return value{hostile: hostile, keys: keys, text: left.text && right.text}
	case *ast.RelationalOpExpr:
		if _, none := e.Rhs.(*ast.NilExpr); none {
			w.asked = e.Lhs
		}
		left, right := w.expr(e.Lhs, s), w.expr(e.Rhs, s)
		w.compares(e, left, right)
	case *ast.StringConcatOpExpr:
		left, right := w.expr(e.Lhs, s), w.expr(e.Rhs, s)
		hostile, keys := tainted(left, right)
		both := value{text: true, hostile: hostile, keys: keys, begins: left.begins}
		if left.whole {
			both.begins, both.whole = left.begins+right.begins, right.whole
		}
		return both
	case *ast.ArithmeticOpExpr:
		left, right := w.expr(e.Lhs, s), w.expr(e.Rhs, s)
		w.reckons(e, left, right)
	case *ast.UnaryMinusOpExpr:
		w.expr(e.Expr, s)
	case *ast.UnaryNotOpExpr:
		w.ask(e.Expr, s)
	case *ast.UnaryLenOpExpr:
		w.expr(e.Expr, s)
	}
	return value{}
}

// table walks through a table that is written out.
func (w *walk) table(e *ast.TableExpr, s *scope) value {
	var list []value
	sent := false
	for _, field := range e.Fields {
		if w.expr(field.Key, s); field.Key != nil {
			w.expr(field.Value, s)
			continue
		}
		v := w.expr(field.Value, s)
		list = append(list, v)
		sent = sent || v.hostile != ""
	}
	if !sent {
		return value{}
	}
	return value{list: &list}
}

// compares tells of a text that is compared with a number: it equals none, and it is
// an error to ask for the greater one.
func (w *walk) compares(e *ast.RelationalOpExpr, left, right value) {
	number, ok := numberOf(e.Rhs)
	text := left
	if !ok {
		number, ok = numberOf(e.Lhs)
		text = right
	}
	switch {
	case !ok || !text.text:
	case e.Operator != "==" && e.Operator != "~=":
		w.find(e.Line(), Error, "text-as-number", number, "this is a text, which is neither less nor more than a number: tonumber(...) makes it one")
	case number == "-1":
		w.find(e.Line(), Warning, "text-as-number", number, "this is a text, which no number equals: it is nil where there is none, and what goes wrong is raised")
	default:
		w.find(e.Line(), Warning, "text-as-number", number, "this is a text, which no number equals: compare with %q, or with nil for none", number)
	}
}

// reckons tells of a text that is no number where one is reckoned with.
func (w *walk) reckons(e *ast.ArithmeticOpExpr, left, right value) {
	for _, v := range []value{left, right} {
		if v.text && noNumber(v) {
			w.find(e.Line(), Error, "text-as-number", e.Operator, "this is a text, and %s reckons with numbers: .. joins texts, as in \"you typed \" .. digits", e.Operator)
			return
		}
	}
}

// noNumber reports whether Lua makes no number of a text for certain.
func noNumber(v value) bool {
	text := strings.TrimLeft(v.begins, " \t\r\n")
	if v.whole {
		_, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		return err != nil && !strings.HasPrefix(strings.TrimLeft(strings.ToLower(text), "+-"), "0x")
	}
	return text != "" && strings.IndexByte("0123456789+-.", text[0]) < 0
}

// numberOf gives a number as it is written.
func numberOf(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.NumberExpr:
		return e.Value, true
	case *ast.UnaryMinusOpExpr:
		if n, ok := e.Expr.(*ast.NumberExpr); ok {
			return "-" + n.Value, true
		}
	}
	return "", false
}

// member walks through object.key; asked says that the script asks whether it is there.
func (w *walk) member(e *ast.AttrGetExpr, asked bool, s *scope) value {
	object := w.expr(e.Object, s)
	key, ok := e.Key.(*ast.StringExpr)
	if !ok {
		name := w.expr(e.Key, s)
		if object.name == "agi.var" {
			w.names(e.Line(), "var", "agi.var[...]", name)
			return value{text: true}
		}
		if object.name == "agi.app" && name.hostile != "" && !name.keys {
			w.find(e.Line(), Error, "hostile-text", "app", "agi.app[...] names an application by what a caller sent, %s: System is one, too, look it up in a table of those that may be run", name.hostile)
		}
		return value{hostile: object.hostile, keys: object.keys}
	}
	name := key.Value
	switch {
	case object.name == "agi.app":
		return value{name: "agi.app." + name}
	case object.name == "agi.query":
		return w.fact("agi.query."+name, value{text: true, hostile: "agi.query." + name}).holds
	case object.name == "agi.var":
		v := value{text: true}
		if hostileVariable(name) {
			v.hostile = name
		}
		return v
	case object.text && !w.added["string."] && !w.added["string."+name] && !slices.Contains(w.Globals["string"], name):
		hint := ""
		if name == "result" || name == "data" || name == "code" {
			hint = ": there is no array here, it is the text itself that a function of agi gives"
		}
		w.find(key.Line(), Error, "unknown-member", name, "a text has no %s%s", name, hint)
	case object.module != nil:
		return w.ofModule(e, object.module, name)
	case object.object != nil:
		return w.ofObject(e, object, name)
	case object.global != "" && !strings.Contains(object.global, "."):
		members := w.Globals[object.global]
		if len(members) > 0 && !slices.Contains(members, name) {
			full := object.global + "." + name
			if asked || w.added[full] || w.added[object.global+"."] || w.there(full) {
				return value{}
			}
			w.find(key.Line(), Error, "unknown-member", name, "there is no %s.%s%s", object.global, name, w.didYouMean(name, members))
			return value{}
		}
		return value{global: object.global + "." + name}
	}
	return value{}
}

// ofModule gives a member of a module.
func (w *walk) ofModule(e *ast.AttrGetExpr, m *luabind.Module, name string) value {
	if fn := funcOf(m.Funcs, name); fn != nil {
		return value{fn: fn, name: m.Name + "." + name}
	}
	for i := range m.Fields {
		if m.Fields[i].Name == name {
			v := w.typed(m.Fields[i].Type)
			v.name = m.Name + "." + name
			return v
		}
	}
	if m.Name == "assert" || w.added[m.Name+"."+name] || w.added[m.Name+"."] { // assert.is_not.equal and the like
		return value{}
	}
	var names []string
	for i := range m.Funcs {
		names = append(names, m.Funcs[i].Name)
	}
	for i := range m.Fields {
		names = append(names, m.Fields[i].Name)
	}
	w.find(e.Key.Line(), Error, "unknown-member", name, "there is no %s.%s%s", m.Name, name, w.didYouMean(name, names))
	return value{}
}

// ofObject gives a member of an object, or of a table whose fields are known.
func (w *walk) ofObject(e *ast.AttrGetExpr, object value, name string) value {
	t := object.object
	for i := range t.Members {
		if t.Members[i].Name == name {
			v := w.typed(t.Members[i].Type)
			v.text = v.text || t.Members[i].Type == "string"
			if t.Name == "env" && hostileField(name) {
				v.hostile = "agi.env." + name
				v = w.fact(v.hostile, v).holds
			}
			return v
		}
	}
	if fn := funcOf(t.Methods, name); fn != nil {
		return value{fn: fn, name: t.Name + ":" + name, method: true}
	}
	if t.Other != nil {
		return value{}
	}
	if t.Name == "env" {
		if number, ok := strings.CutPrefix(name, "arg_"); ok {
			w.find(e.Key.Line(), Error, "unknown-member", name, "there is no agi.env.%s: the script's arguments are in arg[%s]", name, number)
			return value{}
		}
		if plain, ok := strings.CutPrefix(name, "agi_"); ok {
			w.find(e.Key.Line(), Error, "unknown-member", name, "there is no agi.env.%s: names stand without agi_, agi.env.%s", name, plain)
			return value{}
		}
	}
	w.find(e.Key.Line(), Error, "unknown-member", name, "%s has no %s%s", a(t), name, w.didYouMean(name, membersOf(t)))
	return value{}
}

// a names an object of a type.
func a(t *luabind.Type) string {
	if t.Name == "env" {
		return "agi.env"
	}
	if strings.ContainsRune("aeiou", rune(t.Name[0])) {
		return "an " + t.Name
	}
	return "a " + t.Name
}

func membersOf(t *luabind.Type) []string {
	var names []string
	for i := range t.Methods {
		names = append(names, t.Methods[i].Name)
	}
	for i := range t.Members {
		names = append(names, t.Members[i].Name)
	}
	return names
}

// typed gives a value of a type as our descriptions write it.
func (w *walk) typed(kind string) value {
	kind = strings.TrimSuffix(kind, "?")
	if t := w.types[kind]; t != nil {
		return value{object: t}
	}
	return value{text: kind == "string"}
}
