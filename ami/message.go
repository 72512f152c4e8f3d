package ami

import (
	"fmt"
	"strings"
)

// Limits of what Asterisk reads (main/manager.c: struct mansession, get_input).
const (
	// maxSent is the longest line that Asterisk takes, its line end included.
	maxSent = 1024
	// maxSentHeaders is AST_MAX_MANHEADERS.
	maxSentHeaders = 128
)

// Header is one line of a message. What Asterisk sends without a colon has no
// name.
type Header struct{ Name, Value string }

// Message is an action, a response or an event: headers in their order. Names are
// looked up without regard to case, and may come more than once.
type Message []Header

// Action gives an action with its headers, names and values in turn, as in
// Action("Status", "Channel", name). It panics where a name has no value.
func Action(name string, headers ...string) Message {
	m := Message{{Name: "Action", Value: name}}
	for i := 0; i < len(headers); i += 2 {
		m = append(m, Header{Name: headers[i], Value: headers[i+1]})
	}
	return m
}

// Get gives the first value of a name, "" where there is none.
func (m Message) Get(name string) string {
	value, _ := m.Lookup(name)
	return value
}

// Lookup is Get that tells an empty value from none at all.
func (m Message) Lookup(name string) (value string, ok bool) {
	for i := range m {
		if strings.EqualFold(m[i].Name, name) {
			return m[i].Value, true
		}
	}
	return "", false
}

// Values gives all values of a name, in their order.
func (m Message) Values(name string) (values []string) {
	for i := range m {
		if strings.EqualFold(m[i].Name, name) {
			values = append(values, m[i].Value)
		}
	}
	return values
}

// size is what a message takes in memory, about.
func (m Message) size() int {
	n := 0
	for i := range m {
		n += len(m[i].Name) + len(m[i].Value) + 32
	}
	return n
}

// Event gives the event's name, "" for a response.
func (m Message) Event() string { return m.Get("Event") }

// append writes an action as Asterisk reads it. Errors name the header and never
// its value, which may be a secret.
func (m Message) append(b []byte) ([]byte, error) {
	if len(m) > maxSentHeaders {
		return nil, fmt.Errorf("%w: it has %d headers, at most %d fit", ErrTooLong, len(m), maxSentHeaders)
	}
	for _, h := range m {
		if h.Name == "" || strings.ContainsAny(h.Name, ":\r\n\x00") || strings.ContainsAny(h.Value, "\r\n\x00") {
			return nil, fmt.Errorf("%w: the one named %.40q", ErrHeader, h.Name)
		}
		if n := len(h.Name) + len(": ") + len(h.Value) + len("\r\n"); n > maxSent {
			return nil, fmt.Errorf("%w: the header %.40q has %d bytes, at most %d fit", ErrTooLong, h.Name, n, maxSent)
		}
		b = append(append(append(append(b, h.Name...), ": "...), h.Value...), "\r\n"...)
	}
	return append(b, "\r\n"...), nil
}
