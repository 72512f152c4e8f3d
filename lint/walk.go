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
	written  map[string]bool // globals that the file, or one that it requires, sets somewhere
	added    map[string]bool // what they set in Lua's own tables: "string.trim"
	changing map[string]bool // names of locals that are assigned to after their declaration
	recorded map[string]bool // prompts that the file records itself
	prompts  []prompt        // those that it plays
	opaque   bool            // anything may set a global: the file runs text as Lua
	findings []Finding
	found    map[Level]int // how many findings
	pardoned pardoned      // of the last line that had one
	depth    int
	level    int // how many functions are around
	changes  []change
	assigns  int
	breaks   []map[*local]value // of each loop around: what locals hold where it is left
	jumped   map[*local]value   // what a caller has a say in where a goto is
	facts    map[string]*local  // see fact
	asked    ast.Expr           // see ask
}

// prompt is a sound file that a line names.
type prompt struct {
	line int
	name string
}

// deepest is as deep as a tree is followed: what a stack holds for certain.
const deepest = 5000

// find adds a finding. token is what it is about, for the column; "" for the line.
func (w *walk) find(line int, level Level, id, token, format string, values ...any) {
	if w.enough(level) {
		return
	}
	f := Finding{File: w.path, Line: line, Level: level, ID: id, Text: fmt.Sprintf(format, values...)}
	if line >= 1 && line <= len(w.lines) {
		f.Source = strings.TrimRight(w.lines[line-1], " \t\r")
		if w.pardoned.line != line {
			w.pardoned = pardonOf(line, f.Source)
		}
		if id != "syntax" && w.pardoned.silences(id) { // which no call would get past
			return
		}
		f.Text += w.pardoned.instead()
		f.Column = column(f.Source, token)
	}
	w.found[level]++
	w.findings = append(w.findings, f)
}

// enough reports whether a file has all the findings of a level that it gets.
func (w *walk) enough(level Level) bool { return w.found[level] >= mostFindings }

// didYouMean is spell.DidYouMean for an error, as long as one is told.
func (w *walk) didYouMean(name string, names []string) string {
	if w.enough(Error) {
		return ""
	}
	return spell.DidYouMean(name, names)
}

// column gives where a word stands in a line, from 1; 0 where it does not.
func column(line, word string) int {
	if word == "" {
		return 0
	}
	first := 0
	for from := 0; ; {
		at := strings.Index(line[from:], word)
		if at < 0 {
			return first
		}
		at += from
		if first == 0 {
			first = at + 1
		}
		if !(inName(word, 0) && inName(line, at-1)) && !(inName(word, len(word)-1) && inName(line, at+len(word))) {
			return at + 1
		}
		from = at + 1
	}
}

// inName reports whether a byte of a line may be part of a name.
func inName(line string, at int) bool {
	return at >= 0 && at < len(line) && (line[at] == '_' || line[at] >= '0' && line[at] <= '9' || line[at]|0x20 >= 'a' && line[at]|0x20 <= 'z')
}

// scope is a block: what its locals hold.
type scope struct {
	outer  *scope
	locals []*local
}

// local is a variable of the file's.
type local struct {
	name   string
	line   int
	holds  value
	read   bool
	group  *group
	level  int  // of the function that it is in
	shared bool // a function inside assigns to it
	last   int  // the number of the last assignment
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

// names lists the locals that can be seen.
func (s *scope) names() []string {
	var names []string
	for ; s != nil; s = s.outer {
		for _, l := range s.locals {
			names = append(names, l.name)
		}
	}
	return names
}

// declare adds a local to a block.
func (w *walk) declare(s *scope, name string, line int, holds value, g *group) {
	l := &local{name: name, line: line, holds: holds, group: g, level: w.level}
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
		for i, statement := range list {
			w.statement(statement, s)
			w.reaches(list[i:], s)
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
		given := w.values(st.Rhs, s)
		for i, left := range st.Lhs {
			w.assign(left, nth(given, i), s)
		}
	case *ast.FuncCallStmt:
		w.expr(st.Expr, s)
	case *ast.DoBlockStmt:
		w.block(st.Stmts, &scope{outer: s})
	case *ast.WhileStmt:
		runs := anyTimes
		if _, yes := st.Condition.(*ast.TrueExpr); yes && !hasGoto(st.Stmts) {
			runs = forever
		}
		w.loop(append([]ast.Stmt{&condition{expr: st.Condition}}, st.Stmts...), runs, s, &scope{outer: s})
		if !leaves(st.Stmts) {
			w.narrow(st.Condition, false, s)
		}
	case *ast.RepeatStmt:
		runs := once
		if leaves(st.Stmts) {
			runs = anyTimes
		}
		w.loop(append(slices.Clone(st.Stmts), &condition{expr: st.Condition}), runs, s, &scope{outer: s}) // it sees the body's locals
	case *condition:
		w.ask(st.expr, s)
		w.narrow(st.expr, true, s)
	case *ast.IfStmt:
		w.branches(st, s)
	case *ast.BreakStmt:
		w.breaksOff(s)
	case *ast.GotoStmt:
		w.jumps(s)
	case *ast.LabelStmt:
		w.label(s)
	case *ast.NumberForStmt:
		for _, e := range []ast.Expr{st.Init, st.Limit, st.Step} {
			w.expr(e, s)
		}
		inner := &scope{outer: s}
		w.declare(inner, st.Name, st.Line(), value{}, nil)
		w.loop(st.Stmts, anyTimes, s, inner)
	case *ast.GenericForStmt:
		w.values(st.Exprs, s)
		inner := &scope{outer: s}
		for _, name := range st.Names {
			w.declare(inner, name, st.Line(), value{}, nil)
		}
		w.loop(st.Stmts, anyTimes, s, inner)
	case *ast.FuncDefStmt:
		if st.Name.Func != nil {
			w.assign(st.Name.Func, value{}, s)
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
			w.declare(s, st.Names[0], st.Line(), value{}, g)
			w.function(fn, s, false, nil)
			return
		}
	}
	given := w.values(st.Exprs, s)
	for len(st.Exprs) == 0 && len(given) < len(st.Names) {
		given = append(given, value{none: true})
	}
	for i, name := range st.Names {
		w.declare(s, name, st.Line(), nth(given, i), g)
	}
}

// nth gives a value of a list, anything where it has none there.
func nth(given []value, i int) value {
	if i < len(given) {
		return given[i]
	}
	return value{}
}

// assign walks through what is assigned to.
func (w *walk) assign(left ast.Expr, holds value, s *scope) {
	id, ok := left.(*ast.IdentExpr)
	if !ok {
		get, ok := left.(*ast.AttrGetExpr)
		if !ok {
			return
		}
		object := w.expr(get.Object, s)
		if key := w.expr(get.Key, s); object.name == "agi.var" {
			w.names(left.Line(), "var", "agi.var[...]", key)
		}
		return
	}
	if l := s.lookup(id.Value); l != nil {
		w.assigned(l, holds)
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

// function walks through a function. given says what its parameters hold, where
// that is known.
func (w *walk) function(fn *ast.FunctionExpr, s *scope, method bool, given []value) {
	since := len(w.changes)
	w.level++
	w.forget(s)
	inner := &scope{outer: s}
	if method {
		w.declare(inner, "self", fn.Line(), value{}, nil)
	}
	for i, name := range fn.ParList.Names {
		w.declare(inner, name, fn.Line(), nth(given, i), nil)
	}
	w.block(fn.Stmts, inner)
	w.level--
	for l, holds := range w.undo(since) {
		if l.shared {
			hostile, keys := tainted(l.holds, holds)
			w.set(l, value{hostile: hostile, keys: keys})
		}
	}
}

// ident walks through a name that is read; asked says that the script asks whether it is
// there.
func (w *walk) ident(id *ast.IdentExpr, asked bool, s *scope) value {
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
	case written || w.there(id.Value):
	case asked && (w.enough(Error) || len(id.Value) < 4 || spell.DidYouMean(id.Value, s.names()) == ""): // else the local is meant
	case w.opaque:
		w.find(id.Line(), Warning, "unknown-global", id.Value, "nothing here sets %s, unless what dofile, setfenv and the like run does", id.Value)
	case w.module(id.Value) != nil:
		w.find(id.Line(), Error, "unknown-global", id.Value, "%[1]s is a module: local %[1]s = require \"%[1]s\"", id.Value)
	case !w.enough(Error):
		w.find(id.Line(), Error, "unknown-global", id.Value, "there is no %s here%s", id.Value, w.didYouMean(id.Value, w.meant(s)))
	}
	return value{}
}

// meant lists what a name could have been meant to be.
func (w *walk) meant(s *scope) []string {
	names := []string{"agi"}
	for name := range w.Globals {
		names = append(names, name)
	}
	slices.Sort(names)
	names = append(names, s.names()...)
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
