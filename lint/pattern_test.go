package lint

import (
	"slices"
	"testing"
)

// A pattern that lets a quote or a semicolon through is no check of what a caller sent;
// one that lets through digits is, and who wrote it must not be told otherwise.
func TestPatterns(t *testing.T) {
	for pattern, want := range map[string]struct{ wholly, others bool }{
		"^%d+$":          {true, false},
		"^%+?%d+$":       {true, false},
		"^(%d%d)(%d*)$":  {true, false},
		"^[%w_.-]+@%w+$": {true, false},
		"^[0-9a-fA-F]-$": {true, false},
		"^sales$":        {true, false},
		"^[äöü%a]+$":     {true, false},
		"^$":             {true, false},
		"^()$":           {true, false},
		"%d+":            {}, // somewhere in it
		"^%d+":           {},
		"%d+$":           {},
		"^%d+%$":         {}, // a dollar
		"^.+$":           {},
		"^[^;]+$":        {},
		"^%D+$":          {},
		"^[%w']+$":       {},
		"^[%w%s]+$":      {}, // a line's end is a command's end
		"^[%w%p]+$":      {},
		"^[ -~]+$":       {},
		"^[A-z]+$":       {},
		"^[]%w]+$":       {},
		"^%b()$":         {},
		"^(%d)%1$":       {},
		"^[%w":           {},
		"^%":             {},
		"^":              {},
		"":               {},
		"[^%w ]":         {false, true},
		"[^%w _-]+":      {false, true},
		"[^0-9]":         {false, true},
		"%D":             {false, true},
		"%W+":            {false, true},
		"[^;]":           {},
		"[^']":           {},
		"[^%w]*":         {},
		"[^%w]$":         {},
		"[^%w;]":         {},
		"[^%W]":          {},
		"[^%s%w]":        {},
		"[%w]":           {},
		"[^":             {},
		"%":              {},
		"%d":             {},
		";":              {},
	} {
		if wholly(pattern) != want.wholly || others(pattern) != want.others {
			t.Errorf("%q: wholly %v, others %v, want %v", pattern, wholly(pattern), others(pattern), want)
		}
	}
}

// What a capture gives may only be passed on where nothing but harmless characters can
// be in it.
func TestCaptures(t *testing.T) {
	for pattern, want := range map[string][]bool{
		"%d+":               {true},
		"^%w+$":             {true},
		".*":                {false},
		"^(%d+)(.*)$":       {true, false},
		"^([^;]+);(%d+)$":   {false, true},
		"((%d)[\"'](%d))":   {false, true, true},
		"()%d":              {true},
		"%b()(%d)":          {true},
		"%b()":              {false},
		"([%w":              {false},
		")(":                {true},
		"":                  {true},
		"sip:(%w+)@(.-)[;]": {true, false},
	} {
		if got := captures(pattern); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", pattern, got, want)
		}
	}
}
