// Package agi speaks the Asterisk Gateway Interface: the environment block,
// quoted commands, framed replies, and the 47 commands as typed verbs.
//
//	            one line, one write            one line, a block, or HANGUP
//	Session ──▶ Stream ──▶ Asterisk      Asterisk ──▶ Stream ──▶ Session
//	  verbs       quoting, limits           framing       hangup, kinds of error
//
// A [Transport] is a call's dialog; [Stream] is the one over a reader and a
// writer (process AGI, EAGI, FastAGI). A [Session] runs one command at a time
// on a transport, knows whether the channel is still there, and turns what
// Asterisk answers into what happened. Nothing here starts a goroutine except
// [Stream.Watch].
//
// What a handler of Asterisk does is cited by file and function, as in
// res_agi.c: handle_getdata. Durations go on the wire in the unit that the
// command takes. Digits are text and stay text.
package agi
