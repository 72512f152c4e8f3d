package runner

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"goagi/call"
	"goagi/spell"
)

// readCommand reads the settings of a subcommand from all of the program's
// arguments: the flags before its name, then those of its own, which more adds
// and which stand in args, and the settings file behind them. more may be called
// twice. It gives the words behind the flags.
func readCommand(args []string, more func(*settings, *pflag.FlagSet)) (*settings, []string, error) {
	before := os.Args[1 : len(os.Args)-len(args)-1]
	hintAtVariables(os.Environ())
	set := &settings{grace: call.DefaultGrace}
	words, err := set.readOwn(before, args, more)
	if path := set.configPath(); path != "" && err == nil {
		set = &settings{grace: call.DefaultGrace}
		if err := set.readConfig(path); err != nil {
			return set, nil, err
		}
		words, err = set.readOwn(before, args, more)
	}
	return set, words, err
}

// readOwn reads the environment and both parts of the command line.
func (s *settings) readOwn(before, args []string, more func(*settings, *pflag.FlagSet)) ([]string, error) {
	if _, err := s.readOver(before, os.LookupEnv); err != nil {
		return nil, err
	}
	flags := s.flags()
	more(s, flags)
	return parse(flags, args)
}

// hintAtVariables says which variables are most likely misspelt settings. Others are
// whoever's. Calls do not come here: what they say on stderr Asterisk throws away.
func hintAtVariables(environment []string) {
	const prefix = "GOAGI_"
	var known []string
	for _, entry := range environment {
		name, _, _ := strings.Cut(entry, "=")
		name, own := strings.CutPrefix(name, prefix)
		if !own {
			continue
		}
		if known == nil {
			known = append(known, "AMI_SECRET") // which has no flag
			for row := range rows() {
				known = append(known, strings.TrimPrefix(row.variable(), prefix))
			}
		}
		// In short names two letters make another word: the first one is seldom wrong.
		meant := spell.Near(name, known)
		if meant != "" && name != "" && meant[0] == name[0] && !slices.Contains(known, name) {
			complain("hint", prefix+name+" in the environment is no setting, did you mean "+prefix+meant+"?")
		}
	}
}
