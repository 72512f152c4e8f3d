// Package manual says of goagi's Lua modules what their functions say of
// themselves: to a terminal, and to an editor.
//
//	luabind.AGI, std.Modules, spec.Modules
//	           |
//	        Modules ──▶ Find         a page of goagi help
//	           '──────▶ Definitions  what lua-language-server reads (goagi types)
//
// There is one source, the texts beside the functions: the pages in docs are made
// from it, too. Everything is made when it is asked for, so that no call pays for it.
package manual
