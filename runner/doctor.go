package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"goagi/ami"
	"goagi/call"
	"goagi/doctor"
)

// doctorFlags are those that only goagi doctor has.
type doctorFlags struct {
	json, call bool
	conf       string
}

// The texts of the flags, for the flag set and the help.
const (
	jsonUsage = "print the findings as JSON"
	callUsage = "place a call through it all, and take away what was made for it"
	confUsage = "the asterisk.conf that Asterisk runs with (/etc/asterisk/asterisk.conf)"
)

func (f *doctorFlags) add(_ *settings, flags *pflag.FlagSet) {
	flags.BoolVar(&f.json, "json", false, jsonUsage)
	flags.BoolVar(&f.call, "call", false, callUsage)
	flags.StringVar(&f.conf, "conf", "", confUsage)
}

// runDoctor is goagi doctor: what keeps calls from working on this host, and how
// it is mended.
func runDoctor(args []string, version string) int {
	var own doctorFlags
	set, words, fileError, err := readDoctor(args, &own)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		printCommand(os.Stdout, "doctor")
		return exitDone
	case err == nil && len(words) > 0:
		err = &usageError{"doctor takes no words: " + words[0], "goagi help lists its flags"}
	case err == nil && len(set.managing.accounts) > 0:
		err = set.managing.complete()
	}
	if err != nil {
		return fail(err)
	}
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		ends = append(ends, syscall.SIGHUP) // the terminal is closed: a call is still taken away
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	report := &report{w: os.Stdout, json: own.json, color: isTerminal(1) && os.Getenv("NO_COLOR") == ""}
	for finding := range doctor.Examine(ctx, doctor.Here(), forDoctor(set, &own, fileError, version)) {
		report.add(finding)
		if ctx.Err() != nil {
			return exitFailed
		}
	}
	return report.end(os.Geteuid() == 0)
}

// readDoctor is readCommand for who wants to say what is wrong in the settings
// file: its error comes on its own, with the settings of flags and variables.
func readDoctor(args []string, own *doctorFlags) (set *settings, words []string, fileError, err error) {
	before := os.Args[1 : len(os.Args)-len(args)-1]
	set = &settings{grace: call.DefaultGrace}
	words, err = set.readOwn(before, args, own.add)
	path := set.configPath()
	if path == "" || err != nil {
		return set, words, nil, err
	}
	full := &settings{grace: call.DefaultGrace}
	if fileError = full.readConfig(path); fileError == nil {
		set = full
		words, err = set.readOwn(before, args, own.add)
	}
	return set, words, fileError, err
}

// forDoctor says what goagi is set to.
func forDoctor(set *settings, own *doctorFlags, fileError error, version string) doctor.Settings {
	program, err := os.Executable()
	if err == nil {
		if real, err := filepath.EvalSymlinks(program); err == nil {
			program = real
		}
	}
	data := usualData
	if set.access.data != "" {
		data = set.access.data
	}
	return doctor.Settings{
		Program: program, Version: "goagi " + versionText(version), Conf: own.conf, File: set.configPath(), FileError: fileError,
		Scripts: set.scripts, Data: data, Listen: set.serving.listen, Admin: set.serving.admin, Accounts: set.managing.accounts,
		Secrets: secretFiles(set), Secret: set.managing.printing, Words: startedWith, Call: own.call,
	}
}

// startedWith reads the arguments of a goagi that Asterisk or systemd starts.
func startedWith(args []string) (scripts string, words []string, ok bool) {
	unset := func(string) (string, bool) { return "", false }
	set := &settings{grace: call.DefaultGrace}
	words, err := set.readOver(args, unset)
	if set.config != "" && err == nil {
		set, words, err = fromFile(set.config, words, args, unset)
	}
	return set.scripts, words, err == nil
}

// printing gives a command of a shell that prints an account's secret, "" for one
// that stands in GOAGI_AMI or the settings file. The shell of root that it is pasted
// into need not have our variable, and must not take nothing for a secret then.
func (m *managing) printing(a ami.Account) string {
	switch {
	case a.Secret != m.secret:
		return ""
	case m.file != "":
		file, err := filepath.Abs(m.file)
		if err != nil {
			return ""
		}
		return "cat " + doctor.Quote(file)
	}
	return `printf %s "${GOAGI_AMI_SECRET:?}"`
}

// secretFiles lists the files that hold secrets: the settings file where it has
// any itself, and those that it names.
func secretFiles(set *settings) (files []string) {
	path := set.configPath()
	for _, name := range slices.Sorted(maps.Keys(set.modules)) {
		for _, key := range slices.Sorted(maps.Keys(set.modules[name])) {
			value := set.modules[name][key]
			if table, ok := value.(map[string]any); ok && name == "secrets" {
				if file, ok := table["file"].(string); ok {
					files = append(files, file)
				}
				continue
			}
			if name == "secrets" || holdsPassword(key, value) {
				files = append(files, path)
			}
		}
	}
	if os.Getenv("GOAGI_AMI") == "" && !slices.ContainsFunc(os.Args, func(arg string) bool { return strings.HasPrefix(arg, "--ami") }) {
		for _, account := range set.managing.accounts {
			if account.Secret != set.managing.secret {
				files = append(files, path)
			}
		}
	}
	if set.managing.file != "" {
		files = append(files, set.managing.file)
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// holdsPassword reports whether a setting of a module is one that a password
// stands in: by its name, or as in a URL.
func holdsPassword(key string, value any) bool {
	switch value := value.(type) {
	case string:
		for _, word := range []string{"password", "secret", "token", "key"} {
			if strings.HasSuffix(key, word) && value != "" {
				return true
			}
		}
		_, rest, isURL := strings.Cut(value, "://")
		user, _, hasUser := strings.Cut(rest, "@")
		return isURL && hasUser && strings.Contains(user, ":")
	case map[string]any:
		for key, value := range value {
			if holdsPassword(key, value) {
				return true
			}
		}
	}
	return false
}

// report prints findings.
type report struct {
	w           io.Writer
	json, color bool
	all         []doctor.Finding
}

// add prints one finding, where they are for people.
func (r *report) add(f doctor.Finding) {
	r.all = append(r.all, f)
	if r.json {
		return
	}
	word, color := string(f.Level), ""
	switch f.Level {
	case doctor.OK:
		color = "\x1b[32m"
	case doctor.Warning:
		color = "\x1b[33m"
	case doctor.Wrong:
		color = "\x1b[1;31m"
	case doctor.Skipped:
		word, color = "not seen", "\x1b[2m"
	}
	word = fmt.Sprintf("%-8s", word)
	if r.color {
		word = color + word + "\x1b[0m"
	}
	fmt.Fprintf(r.w, "%s  %-9s  %s\n", word, f.Look, visible([]byte(f.Text)))
	for _, mend := range f.Mends {
		fmt.Fprintf(r.w, "    %s\n", visible([]byte(mend)))
	}
}

func (r *report) count(level doctor.Level) (n int) {
	for _, f := range r.all {
		if f.Level == level {
			n++
		}
	}
	return n
}

// end prints what all of it comes to, and gives the exit code.
func (r *report) end(root bool) int {
	wrong, warnings, skipped := r.count(doctor.Wrong), r.count(doctor.Warning), r.count(doctor.Skipped)
	unseen := doctor.Unseen(r.all)
	if r.json {
		encoder := json.NewEncoder(r.w)
		encoder.SetEscapeHTML(false) // the mends are for a shell
		encoder.SetIndent("", "  ")
		_ = encoder.Encode(struct {
			Well     bool             `json:"well"`
			Root     bool             `json:"root"`
			Findings []doctor.Finding `json:"findings"`
		}{wrong == 0 && len(unseen) == 0, root, r.all})
	} else {
		plural := "s"
		if warnings == 1 {
			plural = ""
		}
		fmt.Fprintf(r.w, "\n%d wrong, %d warning%s, %d not seen\n", wrong, warnings, plural, skipped)
		if wrong+warnings > 0 {
			fmt.Fprintln(r.w, "The indented lines mend what stands above them, in a shell of root.")
		}
		if wrong == 0 && len(unseen) > 0 {
			fmt.Fprintf(r.w, "That all is well cannot be said: not seen were %s.\n", strings.Join(unseen, ", "))
		}
		if !root {
			fmt.Fprintln(r.w, "Root sees more: sudo goagi doctor")
		}
	}
	if wrong > 0 || len(unseen) > 0 {
		return exitFailed
	}
	return exitDone
}
