// Package ami is a client of Asterisk's manager interface (AMI), and Async AGI
// over it: the way to run AGI without Asterisk starting programs or opening
// connections.
//
//	 Dial ─▶ Conn.Do, Conn.List      actions, answered by their ActionID
//	  │       Conn.Receive            events, in order, one at a time
//	  ▼
//	Keep      a Conn again and again: backoff, jitter, pings
//	  │
//	  ▼
//	Worker.Serve ─ AsyncAGIStart ─▶ Handler(ctx, *Call)      one goroutine a call
//	                                      │
//	   AsyncAGIExec, AsyncAGIEnd ◀──── Call: an agi.Transport ────▶ Action: AGI
//
// The client stands alone: it knows nothing of calls. It tolerates what old and
// odd versions send (blank lines too many or missing, lines without a colon,
// output behind Response: Follows), and bounds what it reads and what it keeps.
// A Conn has two goroutines, one that reads and one that pings; Close ends them.
//
// A [Worker] needs an account with read = agi,call and write =
// agi,call,reporting. Every connection is told of every call in Async AGI, so
// there is one worker to an Asterisk, which refuses to be the second, or several
// that part the calls by a store that they share, a [Claimer]:
//
//	AsyncAGIStart ─▶ Claim ─▶ ours? ─▶ a command that does nothing ─▶ Handler
//	                   │                 (the stay is still on, and others see that it is served)
//	                   └─▶ another's: until that one is gone or has released it
//
// A worker has a second connection, that gets no events, for its questions:
// callers can write what reads like an event, so each that decides over a call is
// confirmed there before it is believed.
//
// What Asterisk does is cited by file and function, as in res_agi.c:
// launch_asyncagi; it holds for Asterisk 16 to 23.
//
// What Async AGI cannot do: audio (EAGI), interrupting a command, commands after
// the hangup, lines over 1,013 bytes. A command that fails on a live channel,
// such as a prompt that is not there, ends it, and the call goes on in the
// dialplan.
package ami
