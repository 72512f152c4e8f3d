package luabind

import (
	"bytes"
	"reflect"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// gopher-lua compiles a goto into CLOSE and JMP, and sets in CLOSE the first
// local variable that the jump leaves only where it leaves one that a function
// has captured. Else CLOSE keeps its 0, and parts every captured variable of the
// running function from the functions that captured it: what they assign is seen
// by nobody any more.
//
//	local n = 0
//	local function add() n = n + 1 end
//	for i = 1, 2 do
//	  if i == 1 then goto continue end   -- from here on add has an n of its own
//	  add()
//	  ::continue::
//	end
//
// So that a 0 means nothing else, each function gets a local variable of its own
// in front (forGotos); then each such 0 becomes the last register, which
// captures nothing (mendGotos).

// forGotos prepares the tree of a source that has gotos.
func forGotos(source []byte, statements []ast.Stmt) ([]ast.Stmt, bool) {
	if !bytes.Contains(source, []byte("goto")) {
		return statements, false
	}
	inFront(reflect.ValueOf(statements))
	return withLocal(statements), true
}

// withLocal puts a local variable in front of a function's statements.
func withLocal(statements []ast.Stmt) []ast.Stmt {
	local := &ast.LocalAssignStmt{Names: []string{"(goto)"}}
	if len(statements) > 0 {
		local.SetLine(statements[0].Line())
		local.SetLastLine(statements[0].Line())
	}
	return append([]ast.Stmt{local}, statements...)
}

// inFront does it for each function in a part of the tree.
func inFront(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
		inFront(v.Elem())
		if function, ok := v.Interface().(*ast.FunctionExpr); ok && v.Kind() == reflect.Pointer {
			function.Stmts = withLocal(function.Stmts)
		}
	case reflect.Slice:
		for i := range v.Len() {
			inFront(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				inFront(v.Field(i))
			}
		}
	}
}

// An instruction's operation stands in its upper 6 bits, and A in the 8 below
// (opcode.go of gopher-lua).
const (
	operationAt = 26
	firstAt     = 18
	lastFirst   = 0xff
)

// mendGotos mends the code of a function prepared by forGotos, and of those in it.
func mendGotos(proto *lua.FunctionProto) {
	for pc, inst := range proto.Code {
		if int(inst>>operationAt) == lua.OP_CLOSE && inst>>firstAt&lastFirst == 0 {
			proto.Code[pc] = inst | lastFirst<<firstAt
		}
	}
	for _, inner := range proto.FunctionPrototypes {
		mendGotos(inner)
	}
}
