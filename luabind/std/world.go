package std

import (
	"context"
	"errors"

	"goagi/luabind"
)

// failed gives the script nil and what the world did. What ended the call while
// it waited is raised instead.
func failed(ctx context.Context, a luabind.Args, err error) int {
	if ctx.Err() != nil {
		a.Check(context.Cause(ctx))
	}
	return refused(a, err)
}

// refused is failed for what does not wait.
func refused(a luabind.Args, err error) int {
	a.PushNil()
	a.PushText(err.Error())
	return 2
}

// standIn gives what stands in for a part of the world, nil where the world is
// real. A test of a script that has nothing for it fails here.
func standIn(vm *luabind.VM, a luabind.Args, kind string) any {
	if vm.Host().Fake == nil {
		return nil
	}
	stand, err := vm.Host().Fake(kind, luabind.Where(a.L))
	a.Check(err)
	return stand
}

// ofFile gives the script nil and what became of a file. What the sandbox forbids
// is raised.
func ofFile(a luabind.Args, err error) int {
	if errors.Is(err, luabind.ErrSandbox) {
		a.Check(err)
	}
	return refused(a, err)
}
