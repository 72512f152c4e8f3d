package spec

import "goagi/luabind"

// Modules describes what spec files have: the module spec, whose functions are
// globals there, fake and assert. They are for the reference, the help and the editor,
// and made anew each time.
func Modules() []*luabind.Module {
	return []*luabind.Module{new(tree).words(), new(tree).fakeModule(), checks()}
}
