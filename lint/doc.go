// Package lint finds mistakes in call flows before a caller does.
//
//	source ── luabind.Compile ──▶ what is no Lua
//	   └───── parse.Parse ─────▶ tree ─▶ walk ─▶ findings
//	                                      │
//	                   luabind.Module: names, parameters, options,
//	                   results of goagi's own functions
//
// It reads the tree and not the text, and takes what our functions are from their
// descriptions, as the reference and the editor's definitions do. It follows what
// a local holds through assignments, branches and loops, and not what is in tables
// or comes out of the script's own functions: a finding is to be right, and not to
// be complete.
package lint
