package sim

import (
	"strings"
	"time"
)

// valueRoom is GET VARIABLE's buffer, less the null at its end. GET FULL
// VARIABLE has no such limit.
const valueRoom = 1023

func clip(text string, room int) string { return text[:min(len(text), room)] }

// getVariable is res_agi.c: handle_getvariable.
func (s *session) getVariable(argv []string) outcome {
	read := s.c.lookup
	if strings.HasSuffix(argv[2], ")") {
		read = func(expr string) (string, bool) { return s.c.function(expr, false) }
	}
	value, ok := read(argv[2])
	if !ok {
		return s.result(0)
	}
	s.reply("200 result=1 (%s)", clip(value, valueRoom))
	return done
}

// getFullVariable is res_agi.c: handle_getvariablefull: plain text comes back
// as it is.
func (s *session) getFullVariable(argv []string) outcome {
	if !s.own(argv, 4) {
		return s.result(0)
	}
	s.reply("200 result=1 (%s)", s.expand(argv[3]))
	return done
}

func (s *session) setVariable(argv []string) outcome {
	s.c.Set(argv[2], argv[3])
	return s.result(1)
}

// lookup is a built-in or channel variable (pbx_variables.c:
// pbx_retrieve_variable).
func (c *Call) lookup(name string) (string, bool) {
	switch name {
	case "CHANNEL":
		return c.Channel, true
	case "UNIQUEID":
		return c.UniqueID, true
	case "EXTEN":
		return c.Extension, true
	case "CONTEXT":
		return c.Context, true
	case "PRIORITY":
		return c.Priority, true
	case "HANGUPCAUSE":
		return "0", true
	case "EPOCH":
		return itoa(int(time.Now().Unix())), true
	}
	if value, ok := c.Vars[name]; ok {
		return value, true
	}
	return c.read(c.Globals, name)
}

// Set is the dialplan's Set(NAME=VALUE): a variable, or a function such as
// CALLERID(num) or DB(family/key). One or two underscores before a name, for
// inheritance, are not part of it. Not while a Run is in progress, but for the
// call's own functions.
func (c *Call) Set(name, value string) {
	c.fill()
	if strings.HasSuffix(name, ")") {
		c.setFunction(name, value)
		return
	}
	name = strings.TrimPrefix(strings.TrimPrefix(name, "_"), "_")
	c.Vars[name] = value
}

// Get reads a variable or a function, as ${NAME} does and in full; ok says
// whether it is there. Not while a Run is in progress, but for the call's own
// functions.
func (c *Call) Get(name string) (value string, ok bool) {
	c.fill()
	if strings.HasSuffix(name, ")") {
		return c.call(name)
	}
	return c.lookup(name)
}

// expand replaces each ${...} and $[...] of a text, the inner ones first
// (pbx_variables.c: pbx_substitute_variables_helper).
func (s *session) expand(text string) string {
	var b strings.Builder
	for {
		at := strings.IndexByte(text, '$')
		if at < 0 || at+1 == len(text) {
			b.WriteString(text)
			return b.String()
		}
		open := text[at+1]
		if open != '{' && open != '[' {
			b.WriteString(text[:at+1])
			text = text[at+1:]
			continue
		}
		b.WriteString(text[:at])
		inner, rest, ok := enclosed(text[at+2:], open)
		if !ok {
			return b.String()
		}
		if inner = s.expand(inner); open == '{' {
			b.WriteString(s.value(inner))
		} else {
			b.WriteString(evaluate(inner))
		}
		text = rest
	}
}

// enclosed parts a text at what closes its first bracket, '{' or '['.
func enclosed(text string, open byte) (inner, rest string, ok bool) {
	depth := 1
	for i := range len(text) {
		switch text[i] {
		case open:
			depth++
		case open + 2: // in ASCII both closing ones come two after
			if depth--; depth == 0 {
				return text[:i], text[i+1:], true
			}
		}
	}
	return "", "", false
}

// value is what stands between ${ and }: a name or a function, and perhaps
// :OFFSET or :OFFSET:LENGTH, which count from the end where negative.
func (s *session) value(expr string) string {
	end := len(expr)
	depth := 0
	for i := range len(expr) {
		switch c := expr[i]; {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ':' && depth == 0:
			end = i
		}
		if end < len(expr) {
			break
		}
	}
	name := expr[:end]
	var value string
	if strings.Contains(name, "(") {
		value, _ = s.c.function(name, true)
	} else {
		value, _ = s.c.lookup(name)
	}
	if end == len(expr) {
		return value
	}
	first, length, bounded := strings.Cut(expr[end+1:], ":")
	offset, ok := scanInt(first)
	return slice(value, offset, atoi(length), bounded && ok)
}

func slice(value string, offset, length int, bounded bool) string {
	if offset < 0 {
		offset = max(0, len(value)+offset)
	}
	value = value[min(offset, len(value)):]
	switch {
	case !bounded:
		return value
	case length < 0:
		return value[:max(0, len(value)+length)]
	}
	return value[:min(length, len(value))]
}
