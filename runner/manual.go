package runner

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"goagi/manual"
	"goagi/spell"
)

// commandNames are the subcommands.
var commandNames = [...]string{"try", "test", "check", "serve", "async", "doctor", "types", "new", "version", "help"}

// runHelp prints the help, or the manual's page of what it is asked for.
func runHelp(words []string) int {
	name := strings.Join(words, " ")
	switch {
	case slices.Contains(commandNames[:], name):
		printCommand(os.Stdout, name)
		return exitDone
	case name == "" || name == "--help" || name == "-h":
		printHelp(os.Stdout)
		return exitDone
	}
	for row := range rows() {
		if strings.TrimPrefix(name, "--") == row.name || name == row.variable() {
			printSetting(os.Stdout, row)
			return exitDone
		}
	}
	page, ok := manual.Find(name)
	if !ok {
		names := append(manual.Names(), commandNames[:]...)
		var modules []string
		for _, m := range manual.Modules() {
			modules = append(modules, m.Name)
		}
		return fail(&usageError{"there is no help for " + name + spell.DidYouMean(name, names),
			"goagi help MODULE, as in goagi help http; MODULE.FUNCTION, as in goagi help agi.get_data; the modules are " + strings.Join(modules, ", ")})
	}
	fmt.Print(page)
	return exitDone
}
