// Package luabind runs one Lua script against one call: it compiles and
// checks scripts, makes the VM with the agi module in it, and turns errors of
// Lua and of Asterisk into each other.
//
//	file ──Load──▶ Chunk ──┐
//	                       ├─▶ VM.Run ──▶ nil, *ScriptError, Exit
//	Host (the call) ──New──┘      │
//	                              └─ agi.stream_file(...) ──▶ agi.Session
//
// A Chunk may be shared by any number of calls. A VM belongs to one call and
// one goroutine; its context, which is the Host's to end, stops it at the next
// instruction. Nothing here starts a goroutine.
//
// Every Lua function stands once, in a table with its parameters and its
// text (see [Func]); the documentation is made from that table.
package luabind
