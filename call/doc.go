// Package call runs one call from its transport to the end of its script: the
// place where the dialog, the Lua VM and the clock meet.
//
//	server ctx ─▶ call ctx ── grace ──▶ vm ctx
//	(SIGTERM)     ends with hangup,     ends Lua at its next instruction
//	              limit or shutdown     and all waits that began after the hangup
//	              all that waits
//
// The script has a goroutine of its own, the only one that sends commands. Run
// waits for it; what ends a call comes from outside, as the end of a context
// or of a timer.
package call
