// Package sim is Asterisk and a caller on the far side of the wire: enough of
// both that a call flow cannot tell. It speaks AGI bytes, keeps the rules of
// res_agi.c, and never imports the client, or one bug would hide the other.
//
//	Press, Hangup                          the caller's hand
//	      |
//	      v         lines
//	    Call.Run <----------- program
//	      |    \------------>              replies, HANGUP | Signal
//	      v
//	    Hear                               the caller's ear: an Event each
//
// Time is package time only, and every wait is on channels and timers, so that
// inside a testing/synctest bubble a silence of half a minute costs nothing.
//
// What it does not do: audio (a prompt has a length, no sound), a dialplan (no
// label is ever found unless Call.Gosub finds it), other channels (its own is
// the only one), AMI.
package sim
