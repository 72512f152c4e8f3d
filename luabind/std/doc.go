// Package std is the library of Lua modules that a call flow finds in goagi,
// each a row of one table, a file, a test and a page of documentation.
//
//	require "audio" ──▶ Find ──▶ *luabind.Module ──▶ eagi, asr, ...
//
// All modules keep the same rules. They block only their own call, and end a
// wait at once when the call does. What the world does is a result: nil and a
// message. What breaks the call is raised, and so is misuse. Times are seconds;
// options come as one table, and a key that is none of them is an error that
// names the nearest.
package std
