package std

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"goagi/luabind"
)

// configModule is require "config".
var configModule = luabind.Module{
	Name: "config",
	Doc: "Settings of your own, and secrets, from the settings file (`/etc/goagi/goagi.toml`), so that neither stands in a script:\n\n" +
		"```toml\n[config]\nqueue = \"sales\"\nopening = {from = 9, to = 17}\n\n" +
		"[secrets]\ncrm = \"s3cr3t\"\ndatabase = {file = \"/etc/goagi/database.password\"}\napi = {env = \"API_TOKEN\"}\n```\n\n" +
		"`[config]` may hold anything: texts, numbers, booleans, lists, tables. A secret is a text, or a table with `file` (whose " +
		"content it is, read each time, without the end of its last line) or `env` (a variable of goagi's own environment). goagi " +
		"writes no secret to a log or a trace by itself; what a script does with one is its own. Let nobody but goagi's user read a " +
		"settings file with secrets.",
	Example: `local config = require "config"

local queue = config.get("queue", "support")
local opening = config.get("opening")
assert(queue == "sales" and opening.from == 9)

local token = config.secret("crm")
assert(#token == 6)
`,
	Check: func(map[string]any) error { return nil },
	Funcs: []luabind.Func{
		{
			Name: "get", Params: "name: string, otherwise?: any", Returns: "value: any",
			Doc: "Gives a setting of `[config]`; otherwise, or nil, where there is none of that name. Tables and lists are the call's own copies.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				value, ok := vm.Host().Config["config"][a.Text(1)]
				if ok {
					a.PushSetting(value)
				} else {
					a.L.Push(a.L.Get(2))
				}
				return 1
			},
		},
		{
			Name: "secret", Params: "name: string", Returns: "value: string",
			Doc: "Gives a secret of `[secrets]`. One that is missing, empty or not readable raises an error with its name.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				name := a.Text(1)
				text, err := secret(vm.Host().Config["secrets"][name])
				if err != nil {
					a.Misuse("the secret %q %s", name, err)
				}
				a.PushText(text)
				return 1
			},
		},
	},
}

// maxSecret is the longest that a file's may be, in bytes.
const maxSecret = 64 << 10

// secret gives what a row of [secrets] stands for. The error begins as what the
// secret does or is.
func secret(row any) (string, error) {
	switch row := row.(type) {
	case string:
		return row, nil
	case map[string]any:
		if name, ok := row["env"].(string); ok {
			if text := os.Getenv(name); text != "" {
				return text, nil
			}
			return "", fmt.Errorf("is in the variable %s, which is not set where goagi runs", name)
		}
		path, _ := row["file"].(string)
		file, err := os.Open(path)
		if err != nil {
			return "", fmt.Errorf("cannot be read: %w", err)
		}
		defer file.Close()
		text, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
		switch {
		case err != nil:
			return "", fmt.Errorf("cannot be read: %w", err)
		case len(text) > maxSecret:
			return "", fmt.Errorf("is in %s, which has over %d bytes", path, maxSecret)
		case len(strings.TrimSpace(string(text))) == 0:
			return "", fmt.Errorf("is in %s, which is empty", path)
		}
		return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
	}
	return "", errors.New("is not there: put it under [secrets] in the settings file, goagi.toml")
}

// checkSecrets says what is wrong in [secrets], and shows none.
func checkSecrets(table map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(table)) {
		switch row := table[name].(type) {
		case string:
			if row == "" {
				return fmt.Errorf("%s is empty", name)
			}
		case map[string]any:
			_, file := row["file"].(string)
			_, env := row["env"].(string)
			if len(row) != 1 || !file && !env {
				return fmt.Errorf("%s must be a text, {file = \"PATH\"} or {env = \"NAME\"}", name)
			}
		default:
			return fmt.Errorf("%s must be a text, {file = \"PATH\"} or {env = \"NAME\"}", name)
		}
	}
	return nil
}
