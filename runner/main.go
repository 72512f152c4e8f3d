package runner

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

// Exit codes.
const (
	exitDone     = 0 // the script is done, or the caller hung up
	exitFailed   = 1 // the script failed
	exitUsage    = 2 // wrong usage or settings
	exitNotFound = 3 // there is no such script
)

// Main runs the program and gives its exit code. version is the one stamped
// by the build, "" where there is none.
func Main(version string) int {
	set, words, err := readSettings(os.Args[1:], os.LookupEnv)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		printHelp(os.Stdout)
		return exitDone
	case err != nil:
		return fail(exitUsage, err, "goagi help lists the flags")
	case len(words) == 0:
		return fail(exitUsage, errors.New("no script named"),
			"goagi SCRIPT runs a call flow for Asterisk, goagi try SCRIPT places a call to it from here, goagi help says more")
	}
	// Started by Asterisk the first word is a script, whatever it says: the
	// dialplan may have taken it from a caller.
	if _, asterisk := os.LookupEnv("AST_AGI_DIR"); !asterisk {
		switch words[0] {
		case "try":
			return runTry(set, words[1:])
		case "version":
			fmt.Println("goagi", versionText(version))
			return exitDone
		case "help":
			printHelp(os.Stdout)
			return exitDone
		}
	}
	return runProcess(set, words)
}

// fail prints an error, and a hint where there is one, and gives the code.
func fail(code int, err error, hint string) int {
	complain("error", err.Error())
	if hint != "" {
		complain("hint", hint)
	}
	return code
}

// complain prints one line on stderr.
func complain(what, text string) {
	fmt.Fprintf(os.Stderr, "goagi: %s: %s\n", what, strings.ReplaceAll(text, "\n", " "))
}
