package lint

import "github.com/yuin/gopher-lua/ast"

// reaches tells of the second of some statements that nothing comes to.
func (w *walk) reaches(list []ast.Stmt, s *scope) {
	if len(list) < 2 || list[1].Line() == 0 {
		return
	}
	if _, label := list[1].(*ast.LabelStmt); !label && w.ends(list[0], s) {
		w.find(list[1].Line(), Warning, "unreachable", "", "nothing comes here: the statement before never ends, or leaves")
	}
}

// ends reports whether nothing comes behind a statement.
func (w *walk) ends(statement ast.Stmt, s *scope) bool {
	switch st := statement.(type) {
	case *ast.ReturnStmt, *ast.BreakStmt, *ast.GotoStmt:
		return true
	case *ast.DoBlockStmt:
		return w.leavesBlock(st.Stmts, s)
	case *ast.IfStmt:
		return w.leavesBlock(st.Then, s) && w.leavesBlock(st.Else, s)
	case *ast.WhileStmt:
		switch st.Condition.(type) {
		case *ast.TrueExpr, *ast.NumberExpr, *ast.StringExpr:
			return !leaves(st.Stmts)
		}
	case *ast.RepeatStmt:
		switch st.Condition.(type) {
		case *ast.FalseExpr, *ast.NilExpr:
			return !leaves(st.Stmts)
		}
	case *ast.FuncCallStmt:
		call, ok := st.Expr.(*ast.FuncCallExpr)
		if !ok {
			return false
		}
		switch fn := call.Func.(type) {
		case *ast.IdentExpr:
			return fn.Value == "error" && w.plain("error", s)
		case *ast.AttrGetExpr:
			object, _ := fn.Object.(*ast.IdentExpr)
			key, _ := fn.Key.(*ast.StringExpr)
			return object != nil && key != nil && object.Value == "os" && key.Value == "exit" && w.plain("os", s)
		}
	}
	return false
}

// plain reports whether a name is Lua's own, and no variable of the script's.
func (w *walk) plain(name string, s *scope) bool { return s.lookup(name) == nil && !w.written[name] }

// leaves reports whether a loop's body may leave it.
func leaves(list []ast.Stmt) bool {
	for _, statement := range list {
		switch st := statement.(type) {
		case *ast.BreakStmt, *ast.GotoStmt:
			return true
		case *ast.IfStmt:
			if leaves(st.Then) || leaves(st.Else) {
				return true
			}
		case *ast.DoBlockStmt:
			if leaves(st.Stmts) {
				return true
			}
		case *ast.WhileStmt:
			if hasGoto(st.Stmts) {
				return true
			}
		case *ast.RepeatStmt:
			if hasGoto(st.Stmts) {
				return true
			}
		case *ast.NumberForStmt:
			if hasGoto(st.Stmts) {
				return true
			}
		case *ast.GenericForStmt:
			if hasGoto(st.Stmts) {
				return true
			}
		}
	}
	return false
}

// hasGoto reports whether an inner loop may leave the outer one.
func hasGoto(list []ast.Stmt) bool {
	for _, statement := range list {
		if _, ok := statement.(*ast.GotoStmt); ok {
			return true
		}
		if _, fn := statement.(*ast.FuncDefStmt); fn {
			continue
		}
		for _, inner := range blocksOf(statement) {
			if hasGoto(inner) {
				return true
			}
		}
	}
	return false
}
