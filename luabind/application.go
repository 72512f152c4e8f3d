package luabind

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// joinArguments makes a Lua call's arguments the one text that an application
// takes. A single one passes as it stands, since Set, System, Log and NoOp take
// raw text; several are joined by commas, each escaped for the application's
// own parting (main/app.c: __ast_app_separate_args). A nil is an empty one.
func joinArguments(L *lua.LState, name string) (string, error) {
	n := L.GetTop()
	parts := make([]string, n)
	for i := range parts {
		switch value := L.Get(i + 1).(type) {
		case lua.LString, lua.LNumber:
			parts[i] = value.String()
		case *lua.LNilType:
		default:
			return "", fmt.Errorf("argument %d must be a string or a number, not a %s", i+1, value.Type())
		}
	}
	if n == 1 {
		return parts[0], nil
	}
	if !takesRawText(name) {
		for i, part := range parts {
			parts[i] = escapeArgument(part)
		}
	}
	return strings.Join(parts, ","), nil
}

// takesRawText reports whether an application shows the backslashes of its
// arguments.
func takesRawText(name string) bool {
	switch strings.ToLower(name) {
	case "log", "verbose", "noop", "set", "system", "trysystem", "sendtext":
		return true
	}
	return false
}

func escapeArgument(text string) string {
	if !strings.ContainsAny(text, `,"\()[]`) {
		return text
	}
	var escaped strings.Builder
	for i := 0; i < len(text); i++ {
		if strings.IndexByte(`,"\()[]`, text[i]) >= 0 {
			escaped.WriteByte('\\')
		}
		escaped.WriteByte(text[i])
	}
	return escaped.String()
}
