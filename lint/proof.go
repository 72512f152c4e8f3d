package lint

import (
	"slices"

	"github.com/yuin/gopher-lua/ast"
)

// mostParts is as deep as a condition is followed: deeper ones prove nothing.
const mostParts = 50

// condition is a statement that only reads a condition, and goes on where it holds.
type condition struct {
	ast.StmtBase
	expr ast.Expr
}

// fact is what is known of something that is no local and does not change, such as
// agi.env.callerid, by its name; holds is what is known at first.
func (w *walk) fact(name string, holds value) *local {
	if w.facts[name] == nil {
		w.facts[name] = &local{name: name, holds: holds}
	}
	return w.facts[name]
}

// named gives what an expression names, as facts are named: "agi.env.callerid", also
// where a local stands for a part of it; "" where it is anything else.
func named(e ast.Expr, s *scope) string { return namedOf(e, s, mostParts) }

func namedOf(e ast.Expr, s *scope, parts int) string {
	if parts--; parts < 0 {
		return ""
	}
	switch e := e.(type) {
	case *ast.IdentExpr:
		l := s.lookup(e.Value)
		switch {
		case l == nil:
			return e.Value
		case l.holds.module != nil:
			return l.holds.module.Name
		case l.holds.name != "":
			return l.holds.name
		}
		return l.holds.global
	case *ast.AttrGetExpr:
		if key, ok := e.Key.(*ast.StringExpr); ok {
			if object := namedOf(e.Object, s, parts); object != "" {
				return object + "." + key.Value
			}
		}
	}
	return ""
}

// narrow notes what a condition proves where it held, or did not, and gives what was
// known before.
func (w *walk) narrow(e ast.Expr, held bool, s *scope) []change {
	var before []change
	for _, l := range w.proven(e, held, s, mostParts) {
		before = append(before, change{l, l.holds})
		holds := l.holds
		holds.hostile, holds.keys = "", false
		holds.there = l.level < 0
		w.set(l, holds)
	}
	return before
}

// proven gives what a caller has no say in any more where a condition held, or did not:
// it is one of those that the script has listed, or consists of what the script allows.
func (w *walk) proven(e ast.Expr, held bool, s *scope, parts int) []*local {
	if parts--; parts < 0 {
		return nil
	}
	switch e := e.(type) {
	case *ast.UnaryNotOpExpr:
		return w.proven(e.Expr, !held, s, parts)
	case *ast.LogicalOpExpr:
		left, right := w.proven(e.Lhs, held, s, parts), w.proven(e.Rhs, held, s, parts)
		if held == (e.Operator == "and") {
			return append(left, right...)
		}
		return slices.DeleteFunc(left, func(l *local) bool { return !slices.Contains(right, l) }) // one of the two, nobody knows which
	case *ast.RelationalOpExpr:
		return w.equals(e, held, s, parts)
	case *ast.FuncCallExpr:
		return w.answers(e, held, s)
	case *ast.IdentExpr:
		if !held {
			return w.sentBy(e, s) // it is nil
		}
		return w.present(e, s)
	case *ast.AttrGetExpr:
		if !held {
			return w.sentBy(e, s)
		}
		return slices.Concat(w.proven(e.Object, true, s, parts), w.key(e, s), w.present(e, s))
	}
	return nil
}

// sentBy gives what an expression names, where a caller has a say in it.
func (w *walk) sentBy(e ast.Expr, s *scope) []*local {
	var l *local
	if id, ok := e.(*ast.IdentExpr); ok {
		l = s.lookup(id.Value)
	} else {
		l = w.facts[named(e, s)]
	}
	if l == nil || l.holds.hostile == "" {
		return nil
	}
	return []*local{l}
}

// key gives the key of t[key], which is one of those in the script's table.
func (w *walk) key(e *ast.AttrGetExpr, s *scope) []*local {
	if _, list := e.Object.(*ast.TableExpr); list || w.own(e.Object, s) {
		return w.sentBy(e.Key, s)
	}
	return nil
}

// ask walks through an expression of which the script only asks whether it is there: of
// Lua's own names, some are missing in one Lua or another.
func (w *walk) ask(e ast.Expr, s *scope) value {
	w.asked = e
	return w.expr(e, s)
}

// present gives the fact that a global, or a member of one, is there.
func (w *walk) present(e ast.Expr, s *scope) []*local {
	name := named(e, s)
	if id, ok := e.(*ast.IdentExpr); name == "" || ok && s.lookup(id.Value) != nil {
		return nil
	}
	l := w.fact("there is "+name, value{})
	l.level = -1
	return []*local{l}
}

// there reports whether the script has asked for a name, and comes here where it is.
func (w *walk) there(name string) bool {
	l := w.facts["there is "+name]
	return l != nil && l.holds.there
}

// own reports whether an expression names something of the script's own: what goagi
// has, Lua has, and a caller sent is none.
func (w *walk) own(e ast.Expr, s *scope) bool {
	switch e := e.(type) {
	case *ast.IdentExpr:
		if l := s.lookup(e.Value); l != nil {
			return l.holds == value{list: l.holds.list}
		}
		_, written := w.written[e.Value]
		return written && !w.known(e.Value)
	case *ast.AttrGetExpr:
		return w.own(e.Object, s)
	}
	return false
}

// equals is proven for a == b and a ~= b.
func (w *walk) equals(e *ast.RelationalOpExpr, held bool, s *scope, parts int) []*local {
	if e.Operator != "==" && e.Operator != "~=" {
		return nil
	}
	equal := held == (e.Operator == "==")
	left, right := e.Lhs, e.Rhs
	switch left.(type) {
	case *ast.NilExpr, *ast.TrueExpr, *ast.StringExpr, *ast.NumberExpr:
		left, right = right, left
	}
	switch right.(type) {
	case *ast.NilExpr:
		return w.proven(left, !equal, s, parts)
	case *ast.TrueExpr, *ast.StringExpr, *ast.NumberExpr:
		if call, ok := left.(*ast.FuncCallExpr); ok && equal && len(call.Args) == 1 && named(call.Func, s) == "type" {
			return w.present(call.Args[0], s) // or "nil" is asked for
		}
		if equal {
			return append(w.sentBy(left, s), w.proven(left, true, s, parts)...)
		}
	default:
		switch {
		case equal && w.own(right, s):
			return w.sentBy(left, s)
		case equal && w.own(left, s):
			return w.sentBy(right, s)
		}
	}
	return nil
}

// answers is proven for what a function says of its arguments.
func (w *walk) answers(e *ast.FuncCallExpr, held bool, s *scope) []*local {
	args, name := e.Args, named(e.Func, s)
	if e.Method != "" {
		args = append([]ast.Expr{e.Receiver}, args...)
		if name = ""; len(w.sentBy(e.Receiver, s)) > 0 {
			name = "string." + e.Method
		}
	}
	switch {
	case len(args) == 0:
	case name == "tonumber" && held && w.plain(name, s):
		return w.sentBy(args[0], s)
	case name == "string.match" || name == "string.find":
		if len(args) != 2 {
			return nil
		}
		pattern, known := textOf(args[1], s)
		if held && (!known || wholly(pattern)) || !held && known && others(pattern) {
			return w.sentBy(args[0], s)
		}
	case held && (e.Method == "" && w.own(e.Func, s) || e.Method != "" && w.own(e.Receiver, s)): // as in valid(number), numbers:has(number)
		var asked []*local
		for _, arg := range args {
			asked = append(asked, w.sentBy(arg, s)...)
		}
		return asked
	}
	return nil
}

// textOf gives a text that is written out, or what a local holds of one.
func textOf(e ast.Expr, s *scope) (text string, known bool) {
	switch e := e.(type) {
	case *ast.StringExpr:
		return e.Value, true
	case *ast.IdentExpr:
		if l := s.lookup(e.Value); l != nil {
			return l.holds.begins, l.holds.whole
		}
	}
	return "", false
}
