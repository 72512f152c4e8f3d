package luabind

import (
	"reflect"
	"testing"
)

// A comma inside a type parts no parameters: else a function that takes another one
// would let a script pass more than it takes, and name the wrong one in errors.
func TestVariables(t *testing.T) {
	list := `name: string, fn?: fun(arguments: string, call: call): (a: any, b: any), to: {file: string, type?: string}[], ...: any`
	want := []Variable{
		{"name", "string", false}, {"fn", "fun(arguments: string, call: call): (a: any, b: any)", true},
		{"to", "{file: string, type?: string}[]", false}, {"...", "any", false},
	}
	if got := Variables(list); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := Variables(""); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
	if got := Variables("why: \"timeout\"?"); !reflect.DeepEqual(got, []Variable{{"why", "\"timeout\"?", false}}) {
		t.Errorf("a result that may be nil: %+v", got)
	}
	fn := Func{Params: "name: string, fn: fun(arguments: string, call: call): integer?"}
	if most := fn.most(); most != 2 {
		t.Errorf("it takes %d arguments, not 2", most)
	}
}
