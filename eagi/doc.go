// Package eagi is the caller's audio: what Asterisk writes to fd 3 of an EAGI
// program, kept on the clock, and what somebody said in it.
//
//	fd 3 ──▶ Audio ─────────────────▶ Reader     every sample, at its own pace
//	         the newest 30 s, in      Reader
//	         samples, on the clock    Listen ──▶ *Utterance
//	                                    └─ Detector: speech or not, 20 ms at a time
//
// Audio drains the pipe from the first moment, whether anybody listens or not:
// Asterisk throws away what does not fit, and logs it (res_agi.c: run_agi).
// Any number of readers follow it, each by itself; one that falls behind what is
// kept goes on at the oldest sample and is told what it missed. There is no
// audio during some commands and none from a phone that sends none, so a sample's
// place is that of the clock: a gap is silence of its length.
//
// It is the caller's audio only, and nothing can be sent back this way.
package eagi
