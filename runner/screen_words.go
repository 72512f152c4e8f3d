package runner

import (
	"strconv"
	"strings"
	"time"

	"goagi/sim"
)

// spoken gives how something is said, in English; "" in other languages.
func spoken(e sim.Event, language string) string {
	if language != "" && !strings.HasPrefix(language, "en") {
		return ""
	}
	switch e.Kind {
	case sim.Number:
		// Asterisk's is an int of C. What is none stands there as it was sent.
		if n, err := strconv.ParseInt(e.Text, 10, 32); err == nil {
			return inWords(n)
		}
	case sim.Digits:
		var words []string
		for _, digit := range e.Text {
			switch {
			case digit >= '0' && digit <= '9':
				words = append(words, ones[digit-'0'])
			case digit == '*':
				words = append(words, "star")
			case digit == '#':
				words = append(words, "pound")
			case digit == '-':
				words = append(words, "minus")
			}
		}
		return strings.Join(words, " ")
	case sim.Date, sim.Time, sim.DateTime:
		return onCalendar(e)
	}
	return ""
}

var ones = [...]string{
	"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
	"eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
}

var tens = [...]string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}

// inWords says a number of 32 bits as Asterisk does (say.c:
// ast_say_number_full_en). It is held in more, for the least one has no opposite.
func inWords(n int64) string {
	for _, part := range [...]struct {
		size int64
		name string
	}{{1_000_000_000, "billion"}, {1_000_000, "million"}, {1000, "thousand"}, {100, "hundred"}} {
		switch {
		case n < 0:
			return "minus " + inWords(-n)
		case n >= part.size:
			words := inWords(n/part.size) + " " + part.name
			if n %= part.size; n > 0 {
				words += " " + inWords(n)
			}
			return words
		}
	}
	switch {
	case n < int64(len(ones)):
		return ones[n]
	case n%10 == 0:
		return tens[n/10]
	}
	return tens[n/10] + " " + ones[n%10]
}

// onCalendar says a time: in the zone that the script names, else in this
// machine's.
func onCalendar(e sim.Event) string {
	seconds, err := strconv.ParseInt(e.Text, 10, 64)
	if err != nil {
		return ""
	}
	t := time.Unix(seconds, 0)
	if _, zone, ok := strings.Cut(e.Args, " "); ok && e.Kind == sim.DateTime {
		if place, err := time.LoadLocation(zone); err == nil {
			t = t.In(place)
		}
	}
	switch e.Kind {
	case sim.Date:
		return t.Format("Monday, January 2, 2006")
	case sim.Time:
		return t.Format("3:04 PM")
	}
	return t.Format("Monday, January 2, 2006 at 3:04 PM")
}
