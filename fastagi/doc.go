// Package fastagi is the network side of a FastAGI server: it listens, keeps
// calls apart and within limits, and ends them in good manners.
//
//	Listen, FromSystemd
//	    │ listeners                       one goroutine per connection
//	    ▼                    ┌────────────────────────────────────────────────┐
//	Server.Serve ─ Accept ──▶│ Allow ▶ PROXY header ▶ environment ▶ MaxCalls  │──▶ Handler(ctx, *Conn)
//	    │                    │   └────────┴──── `failure` ┴──────────┘        │         │
//	    │ ctx ends           └────────────────────────────────────────────────┘         ▼
//	    ▼                              half-close ─ read the last HANGUP ─ close ◀── returned
//	  drain: Drain for calls to end by themselves, then ctx ends with ErrShutdown,
//	         Leave for them to clean up, then the connections are closed
//
// Nothing a client does or leaves undone delays another one: all waiting is in
// its own goroutine, bounded in time and memory until its call has begun. From
// then on nothing bounds a command, for a Dial may last hours; TCP keepalive
// tells of a host that is gone.
//
// There is no authentication in FastAGI: whoever can connect can run a script,
// and be its caller. So only near addresses are allowed unless Allow says
// otherwise.
//
// What runs for a call is not decided here. ParseScript reads what the dialplan
// asked for; whether there is such a script is for the handler to find out.
package fastagi
