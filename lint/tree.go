package lint

import (
	"iter"

	"github.com/yuin/gopher-lua/ast"
)

// expressions gives all expressions of statements, in no order.
func expressions(list []ast.Stmt) iter.Seq[ast.Expr] {
	return func(yield func(ast.Expr) bool) {
		blocks := [][]ast.Stmt{list}
		for len(blocks) > 0 {
			list = blocks[len(blocks)-1]
			blocks = blocks[:len(blocks)-1]
			for _, statement := range list {
				blocks = append(blocks, blocksOf(statement)...)
				rest := expressionsOf(statement)
				for len(rest) > 0 {
					expr := rest[len(rest)-1]
					rest = rest[:len(rest)-1]
					if !yield(expr) {
						return
					}
					if fn, ok := expr.(*ast.FunctionExpr); ok {
						blocks = append(blocks, fn.Stmts)
					}
					rest = append(rest, partsOf(expr)...)
				}
			}
		}
	}
}

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
