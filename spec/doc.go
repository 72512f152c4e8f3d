// Package spec runs call specs: tests of call flows, written in Lua beside the
// scripts, with the caller's side of the call as an object.
//
//	pin_spec.lua                      pin.lua
//	     |                               |
//	describe, it                      call.Run
//	     |  place("pin.lua", ...)        |
//	     '---- call:hears, :press ---- sim.Call --- agi.Stream
//	           call:ends                 |
//	                                 Hear: events
//
// Each test runs in a VM and a testing/synctest bubble of its own: a silence of
// half a minute takes no time, nothing of one test is seen by another, and they
// run side by side. A script that never ends fails its own test only.
package spec
