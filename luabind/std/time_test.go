package std

import (
	"strings"
	"testing"
)

// What a script says and hears of dates is what the clocks of the zone show.
func TestTime(t *testing.T) {
	berlin := caller{config: map[string]map[string]any{"time": {"zone": "Europe/Berlin"}}}
	gives(t, berlin, "time", [][2]string{
		// The bubble's clock stands at the beginning of 2000 in UTC.
		{`time.now()`, `946684800`},
		{`time.format()`, `"2000-01-01T01:00:00+01:00"`},
		{`time.format(nil, "%H:%M", "Asia/Kolkata")`, `"05:30"`},
		{`time.format(0, "%Y-%m-%d %H:%M:%S %y %j %B %b %A %a %u %w %I %p %G %V %s %Z %z %:z %%", "UTC")`,
			`"1970-01-01 00:00:00 70 001 January Jan Thursday Thu 4 4 12 AM 1970 01 0 UTC +0000 +00:00 %"`},
		{`time.format(1e9, "%e|%k|%F|%T|%R|%D|%r|%c")`, `" 9| 3|2001-09-09|03:46:40|03:46|09/09/01|03:46:40 AM|Sun Sep  9 03:46:40 2001"`},
		{`time.date(1798132500)`,
			`{"day":24,"hour":18,"isdst":false,"min":15,"month":12,"offset":3600,"sec":0,"wday":5,"yday":358,"year":2026,"zone":"CET"}`},
		{`time.of(time.date(1798132500.5))`, `1798132500`},
		{`time.of{year = 2026, month = 12, day = 24}`, `1798066800`},
		{`time.format(time.of{year = 2026, month = 14, day = 31}, "%F")`, `"2027-03-03"`},

		{`time.parse("2026-12-24")`, `1798066800`},
		{`time.parse("2026-12-24 18:15")`, `1798132500`},
		{`time.parse("2026-12-24 17:15", nil, "UTC")`, `1798132500`},
		{`time.parse("2026-12-24T17:15:00.25Z") - 1798132500`, `0.25`},
		{`time.parse("2026-12-24T17:15-0530")`, `1798152300`},
		{`time.parse("Thu, 24 dec 2026, 6:15 pm", "%a, %d %b %Y, %I:%M %p")`, `1798132500`},
		{`time.parse("12:00 AM", "%I:%M %p")`, `946681200`},
		{`time.parse("17:15", "%H:%M")`, `946743300`},
		{`time.format(time.parse("24.12.", "%d.%m."))`, `"2000-12-24T00:00:00+01:00"`},
		{`time.parse("358/26", "%j/%y")`, `1798066800`},
		{`time.parse("1798132500", "%s")`, `1798132500`},
	})
	gives(t, caller{}, "time", [][2]string{
		{`time.parse(time.format(1798132500)) == 1798132500`, `true`},
	})
}

// A day later is the same time of day, and a month is in the calendar.
func TestTimeAdd(t *testing.T) {
	after := func(text, span string) string {
		return `time.format(time.add(time.parse("` + text + `", nil, "Europe/Berlin"), {` + span + `}, "Europe/Berlin"), "%F %R %Z", "Europe/Berlin")`
	}
	gives(t, caller{}, "time", [][2]string{
		{after("2026-03-28 12:00", "days = 1"), `"2026-03-29 12:00 CEST"`}, // 23 hours
		{after("2026-03-28 12:00", "hours = 24"), `"2026-03-29 13:00 CEST"`},
		{after("2026-10-24 12:00", "days = 1"), `"2026-10-25 12:00 CET"`}, // 25 hours
		{after("2026-03-28 02:30", "days = 1"), `"2026-03-29 03:00 CEST"`},
		{after("2026-01-31 12:00", "months = 1"), `"2026-02-28 12:00 CET"`},
		{after("2028-02-29 12:00", "years = 1"), `"2029-02-28 12:00 CET"`},
		{after("2026-01-31 12:00", "months = -2"), `"2025-11-30 12:00 CET"`},
		{after("2026-01-31 12:00", "months = 1, days = 1"), `"2026-03-01 12:00 CET"`},
		{after("2026-12-31 12:00", "weeks = 2, minutes = -0.5"), `"2027-01-14 11:59 CET"`},
		{after("2026-10-25T02:30:00+01:00", "weeks = 0"), `"2026-10-25 02:30 CET"`},
		{after("2026-10-25T01:30:00Z", "days = 364"), `"2027-10-24 02:30 CEST"`},
		{`time.add(0.5, {seconds = 0.25})`, `0.75`},
	})
}

// What is wrong in a script is raised, and what is wrong in a text is told.
func TestTimeMistakes(t *testing.T) {
	gives(t, caller{}, "time", [][2]string{
		{`time.parse("soon")`, `null "\"soon\" is no date as in 2026-12-24, 2026-12-24 18:00 or 2026-12-24T18:00:00+01:00"`},
		{`time.parse("2026-02-30")`, `~null`},
		{`time.parse("30.02.2026", "%d.%m.%Y")`, `null "\"30.02.2026\" is no day of the calendar"`},
		{`time.parse("366 2026", "%j %Y")`, `~is no day of the calendar`},
		{`time.parse("24.13.2026", "%d.%m.%Y")`, `null "\"24.13.2026\" has no month from 1 to 12 at byte 6"`},
		{`time.parse("24.12.2026 x", "%d.%m.%Y")`, `~goes on at byte 11, where the layout ends`},
		{`time.parse("24-12", "%d.%m")`, `~has no \".\" at byte 3`},
		{`time.parse("24 Foo", "%d %B")`, `~has no month's name at byte 4`},
		{`time.parse("12:00 XX", "%I:%M %p")`, `~has no AM or PM at byte 7`},
		{`time.parse("2026 CET", "%Y %z")`, `~has no zone as in +01:00, or Z, at byte 6`},
		{`time.parse("2026 +9x", "%Y %z")`, `~goes on at byte 8`},
		{`time.parse("", "%Y")`, `~has no year from 1 to 9999 at byte 1`},
		{`time.parse("99999999999999", "%s")`, `~has no number of seconds at byte 1`},
		{`time.parse("1", "%Q")`, `~: time.parse: the layout has no letter "%Q" that can be read`},
		{`time.parse("1", "%V")`, `~the layout has no letter "%V" that can be read`},
		{`time.format(0, "%Q")`, `~time.format: the layout has no letter "%Q"`},
		{`time.format(0, "%H%")`, `~the layout ends with %: write %% for a %`},
		{`time.format(0, "%:")`, `~the layout ends with %:`},
		{`time.format("x")`, `~argument 1 (t) must be a number`},
		{`time.format(1e15)`, `~argument 1 (t) must be a time in seconds since 1970`},
		{`time.format(0, "%H", "Europe/Berln")`, `~there is no time zone "Europe/Berln": it is a name as in "Europe/Berlin"`},
		{`time.format(0, "%H", "../../etc/passwd")`, `~there is no time zone`},
		{`time.of{year = 2026, month = 12}`, `~time.of: the date has no day`},
		{`time.of{year = 2026, month = 12, day = 1, minute = 3}`, `~there is no option minute: it takes year, month, day, hour, min, sec`},
		{`time.of{year = 2026, month = 12, day = 1.5}`, `~option day must be a whole number`},
		{`time.add(0, {day = 1})`, `~there is no option day, did you mean days?`},
		{`time.add(0)`, `~argument 2 (span) must be a table, as in {days = 1}`},
		{`time.is_open("office")`, `~time.is_open: there is no schedule "office": [time.schedules] of the settings file has none`},
		{`time.is_open()`, `~argument 1 (schedule) must be a schedule's name, or a table`},
		{`time.is_open{}`, `~time.is_open: a schedule needs hours`},
		{`local t = {} t.hours = t return time.is_open(t)`, `~hours, "hours": it must be a text`},
	})
}

// A caller who rings one minute before it closes is let in, and hears when it
// opens again: through the lunch break, over a weekend, on a holiday, and when
// the clocks change.
func TestIsOpen(t *testing.T) {
	who := caller{config: map[string]map[string]any{"time": {"zone": "Europe/Berlin", "schedules": map[string]any{
		"office": map[string]any{
			"hours":    map[string]any{"mon-thu": "09:00-12:30, 13:30-18:00", "fri": "9:00-15:00", "sat": "closed"},
			"holidays": []any{"12-25", "12-26", "2026-12-28..2026-12-31", "01-01"},
			"exceptions": map[string]any{
				"12-24": "09:00-12:00", "2026-12-30": "10:00-11:00",
			},
		},
		"night":  map[string]any{"hours": map[string]any{"mon-sun": "22:00-06:00"}, "holidays": []any{"2026-12-25"}},
		"always": map[string]any{"hours": map[string]any{"mon-sun": "00:00-24:00"}},
		"never":  map[string]any{"hours": map[string]any{"mon": "closed"}},
		"early":  map[string]any{"hours": map[string]any{"sun": "01:00-02:30"}},
		"skip":   map[string]any{"hours": map[string]any{"sun": "02:15-02:45"}},
		"two":    map[string]any{"hours": map[string]any{"fri": "12:00-24:00", "sat": "00:00-03:00, 02:00-04:00"}},
		"zone":   map[string]any{"zone": "America/New_York", "hours": map[string]any{"mon, Wednesday": "09:00-17:00"}},
		"feast":  map[string]any{"hours": map[string]any{"mon-sun": "09:00-17:00"}, "holidays": []any{"12-24..01-06"}},
		"pick": map[string]any{"hours": map[string]any{"mon-sun": "09:00-17:00"}, "exceptions": map[string]any{
			"12-24": "10:00-11:00", "2026-12-24": "12:00-13:00"}},
	}}}}
	var rows [][2]string
	for _, row := range [...]struct{ schedule, at, want string }{
		{"office", "2026-11-23 08:59", `closed until Mon 2026-11-23 09:00`},
		{"office", "2026-11-23 09:00", `open until Mon 2026-11-23 12:30`},
		{"office", "2026-11-23 12:29", `open until Mon 2026-11-23 12:30`},
		{"office", "2026-11-23 12:30", `closed until Mon 2026-11-23 13:30`},
		{"office", "2026-11-27 15:00", `closed until Mon 2026-11-30 09:00`},
		{"office", "2026-12-23 18:00", `closed until Thu 2026-12-24 09:00`},
		{"office", "2026-12-24 13:00", `closed until Wed 2026-12-30 10:00 on 12-24`},
		{"office", "2026-12-30 10:30", `open until Wed 2026-12-30 11:00 on 2026-12-30`},
		{"office", "2026-12-31 10:30", `closed until Mon 2027-01-04 09:00 on 2026-12-28..2026-12-31`},
		{"night", "2026-11-23 03:00", `open until Mon 2026-11-23 06:00`},
		{"night", "2026-11-23 12:00", `closed until Mon 2026-11-23 22:00`},
		{"night", "2026-12-25 03:00", `open until Fri 2026-12-25 06:00 on 2026-12-25`}, // the hours of the 24th
		{"night", "2026-12-25 23:00", `closed until Sat 2026-12-26 22:00 on 2026-12-25`},
		{"night", "2026-03-29 01:00", `open until Sun 2026-03-29 06:00`},
		{"always", "2026-11-23 12:00", `open`},
		{"never", "2026-11-23 12:00", `closed`},
		{"early", "2026-10-25T00:10:00Z", `open until Sun 2026-10-25 02:30 CET`}, // 02:10, the first
		{"early", "2026-03-29T00:10:00Z", `open until Sun 2026-03-29 03:00`},
		{"skip", "2026-03-28 12:00", `closed until Sun 2026-04-05 02:15`},
		{"two", "2026-11-27 13:00", `open until Sat 2026-11-28 04:00`},
		{"zone", "2026-11-23 15:30", `open until Mon 2026-11-23 23:00`},
		{"zone", "2026-11-24 15:30", `closed until Wed 2026-11-25 15:00`},
		{"feast", "2026-12-24 10:00", `closed until Thu 2027-01-07 09:00 on 12-24..01-06`},
		{"feast", "2027-01-06 10:00", `closed until Thu 2027-01-07 09:00 on 12-24..01-06`},
		{"pick", "2026-12-24 12:30", `open until Thu 2026-12-24 13:00 on 2026-12-24`},
		{"pick", "2027-12-24 12:30", `closed until Sat 2027-12-25 09:00 on 12-24`},
	} {
		zone := ""
		if strings.HasSuffix(row.want, "CET") {
			zone = " %Z"
		}
		rows = append(rows, [2]string{`local open, change, day = time.is_open("` + row.schedule + `", time.parse("` + row.at + `"))
			return (open and "open" or "closed") .. (change and time.format(change, " until %a %F %R` + zone + `") or "") .. (day and " on " .. day or "")`, `"` + row.want + `"`})
	}
	gives(t, who, "time", append(rows,
		[2]string{`time.is_open("office", time.parse("2026-12-25 10:00"))`, `false 1798621200 "12-25"`},
		[2]string{`time.is_open("offce")`, `~there is no schedule "offce": [time.schedules] of the settings file has always, early, feast, never, night, office,`},
		[2]string{`time.is_open({hours = {["mon-sun"] = "00:00-24:00"}, holidays = {}, exceptions = {}})`, `true null null`},
		// Now is a Saturday, 01:00.
		[2]string{`time.is_open({hours = {sat = "00:30-01:30"}})`, `true 946686600 null`},
		[2]string{`time.is_open({zone = "UTC", hours = {sat = "00:30-01:30"}})`, `false 946686600 null`},
	))
}

// A schedule that is wrong is refused when goagi starts, by the entry: a switch
// that is open at Christmas is noticed at Christmas.
func TestScheduleMistakes(t *testing.T) {
	hours := map[string]any{"mon-fri": "09:00-17:00"}
	for _, row := range [...]struct {
		schedule any
		want     string
	}{
		{map[string]any{"hours": hours}, ""},
		{map[string]any{"hours": hours, "holidays": []any{"02-29", "2028-02-29"}}, ""},
		{"09:00-17:00", "schedules.x: a schedule is a table with the keys"},
		{map[string]any{}, "schedules.x: a schedule needs hours"},
		{map[string]any{"hours": "9-17"}, "hours must be a table of hours by day"},
		{map[string]any{"hours": hours, "holiday": "12-25"}, `has no key "holiday": it takes zone, hours, holidays and exceptions`},
		{map[string]any{"hours": hours, "zone": "Berlin"}, `there is no time zone "Berlin"`},
		{map[string]any{"hours": hours, "zone": int64(1)}, `zone must be a zone's name`},
		{map[string]any{"hours": map[string]any{"mo-fr": "09:00-17:00"}}, `hours, "mo-fr": it is no weekday`},
		{map[string]any{"hours": map[string]any{"mon-fri": "09:00-17:00", "fri": "09:00-15:00"}}, `hours, "mon-fri": friday is in "fri", too`},
		{map[string]any{"hours": map[string]any{"mon": int64(9)}}, `hours, "mon": it must be a text`},
		{map[string]any{"hours": map[string]any{"mon": "09:00"}}, `hours, "mon": "09:00" is not from one time of day to another`},
		{map[string]any{"hours": map[string]any{"mon": ""}}, `hours, "mon": "" is not from`},
		{map[string]any{"hours": map[string]any{"mon": "09:00-12:00,"}}, `hours, "mon": "" is not from`},
		{map[string]any{"hours": map[string]any{"mon": "09:00-25:00"}}, `"09:00-25:00" is not from`},
		{map[string]any{"hours": map[string]any{"mon": "09:00-24:01"}}, `is not from`},
		{map[string]any{"hours": map[string]any{"mon": "24:00-06:00"}}, `is not from`},
		{map[string]any{"hours": map[string]any{"mon": "09:60-17:00"}}, `is not from`},
		{map[string]any{"hours": map[string]any{"mon": "9-17"}}, `is not from`},
		{map[string]any{"hours": map[string]any{"mon": "09:00-9:00"}}, `is no time at all: the whole day is "00:00-24:00"`},
		{map[string]any{"hours": hours, "holidays": "12-25"}, `holidays must be a list of dates`},
		{map[string]any{"hours": hours, "holidays": []any{"12-25", "12-32"}}, `holidays, entry 2: "12-32" is no date`},
		{map[string]any{"hours": hours, "holidays": []any{"2026-02-29"}}, `"2026-02-29" is no date`},
		{map[string]any{"hours": hours, "holidays": []any{"25.12."}}, `"25.12." is no date`},
		{map[string]any{"hours": hours, "holidays": []any{int64(1)}}, `entry 1: "" is no date`},
		{map[string]any{"hours": hours, "holidays": []any{"2026-12-24..01-02"}}, `is no date: write`},
		{map[string]any{"hours": hours, "holidays": []any{"2026-12-24..2026-12-01"}}, `ends before it begins`},
		{map[string]any{"hours": hours, "exceptions": []any{"12-24"}}, `exceptions must be a table of hours by day`},
		{map[string]any{"hours": hours, "exceptions": map[string]any{"24-12": "closed"}}, `exceptions: "24-12" is no date`},
		{map[string]any{"hours": hours, "exceptions": map[string]any{"12-24": "shut"}}, `exceptions, "12-24": "shut" is not from`},
		{map[string]any{"hours": hours, "exceptions": map[string]any{"12-20..01-06": "closed", "12-24": "09:00-12:00"}},
			`exceptions: "12-20..01-06" and "12-24" have a day in common`},
	} {
		err := CheckConfig("time", map[string]any{"schedules": map[string]any{"x": row.schedule}})
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%v: %v, want %q", row.schedule, err, row.want)
		}
	}
	for _, row := range [...]struct {
		table map[string]any
		want  string
	}{
		{map[string]any{"zone": "Berlin"}, `there is no time zone "Berlin"`},
		{map[string]any{"zone": int64(1)}, `zone must be a string`},
		{map[string]any{"schedule": map[string]any{}}, `[time] has no key "schedule"`},
	} {
		if err := CheckConfig("time", row.table); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%v: %v, want %q", row.table, err, row.want)
		}
	}
}
