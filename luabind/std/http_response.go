package std

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// responseType is what requests give.
var responseType = luabind.Type{
	Name: "response",
	Doc:  "What a server answered.",
	Members: []luabind.Field{
		{Name: "file", Type: "string?", Doc: "The option to, where the answer went there."},
		{Name: "headers", Type: "{[string]: string}", Doc: "Texts by names, which are in lower case and found in any. Several of one name are joined by \", \", those of Set-Cookie by line ends."},
		{Name: "ok", Type: "boolean", Doc: "True where status is from 200 to 299."},
		{Name: "status", Type: "integer", Doc: "Such as 200 or 404."},
		{Name: "text", Type: "string?", Doc: "What was sent, its bytes as they came; nil where they went to a file."},
		{Name: "url", Type: "string", Doc: "Where the answer came from, after redirects."},
	},
	Member: func(vm *luabind.VM, value any, name string) (lua.LValue, bool) {
		got := value.(*answer)
		switch name {
		case "file":
			return textOrNil(got.name, got.kept), true
		case "headers":
			if got.headers == nil {
				got.headers = headersTable(vm, got.header)
			}
			return got.headers, true
		case "ok":
			return lua.LBool(got.status/100 == 2), true
		case "status":
			return lua.LNumber(got.status), true
		case "text":
			return textOrNil(got.text, !got.kept), true
		case "url":
			return lua.LString(got.url), true
		}
		return nil, false
	},
	Methods: []luabind.Func{
		{
			Name: "json", Returns: "value: any, message: string?",
			Doc: "Reads the text as JSON, as json.decode does. Gives nil and what is wrong, with its line and column, where it is none.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				got := a.Self.(*answer)
				if got.kept {
					return refused(a, errors.New("the response has no text: it went to a file"))
				}
				value, err := decodeJSON(vm, []byte(got.text))
				if err != nil {
					return refused(a, err)
				}
				a.L.Push(value)
				return 1
			},
		},
	},
}

// answer is what came back, whole.
type answer struct {
	status  int
	header  http.Header
	headers *lua.LTable // of that, once somebody asked
	url     string
	text    string
	kept    bool   // in a file, instead of text
	name    string // the file's
}

// answeredBy gives where an answer came from, without user and password.
func answeredBy(at *url.URL) string {
	shown := *at
	shown.User = nil
	return shown.String()
}

func textOrNil(text string, ok bool) lua.LValue {
	if !ok {
		return lua.LNil
	}
	return lua.LString(text)
}

// headersTable makes a table of headers, whose names are found in any case.
func headersTable(vm *luabind.VM, header http.Header) *lua.LTable {
	table, meta := vm.L.CreateTable(0, len(header)), vm.L.CreateTable(0, 1)
	for name, values := range header {
		between := ", "
		if name == "Set-Cookie" {
			between = "\n" // commas stand in their dates
		}
		table.RawSetString(strings.ToLower(name), lua.LString(strings.Join(values, between)))
	}
	meta.RawSetString("__index", vm.Function(func(_ *luabind.VM, L *lua.LState) int {
		name, ok := L.Get(2).(lua.LString)
		if !ok {
			L.Push(lua.LNil)
			return 1
		}
		L.Push(table.RawGetString(strings.ToLower(string(name))))
		return 1
	}))
	table.Metatable = meta
	return table
}
