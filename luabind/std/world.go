package std

import (
	"context"

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
