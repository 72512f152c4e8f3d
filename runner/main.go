package runner

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"goagi/spec"
	"goagi/spell"
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
	if code, ok := spec.Relay(os.Args[0]); ok {
		return code
	}
	set, words, err := readSettings(os.Args[1:], os.LookupEnv)
	if err == nil && len(words) == 0 {
		err = &usageError{"no script named", "goagi SCRIPT runs a call flow for Asterisk, goagi try SCRIPT places a call " +
			"to it from here, goagi help says more"}
	}
	// Started by Asterisk the first word is a script, whatever it says: the
	// dialplan may have taken it from a caller. And stdout is the dialog.
	if _, asterisk := os.LookupEnv("AST_AGI_DIR"); asterisk {
		if errors.Is(err, pflag.ErrHelp) {
			err = &usageError{"--help is for a shell: stdout is the dialog with Asterisk", "goagi help, without AST_AGI_DIR in the environment"}
		}
		return runProcess(set, words, err)
	}
	if len(words) > 0 && words[0] == "doctor" {
		return runDoctor(words[1:], version) // a settings file that is wrong is one of its findings
	}
	switch {
	case errors.Is(err, pflag.ErrHelp):
		printHelp(os.Stdout)
		return exitDone
	case len(os.Args) == 2 && os.Args[1] == "--version":
		words = []string{"version"}
	case err != nil:
		return fail(err)
	}
	switch words[0] {
	case "try":
		return runTry(words[1:])
	case "async":
		return runAsync(words[1:])
	case "check":
		return runCheck(words[1:])
	case "serve":
		return runServe(words[1:])
	case "test":
		return runTest(words[1:])
	case "types":
		return runTypes(words[1:], version)
	case "new":
		return runNew(words[1:], version)
	case "version":
		fmt.Println("goagi", versionText(version))
		return exitDone
	case "help":
		return runHelp(words[1:])
	}
	code := runProcess(set, words, nil)
	if code == exitUsage {
		if suggestion := spell.DidYouMean(words[0], commandNames[:]); suggestion != "" {
			complain("hint", words[0]+" is no command of goagi"+suggestion)
		}
	}
	return code
}

// usageError is a wrong command line or setting, and what to do about it.
type usageError struct{ message, hint string }

func (e *usageError) Error() string { return e.message }

// fail prints an error of usage and gives its exit code.
func fail(err error) int {
	complain("error", err.Error())
	if e, ok := errors.AsType[*usageError](err); ok && e.hint != "" {
		complain("hint", e.hint)
	}
	return exitUsage
}

// complain prints one line on stderr; the text may hold what a caller sent.
func complain(what, text string) {
	fmt.Fprintf(stderr, "goagi: %s: %s\n", what, visible([]byte(text)))
}
