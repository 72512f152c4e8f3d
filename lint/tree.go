package lint

import "github.com/yuin/gopher-lua/ast"

// blocksOf gives the blocks that a statement has.
func blocksOf(statement ast.Stmt) [][]ast.Stmt {
	switch st := statement.(type) {
	case *ast.DoBlockStmt:
		return [][]ast.Stmt{st.Stmts}
	case *ast.WhileStmt:
		return [][]ast.Stmt{st.Stmts}
	case *ast.RepeatStmt:
		return [][]ast.Stmt{st.Stmts}
	case *ast.IfStmt:
		return [][]ast.Stmt{st.Then, st.Else}
	case *ast.NumberForStmt:
		return [][]ast.Stmt{st.Stmts}
	case *ast.GenericForStmt:
		return [][]ast.Stmt{st.Stmts}
	case *ast.FuncDefStmt:
		return [][]ast.Stmt{st.Func.Stmts}
	}
	return nil
}

// expressionsOf gives the expressions that a statement has.
func expressionsOf(statement ast.Stmt) []ast.Expr {
	switch st := statement.(type) {
	case *ast.AssignStmt:
		return append(append([]ast.Expr(nil), st.Lhs...), st.Rhs...)
	case *ast.LocalAssignStmt:
		return st.Exprs
	case *ast.FuncCallStmt:
		return []ast.Expr{st.Expr}
	case *ast.WhileStmt:
		return []ast.Expr{st.Condition}
	case *ast.RepeatStmt:
		return []ast.Expr{st.Condition}
	case *ast.IfStmt:
		return []ast.Expr{st.Condition}
	case *ast.NumberForStmt:
		return []ast.Expr{st.Init, st.Limit, st.Step}
	case *ast.GenericForStmt:
		return st.Exprs
	case *ast.ReturnStmt:
		return st.Exprs
	}
	return nil
}

// partsOf gives the expressions that an expression has.
func partsOf(expr ast.Expr) []ast.Expr {
	switch e := expr.(type) {
	case *ast.AttrGetExpr:
		return []ast.Expr{e.Object, e.Key}
	case *ast.TableExpr:
		var parts []ast.Expr
		for _, field := range e.Fields {
			parts = append(parts, field.Key, field.Value)
		}
		return parts
	case *ast.FuncCallExpr:
		return append([]ast.Expr{e.Func, e.Receiver}, e.Args...)
	case *ast.LogicalOpExpr:
		return []ast.Expr{e.Lhs, e.Rhs}
	case *ast.RelationalOpExpr:
		return []ast.Expr{e.Lhs, e.Rhs}
	case *ast.StringConcatOpExpr:
		return []ast.Expr{e.Lhs, e.Rhs}
	case *ast.ArithmeticOpExpr:
		return []ast.Expr{e.Lhs, e.Rhs}
	case *ast.UnaryMinusOpExpr:
		return []ast.Expr{e.Expr}
	case *ast.UnaryNotOpExpr:
		return []ast.Expr{e.Expr}
	case *ast.UnaryLenOpExpr:
		return []ast.Expr{e.Expr}
	}
	return nil
}
