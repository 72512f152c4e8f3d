package std

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// schedule says when somebody can be reached.
type schedule struct {
	zone    *time.Location
	week    [7][]hours // from Sunday
	special []special  // the first that holds for a day counts
}

// hours are minutes of a day, from its midnight; after 1440 they are the next
// day's.
type hours struct{ from, to int }

// special is a day, or several, that are not as their weekday.
type special struct {
	name        string // the entry
	first, last int    // as in 20261224, or 1224 for one of each year
	hours       []hours
}

// holds reports whether a day is it. Those of each year may go on in the next.
func (s special) holds(year, month, day int) bool {
	date := month*100 + day
	switch {
	case s.first > 1231:
		date += year * 10000
	case s.first > s.last:
		return date >= s.first || date <= s.last
	}
	return s.first <= date && date <= s.last
}

// newSchedule reads a schedule, as a table of the settings file has it. The error
// names the entry that is wrong.
func newSchedule(value any, zone string) (*schedule, error) {
	table, ok := namedTable(value)
	if !ok {
		return nil, fmt.Errorf("a schedule is a table with the keys zone, hours, holidays and exceptions")
	}
	s := new(schedule)
	for _, key := range slices.Sorted(maps.Keys(table)) {
		var err error
		switch key {
		case "zone":
			if zone, ok = table[key].(string); !ok {
				err = fmt.Errorf("zone must be a zone's name")
			}
		case "hours":
			err = s.readWeek(table[key])
		case "holidays":
			err = s.readHolidays(table[key])
		case "exceptions":
			err = s.readExceptions(table[key])
		default:
			err = fmt.Errorf("a schedule has no key %+q: it takes zone, hours, holidays and exceptions", key)
		}
		if err != nil {
			return nil, err
		}
	}
	if table["hours"] == nil {
		return nil, fmt.Errorf("a schedule needs hours, as in hours = { mon-fri = \"09:00-17:00\" }")
	}
	var err error
	s.zone, err = loadZone(zone)
	return s, err
}

// namedTable gives a table. An empty one of Lua may be meant as one, or as a list.
func namedTable(value any) (map[string]any, bool) {
	list, isList := value.([]any)
	table, ok := value.(map[string]any)
	return table, ok || isList && len(list) == 0
}

// entries gives the names and texts of a table.
func entries(key string, value any) (names []string, texts map[string]string, err error) {
	table, ok := namedTable(value)
	if !ok {
		return nil, nil, fmt.Errorf("%s must be a table of hours by day", key)
	}
	texts = make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(table)) {
		text, ok := table[name].(string)
		if !ok {
			return nil, nil, fmt.Errorf("%s, %+q: it must be a text, as in \"09:00-17:00\" or \"closed\"", key, name)
		}
		names, texts[name] = append(names, name), text
	}
	return names, texts, nil
}

func (s *schedule) readWeek(value any) error {
	names, texts, err := entries("hours", value)
	if err != nil {
		return err
	}
	var by [7]string
	for _, name := range names {
		days, err := weekdays(name)
		if err != nil {
			return fmt.Errorf("hours, %+q: %w", name, err)
		}
		open, err := hoursIn(texts[name])
		if err != nil {
			return fmt.Errorf("hours, %+q: %w", name, err)
		}
		for _, day := range days {
			if by[day] != "" {
				return fmt.Errorf("hours, %+q: %s is in %+q, too", name, dayNames[day], by[day])
			}
			by[day], s.week[day] = name, open
		}
	}
	return nil
}

// weekdays reads "mon", "mon-fri" or "mon, wed".
func weekdays(text string) (days []int, err error) {
	day := func(name string) int {
		name = strings.ToLower(strings.TrimSpace(name))
		return slices.IndexFunc(dayNames[:], func(day string) bool { return name == day || name == day[:3] })
	}
	for part := range strings.SplitSeq(text, ",") {
		from, to, several := strings.Cut(part, "-")
		if !several {
			to = from
		}
		first, last := day(from), day(to)
		if first < 0 || last < 0 {
			return nil, fmt.Errorf("it is no weekday: write \"mon\", \"mon-fri\" or \"mon, wed\"")
		}
		for days = append(days, first); first != last; days = append(days, first) {
			first = (first + 1) % 7
		}
	}
	return days, nil
}

// hoursIn reads "09:00-12:30, 13:30-18:00", or "closed".
func hoursIn(text string) (open []hours, err error) {
	if text == "closed" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		from, to, _ := strings.Cut(part, "-")
		first, ok1 := minutesIn(from)
		last, ok2 := minutesIn(to)
		switch {
		case !ok1 || !ok2 || first == 24*60:
			return nil, fmt.Errorf("%+q is not from one time of day to another: write \"09:00-17:30\", or \"closed\"", part)
		case first == last:
			return nil, fmt.Errorf("%+q is no time at all: the whole day is \"00:00-24:00\"", part)
		case last < first:
			last += 24 * 60
		}
		open = append(open, hours{first, last})
	}
	slices.SortFunc(open, func(a, b hours) int { return a.from - b.from })
	return open, nil
}

// minutesIn reads a time of day up to 24:00.
func minutesIn(text string) (int, bool) {
	hour, minute, _ := strings.Cut(strings.TrimSpace(text), ":")
	h, err := strconv.ParseUint(hour, 10, 8)
	m, err2 := strconv.ParseUint(minute, 10, 8)
	n := int(h*60 + m)
	return n, err == nil && err2 == nil && len(hour) <= 2 && len(minute) == 2 && m < 60 && n <= 24*60
}

func (s *schedule) readHolidays(value any) error {
	list, ok := value.([]any)
	if !ok {
		return fmt.Errorf("holidays must be a list of dates")
	}
	for i, item := range list {
		if date, ok := item.(fmt.Stringer); ok { // a date of TOML, which needs no quotes
			item = date.String()
		}
		text, _ := item.(string)
		holiday, err := newSpecial(text)
		if err != nil {
			return fmt.Errorf("holidays, entry %d: %w", i+1, err)
		}
		s.special = append(s.special, holiday)
	}
	return nil
}

// readExceptions puts the exceptions before the holidays, and those of a year
// before those of each.
func (s *schedule) readExceptions(value any) error {
	names, texts, err := entries("exceptions", value)
	if err != nil {
		return err
	}
	var ofYear, ofEach []special
	for _, name := range names {
		exception, err := newSpecial(name)
		if err != nil {
			return fmt.Errorf("exceptions: %w", err)
		}
		if exception.hours, err = hoursIn(texts[name]); err != nil {
			return fmt.Errorf("exceptions, %+q: %w", name, err)
		}
		list := &ofYear
		if exception.first <= 1231 {
			list = &ofEach
		}
		for _, other := range *list {
			if exception.holdsDate(other.first) || other.holdsDate(exception.first) {
				return fmt.Errorf("exceptions: %+q and %+q have a day in common", other.name, name)
			}
		}
		*list = append(*list, exception)
	}
	s.special = slices.Concat(ofYear, ofEach, s.special)
	return nil
}

func (s special) holdsDate(date int) bool { return s.holds(date/10000, date/100%100, date%100) }

// newSpecial reads "2026-12-24", "12-24", or two of them with .. between.
func newSpecial(text string) (special, error) {
	from, to, several := strings.Cut(text, "..")
	if !several {
		to = from
	}
	first, ok1 := dateIn(from)
	last, ok2 := dateIn(to)
	switch {
	case !ok1 || !ok2 || (first > 1231) != (last > 1231):
		return special{}, fmt.Errorf("%+q is no date: write \"2026-12-24\", \"12-24\" for each year, or two of a kind, as in \"2026-12-24..2027-01-01\"", text)
	case first > last && first > 1231:
		return special{}, fmt.Errorf("%+q ends before it begins", text)
	}
	return special{name: text, first: first, last: last}, nil
}

// dateIn reads a date, with its year or without, as a number.
func dateIn(text string) (int, bool) {
	text = strings.TrimSpace(text)
	yearly := len(text) == len("12-24")
	if yearly {
		text = "2000-" + text // which has a 29 February
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1000 {
		return 0, false
	}
	date := int(t.Month())*100 + t.Day()
	if !yearly {
		date += t.Year() * 10000
	}
	return date, true
}

// hoursOf gives the hours that begin on a day, and the name of the entry that
// makes it special, if one does.
func (s *schedule) hoursOf(year int, month time.Month, day int) ([]hours, string) {
	for _, special := range s.special {
		if special.holds(year, int(month), day) {
			return special.hours, special.name
		}
	}
	return s.week[time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Weekday()], ""
}

// horizon is how many days ahead a change is looked for.
const horizon = 400

// state tells whether it is open at a moment, and when that next changes: the
// zero time where it does not within the horizon. Hours that end when the next
// ones begin are one.
func (s *schedule) state(at time.Time) (open bool, change time.Time) {
	year, month, today := at.In(s.zone).Date()
	for day := -1; day <= horizon; day++ {
		y, m, d := time.Date(year, month, today+day, 0, 0, 0, 0, time.UTC).Date()
		hours, _ := s.hoursOf(y, m, d)
		for _, h := range hours {
			from, _ := wall(s.zone, y, int(m), d, 0, h.from, 0)
			_, to := wall(s.zone, y, int(m), d, 0, h.to, 0)
			switch {
			case !to.After(from): // in an hour that the clocks skip
			case open && from.After(change):
				return true, change
			case !open && from.After(at):
				return false, from
			case to.After(at) && to.After(change):
				open, change = true, to
			}
		}
	}
	if open && change.Sub(at) > horizon*24*time.Hour {
		change = time.Time{}
	}
	return open, change
}

// checkTime says what is wrong in [time].
func checkTime(table map[string]any) error {
	zone, _ := table["zone"].(string)
	if _, err := loadZone(zone); err != nil {
		return err
	}
	schedules, _ := table["schedules"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(schedules)) {
		if _, err := newSchedule(schedules[name], zone); err != nil {
			return fmt.Errorf("schedules.%s: %w", name, err)
		}
	}
	return nil
}
