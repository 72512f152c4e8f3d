package std

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// timeReader reads a moment by a layout.
type timeReader struct {
	rest, whole string
	year, month, day, yday,
	hour, hour12, minute, second int // -1 where the text has none
	fraction  float64
	afternoon bool
	zone      *time.Location // nil where the text has none
	unix      int64
	isUnix    bool
}

// readISOTime reads a moment as ISO 8601 writes it, with a T or a blank.
func readISOTime(text string, loc *time.Location) (float64, error) {
	joined := text
	if len(text) > 10 && text[10] == ' ' {
		joined = text[:10] + "T" + text[11:]
	}
	for _, layout := range [...]string{"%F", "%FT%R", "%FT%T", "%FT%R%z", "%FT%T%z"} {
		if t, err := readTime(joined, layout, loc); err == nil {
			return t, nil
		}
	}
	return 0, fmt.Errorf("%+q is no date as in 2026-12-24, 2026-12-24 18:00 or 2026-12-24T18:00:00+01:00", text)
}

// readTime reads a moment by a layout. The error is errLayout where that is
// wrong.
func readTime(text, layout string, loc *time.Location) (float64, error) {
	r := &timeReader{rest: text, whole: text, year: -1, month: -1, day: -1, yday: -1, hour: -1, hour12: -1, minute: -1, second: -1}
	err := eachPart(layout, r.part)
	switch {
	case err != nil:
		return 0, err
	case r.rest != "":
		return 0, fmt.Errorf("%+q goes on at byte %d, where the layout ends", text, len(text)-len(r.rest)+1)
	case r.isUnix:
		return float64(r.unix), nil
	}
	if r.zone != nil {
		loc = r.zone
	}
	return r.moment(time.Now().In(loc))
}

// fail says what ought to stand where the reader is.
func (r *timeReader) fail(wanted string) error {
	return fmt.Errorf("%+q has no %s at byte %d", r.whole, wanted, len(r.whole)-len(r.rest)+1)
}

func (r *timeReader) part(letter, literal string) error {
	number := func(to *int, digits, least, most int, name string) error {
		n, ok := r.digits(digits)
		if !ok || n < least || n > most {
			return r.fail(fmt.Sprintf("%s from %d to %d", name, least, most))
		}
		*to = n
		return nil
	}
	switch letter {
	case "":
		return r.literal(literal)
	case "%":
		return r.literal("%")
	case "n", "t":
		return r.literal(" ")
	case "Y":
		return number(&r.year, 4, 1, 9999, "year")
	case "y":
		err := number(&r.year, 2, 0, 99, "year")
		if r.year += 1900; r.year < 1969 {
			r.year += 100
		}
		return err
	case "m":
		return number(&r.month, 2, 1, 12, "month")
	case "d", "e":
		r.rest = strings.TrimLeft(r.rest, " ")
		return number(&r.day, 2, 1, 31, "day")
	case "j":
		return number(&r.yday, 3, 1, 366, "day of the year")
	case "H", "k":
		r.rest = strings.TrimLeft(r.rest, " ")
		return number(&r.hour, 2, 0, 23, "hour")
	case "I":
		return number(&r.hour12, 2, 1, 12, "hour")
	case "M":
		return number(&r.minute, 2, 0, 59, "minute")
	case "S":
		if err := number(&r.second, 2, 0, 60, "second"); err != nil {
			return err
		}
		r.readFraction()
		return nil
	case "p":
		n, ok := r.name([]string{"am", "pm"})
		r.afternoon = n == 1
		if !ok {
			return r.fail("AM or PM")
		}
		return nil
	case "B", "b", "h":
		n, ok := r.name(monthNames[:])
		r.month = n + 1
		if !ok {
			return r.fail("month's name")
		}
		return nil
	case "A", "a":
		if _, ok := r.name(dayNames[:]); !ok {
			return r.fail("weekday's name")
		}
		return nil
	case "s":
		return r.readUnix()
	case "z", ":z":
		return r.readZone()
	}
	return fmt.Errorf("%w has no letter %+q that can be read", errLayout, "%"+letter)
}

var (
	monthNames = [...]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
	dayNames   = [...]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
)

// literal passes over a text; blanks in it stand for any number of them.
func (r *timeReader) literal(text string) error {
	for i := range len(text) {
		switch {
		case text[i] == ' ' || text[i] == '\t' || text[i] == '\n':
			r.rest = strings.TrimLeft(r.rest, " \t\n")
		case strings.HasPrefix(r.rest, text[i:i+1]):
			r.rest = r.rest[1:]
		default:
			return r.fail(fmt.Sprintf("%+q", text[i:]))
		}
	}
	return nil
}

// digits reads a number of so many digits at most.
func (r *timeReader) digits(most int) (int, bool) {
	n := 0
	for n < len(r.rest) && n < most && r.rest[n] >= '0' && r.rest[n] <= '9' {
		n++
	}
	value, err := strconv.Atoi(r.rest[:n])
	if err == nil {
		r.rest = r.rest[n:]
	}
	return value, err == nil
}

// name reads one of some names, in full or its first three letters.
func (r *timeReader) name(names []string) (int, bool) {
	for i, name := range names {
		for _, name := range [...]string{name, name[:min(3, len(name))]} {
			if len(r.rest) >= len(name) && strings.EqualFold(r.rest[:len(name)], name) {
				r.rest = r.rest[len(name):]
				return i, true
			}
		}
	}
	return 0, false
}

func (r *timeReader) readFraction() {
	n := 1
	for n < len(r.rest) && r.rest[n] >= '0' && r.rest[n] <= '9' {
		n++
	}
	if n > 1 && r.rest[0] == '.' {
		r.fraction, _ = strconv.ParseFloat("0"+r.rest[:n], 64)
		r.rest = r.rest[n:]
	}
}

func (r *timeReader) readUnix() error {
	n := 0
	for n < len(r.rest) && (r.rest[n] >= '0' && r.rest[n] <= '9' || n == 0 && r.rest[n] == '-') {
		n++
	}
	unix, err := strconv.ParseInt(r.rest[:n], 10, 41)
	if err != nil {
		return r.fail("number of seconds")
	}
	r.unix, r.isUnix, r.rest = unix, true, r.rest[n:]
	return nil
}

// readZone reads Z, +01, +0100 or +01:00.
func (r *timeReader) readZone() error {
	if rest, ok := strings.CutPrefix(r.rest, "Z"); ok {
		r.rest, r.zone = rest, time.UTC
		return nil
	}
	if !strings.HasPrefix(r.rest, "+") && !strings.HasPrefix(r.rest, "-") {
		return r.fail("zone as in +01:00, or Z,")
	}
	sign := 1
	if r.rest[0] == '-' {
		sign = -1
	}
	r.rest = r.rest[1:]
	hours, ok := r.digits(2)
	minutes := 0
	if colon, found := strings.CutPrefix(r.rest, ":"); found {
		r.rest = colon
	}
	if n, found := r.digits(2); found {
		minutes = n
	}
	if !ok || hours > 15 || minutes > 59 {
		return r.fail("zone as in +01:00 before it")
	}
	r.zone = time.FixedZone("", sign*(hours*3600+minutes*60))
	return nil
}

// moment gives the moment that was read: today where the text has no date, this
// year where it has none, else the least.
func (r *timeReader) moment(now time.Time) (float64, error) {
	if r.year < 0 {
		r.year = now.Year()
		if r.month < 0 && r.yday < 0 {
			r.month = int(now.Month())
			if r.day < 0 {
				r.day = now.Day()
			}
		}
	}
	if r.hour < 0 && r.hour12 > 0 {
		r.hour = r.hour12 % 12
		if r.afternoon {
			r.hour += 12
		}
	}
	if r.yday > 0 {
		r.month, r.day = 1, r.yday
	}
	r.month, r.day = max(1, r.month), max(1, r.day)
	if date := time.Date(r.year, time.Month(r.month), r.day, 0, 0, 0, 0, time.UTC); r.yday < 0 && date.Day() != r.day || date.Year() != r.year {
		return 0, fmt.Errorf("%+q is no day of the calendar", r.whole)
	}
	first, _ := wall(now.Location(), r.year, r.month, r.day, max(0, r.hour), max(0, r.minute), max(0, r.second))
	return float64(first.Unix()) + r.fraction, nil
}
