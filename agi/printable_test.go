package agi_test

import (
	"testing"

	"goagi/agi"
)

// What a caller sent does nothing to the terminal of whoever reads the log, and no
// character of it is cut in two.
func TestPrintable(t *testing.T) {
	for _, row := range []struct {
		text, want string
		max        int
	}{
		{"plain", "plain", 100},
		{"a\tb\nc\x1b[2J\x7f", "a\tb c [2J ", 100},
		{"Ann \u009b31m\u202ereversed\u2066", "Ann  31m reversed ", 100},
		{"Jürgen Groß", "Jürgen Groß", 100},
		{"aaaäää", "aaa...", 7},
		{"aaaaäää", "aaaa...", 8},
		{"äääää", "ää...", 7},
		{"latin\xe4\xfc", "latin\xe4\xfc", 100},
		{"\xe4\xe4\xe4\xe4\xe4\xe4\xe4\xe4", "\xe4\xe4\xe4...", 6},
	} {
		if got := agi.Printable(row.text, row.max); got != row.want {
			t.Errorf("%q cut at %d: %q, want %q", row.text, row.max, got, row.want)
		}
	}
}
