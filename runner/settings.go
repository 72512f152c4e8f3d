package runner

import (
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"goagi/call"
	"goagi/spell"
)

// settings is what flags, the GOAGI_* variables and the settings file decide. A
// flag beats its variable, which beats the file.
type settings struct {
	config    string                    // the settings file, "" for the usual one
	given     map[string]string         // the flags that were given, by name, with their values
	maxString int                       // longest text that a script's string function makes, in bytes
	managing  managing                  // what only goagi async wants
	serving   serving                   // what only servers want
	access    access                    // what scripts may use
	modules   map[string]map[string]any // the file's tables for modules
	scripts   string                    // the scripts folder, "" for where they usually are
	trace     string                    // where the wire's trace goes: "" nowhere, "stderr", or a file
	logLevel  slog.Level                // the least level that is logged
	logFile   string                    // where logs go, "" for stderr
	grace     time.Duration             // time to clean up after a hangup
	limit     time.Duration             // the longest call, 0 for no limit
	audioKeep time.Duration             // so much of the caller's newest audio is kept
}

// setting is one row of the table of settings, from which flags, variables and
// the help are made.
type setting struct {
	name  string // the flag; its variable is GOAGI_NAME
	value string // what it takes, for the help
	bare  string // the value of a flag that stands without one, "" where it needs one
	usage string
	set   func(*settings, string) error
}

var settingsTable = [...]setting{
	{"config", "FILE", "", "settings file, in which each of these is a key (" + usualConfig + ")", func(s *settings, v string) error {
		s.config = v
		return nil
	}},
	{"scripts", "DIR", "", "folder that scripts are looked for in", func(s *settings, v string) error {
		s.scripts = v
		return nil
	}},
	{"trace", "[=FILE]", "1", "write the AGI wire, both directions, to stderr or to a file", func(s *settings, v string) error {
		switch v {
		case "", "0", "false":
			s.trace = ""
		case "1", "true":
			s.trace = "stderr"
		default:
			s.trace = v
		}
		return nil
	}},
	{"log-level", "LEVEL", "", "least level to log: debug, info, warn or error (info)", func(s *settings, v string) error {
		if err := s.logLevel.UnmarshalText([]byte(v)); err != nil {
			return fmt.Errorf("%q is no level: use debug, info, warn or error", v)
		}
		return nil
	}},
	{"log-file", "FILE", "", "file that logs are added to (stderr)", func(s *settings, v string) error {
		s.logFile = v
		return nil
	}},
	{"audio-keep", "SECONDS", "", "under EAGI: as much of the caller's newest audio is kept for the script (30)", func(s *settings, v string) (err error) {
		if s.audioKeep, err = seconds(v); err == nil && (s.audioKeep < time.Second || s.audioKeep > time.Hour) {
			err = fmt.Errorf("%q is not from 1 to 3600", v)
		}
		return err
	}},
	{"max-string", "BYTES", "", "longest text that a script's string functions make (16777216)", func(s *settings, v string) (err error) {
		if s.maxString, err = strconv.Atoi(v); err != nil || s.maxString < 1024 {
			return fmt.Errorf("%q is no number of bytes, at least 1024", v)
		}
		return nil
	}},
	{"grace", "SECONDS", "", "time for a script to clean up after the hangup (10)", func(s *settings, v string) (err error) {
		if s.grace, err = seconds(v); err == nil && s.grace == 0 {
			s.grace = time.Nanosecond // call.Call takes 0 for its default
		}
		return err
	}},
	{"max-call-time", "SECONDS", "", "so long a script may have its call; then it is ended as by a hangup (0: no limit)", func(s *settings, v string) (err error) {
		s.limit, err = seconds(v)
		return err
	}},
}

func seconds(text string) (time.Duration, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0 && n <= 1e6) { // a NaN is neither
		return 0, fmt.Errorf("%q is no number of seconds", text)
	}
	return time.Duration(n * float64(time.Second)), nil
}

// variable gives the name of a setting's environment variable.
func (row *setting) variable() string {
	return "GOAGI_" + strings.ToUpper(strings.ReplaceAll(row.name, "-", "_"))
}

// readSettings reads the settings file, the environment, and the flags before
// the first word, each over what came before. The error is pflag.ErrHelp for
// --help, else one of usage; with it come the settings that were read before.
func readSettings(args []string, lookup func(string) (string, bool)) (*settings, []string, error) {
	set := &settings{grace: call.DefaultGrace}
	words, err := set.readOver(args, lookup)
	if path := set.configPath(); path != "" && err == nil {
		return fromFile(path, words, args, lookup)
	}
	return set, words, err
}

// fromFile reads a settings file, and the environment and flags over it. The words
// are those known without it, for who wants them where it is wrong.
func fromFile(path string, words, args []string, lookup func(string) (string, bool)) (*settings, []string, error) {
	set := &settings{grace: call.DefaultGrace}
	if err := set.readConfig(path); err != nil {
		return set, words, err
	}
	words, err := set.readOver(args, lookup)
	return set, words, err
}

// readOver reads the environment and the flags, and gives the words behind
// them.
func (s *settings) readOver(args []string, lookup func(string) (string, bool)) ([]string, error) {
	for row := range rows() {
		if value, ok := lookup(row.variable()); ok && value != "" {
			if err := row.set(s, value); err != nil {
				return nil, &usageError{row.variable() + ": " + err.Error(), "goagi help lists the variables"}
			}
		}
	}
	if len(args) == 0 || !strings.HasPrefix(args[0], "-") {
		return args, nil // the usual call from Asterisk needs no flag set made
	}
	return parse(s.flags(), args)
}

// parse parses flags and gives the words behind them.
func parse(flags *pflag.FlagSet, args []string) ([]string, error) {
	err := flags.Parse(args)
	if err != nil && !errors.Is(err, pflag.ErrHelp) {
		message := err.Error()
		if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok && unknown.GetSpecifiedShortnames() == "" {
			var names []string
			flags.VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
			message += spell.DidYouMean("--"+unknown.GetSpecifiedName(), names)
		}
		err = &usageError{message, "goagi help lists the flags"}
	}
	return flags.Args(), err
}

// flags makes the flag set whose flags write to s.
func (s *settings) flags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("goagi", pflag.ContinueOnError)
	flags.SetInterspersed(false) // what follows the script's name is the script's
	flags.Usage = func() {}
	for row := range rows() {
		flags.Var(flagValue{s, row}, row.name, row.usage)
		flags.Lookup(row.name).NoOptDefVal = row.bare
	}
	return flags
}

// rows goes through all settings.
func rows() iter.Seq[*setting] {
	return func(yield func(*setting) bool) {
		for i := range settingsTable {
			if !yield(&settingsTable[i]) {
				return
			}
		}
		for i := range sandboxSettings {
			if !yield(&sandboxSettings[i]) {
				return
			}
		}
		for i := range serverSettings {
			if !yield(&serverSettings[i]) {
				return
			}
		}
		for i := range asyncSettings {
			if !yield(&asyncSettings[i]) {
				return
			}
		}
	}
}

// flagValue makes a row of the table a pflag.Value.
type flagValue struct {
	set *settings
	row *setting
}

func (v flagValue) String() string { return "" }
func (v flagValue) Type() string   { return v.row.value }

// Set takes a flag's value. A list that is given several times is one list: nothing
// of it is left out without a word.
func (v flagValue) Set(text string) error {
	before, again := v.set.given[v.row.name]
	if again && strings.HasSuffix(v.row.value, ",...") {
		text = before + "," + text
	}
	if v.set.given == nil {
		v.set.given = make(map[string]string)
	}
	v.set.given[v.row.name] = text
	return v.row.set(v.set, text)
}
