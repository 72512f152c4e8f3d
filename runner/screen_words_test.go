package runner

import (
	"testing"

	"goagi/sim"
)

// A script that says a number, whichever, ends neither the call nor the program:
// what is no number of Asterisk's has no words.
func TestNumbersInWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0": "zero", "-1": "minus one", "1121": "one thousand one hundred twenty one", "+7": "seven",
		"2147483647":           "two billion one hundred forty seven million four hundred eighty three thousand six hundred forty seven",
		"-2147483648":          "minus two billion one hundred forty seven million four hundred eighty three thousand six hundred forty eight",
		"2147483648":           "",
		"-9223372036854775808": "",
		"99999999999999999999": "",
		"12x":                  "",
		"":                     "",
	} {
		if got := spoken(sim.Event{Kind: sim.Number, Text: text}, "en"); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
