// Command start plays Asterisk to programs that answer a call and measures what a call costs: the time from just before
// the fork to the last byte of the first AGI command, the time to the end of the process, its CPU time and its memory.
//
//	start [flags] NAME PATH [ARG...] [-- NAME PATH [ARG...]]...
//
// The first program is the floor: every figure is also given as a multiple of it.
//
//	start            program
//	  | fork, exec      |         clock starts just before the fork
//	  | agi_...: lines  |         one write each, as in res_agi.c: setup_env
//	  |---------------->|
//	  |<---- ANSWER ----|         "first command"
//	  | 200 result=0    |
//	  |---------------->|
//	  |   five more     |         memory is read here, in calls of their own
//	  |<- end of file --|
//	  | wait4           |         "whole call", CPU time
//
// The programs run in turn, in a new random order each time round, so that a machine that changes its speed changes it
// for all of them. A round is a number of such turns; a figure is the median of the medians of the rounds. Each program
// gets the same environment, the same pipes and no pinning to a CPU. A call whose dialog is wrong ends the run.
package main
