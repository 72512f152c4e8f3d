package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"goagi/lint"
	"goagi/luabind"
	"goagi/manual"
)

// checkFlags are those that only check has.
var checkFlags = [...]flagText{
	{"format", "FORMAT", "human, json (an array of findings), or github (annotations) (human)"},
	{"sounds", "DIR", "Asterisk's sound files, which the prompts are to be among (those of this machine's Asterisk)"},
	{"strict", "", "exit with 1 for warnings, too"},
}

// checkAsked is what the command line of check says.
type checkAsked struct {
	format, sounds string
	strict         bool
}

// runCheck looks for mistakes in scripts.
func runCheck(args []string) int {
	var asked checkAsked
	set, words, err := readCommand(args, func(_ *settings, flags *pflag.FlagSet) {
		flags.SetInterspersed(true)
		flags.StringVar(&asked.format, "format", "human", "")
		flags.StringVar(&asked.sounds, "sounds", "", "")
		flags.BoolVar(&asked.strict, "strict", false, "")
	})
	switch {
	case errors.Is(err, pflag.ErrHelp):
		printCommand(os.Stdout, "check")
		return exitDone
	case err == nil && !slices.Contains([]string{"human", "json", "github"}, asked.format):
		err = &usageError{fmt.Sprintf("--format: %q is none: use human, json or github", asked.format), ""}
	}
	if err != nil {
		return fail(err)
	}
	paths, err := filesIn(words, ".lua", "goagi check [PATH...] takes scripts and folders that they are in")
	if err != nil {
		return fail(err)
	}
	sounds, err := findSounds(asked.sounds, true)
	if err != nil {
		return fail(err)
	}
	findings := checked(newChecker(scriptFolders(set), sounds), paths)
	switch asked.format {
	case "json":
		err = writeJSON(os.Stdout, findings)
	case "github":
		writeAnnotations(os.Stdout, findings)
	default:
		writeFindings(os.Stdout, findings, len(paths), sounds != nil)
	}
	if err != nil {
		return fail(err)
	}
	if slices.ContainsFunc(findings, func(f lint.Finding) bool { return asked.strict || f.Level == lint.Error }) {
		return exitFailed
	}
	return exitDone
}

// newChecker makes a checker of scripts whose modules are beside them and in these
// folders. sounds may be nil.
func newChecker(folders []string, sounds *soundFiles) *lint.Checker {
	c := &lint.Checker{Modules: manual.Modules(), Globals: luabind.Globals()}
	if sounds != nil {
		c.Sound = sounds.anywhere
	}
	c.File = func(script, module string) (string, []byte) {
		own := slices.ContainsFunc(c.Modules, func(m *luabind.Module) bool { return m.Name == module })
		for _, folder := range append([]string{filepath.Dir(script)}, folders...) {
			name := filepath.Join(folder, strings.ReplaceAll(module, ".", "/"))
			for _, path := range []string{name + ".lua", filepath.Join(name, "init.lua")} {
				source, err := os.ReadFile(path)
				if err != nil {
					continue
				}
				// One that returns nothing does not stand in the way of goagi's.
				if chunk, err := luabind.Compile(source, path); !own || err == nil && chunk.Gives() {
					return path, source
				}
			}
		}
		return "", nil
	}
	return c
}

// checked checks files. One that cannot be read is a finding, and keeps nobody from the
// others'.
func checked(c *lint.Checker, paths []string) []lint.Finding {
	findings := []lint.Finding{}
	for _, path := range paths {
		source, err := os.ReadFile(path)
		if err != nil {
			var why *fs.PathError
			if errors.As(err, &why) {
				err = why.Err
			}
			findings = append(findings, lint.Finding{File: path, Line: 1, Level: lint.Error, ID: "unreadable", Text: fmt.Sprintf("it cannot be read: %s", err)})
			continue
		}
		findings = append(findings, c.Check(path, source)...)
	}
	return findings
}

// writeFindings writes each finding with its line, and one line for the whole.
func writeFindings(w io.Writer, findings []lint.Finding, files int, sounds bool) {
	errs := 0
	for _, f := range findings {
		color := yellow
		if f.Level == lint.Error {
			color = red
			errs++
		}
		place := fmt.Sprintf("%s:%d", f.File, f.Line)
		if f.Column > 0 {
			place += fmt.Sprintf(":%d", f.Column)
		}
		fmt.Fprintf(w, "%s: %s: %s [%s]\n", visible([]byte(place)), paint(color, string(f.Level)), visible([]byte(f.Text)), f.ID)
		if source := strings.TrimSpace(f.Source); source != "" {
			fmt.Fprintf(w, "%6d | %s\n", f.Line, visible([]byte(source)))
		}
	}
	if !sounds {
		fmt.Fprintln(w, "prompts were not looked for: there are no sound files here, --sounds DIR names some")
	}
	line := paint(green, counted(files, "file")+", nothing found")
	if len(findings) > 0 {
		line = counted(files, "file") + ", " + counted(errs, "error") + ", " + counted(len(findings)-errs, "warning")
	}
	fmt.Fprintln(w, line)
}

// counted says how many there are of something.
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func writeJSON(w io.Writer, findings []lint.Finding) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(findings)
}

// writeAnnotations writes findings as GitHub's runners read them. What stands in a
// file cannot end a line of theirs, nor begin another.
func writeAnnotations(w io.Writer, findings []lint.Finding) {
	text := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, f := range findings {
		column := ""
		if f.Column > 0 {
			column = fmt.Sprintf(",col=%d", f.Column)
		}
		fmt.Fprintf(w, "::%s file=%s,line=%d%s,title=%s::%s\n", f.Level, property.Replace(f.File), f.Line, column, f.ID, text.Replace(f.Text))
	}
}
