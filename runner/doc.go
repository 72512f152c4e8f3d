// Package runner is the goagi program: its subcommands, settings, logs and
// exit codes. Everything that belongs to the process (arguments, environment,
// file descriptors, signals) is met here and nowhere else.
//
//	goagi SCRIPT       stdin, stdout ─▶ agi.Stream ─▶ call.Run   (what Asterisk starts)
//	goagi try SCRIPT   terminal ─▶ sim.Call ═ pipe ═▶ agi.Stream ─▶ call.Run
//
// What the program says goes to stderr: `goagi: error: ...` for what is wrong,
// `goagi: hint: ...` for the mend, no capitals, no full stop. In `goagi try`
// what the caller hears goes to the terminal's stdout.
package runner
