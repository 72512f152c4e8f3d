package std

import (
	"encoding/base64"
	"errors"
	"strings"

	"goagi/luabind"
)

// base64Module is require "base64".
var base64Module = luabind.Module{
	Name: "base64",
	Doc:  "Writes bytes as letters that everything lets through, as in mails, tokens and the bodies of web services, and reads them.",
	Example: `
local base64 = require "base64"

assert(base64.encode("user:secret") == "dXNlcjpzZWNyZXQ=")
assert(base64.decode("dXNlcjpzZWNyZXQ") == "user:secret")

-- What a token says of itself; whether that is true, its signature tells.
local header = ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMDAifQ.x"):match("^[^.]+")
assert(base64.decode(header) == '{"alg":"HS256"}')
`,
	Funcs: []luabind.Func{
		{
			Name: "decode", Params: "text: string", Returns: "bytes: string?, message: string?",
			Doc: "Reads it, in the letters of either kind. The = at its end may be left out, and ends of lines and blanks may stand in it; nil and what is wrong where it is something else.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				bytes, err := decodeBase64(a.Text(1))
				if err != nil {
					return refused(a, err)
				}
				a.PushText(string(bytes))
				return 1
			},
		},
		{
			Name: "encode", Params: "bytes: string, options?: table", Returns: "text: string",
			Options: []luabind.Option{{Name: "url", Type: "boolean", Doc: "Uses - and _ in the place of + and /, and no = at the end, as URLs and tokens do (false)."}},
			Doc:     "Writes bytes in Base64, all in one line.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				encoding := base64.StdEncoding
				if a.Options(2).Truth("url", false) {
					encoding = base64.RawURLEncoding
				}
				a.PushText(encoding.EncodeToString([]byte(a.Text(1))))
				return 1
			},
		},
	},
}

// decodeBase64 reads Base64 of either kind.
func decodeBase64(text string) ([]byte, error) {
	plain := strings.Map(func(char rune) rune {
		switch char {
		case '-':
			return '+'
		case '_':
			return '/'
		case ' ', '\t', '\r', '\n':
			return -1
		}
		return char
	}, text)
	bytes, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(plain, "="))
	if _, wrong := errors.AsType[base64.CorruptInputError](err); wrong {
		return nil, errors.New("it is no Base64, or cut short")
	}
	return bytes, err
}
