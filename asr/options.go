package asr

import (
	"fmt"
	"goagi/spell"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Option is one setting of an engine, for [Open] and for whoever writes a
// reference of them.
type Option struct {
	Name    string
	Kind    string   // "string", "seconds", "number", "boolean" or "list", of strings
	Default any      // string, float64 or bool; nil where there is none
	Choices []string // all that a string may be; nil where it may be anything
	Min     float64  // the least and the greatest number
	Max     float64
	Doc     string // one sentence without its full stop
	File    bool   // it names a file or a folder
}

// wrong gives an error for which errors.Is with ErrOption holds.
func wrong(format string, args ...any) error {
	return &optionError{fmt.Sprintf(format, args...)}
}

type optionError struct{ message string }

func (e *optionError) Error() string { return "asr: " + e.message }
func (e *optionError) Unwrap() error { return ErrOption }

// settings are the options of one engine, checked: a string, float64, bool or
// []string for each that is given or has a default.
type settings map[string]any

// check makes settings of what a TOML or a Lua table held.
func check(engine string, options []Option, given map[string]any) (settings, error) {
	s := settings{}
	for _, o := range options {
		if o.Default != nil {
			s[o.Name] = o.Default
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if name == "engine" || given[name] == nil {
			continue
		}
		at := slices.IndexFunc(options, func(o Option) bool { return o.Name == name })
		if at < 0 {
			return nil, unknown(engine, name, options)
		}
		value, ok := options[at].take(given[name])
		if !ok {
			return nil, wrong("option %q must be %s, not %s", name, options[at].wants(), described(given[name]))
		}
		s[name] = value
	}
	return s, nil
}

func unknown(engine, name string, options []Option) error {
	known := make([]string, len(options))
	for i, o := range options {
		known[i] = o.Name
	}
	if near := spell.Near(name, known); near != "" {
		return wrong("engine %q has no option %q: did you mean %q?", engine, name, near)
	}
	slices.Sort(known)
	return wrong("engine %q has no option %q: it has %s", engine, name, strings.Join(known, ", "))
}

// take gives a value in the form that settings hold, and whether it may be.
func (o Option) take(value any) (any, bool) {
	switch o.Kind {
	case "string":
		text, ok := value.(string)
		return text, ok && !strings.Contains(text, "\x00") && (o.Choices == nil || slices.Contains(o.Choices, text))
	case "seconds", "number":
		n, ok := number(value)
		return n, ok && n >= o.Min && n <= o.Max
	case "boolean":
		b, ok := value.(bool)
		return b, ok
	default:
		return list(value)
	}
}

// wants says what a value must be.
func (o Option) wants() string {
	switch {
	case o.Choices != nil:
		return "one of " + strings.Join(o.Choices, ", ")
	case o.Kind == "seconds":
		return "a number of seconds from " + plain(o.Min) + " to " + plain(o.Max)
	case o.Kind == "number":
		return "a number from " + plain(o.Min) + " to " + plain(o.Max)
	case o.Kind == "boolean":
		return "true or false"
	case o.Kind == "list":
		return "a list of strings"
	}
	return "a string"
}

// number takes the numbers of Lua (float64) and TOML (int64, float64).
func number(value any) (float64, bool) {
	switch n := value.(type) {
	case float64:
		return n, !math.IsNaN(n)
	case int64:
		return float64(n), true
	case int:
		return float64(n), true
	}
	return 0, false
}

func list(value any) ([]string, bool) {
	switch l := value.(type) {
	case []string:
		return slices.Clone(l), !slices.ContainsFunc(l, func(s string) bool { return strings.Contains(s, "\x00") })
	case []any:
		texts := make([]string, len(l))
		for i, element := range l {
			text, ok := element.(string)
			if !ok || strings.Contains(text, "\x00") {
				return nil, false
			}
			texts[i] = text
		}
		return texts, true
	}
	return nil, false
}

// described says what a value of the wrong kind is.
func described(value any) string {
	if n, ok := number(value); ok {
		return plain(n)
	}
	switch v := value.(type) {
	case string:
		return quoted(v, 40)
	case bool:
		return strconv.FormatBool(v)
	case []string:
		return "a list"
	case []any:
		for _, element := range v {
			if _, ok := element.(string); !ok {
				return "a list with " + described(element) + " in it"
			}
		}
		return "a list"
	case float64:
		return "a number that is none"
	}
	return "a table"
}

func plain(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

func (s settings) text(name string) string    { text, _ := s[name].(string); return text }
func (s settings) list(name string) []string  { l, _ := s[name].([]string); return l }
func (s settings) number(name string) float64 { n, _ := s[name].(float64); return n }
func (s settings) flag(name string) bool      { b, _ := s[name].(bool); return b }
func (s settings) has(name string) bool       { _, ok := s[name]; return ok }
func (s settings) seconds(name string) time.Duration {
	return time.Duration(s.number(name) * float64(time.Second))
}
