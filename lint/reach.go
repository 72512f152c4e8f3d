package lint

import "github.com/yuin/gopher-lua/ast"

// reaches tells of a statement that nothing comes to.
func (w *walk) reaches(list []ast.Stmt) {
	for i := 0; i+1 < len(list); i++ {
		if _, label := list[i+1].(*ast.LabelStmt); !label && ends(list[i]) && list[i+1].Line() > 0 {
			w.find(list[i+1].Line(), Warning, "unreachable", "", "nothing comes here: the statement before never ends, or leaves")
			return
		}
	}
}

// ends reports whether nothing comes behind a statement.
func ends(statement ast.Stmt) bool {
	switch st := statement.(type) {
	case *ast.ReturnStmt, *ast.BreakStmt, *ast.GotoStmt:
		return true
	case *ast.DoBlockStmt:
		return len(st.Stmts) > 0 && ends(st.Stmts[len(st.Stmts)-1])
	case *ast.IfStmt:
		return len(st.Then) > 0 && len(st.Else) > 0 && ends(st.Then[len(st.Then)-1]) && ends(st.Else[len(st.Else)-1])
	case *ast.WhileStmt:
		_, always := st.Condition.(*ast.TrueExpr)
		return always && !leaves(st.Stmts)
	case *ast.FuncCallStmt:
		call, ok := st.Expr.(*ast.FuncCallExpr)
		if !ok {
			return false
		}
		switch fn := call.Func.(type) {
		case *ast.IdentExpr:
			return fn.Value == "error"
		case *ast.AttrGetExpr:
			object, _ := fn.Object.(*ast.IdentExpr)
			key, _ := fn.Key.(*ast.StringExpr)
			return object != nil && key != nil && object.Value == "os" && key.Value == "exit"
		}
	}
	return false
}

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
