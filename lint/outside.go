package lint

import (
	"bytes"

	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// mostFiles is in how many files that a script requires its globals are looked for.
const mostFiles = 100

// gather notes what can be known of a file before it is walked through: the globals
// that it and the files that it requires set, the locals that change, the prompts
// that it records.
func (w *walk) gather(list []ast.Stmt) {
	seen := map[string]bool{w.path: true}
	files := []struct {
		path string
		list []ast.Stmt
	}{{w.path, list}}
	for len(files) > 0 {
		path := files[0].path
		g := gathering{walk: w, own: path == w.path, alias: make(map[string]string)}
		g.block(files[0].list, 0)
		files = files[1:]
		for _, module := range g.modules {
			if w.File == nil || len(seen) > mostFiles {
				break
			}
			path, source := w.File(path, module)
			if path == "" || seen[path] {
				continue
			}
			seen[path] = true
			if tree, err := parse.Parse(bytes.NewReader(body(source)), path); err == nil {
				files = append(files, struct {
					path string
					list []ast.Stmt
				}{path, tree})
			}
		}
	}
}

// gathering is how one file is looked at.
type gathering struct {
	*walk
	own     bool              // the file itself, and not one that it requires
	modules []string          // what it requires
	alias   map[string]string // tables that locals stand for: of local s = string
}

func (g *gathering) block(list []ast.Stmt, depth int) {
	if depth > deepest {
		return
	}
	for _, statement := range list {
		switch st := statement.(type) {
		case *ast.LocalAssignStmt:
			for i := range min(len(st.Names), len(st.Exprs)) {
				if table := g.table(st.Exprs[i]); table != "" {
					g.alias[st.Names[i]] = table
				}
			}
		case *ast.AssignStmt:
			for _, left := range st.Lhs {
				g.target(left)
			}
		case *ast.FuncDefStmt:
			g.target(st.Name.Func)
		}
		for _, inner := range blocksOf(statement) {
			g.block(inner, depth+1)
		}
		rest := expressionsOf(statement)
		for len(rest) > 0 {
			expr := rest[len(rest)-1]
			rest = rest[:len(rest)-1]
			switch e := expr.(type) {
			case *ast.FunctionExpr:
				g.block(e.Stmts, depth+1)
			case *ast.FuncCallExpr:
				g.call(e)
			}
			rest = append(rest, partsOf(expr)...)
		}
	}
}

// table names the table that an expression gives: of string and require "string".
func (g *gathering) table(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.IdentExpr:
		if name := g.alias[e.Value]; name != "" {
			return name
		}
		return e.Value
	case *ast.FuncCallExpr:
		if fn, ok := e.Func.(*ast.IdentExpr); ok && fn.Value == "require" && len(e.Args) == 1 {
			if name, ok := e.Args[0].(*ast.StringExpr); ok {
				return name.Value
			}
		}
	}
	return ""
}

// adds notes that a table gets a member, any where name is "".
func (g *gathering) adds(table ast.Expr, name string) {
	if id, ok := table.(*ast.IdentExpr); ok {
		g.added[id.Value+"."+name] = true
	}
	if of := g.table(table); of != "" {
		g.added[of+"."+name] = true
	}
}

// target notes what is assigned to. A local of that name may be meant: then nothing
// is said where something could be.
func (g *gathering) target(left ast.Expr) {
	switch left := left.(type) {
	case *ast.IdentExpr:
		g.written[left.Value] = true
		if g.own {
			g.changing[left.Value] = true
		}
	case *ast.AttrGetExpr:
		name, plain := left.Key.(*ast.StringExpr)
		switch of := g.table(left.Object); {
		case of == "_G" && plain:
			g.written[name.Value] = true
		case of == "_G":
			g.opaque = true
		case plain:
			g.adds(left.Object, name.Value)
		default:
			g.adds(left.Object, "")
		}
	}
}

// call notes a call that says something of other lines.
func (g *gathering) call(e *ast.FuncCallExpr) {
	first := ""
	if len(e.Args) > 0 {
		if text, ok := e.Args[0].(*ast.StringExpr); ok {
			first = text.Value
		}
	}
	switch fn := e.Func.(type) {
	case *ast.IdentExpr:
		switch fn.Value {
		case "require":
			g.modules = append(g.modules, first)
		case "dofile", "loadfile", "load", "loadstring", "setfenv", "module":
			g.opaque = true
		case "setmetatable", "rawset":
			if len(e.Args) > 0 && g.table(e.Args[0]) == "_G" {
				g.opaque = true
			} else if len(e.Args) > 0 {
				g.adds(e.Args[0], "")
			}
		case "getmetatable":
			if len(e.Args) > 0 {
				if _, ok := e.Args[0].(*ast.StringExpr); ok { // what texts have
					g.added["string."] = true
				}
			}
		}
	case *ast.AttrGetExpr:
		if key, ok := fn.Key.(*ast.StringExpr); ok && key.Value == "record_file" && first != "" && g.own {
			g.recorded[first] = true
		}
	}
}
