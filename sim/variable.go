package sim

import (
	"strings"
	"time"
)

// Asterisk's buffers: a function's or built-in variable's value in GET
// VARIABLE, and all of GET FULL VARIABLE's, less the null at the end.
const (
	valueRoom = 1023
	exprRoom  = 4095
)

func clip(text string, room int) string { return text[:min(len(text), room)] }

// getVariable is res_agi.c: handle_getvariable.
func (s *session) getVariable(argv []string) outcome {
	name := argv[2]
	if strings.HasSuffix(name, ")") {
		value, ok := s.function(name)
		if !ok {
			return s.result(0)
		}
		s.reply("200 result=1 (%s)", clip(value, valueRoom))
		return done
	}
	value, ok := s.lookup(name)
	if !ok {
		return s.result(0)
	}
	s.reply("200 result=1 (%s)", value)
	return done
}

// getFullVariable is res_agi.c: handle_getvariablefull: plain text comes back
// as it is.
func (s *session) getFullVariable(argv []string) outcome {
	if !s.own(argv, 4) {
		return s.result(0)
	}
	s.reply("200 result=1 (%s)", clip(s.expand(argv[3]), exprRoom))
	return done
}

func (s *session) setVariable(argv []string) outcome {
	s.assign(argv[2], argv[3])
	return s.result(1)
}

// lookup is a built-in or channel variable (pbx_variables.c:
// pbx_retrieve_variable).
func (s *session) lookup(name string) (string, bool) {
	c := s.c
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
	case "EPOCH":
		return itoa(int(time.Now().Unix())), true
	}
	value, ok := c.Vars[name]
	return value, ok
}

// assign sets a variable or, NAME(...), writes to a function. One or two
// underscores before a name, for inheritance, are not part of it.
func (s *session) assign(name, value string) {
	if strings.HasSuffix(name, ")") {
		s.setFunction(name, value)
		return
	}
	name = strings.TrimPrefix(strings.TrimPrefix(name, "_"), "_")
	s.c.Vars[name] = value
}

// expand replaces each ${...} of a text, the inner ones first (pbx_variables.c:
// pbx_substitute_variables_helper). Expressions, $[...], stay as they are.
func (s *session) expand(text string) string {
	var b strings.Builder
	for {
		at := strings.Index(text, "${")
		if at < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:at])
		inner, rest, ok := braced(text[at+2:])
		if !ok {
			return b.String()
		}
		b.WriteString(s.value(s.expand(inner)))
		text = rest
	}
}

// braced parts a text at the brace that closes it.
func braced(text string) (inner, rest string, ok bool) {
	depth := 1
	for i := range len(text) {
		switch text[i] {
		case '{':
			depth++
		case '}':
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
		value, _ = s.function(name)
	} else {
		value, _ = s.lookup(name)
	}
	if end == len(expr) {
		return value
	}
	offset, length, bounded := strings.Cut(expr[end+1:], ":")
	return slice(value, atoi(offset), atoi(length), bounded)
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
