package sim

import (
	"os"
	"strings"
	"testing"
)

// The table holds what a real Asterisk 22 lists, and marks the same as fit for
// a dead channel.
func TestCommandsAreAsterisks(t *testing.T) {
	list, err := os.ReadFile("../pbx/testdata/commands-22.txt")
	if err != nil {
		t.Fatal(err)
	}
	left := make(map[string]bool)
	for _, c := range commands {
		left[c.name] = c.dead
	}
	for line := range strings.Lines(string(list)) {
		if len(line) < 38 || line[0] == '#' || strings.Contains(line, "Description") {
			continue
		}
		dead := strings.TrimSpace(line[:5]) == "Yes"
		name := strings.ToUpper(strings.TrimSpace(line[6:36]))
		got, ok := left[name]
		if !ok || got != dead {
			t.Errorf("%s: here %v, dead %v; there dead %v", name, ok, got, dead)
		}
		delete(left, name)
	}
	for name := range left {
		t.Errorf("%s is not Asterisk's", name)
	}
}

func TestFind(t *testing.T) {
	for line, want := range map[string]string{
		"NOOP":                   "NOOP",
		"get full variable ${X}": "GET FULL VARIABLE",
		"Get Variable X":         "GET VARIABLE",
		"SAY DATETIME 0":         "SAY DATETIME",
		"SAY DATE 0":             "SAY DATE",
		"GET":                    "",
		"GET FULL":               "",
		"NOOPS":                  "",
		"":                       "",
		`"GET VARIABLE" X`:       "",
	} {
		argv, _ := Words(line)
		name := ""
		if c := find(argv); c != nil {
			name = c.name
		}
		if name != want {
			t.Errorf("%q: %q, want %q", line, name, want)
		}
	}
}
