package runner

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"
)

// usages say how goagi and its commands are used, each in one line or more.
const usages = `  goagi [flags] SCRIPT [ARG...]       run one call on stdin and stdout: what Asterisk starts, as in
                                      exten => 100,n,AGI(goagi,hello.lua,one,two)
  goagi try [flags] SCRIPT [ARG...]   place a call to the script from this terminal, no Asterisk needed
  goagi test [flags] [PATH...]        run the call specs (NAME_spec.lua) in these files and folders
  goagi check [flags] [PATH...]       look for mistakes in the scripts of these files and folders
  goagi serve [flags]                 answer FastAGI calls, as in AGI(agi://127.0.0.1/hello.lua,one,two)
  goagi async [flags]                 the same over Asterisk's manager interface, as in AGI(agi:async,hello.lua,one,two)
  goagi new NAME                      make a folder with a call flow, its spec, settings and an editor's definitions;
                                      goagi new NAME.lua makes the script and its spec only
  goagi types [DIR]                   write definitions of all modules for an editor (.goagi/types)
  goagi doctor [flags]                look at this host's Asterisk, say what keeps calls from working, and what mends it
  goagi version                       print the version
  goagi help [NAME]                   print this, or the manual of a command, setting, module or function, as in
                                      goagi help agi.get_data
`

// ownFlags gives the flags that only one command has.
func ownFlags(command string) []flagText {
	switch command {
	case "try":
		return tryFlags[:]
	case "check":
		return checkFlags[:]
	case "test":
		return testFlags[:]
	case "doctor":
		return []flagText{{"call", "", callUsage}, {"json", "", jsonUsage}, {"conf", "FILE", confUsage}}
	}
	return nil
}

func printHelp(w io.Writer) {
	fmt.Fprintf(w, "goagi runs Lua call flows for Asterisk.\n\n%s\nFlags stand before the script's name; each is an environment variable too.\n\n", usages)
	for row := range rows() {
		printSetting(w, row)
	}
	for _, command := range [...]string{"try", "check", "test", "doctor"} {
		fmt.Fprintf(w, "\nFlags of %s:\n\n", command)
		printFlags(w, ownFlags(command))
	}
	fmt.Fprint(w, `
A script is looked for in --scripts, else in $AST_AGI_DIR/scripts and $AST_AGI_DIR, else in the
folder scripts beside the program; .lua may be left out. An absolute path is taken as it is.

Exit codes: 0 done, or the caller hung up; 1 the script failed; 2 wrong usage; 3 no such script.
`)
}

// printCommand prints the help of one command: its usage, its own flags and the
// settings that only it has.
func printCommand(w io.Writer, command string) {
	own := false
	for line := range strings.Lines(usages) {
		if strings.HasPrefix(line, "  goagi ") {
			own = strings.HasPrefix(line, "  goagi "+command+" ")
		}
		if own {
			fmt.Fprint(w, line)
		}
	}
	fmt.Fprintln(w)
	if flags := ownFlags(command); flags != nil {
		printFlags(w, flags)
		fmt.Fprintln(w)
	}
	settings := false
	for row := range rows() {
		if strings.HasPrefix(row.usage, command+": ") {
			printSetting(w, row)
			settings = true
		}
	}
	if settings {
		fmt.Fprintln(w)
	}
	if command == "async" {
		fmt.Fprintln(w, "--default, --max-calls, --drain and --admin are those of goagi serve.")
	}
	fmt.Fprintln(w, "goagi help has the settings that all commands share, and the exit codes.")
}

func printSetting(w io.Writer, row *setting) {
	value := " " + row.value
	if row.bare != "" {
		value = row.value
	}
	fmt.Fprintf(w, "  --%-22s %-20s %s\n", row.name+value, row.variable(), row.usage)
}

func printFlags(w io.Writer, flags []flagText) {
	for _, flag := range flags {
		name := strings.TrimSpace(flag.name + " " + flag.value)
		if strings.HasPrefix(flag.value, "[") {
			name = flag.name + flag.value
		}
		fmt.Fprintf(w, "  --%-22s %-20s %s\n", name, "", flag.usage)
	}
}

// versionText gives the stamped version, else what the build knows of itself.
func versionText(stamped string) string {
	if stamped != "" {
		return stamped
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			revision = s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "-dirty"
		}
	}
	if revision == "" {
		return info.Main.Version
	}
	return revision + dirty
}

// flagText is what the help says of a flag.
type flagText struct{ name, value, usage string }
