package manual

import "strconv"

// Settings gives the settings of lua-language-server, .luarc.json, for scripts whose
// definitions are in the folder library. gopher-lua is Lua 5.1 with goto: the server
// knows that as LuaJIT, without what is LuaJIT's own.
func Settings(library string) string {
	return `{
  "runtime.version": "LuaJIT",
  "runtime.builtin": {
    "bit": "disable",
    "ffi": "disable",
    "jit": "disable",
    "jit.profile": "disable",
    "jit.util": "disable",
    "string.buffer": "disable",
    "table.clear": "disable",
    "table.new": "disable"
  },
  "workspace.checkThirdParty": false,
  "workspace.library": [` + strconv.Quote(library) + `]
}
`
}
