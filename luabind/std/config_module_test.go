package std

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// someConfig is [config] and [secrets] of a settings file.
var someConfig = map[string]map[string]any{
	"config": {
		"queue": "sales", "opening": map[string]any{"from": int64(9), "to": int64(17)}, "off": false, "rate": 1.5,
		"days": []any{"mon", "tue"},
	},
	"secrets": {"crm": "s3cr3t"},
}

// A script finds what the settings file says, and changes it for nobody else.
func TestConfig(t *testing.T) {
	e := place(t, caller{notEAGI: true, config: someConfig}, `local config = require "config"
		assert(config.get("queue", "x") == "sales" and config.get("rate") == 1.5 and config.get("off", true) == false)
		local opening = config.get("opening") assert(opening.from == 9 and opening.to == 17)
		opening.from = 0 assert(config.get("opening").from == 9)
		assert(#config.get("days") == 2 and config.get("days")[2] == "tue")
		assert(config.get("none") == nil and config.get("none", 5) == 5 and config.get("crm") == nil and config.get("secrets") == nil)
		assert(config.secret("crm") == "s3cr3t")`)
	if e.Err != nil {
		t.Error(e.Err)
	}
}

// A secret comes from where the settings file says, and what is wrong with one is
// said by its name and place, and never shows one.
func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) map[string]any {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return map[string]any{"file": path}
	}
	t.Setenv("GOAGI_TEST_SECRET", "of the environment")
	who := caller{notEAGI: true, config: map[string]map[string]any{"secrets": {
		"file": file("file", "of a file \r\n"), "lines": file("lines", "a\nb\n\n"), "empty": file("empty", " \n"),
		"huge": file("huge", strings.Repeat("x", 70000)), "gone": map[string]any{"file": dir + "/gone"},
		"env": map[string]any{"env": "GOAGI_TEST_SECRET"}, "unset": map[string]any{"env": "GOAGI_TEST_UNSET"},
	}}}
	for name, want := range map[string]string{"file": "of a file ", "lines": "a\nb\n", "env": "of the environment"} {
		e := place(t, who, `agi.var.GOT = require "config".secret("`+name+`"):gsub("\n", "|")`)
		e.check(t, map[string]string{"GOT": strings.ReplaceAll(want, "\n", "|")})
		if strings.Contains(e.log, "of a") || strings.Contains(e.log, "of the") {
			t.Errorf("the log shows the secret: %s", e.log)
		}
	}
	for name, want := range map[string]string{
		"none":  `the secret "none" is not there: put it under [secrets] in the settings file, goagi.toml`,
		"empty": "empty, which is empty", "huge": "over 65536 bytes", "gone": "cannot be read: open " + dir + "/gone",
		"unset": "is in the variable GOAGI_TEST_UNSET, which is not set",
	} {
		e := place(t, who, `require "config".secret("`+name+`")`)
		e.check(t, map[string]string{"GOAGI_STATUS": "ERROR", "GOAGI_ERROR": "~" + want})
	}
}

// What is wrong in [secrets] is told without showing a secret.
func TestCheckSecrets(t *testing.T) {
	for want, row := range map[string]any{
		"":                "text",
		"x must be a tex": int64(123456),
		"x is empty":      "",
		"x must be a te":  map[string]any{"file": "123456", "env": "B"},
		"x must be a t":   map[string]any{"flie": "123456"},
		"x must be a ":    map[string]any{"file": int64(123456)},
		"x must be a":     []any{"123456"},
	} {
		err := CheckConfig("secrets", map[string]any{"x": row})
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "123456")) {
			t.Errorf("%v: %v, want %q", row, err, want)
		}
	}
	if !HasSettings("secrets") || !HasSettings("config") || !HasSettings("process") || HasSettings("fs") {
		t.Error("the tables of the settings file are others")
	}
	if err := CheckConfig("config", map[string]any{"anything": []any{int64(1), "x"}}); err != nil {
		t.Error(err)
	}
}
