package agi

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// asteriskCommands reads what `agi show commands` printed: a line a command,
// whether it runs dead first.
func asteriskCommands(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../pbx/testdata/commands-22.txt")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^ +(Yes|No) +(\S.*?)   `)
	commands := make(map[string]bool)
	for _, match := range row.FindAllStringSubmatch(string(text), -1) {
		commands[strings.ToUpper(match[2])] = match[1] == "Yes"
	}
	return commands
}

func TestCommandsAreAsterisks(t *testing.T) {
	theirs := asteriskCommands(t)
	if len(theirs) != 47 {
		t.Fatalf("the list has %d commands", len(theirs))
	}
	for name, dead := range theirs {
		if !slices.Contains(Commands(), name) {
			t.Errorf("%s is missing", name)
		}
		if safe := (Command{Name: name}).Has(DeadSafe); safe != dead {
			t.Errorf("%s: dead-safe is %v here and %v in Asterisk", name, safe, dead)
		}
	}
	if !slices.IsSorted(Commands()) || len(Commands()) != len(theirs) {
		t.Errorf("%d commands, sorted: %v", len(Commands()), slices.IsSorted(Commands()))
	}
}

func TestCommandNamesInAnyCase(t *testing.T) {
	for _, name := range []string{"GET VARIABLE", "get variable", "Get  Variable", " get\tvariable ", "GET VARIABLE X"} {
		if traits := (Command{Name: name}).Traits(); traits != DeadSafe|FreeText {
			t.Errorf("%q has traits %b", name, traits)
		}
	}
	for _, name := range []string{"", "GET", "GET VARIABLES", "NOOPS X", "AAA", "ZZZ"} {
		if traits := (Command{Name: name}).Traits(); traits != 0 {
			t.Errorf("%q has traits %b", name, traits)
		}
	}
}
