package runner

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"goagi/doctor"
	"goagi/luabind/std"
	"goagi/manual"
)

// templates are the files of a new call flow; NAME in them is its name.
//
//go:embed template
var templates embed.FS

// runNew makes a new call flow: a folder with all that belongs to one, or, where the
// name ends in .lua, a script and its spec.
func runNew(args []string, version string) int {
	_, words, err := readCommand(args, func(*settings, *pflag.FlagSet) {})
	switch {
	case errors.Is(err, pflag.ErrHelp):
		printCommand(os.Stdout, "new")
		return exitDone
	case err == nil && len(words) != 1:
		err = &usageError{"new takes one name", "goagi new NAME makes the folder NAME, goagi new NAME.lua a script and its spec"}
	}
	if err == nil {
		err = makeNew(words[0], versionText(version))
	}
	if err != nil {
		return fail(err)
	}
	return exitDone
}

// newFile is a file to write; template is one of templates, else text is what it holds.
type newFile struct{ path, template, text string }

// makeNew writes the files of a call flow, and says what to do with them.
func makeNew(path, version string) error {
	name, scriptOnly := strings.CutSuffix(filepath.Base(path), ".lua")
	// The name goes into Lua, the dialplan and file names as it is.
	if !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`).MatchString(name) || strings.HasSuffix(name, "_spec") {
		return &usageError{fmt.Sprintf("%q is no name for a call flow", filepath.Base(path)), "letters, digits, _ and -, as in goagi new night-desk"}
	}
	dir := path
	if scriptOnly {
		dir = filepath.Dir(path)
	}
	files := []newFile{
		{path: filepath.Join(dir, name+".lua"), template: "script.lua"},
		{path: filepath.Join(dir, name+specEnding), template: "spec.lua"},
	}
	if !scriptOnly {
		files = append(files,
			newFile{path: filepath.Join(dir, "goagi.toml"), template: "goagi.toml"},
			newFile{path: filepath.Join(dir, "README.md"), template: "README.md"},
			newFile{path: filepath.Join(dir, luarc), text: manual.Settings(usualTypes)})
	}
	for _, file := range files {
		if _, err := os.Lstat(file.path); !errors.Is(err, fs.ErrNotExist) {
			return &usageError{file.path + " is there already", "goagi new overwrites nothing: name another one"}
		}
	}
	// The definitions come first: where theirs is no folder, nothing else is written, and
	// the next try finds nothing in its way.
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return &usageError{err.Error(), ""}
	}
	if !scriptOnly {
		if err := writeTypes(filepath.Join(dir, usualTypes), version); err != nil {
			return err
		}
		fmt.Println("wrote", filepath.Join(dir, usualTypes))
	}
	for _, file := range files {
		if err := file.write(name); err != nil {
			return &usageError{err.Error(), ""}
		}
		fmt.Println("wrote", file.path)
	}
	if slices.Contains(std.Names(), name) {
		fmt.Fprintf(os.Stderr, "goagi: warning: %s is a module of goagi's, too: scripts beside %[1]s.lua that require \"%[1]s\" get %[1]s.lua\n"+
			"goagi: hint: name it another\n", name)
	}
	return next(dir, name, scriptOnly)
}

// write writes a file that is not there yet.
func (f newFile) write(name string) error {
	if f.template != "" {
		text, err := templates.ReadFile("template/" + f.template)
		if err != nil {
			return err
		}
		f.text = strings.ReplaceAll(string(text), "NAME", name)
	}
	return writeNew(f.path, f.text)
}

// next says what to do with a new call flow.
func next(dir, name string, scriptOnly bool) error {
	whole, err := filepath.Abs(filepath.Join(dir, name+".lua"))
	if err != nil {
		return err
	}
	fmt.Print("\nNext:\n\n")
	if dir != "." {
		if strings.HasPrefix(dir, "-") {
			dir = "./" + dir
		}
		fmt.Printf("  cd %s\n", doctor.Quote(dir))
	}
	try := " try " + name + ".lua PJSIP/100"
	rows, width := [][2]string{{"goagi" + try, "call it from this terminal"}, {"goagi test", "run its spec"}}, len("goagi"+try)
	if !scriptOnly {
		const named = "goagi --config goagi.toml"
		rows, width = append(rows, [2]string{named + try, "with its goagi.toml, which is read where it is named"}), len(named+try)
	}
	for _, row := range rows {
		fmt.Printf("  %-*s  %s\n", width, row[0], row[1])
	}
	fmt.Println()
	if strings.ContainsAny(whole, inDialplan) {
		fmt.Printf("The dialplan would take a part of %s for its own: copy the script into scripts below Asterisk's agi-bin, and write\n\n", filepath.Dir(whole))
		whole = name + ".lua"
	} else {
		fmt.Print("In the dialplan, where Asterisk's user may read the script:\n\n")
	}
	fmt.Printf("  exten => 100,1,AGI(goagi,%s,PJSIP/100)\n", whole)
	return nil
}

// inDialplan is what means something in the arguments of an application, and blanks,
// which some write for it.
const inDialplan = ",;\"'\\$&|(){}[] \t\r\n"
