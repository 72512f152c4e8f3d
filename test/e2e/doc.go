// Package e2e has the tests of the whole program in a real Asterisk: what a
// caller hears and presses on one side, what the dialplan sees on the other.
//
//	caller's leg  <-->  Asterisk  <-- AGI -->  goagi script-1.lua
//	     ^                  |
//	     |                  v
//	 the test  <----  variables and log at the end of the call
//
// Each test writes a script of its own into the agi-bin folder, places a call
// whose dialplan runs it, and lets the caller press keys or hang up once the
// script has told through a channel variable that it got that far. There is no
// code but the tests', and without an Asterisk (see package pbx) they are
// skipped.
package e2e
