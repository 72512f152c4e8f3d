package std

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// errLayout is the error of a layout that has a letter which is none.
var errLayout = errors.New("the layout")

// layoutParts gives what a letter stands for, where that is several others.
func layoutParts(letter string) string {
	switch letter {
	case "F":
		return "%Y-%m-%d"
	case "T", "X":
		return "%H:%M:%S"
	case "R":
		return "%H:%M"
	case "D", "x":
		return "%m/%d/%y"
	case "r":
		return "%I:%M:%S %p"
	case "c":
		return "%a %b %e %H:%M:%S %Y"
	}
	return ""
}

// eachPart goes through a layout: letter is what stands behind a %, with its
// colon; else literal is the text to the next of them.
func eachPart(layout string, part func(letter, literal string) error) error {
	for layout != "" {
		at := strings.IndexByte(layout, '%')
		switch {
		case at < 0:
			return part("", layout)
		case at > 0:
			if err := part("", layout[:at]); err != nil {
				return err
			}
		}
		end := at + 2
		if strings.HasPrefix(layout[at+1:], ":") {
			end++
		}
		if end > len(layout) {
			return fmt.Errorf("%w ends with %s: write %%%% for a %%", errLayout, layout[at:])
		}
		letter := layout[at+1 : end]
		err := error(nil)
		if parts := layoutParts(letter); parts != "" {
			err = eachPart(parts, part)
		} else {
			err = part(letter, "")
		}
		if err != nil {
			return err
		}
		layout = layout[end:]
	}
	return nil
}

// writeTime writes a moment by a layout. The error is errLayout.
func writeTime(t time.Time, layout string) (string, error) {
	var b strings.Builder
	err := eachPart(layout, func(letter, literal string) error {
		if letter == "" {
			b.WriteString(literal)
			return nil
		}
		text, ok := timePart(t, letter)
		if !ok {
			return fmt.Errorf("%w has no letter %+q", errLayout, "%"+letter)
		}
		b.WriteString(text)
		return nil
	})
	return b.String(), err
}

// timePart writes what one letter stands for.
func timePart(t time.Time, letter string) (string, bool) {
	year, week := t.ISOWeek()
	number := strconv.Itoa
	switch letter {
	case "Y":
		return t.Format("2006"), true
	case "y":
		return t.Format("06"), true
	case "m":
		return t.Format("01"), true
	case "d":
		return t.Format("02"), true
	case "e":
		return t.Format("_2"), true
	case "j":
		return t.Format("002"), true
	case "H":
		return t.Format("15"), true
	case "k":
		return fmt.Sprintf("%2d", t.Hour()), true
	case "I":
		return t.Format("03"), true
	case "M":
		return t.Format("04"), true
	case "S":
		return t.Format("05"), true
	case "p":
		return t.Format("PM"), true
	case "B":
		return t.Format("January"), true
	case "b", "h":
		return t.Format("Jan"), true
	case "A":
		return t.Format("Monday"), true
	case "a":
		return t.Format("Mon"), true
	case "u":
		return number((int(t.Weekday())+6)%7 + 1), true
	case "w":
		return number(int(t.Weekday())), true
	case "G":
		return number(year), true
	case "V":
		return fmt.Sprintf("%02d", week), true
	case "s":
		return strconv.FormatInt(t.Unix(), 10), true
	case "Z":
		return t.Format("MST"), true
	case "z":
		return t.Format("-0700"), true
	case ":z":
		return t.Format("-07:00"), true
	case "n":
		return "\n", true
	case "t":
		return "\t", true
	case "%":
		return "%", true
	}
	return "", false
}
