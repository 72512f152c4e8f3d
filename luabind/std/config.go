package std

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"goagi/asr"
)

// Sections are the tables of the settings file that belong to modules.
var Sections = []string{"asr"}

// CheckConfig says what is wrong with the names in the table of a module: what
// nobody reads would be ignored, and a server that was misspelt be another. The
// values are looked at when an engine is opened.
func CheckConfig(section string, table map[string]any) error {
	engines := asr.Engines()
	for _, key := range slices.Sorted(maps.Keys(table)) {
		options, ok := table[key].(map[string]any)
		switch {
		case key == "engine":
			if name, ok := table[key].(string); !ok || !slices.Contains(engines, name) {
				return fmt.Errorf("engine must be one of %s", strings.Join(engines, ", "))
			}
			continue
		case !slices.Contains(engines, key):
			return fmt.Errorf("%q is neither engine nor the name of one: %s; options of an engine stand in its own table, as in [%s.%s]",
				key, strings.Join(engines, ", "), section, engines[0])
		case !ok:
			return fmt.Errorf("%s is a table: write [%s.%s]", key, section, key)
		}
		var names []string
		for _, option := range asr.Options(key) {
			names = append(names, option.Name)
		}
		for name := range options {
			if !slices.Contains(names, name) {
				return fmt.Errorf("[%s.%s] has no option %q: it takes %s", section, key, name, strings.Join(names, ", "))
			}
		}
	}
	return nil
}
