package luabind

import (
	"reflect"
	"slices"
	"strconv"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// LoadCounted is Load for a script whose lines are to be counted: it tells
// Host.Line of each statement, just before that is run. It also gives the lines
// that statements begin on, in order.
func LoadCounted(path string) (*Chunk, []int, error) {
	source, err := readScript(path)
	if err != nil {
		return nil, nil, err
	}
	c := &counter{file: path}
	chunk, err := compile(source, path, c.count)
	slices.Sort(c.lines)
	return chunk, slices.Compact(c.lines), err
}

// lineCall is the global that a counted chunk calls; no script can name it.
const lineCall = "\x00line"

// counter puts a call before each statement.
type counter struct {
	file  string
	lines []int
}

func (c *counter) count(statements []ast.Stmt) []ast.Stmt {
	counted := make([]ast.Stmt, 0, 2*len(statements))
	for _, statement := range statements {
		c.inside(reflect.ValueOf(statement))
		if _, label := statement.(*ast.LabelStmt); !label {
			counted = append(counted, c.call(statement.Line()))
		}
		counted = append(counted, statement)
	}
	return counted
}

// inside counts the blocks within a part of the tree.
func (c *counter) inside(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			c.inside(v.Elem())
		}
	case reflect.Slice:
		if block, ok := v.Interface().([]ast.Stmt); ok {
			if len(block) > 0 {
				v.Set(reflect.ValueOf(c.count(block)))
			}
			return
		}
		for i := range v.Len() {
			c.inside(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				c.inside(v.Field(i))
			}
		}
	}
}

// call is the statement that tells of a line.
func (c *counter) call(line int) ast.Stmt {
	c.lines = append(c.lines, line)
	call := &ast.FuncCallExpr{
		Func: &ast.IdentExpr{Value: lineCall},
		Args: []ast.Expr{&ast.StringExpr{Value: c.file}, &ast.NumberExpr{Value: strconv.Itoa(line)}},
	}
	statement := &ast.FuncCallStmt{Expr: call}
	for _, node := range []ast.PositionHolder{call, call.Func, call.Args[0], call.Args[1], statement} {
		node.SetLine(line)
		node.SetLastLine(line)
	}
	return statement
}

// tellLines makes the global that counted chunks call.
func (vm *VM) tellLines() {
	vm.setGlobal(lineCall, func(vm *VM, L *lua.LState) int {
		vm.host.Line(L.CheckString(1), L.CheckInt(2))
		return 0
	})
}
