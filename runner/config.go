package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"goagi/luabind/std"
	"goagi/spell"
)

// usualConfig is the settings file that is read where none is named; it need
// not be there.
const usualConfig = "/etc/goagi/goagi.toml"

// readConfig reads the settings file: keys of the table of settings, which it
// sets, and the tables of modules.
func (s *settings) readConfig(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return &usageError{"settings file: " + err.Error(), "Asterisk's user must be able to read it"}
	}
	var config map[string]any
	if err := toml.Unmarshal(text, &config); err != nil {
		if at, ok := errors.AsType[*toml.DecodeError](err); ok {
			line, column := at.Position()
			return &usageError{fmt.Sprintf("%s:%d:%d: %s", path, line, column, at.Error()), "it is TOML: name = \"text\", or [section]"}
		}
		return &usageError{path + ": " + err.Error(), ""}
	}
	s.modules = make(map[string]map[string]any)
	for _, key := range slices.Sorted(maps.Keys(config)) {
		if err := s.take(key, config[key]); err != nil {
			hint := "goagi help lists the settings"
			if std.HasSettings(key) {
				hint = "goagi help " + key + " lists its settings"
			}
			return &usageError{fmt.Sprintf("%s:%d: %s: %s", path, lineOf(string(text), key), key, err), hint}
		}
	}
	return nil
}

// lineOf gives the line that sets a key, or begins the table of that name; 1 where
// none does so plainly.
func lineOf(text, key string) int {
	n := 0
	for line := range strings.Lines(text) {
		n++
		name := strings.Trim(line, " \t\r\n[")
		if rest, ok := strings.CutPrefix(strings.Trim(name, `"'`), key); ok && strings.IndexAny(rest+"\n", " \t=].\"'\n") == 0 {
			return n
		}
	}
	return 1
}

// take takes one key of the settings file.
func (s *settings) take(key string, value any) error {
	if std.HasSettings(key) {
		table, ok := value.(map[string]any)
		if !ok {
			return fmt.Errorf("it is a table: write [%s]", key)
		}
		if err := std.CheckConfig(key, table); err != nil {
			return err
		}
		s.modules[key] = table
		return nil
	}
	for row := range rows() {
		if row.name == key && key != "config" {
			text, err := plain(value)
			if err != nil {
				return err
			}
			return row.set(s, text)
		}
	}
	names := std.Names()
	for row := range rows() {
		names = append(names, row.name)
	}
	return errors.New("there is no such setting" + spell.DidYouMean(key, names))
}

// plain gives a value as it would stand behind a flag.
func plain(value any) (string, error) {
	switch value := value.(type) {
	case string:
		return value, nil
	case bool:
		return strconv.FormatBool(value), nil
	case int64:
		return strconv.FormatInt(value, 10), nil
	case float64:
		return strconv.FormatFloat(value, 'g', -1, 64), nil
	case []any:
		items := make([]string, len(value))
		for i, item := range value {
			text, err := plain(item)
			if err != nil {
				return "", err
			}
			items[i] = text
		}
		return strings.Join(items, ","), nil
	}
	return "", fmt.Errorf("a %T is no value for it", value)
}

// configPath gives the settings file to read, "" for none: the one that was
// named, else the usual one where it is there.
func (s *settings) configPath() string {
	if s.config != "" {
		return s.config
	}
	if _, err := os.Stat(usualConfig); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return usualConfig
}
