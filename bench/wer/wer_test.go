package main

import (
	"strings"
	"testing"
)

// The figures count what a reader of them thinks they do.
func TestDistance(t *testing.T) {
	for _, test := range []struct {
		said, heard string
		want        int
	}{
		{"", "", 0}, {"yes", "yes", 0}, {"yes", "", 1}, {"", "yes no", 2}, {"one two three", "one three", 1},
		{"ten of clubs", "five ten of clubs", 1}, {"one two", "two one", 2}, {"yes", "no", 1},
	} {
		if got := distance(strings.Fields(test.said), strings.Fields(test.heard)); got != test.want {
			t.Errorf("%q heard as %q: %d", test.said, test.heard, got)
		}
	}
}
