package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yuin/gopher-lua/ast"

	"goagi/luabind"
	"goagi/spell"
)

// walk goes through the tree of one file.
type walk struct {
	*Checker
	path     string
	lines    []string
	spec     bool
	words    *luabind.Module // what a spec has as globals
	types    map[string]*luabind.Type
	written  map[string]bool // globals that the file sets somewhere
	findings []Finding
	depth    int
}

// deepest is as deep as a tree is followed: what a stack holds for certain.
const deepest = 5000

// find adds a finding. token is what it is about, for the column; "" for the line.
func (w *walk) find(line int, level Level, id, token, format string, values ...any) {
	if len(w.findings) >= mostFindings {
		return
	}
	f := Finding{File: w.path, Line: line, Level: level, ID: id, Text: fmt.Sprintf(format, values...)}
	if line >= 1 && line <= len(w.lines) {
		f.Source = strings.TrimRight(w.lines[line-1], " \t\r")
		if pardoned(f.Source, id) {
			return
		}
		if at := strings.Index(f.Source, token); token != "" && at >= 0 {
			f.Column = at + 1
		}
	}
	w.findings = append(w.findings, f)
}

// scope is a block: what its locals hold.
type scope struct {
	outer  *scope
	locals []*local
}

// local is a variable of the file's.
type local struct {
	name  string
	line  int
	holds value
	read  bool
	group *group
}

// group are the locals that one statement declares: of ok, why = f() one may be
// there for the other's sake.
type group struct{ locals []*local }

// lookup finds a local, nil for a global.
func (s *scope) lookup(name string) *local {
	for ; s != nil; s = s.outer {
		for i := len(s.locals) - 1; i >= 0; i-- {
			if s.locals[i].name == name {
				return s.locals[i]
			}
		}
	}
	return nil
}

func (s *scope) declare(name string, line int, holds value, g *group) {
	l := &local{name: name, line: line, holds: holds, group: g}
	if g != nil {
		g.locals = append(g.locals, l)
	} else {
		l.read = true // a parameter or a loop's variable: it is there for the place's sake
	}
	s.locals = append(s.locals, l)
}

// block walks through statements in a scope of their own.
func (w *walk) block(list []ast.Stmt, s *scope) {
	if w.depth++; w.depth <= deepest {
		w.reaches(list)
		for _, statement := range list {
			w.statement(statement, s)
		}
	}
	w.depth--
	for _, l := range s.locals {
		if l.read || strings.HasPrefix(l.name, "_") || slices.ContainsFunc(l.group.locals, func(l *local) bool { return l.read }) {
			continue
		}
		w.find(l.line, Warning, "unused-local", l.name, "nothing reads %s", l.name)
	}
}

// statement walks through one statement.
func (w *walk) statement(statement ast.Stmt, s *scope) {
	switch st := statement.(type) {
	case *ast.LocalAssignStmt:
		w.localAssign(st, s)
	case *ast.AssignStmt:
		w.values(st.Rhs, s)
		for _, left := range st.Lhs {
			w.assign(left, s)
		}
	case *ast.FuncCallStmt:
		w.expr(st.Expr, s)
	case *ast.DoBlockStmt:
		w.block(st.Stmts, &scope{outer: s})
	case *ast.WhileStmt:
		w.expr(st.Condition, s)
		w.block(st.Stmts, &scope{outer: s})
	case *ast.RepeatStmt:
		inner := &scope{outer: s}
		w.block(append(slices.Clone(st.Stmts), &ast.ReturnStmt{Exprs: []ast.Expr{st.Condition}}), inner) // which sees its locals
	case *ast.IfStmt:
		w.expr(st.Condition, s)
		w.block(st.Then, &scope{outer: s})
		w.block(st.Else, &scope{outer: s})
	case *ast.NumberForStmt:
		for _, e := range []ast.Expr{st.Init, st.Limit, st.Step} {
			w.expr(e, s)
		}
		inner := &scope{outer: s}
		inner.declare(st.Name, st.Line(), value{}, nil)
		w.block(st.Stmts, inner)
	case *ast.GenericForStmt:
		w.values(st.Exprs, s)
		inner := &scope{outer: s}
		for _, name := range st.Names {
			inner.declare(name, st.Line(), value{}, nil)
		}
		w.block(st.Stmts, inner)
	case *ast.FuncDefStmt:
		if st.Name.Func != nil {
			w.assign(st.Name.Func, s)
		} else {
			w.expr(st.Name.Receiver, s)
		}
		w.function(st.Func, s, st.Name.Method != "", nil)
	case *ast.ReturnStmt:
		w.values(st.Exprs, s)
	}
}

func (w *walk) localAssign(st *ast.LocalAssignStmt, s *scope) {
	g := new(group)
	if len(st.Names) == 1 && len(st.Exprs) == 1 {
		if fn, ok := st.Exprs[0].(*ast.FunctionExpr); ok { // which may call itself
			s.declare(st.Names[0], st.Line(), value{}, g)
			w.function(fn, s, false, nil)
			return
		}
	}
	given := w.values(st.Exprs, s)
	for i, name := range st.Names {
		var holds value
		if i < len(given) {
			holds = given[i]
		}
		s.declare(name, st.Line(), holds, g)
	}
}

// assign walks through what is assigned to.
func (w *walk) assign(left ast.Expr, s *scope) {
	id, ok := left.(*ast.IdentExpr)
	if !ok {
		get, ok := left.(*ast.AttrGetExpr)
		if !ok {
			return
		}
		w.expr(get.Object, s)
		w.expr(get.Key, s)
		return
	}
	if l := s.lookup(id.Value); l != nil {
		l.holds = value{hostile: l.holds.hostile} // whatever comes now
		return
	}
	if w.known(id.Value) || !w.written[id.Value] {
		return
	}
	w.find(id.Line(), Warning, "global", id.Value, "%s is a global, which every function sees: local %s = ... makes it the script's own", id.Value, id.Value)
	w.written[id.Value] = false // once is enough; it stays known
}

// known reports whether a global is there without the file.
func (w *walk) known(name string) bool {
	if _, ok := w.Globals[name]; ok || name == "agi" {
		return true
	}
	return w.words != nil && (name == "fake" || name == "assert" || funcOf(w.words.Funcs, name) != nil)
}

// gather notes the globals that the file sets.
func (w *walk) gather(list []ast.Stmt, depth int) {
	if depth > deepest {
		return
	}
	for _, statement := range list {
		switch st := statement.(type) {
		case *ast.AssignStmt:
			for _, left := range st.Lhs {
				if id, ok := left.(*ast.IdentExpr); ok {
					w.written[id.Value] = true
				}
			}
		case *ast.FuncDefStmt:
			if id, ok := st.Name.Func.(*ast.IdentExpr); ok {
				w.written[id.Value] = true
			}
		}
		for _, inner := range blocksOf(statement) {
			w.gather(inner, depth+1)
		}
		for _, fn := range functionsOf(statement) {
			w.gather(fn.Stmts, depth+1)
		}
	}
}

// function walks through a function. given says what its parameters hold, where
// that is known.
func (w *walk) function(fn *ast.FunctionExpr, s *scope, method bool, given []value) {
	inner := &scope{outer: s}
	if method {
		inner.declare("self", fn.Line(), value{}, nil)
	}
	for i, name := range fn.ParList.Names {
		var holds value
		if i < len(given) {
			holds = given[i]
		}
		inner.declare(name, fn.Line(), holds, nil)
	}
	w.block(fn.Stmts, inner)
}

// ident walks through a name that is read.
func (w *walk) ident(id *ast.IdentExpr, s *scope) value {
	if l := s.lookup(id.Value); l != nil {
		l.read = true
		return l.holds
	}
	if id.Value == "agi" || w.spec && (id.Value == "fake" || id.Value == "assert") {
		return value{module: w.module(id.Value)}
	}
	if w.words != nil {
		if fn := funcOf(w.words.Funcs, id.Value); fn != nil {
			return value{fn: fn, name: id.Value}
		}
	}
	_, written := w.written[id.Value]
	switch {
	case w.known(id.Value):
		return value{global: id.Value}
	case written:
	case w.module(id.Value) != nil:
		w.find(id.Line(), Error, "unknown-global", id.Value, "%[1]s is a module: local %[1]s = require \"%[1]s\"", id.Value)
	default:
		w.find(id.Line(), Error, "unknown-global", id.Value, "there is no %s here%s", id.Value, spell.DidYouMean(id.Value, w.names(s)))
	}
	return value{}
}

// names lists what a name could have been meant to be.
func (w *walk) names(s *scope) []string {
	names := []string{"agi"}
	for name := range w.Globals {
		names = append(names, name)
	}
	slices.Sort(names)
	for ; s != nil; s = s.outer {
		for _, l := range s.locals {
			names = append(names, l.name)
		}
	}
	if w.words != nil {
		for i := range w.words.Funcs {
			names = append(names, w.words.Funcs[i].Name)
		}
	}
	return names
}

func funcOf(funcs []luabind.Func, name string) *luabind.Func {
	for i := range funcs {
		if funcs[i].Name == name {
			return &funcs[i]
		}
	}
	return nil
}
