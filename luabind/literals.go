package luabind

import (
	"reflect"
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

// decimalLiterals makes numbers such as 0042 decimal, as Lua reads them; the
// compiler would take them for octal. Few scripts have one, so it looks at the
// source before it walks the tree.
func decimalLiterals(source []byte, statements []ast.Stmt) {
	if hasLeadingZero(source) {
		rewrite(reflect.ValueOf(statements))
	}
}

func hasLeadingZero(source []byte) bool {
	for i := 0; i+1 < len(source); i++ {
		next := source[i+1]
		if source[i] == '0' && '0' <= next && next <= '9' && (i == 0 || !isWord(source[i-1])) {
			return true
		}
	}
	return false
}

func isWord(b byte) bool {
	return b == '_' || b == '.' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

func rewrite(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
		if number, ok := v.Interface().(*ast.NumberExpr); ok {
			if digits := strings.TrimLeft(number.Value, "0"); digits != number.Value && strings.Trim(digits, "0123456789") == "" {
				number.Value = "0" + digits
				if digits != "" {
					number.Value = digits
				}
			}
			return
		}
		rewrite(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			rewrite(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				rewrite(v.Field(i))
			}
		}
	}
}
