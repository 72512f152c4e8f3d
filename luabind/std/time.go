package std

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // containers often come without /usr/share/zoneinfo, which goes first where it is there

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// timeModule is require "time".
var timeModule = luabind.Module{
	Name: "time",
	Doc: "Dates, time zones and business hours. A moment is a number, seconds since 1970, as os.time gives it. A zone is a name such as " +
		"\"Europe/Berlin\", \"UTC\" or \"local\", that of the host; where a function is given none, it is the `zone` of the settings file, else " +
		"\"local\". The host's own list of zones is used where it has one, else the one in goagi.\n\n" +
		"A time that the clocks show twice, in the night they are put back, is the first of the two. One that they skip is the moment they are put forward.\n\n" +
		"A schedule says when somebody can be reached, in the settings file:\n\n" +
		"```toml\n" + `[time.schedules.office]
zone = "Europe/Berlin"
hours = { mon-thu = "09:00-12:30, 13:30-18:00", fri = "09:00-15:00", sat = "22:00-06:00" }
holidays = ["12-25", "12-26", "2027-03-26", "2026-12-28..2026-12-31"]
exceptions = { "12-24" = "09:00-12:00", "2027-05-14" = "closed" }
` + "```\n\n" +
		"or as a table of the same keys in the script. `hours` has the hours of a weekday, or of several as in \"mon-fri\" or \"mon, wed\"; a day " +
		"that is not there is closed. Hours end at \"24:00\" at the latest, or on the next day, as in \"22:00-06:00\"; they count for the day they begin on. " +
		"`holidays` are closed and `exceptions` have hours of their own: a date, a date of each year, or the first and the last of several. An exception " +
		"goes before a holiday, and one with a year before one of each year. Mistakes in the settings file are told when goagi starts.",
	Example: `
local time = require "time"

local office = {
    zone = "Europe/Berlin",
    hours = {["mon-fri"] = "09:00-12:30, 13:30-18:00", sat = "10:00-14:00"},
    holidays = {"12-25", "12-26", "2027-03-26"},
    exceptions = {["12-24"] = "09:00-12:00"},
}

local at = time.parse("24.12.2026 12:15", "%d.%m.%Y %H:%M", "Europe/Berlin")
local open, change, day = time.is_open(office, at)
assert(not open and day == "12-24")
-- The 25th and the 26th are holidays, and the 27th is a Sunday.
assert(time.format(change, "%A, %H:%M", "Europe/Berlin") == "Monday, 09:00")

local tomorrow = time.date(time.add(at, {days = 1}), "Europe/Berlin")
assert(tomorrow.day == 25 and tomorrow.hour == 12)
`,
	Settings: []luabind.Option{
		{Name: "zone", Type: "string", Doc: "The zone of functions that are given none (\"local\")."},
		{Name: "schedules", Type: "table", Doc: "Schedules by their names, each a table as above."},
	},
	Check: checkTime,
	Types: []*luabind.Type{&dateType, &scheduleType},
	Funcs: []luabind.Func{
		{
			Name: "add", Params: "t: number, span: table, zone?: string", Returns: "t: number", Options: spanOptions,
			Doc: "Gives the moment so much later, or earlier for negative numbers. Years, months, weeks and days are those of the calendar: a day later is the same " +
				"time of day, and a month after 31 January is the last of February. Hours, minutes and seconds are added to that.",
			Call: timeAdd,
		},
		{
			Name: "date", Params: "t?: number, zone?: string", Returns: "date: date",
			Doc:  "Gives a moment's date and time of day, of now where t is left out.",
			Call: timeDate,
		},
		{
			Name: "format", Params: "t?: number, layout?: string, zone?: string", Returns: "text: string",
			Doc: "Writes a moment, now where t is nil. The layout has the letters of os.date and strftime, with English names: %Y %m %d %H %M %S, %y, %j (day of the year), " +
				"%B and %b (month), %A and %a (weekday), %u and %w (its number), %I and %p (12 hours, AM or PM), %e and %k (blank before one digit), " +
				"%F (%Y-%m-%d), %T (%H:%M:%S), %R (%H:%M), %G and %V (year and week of ISO 8601), %s (seconds since 1970), %Z, %z (+0100), %:z (+01:00), %%. " +
				"Where it is left out: \"%FT%T%:z\", as in 2026-12-24T18:00:00+01:00.",
			Call: timeFormat,
		},
		{
			Name: "is_open", Params: "schedule: string|schedule, at?: number", Returns: "open: boolean, change: number?, day: string?",
			Doc: "Tells whether a schedule, by its name in the settings file or as a table, is open, now or at a moment. Gives also when it next " +
				"opens or closes, nil where it does not within 400 days; and, where that day is a holiday or an exception, the entry that makes it one.",
			Call: timeIsOpen,
		},
		{
			Name: "now", Returns: "t: number",
			Doc: "Gives the present moment, with its fraction of a second.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				a.L.Push(lua.LNumber(float64(time.Now().UnixMicro()) / 1e6))
				return 1
			},
		},
		{
			Name: "of", Params: "date: date|table, zone?: string", Returns: "t: number", Options: dateOptions,
			Doc: "Gives the moment of a date, such as time.date gives. Numbers beyond their range go on in the next unit: the 32nd of a month is in the next one.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				loc, o := zoneOf(vm, a, 2), a.Options(1)
				for _, name := range []string{"year", "month", "day"} {
					if !o.Set(name) {
						a.Misuse("the date has no %s", name)
					}
				}
				n := func(name string) int { return wholeOption(o, name) }
				first, _ := wall(loc, n("year"), n("month"), n("day"), n("hour"), n("min"), n("sec"))
				a.L.Push(lua.LNumber(first.Unix()))
				return 1
			},
		},
		{
			Name: "parse", Params: "text: string, layout?: string, zone?: string", Returns: "t: number?, message: string?",
			Doc: "Reads a moment; nil and what is wrong where the text is none. The layout has the letters of time.format, but for %G, %V, %u, %w and %Z. " +
				"Without a date it is one of today, without a year of this one. Numbers may lack their leading zeros, %S may have a fraction, %z may be Z, and " +
				"a blank stands for any number of them. Where the layout is left out the text is as in 2026-12-24, 2026-12-24 18:00 or 2026-12-24T18:00:00+01:00.",
			Call: timeParse,
		},
	},
}

var spanOptions = []luabind.Option{
	{Name: "years", Type: "number", Doc: "Whole years (0)."},
	{Name: "months", Type: "number", Doc: "Whole months (0)."},
	{Name: "weeks", Type: "number", Doc: "Whole weeks (0)."},
	{Name: "days", Type: "number", Doc: "Whole days (0)."},
	{Name: "hours", Type: "number", Doc: "Hours, which may have a fraction (0)."},
	{Name: "minutes", Type: "number", Doc: "Minutes, which may have a fraction (0)."},
	{Name: "seconds", Type: "number", Doc: "Seconds, which may have a fraction (0)."},
}

// dateOptions are the keys of what time.date gives; those that follow from the
// others are not looked at.
var dateOptions = []luabind.Option{
	{Name: "year", Type: "number", Doc: "The year in full, as in 2026."},
	{Name: "month", Type: "number", Doc: "The month; 1 is January."},
	{Name: "day", Type: "number", Doc: "The day of the month."},
	{Name: "hour", Type: "number", Doc: "The hour (0)."},
	{Name: "min", Type: "number", Doc: "The minute (0)."},
	{Name: "sec", Type: "number", Doc: "The second (0)."},
	{Name: "wday", Type: "number", Doc: "Not looked at."},
	{Name: "yday", Type: "number", Doc: "Not looked at."},
	{Name: "isdst", Type: "boolean", Doc: "Not looked at."},
	{Name: "zone", Type: "string", Doc: "Not looked at."},
	{Name: "offset", Type: "number", Doc: "Not looked at."},
}

// zones are the zones that were loaded, by name. There are no more than files of
// zones.
var zones sync.Map

// loadZone gives the zone of a name; "" is the host's.
func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "local" {
		return time.Local, nil
	}
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location), nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" || path.Clean(name) != name { // one zone is kept by one name
		return nil, fmt.Errorf("there is no time zone %+q: it is a name as in \"Europe/Berlin\", \"UTC\" or \"local\"", name)
	}
	zones.Store(name, loc)
	return loc, nil
}

// zoneOf reads the nth argument as a zone; that of the settings file where it was
// left out.
func zoneOf(vm *luabind.VM, a luabind.Args, n int) *time.Location {
	name := a.OptText(n)
	if !a.Has(n) {
		name, _ = vm.Host().Config["time"]["zone"].(string)
	}
	loc, err := loadZone(name)
	if err != nil {
		a.Misuse("%s", err)
	}
	return loc
}

// momentOf reads the nth argument as a moment, and what of a second it is past
// that; the present one where left out.
func momentOf(a luabind.Args, n int) (t time.Time, fraction float64) {
	if !a.Has(n) {
		return a.Time(n), 0
	}
	a.Time(n) // refuses what is none
	f := a.Number(n)
	return time.Unix(int64(math.Floor(f)), 0), f - math.Floor(f)
}

// wholeOption reads a whole number, 0 where it was not given.
func wholeOption(o luabind.Options, name string) int {
	f := o.Number(name, 0)
	if f != math.Trunc(f) || math.Abs(f) > 1e6 {
		o.Refuse(name, "a whole number, of at most a million")
	}
	return int(f)
}

// wall gives the moments when the clocks of a zone show a date and a time of
// day: the first and the last, which differ where they are put back. Those that
// the clocks skip are the moment when they are put forward.
func wall(loc *time.Location, year, month, day, hour, minute, second int) (first, last time.Time) {
	shown := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	// No zone is a day off UTC, and none changes its clocks twice in two days.
	_, before := shown.Add(-24 * time.Hour).In(loc).Zone()
	_, after := shown.Add(24 * time.Hour).In(loc).Zone()
	first = shown.Add(-time.Duration(before) * time.Second).In(loc)
	last = shown.Add(-time.Duration(after) * time.Second).In(loc)
	_, atFirst := first.Zone()
	_, atLast := last.Zone()
	switch {
	case atFirst == before && atLast == after:
		return first, last
	case atFirst == before:
		return first, first
	case atLast == after:
		return last, last
	}
	change, _ := first.ZoneBounds()
	return change, change
}

func timeAdd(vm *luabind.VM, a luabind.Args) int {
	t, fraction := momentOf(a, 1)
	loc, o := zoneOf(vm, a, 3), a.Options(2)
	if !a.Has(2) {
		a.Fail(2, "a table, as in {days = 1}")
	}
	t = t.In(loc)
	months := 12*wholeOption(o, "years") + wholeOption(o, "months")
	days := 7*wholeOption(o, "weeks") + wholeOption(o, "days")
	if months != 0 || days != 0 {
		year, month, day := t.Date()
		lastDay := time.Date(year, month+time.Month(months)+1, 0, 0, 0, 0, 0, time.UTC).Day()
		hour, minute, second := t.Clock()
		first, last := wall(loc, year, int(month)+months, min(day, lastDay)+days, hour, minute, second)
		_, was := t.Zone()
		if _, same := last.Zone(); same == was {
			first = last
		}
		t = first
	}
	seconds := 3600*o.Number("hours", 0) + 60*o.Number("minutes", 0) + o.Number("seconds", 0)
	a.L.Push(lua.LNumber(float64(t.Unix()) + fraction + seconds))
	return 1
}

func timeDate(vm *luabind.VM, a luabind.Args) int {
	t, _ := momentOf(a, 1)
	t = t.In(zoneOf(vm, a, 2))
	name, offset := t.Zone()
	table := a.L.CreateTable(0, 11)
	for _, row := range [...]struct {
		name  string
		value int
	}{
		{"year", t.Year()}, {"month", int(t.Month())}, {"day", t.Day()}, {"hour", t.Hour()}, {"min", t.Minute()}, {"sec", t.Second()},
		{"wday", int(t.Weekday()) + 1}, {"yday", t.YearDay()}, {"offset", offset},
	} {
		table.RawSetString(row.name, lua.LNumber(row.value))
	}
	table.RawSetString("isdst", lua.LBool(t.IsDST()))
	table.RawSetString("zone", lua.LString(name))
	a.L.Push(table)
	return 1
}

func timeFormat(vm *luabind.VM, a luabind.Args) int {
	t, _ := momentOf(a, 1)
	layout := "%FT%T%:z"
	if a.Has(2) {
		layout = a.Text(2)
	}
	text, err := writeTime(t.In(zoneOf(vm, a, 3)), layout)
	if err != nil {
		a.Misuse("%s", err)
	}
	a.PushText(text)
	return 1
}

func timeParse(vm *luabind.VM, a luabind.Args) int {
	text, loc := a.Text(1), zoneOf(vm, a, 3)
	var t float64
	var err error
	if a.Has(2) {
		t, err = readTime(text, a.Text(2), loc)
	} else {
		t, err = readISOTime(text, loc)
	}
	switch {
	case errors.Is(err, errLayout):
		a.Misuse("%s", err)
	case err != nil:
		return refused(a, err)
	}
	a.L.Push(lua.LNumber(t))
	return 1
}

func timeIsOpen(vm *luabind.VM, a luabind.Args) int {
	settings := vm.Host().Config["time"]
	zone, _ := settings["zone"].(string)
	var s *schedule
	var err error
	switch value := a.L.Get(1).(type) {
	case *lua.LTable:
		s, err = newSchedule(plainTable(value, 3), zone)
	case lua.LString:
		schedules, _ := settings["schedules"].(map[string]any)
		if schedules[string(value)] == nil {
			known := strings.Join(slices.Sorted(maps.Keys(schedules)), ", ")
			if known == "" {
				known = "none"
			}
			a.Misuse("there is no schedule %+q: [time.schedules] of the settings file has %s", string(value), known)
		}
		s, err = newSchedule(schedules[string(value)], zone)
	default:
		a.Fail(1, "a schedule's name, or a table")
	}
	if err != nil {
		a.Misuse("%s", err)
	}
	at, _ := momentOf(a, 2)
	open, change := s.state(at)
	a.PushTruth(open)
	if change.IsZero() {
		a.PushNil()
	} else {
		a.L.Push(lua.LNumber(change.Unix()))
	}
	_, special := s.hoursOf(at.In(s.zone).Date())
	a.PushTextOr(special, special != "")
	return 3
}

// plainTable gives a table of Lua as the settings file would have it, so many
// tables deep.
func plainTable(table *lua.LTable, depth int) any {
	list, named := []any{}, map[string]any{}
	table.ForEach(func(key, value lua.LValue) {
		var plain any = value.String()
		if inner, ok := value.(*lua.LTable); ok && depth > 1 {
			plain = plainTable(inner, depth-1)
		} else if value.Type() != lua.LTString {
			plain = nil // which no entry may be
		}
		list = append(list, plain)
		named[key.String()] = plain
	})
	if table.Len() == len(list) {
		return list
	}
	return named
}

var dateType = luabind.Type{
	Name: "date",
	Doc:  "A date and time of day in a zone, as os.date(\"*t\") gives it, with the zone.",
	Members: []luabind.Field{
		{Name: "day", Type: "integer", Doc: "The day of the month."},
		{Name: "hour", Type: "integer", Doc: "The hour."},
		{Name: "isdst", Type: "boolean", Doc: "Whether it is summer time."},
		{Name: "min", Type: "integer", Doc: "The minute."},
		{Name: "month", Type: "integer", Doc: "The month; 1 is January."},
		{Name: "offset", Type: "integer", Doc: "Seconds east of UTC."},
		{Name: "sec", Type: "integer", Doc: "The second."},
		{Name: "wday", Type: "integer", Doc: "The weekday; 1 is Sunday."},
		{Name: "yday", Type: "integer", Doc: "The day of the year."},
		{Name: "year", Type: "integer", Doc: "The year in full."},
		{Name: "zone", Type: "string", Doc: "The zone's short name, such as \"CET\"."},
	},
}

var scheduleType = luabind.Type{
	Name: "schedule",
	Doc:  "When somebody can be reached.",
	Members: []luabind.Field{
		{Name: "exceptions", Type: "{[string]: string}?", Doc: "Hours of single days, by their dates."},
		{Name: "holidays", Type: "string[]?", Doc: "Dates that are closed."},
		{Name: "hours", Type: "{[string]: string}", Doc: "Hours by weekdays, as in {[\"mon-fri\"] = \"09:00-17:00\"}."},
		{Name: "zone", Type: "string?", Doc: "Its zone."},
	},
}
