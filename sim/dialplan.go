package sim

import (
	"strings"
)

func (s *session) appAnswer(string) int {
	if !s.dead && !s.c.Hungup() {
		s.pickUp()
	}
	return 0
}

func (s *session) appHangup(string) int {
	s.c.Hangup()
	return -1
}

// appSet takes raw text: NAME=VALUE, commas, backslashes and all.
func (s *session) appSet(args string) int {
	if name, value, ok := strings.Cut(args, "="); ok {
		s.c.Set(name, value)
	}
	return 0
}

func (s *session) appMSet(args string) int {
	for _, pair := range appArgs(args) {
		s.appSet(pair)
	}
	return 0
}

func (s *session) appVerbose(args string) int {
	level, text, ok := strings.Cut(args, ",")
	if _, number := scanInt(level); !ok || !number {
		text = args
	}
	s.hear(Event{Kind: Verbose, Text: text})
	return 0
}

func (s *session) appLog(args string) int {
	level, text, _ := strings.Cut(args, ",")
	s.hear(Event{Kind: Log, Text: text, Args: level})
	return 0
}

// appGoto takes PRIORITY, EXTENSION,PRIORITY or CONTEXT,EXTENSION,PRIORITY.
func (s *session) appGoto(args string) int {
	if args == "" {
		return -1
	}
	fields := []*string{&s.c.Context, &s.c.Extension, &s.c.Priority}
	parts := appArgs(args)
	for i := range min(len(parts), 3) {
		*fields[2-i] = parts[len(parts)-1-i]
	}
	return 0
}

// branch parts COND?YES:NO and takes the side that COND asks for: an empty
// one and a nought are no (pbx.c: pbx_checkcondition).
func branch(args string) (side string, ok bool) {
	cond, sides, ok := strings.Cut(args, "?")
	yes, no, _ := strings.Cut(sides, ":")
	n, number := scanInt(cond)
	if cond == "" || number && n == 0 {
		return no, ok
	}
	return yes, ok
}

func (s *session) appGotoIf(args string) int {
	label, _ := branch(args)
	if label == "" {
		return 0
	}
	return s.appGoto(label)
}

func (s *session) appExecIf(args string) int {
	call, ok := branch(args)
	if !ok {
		return -1
	}
	if call == "" {
		return 0
	}
	name, inner := callOf(call)
	return max(-1, s.application(name, inner))
}

// appGosub takes CONTEXT,EXTENSION,PRIORITY(ARGS), the first two optional. It
// runs nothing: it says where the dialplan goes on after the script.
func (s *session) appGosub(args string) int {
	c := s.c
	label, _, _ := strings.Cut(args, "(")
	where := [3]string{c.Context, c.Extension, ""}
	parts := strings.Split(label, ",")
	for i := range min(len(parts), 3) {
		where[2-i] = parts[len(parts)-1-i]
	}
	if c.Label == nil || !c.Label(where[0], where[1], where[2]) {
		return -1
	}
	c.Context, c.Extension, c.Priority = where[0], where[1], where[2]
	return 0
}

// appSystem and appTrySystem never run anything.
func (s *session) appSystem(string) int {
	s.c.Vars["SYSTEMSTATUS"] = "FAILURE"
	return -1
}

func (s *session) appTrySystem(args string) int {
	s.appSystem(args)
	return 0
}
