package std

import (
	"strings"
	"testing"
)

// A name in the settings file that nobody reads is told: it would send the
// caller's voice elsewhere, or be missed without a word.
func TestCheckConfig(t *testing.T) {
	table := func(name string, value any) map[string]any { return map[string]any{name: value} }
	for _, row := range []struct {
		table map[string]any
		want  string // "" for nothing wrong
	}{
		{map[string]any{"engine": "vosk", "vosk": table("url", "ws://127.0.0.1:2700")}, ""},
		{nil, ""},
		{table("engine", "vsok"), "engine must be one of command"},
		{table("engine", 3), "engine must be one of command"},
		{table("url", "http://127.0.0.1:8080"), "options of an engine stand in its own table"},
		{table("openia", table("url", "x")), `"openia" is neither engine nor the name of one`},
		{table("vosk", "ws://127.0.0.1"), "write [asr.vosk]"},
		{table("vosk", table("ulr", "x")), `[asr.vosk] has no option "ulr": it takes url`},
	} {
		err := CheckConfig("asr", row.table)
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%v: %v, want %q", row.table, err, row.want)
		}
	}
}
