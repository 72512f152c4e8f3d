package std

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"goagi/asr"
	"goagi/luabind"
)

// HasSettings reports whether a table of the settings file is a module's.
func HasSettings(section string) bool {
	if section == "secrets" {
		return true // the config module's second
	}
	m := Find(section)
	return m != nil && (m.Settings != nil || m.Check != nil)
}

// CheckConfig says what is wrong in the table of a module: what nobody reads
// would be ignored, and a server that was misspelt be another.
func CheckConfig(section string, table map[string]any) error {
	if section == "secrets" {
		return checkSecrets(table)
	}
	m := Find(section)
	for _, key := range slices.Sorted(maps.Keys(table)) {
		if m.Settings == nil {
			break // its Check knows the keys
		}
		i := slices.IndexFunc(m.Settings, func(o luabind.Option) bool { return o.Name == key })
		if i < 0 {
			names := make([]string, len(m.Settings))
			for i := range m.Settings {
				names[i] = m.Settings[i].Name
			}
			return fmt.Errorf("[%s] has no key %q: it takes %s", section, key, strings.Join(names, ", "))
		}
		if !isA(table[key], m.Settings[i].Type) {
			return fmt.Errorf("%s must be a %s", key, strings.Replace(m.Settings[i].Type, "string[]", "list of strings", 1))
		}
	}
	if m.Check == nil {
		return nil
	}
	return m.Check(table)
}

// isA reports whether a value of the settings file is of an option's type.
func isA(value any, kind string) bool {
	switch kind {
	case "string":
		_, ok := value.(string)
		return ok
	case "boolean":
		_, ok := value.(bool)
		return ok
	case "number":
		switch value.(type) {
		case int64, float64:
			return true
		}
		return false
	case "table":
		_, ok := value.(map[string]any)
		return ok
	case "string[]":
		list, ok := value.([]any)
		return ok && !slices.ContainsFunc(list, func(item any) bool { return !isA(item, "string") })
	}
	return true
}

// checkASR says what is wrong in [asr]. The values of an engine's options are
// looked at when it is opened.
func checkASR(table map[string]any) error {
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
			return fmt.Errorf("%q is neither engine nor the name of one: %s; options of an engine stand in its own table, as in [asr.%s]",
				key, strings.Join(engines, ", "), engines[0])
		case !ok:
			return fmt.Errorf("%s is a table: write [asr.%s]", key, key)
		}
		var names []string
		for _, option := range asr.Options(key) {
			names = append(names, option.Name)
		}
		for name := range options {
			if !slices.Contains(names, name) {
				return fmt.Errorf("[asr.%s] has no option %q: it takes %s", key, name, strings.Join(names, ", "))
			}
		}
	}
	return nil
}
