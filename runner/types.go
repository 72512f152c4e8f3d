package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"goagi/manual"
)

// usualTypes is where definitions for an editor go: a hidden folder, which neither goagi
// test nor a search for scripts looks into.
const usualTypes = ".goagi/types"

// luarc is the file that tells an editor's Lua server where they are.
const luarc = ".luarc.json"

// runTypes writes definitions of all modules for an editor.
func runTypes(args []string, version string) int {
	_, words, err := readCommand(args, func(*settings, *pflag.FlagSet) {})
	switch {
	case errors.Is(err, pflag.ErrHelp):
		printCommand(os.Stdout, "types")
		return exitDone
	case err == nil && len(words) > 1:
		err = &usageError{"too many folders", "goagi types [DIR]"}
	}
	if err != nil {
		return fail(err)
	}
	dir := usualTypes
	if len(words) == 1 {
		dir = words[0]
	}
	if err := writeTypes(dir, version); err != nil {
		return fail(err)
	}
	fmt.Printf("wrote the definitions of all modules into %s\n", dir)
	switch err := writeNew(luarc, manual.Settings(filepath.ToSlash(dir))); {
	case errors.Is(err, fs.ErrExist):
		fmt.Printf("%s is there already: its \"workspace.library\" must name %s\n", luarc, dir)
	case err != nil:
		return fail(&usageError{err.Error(), ""})
	default:
		fmt.Printf("wrote %s, which has an editor with lua-language-server read them\n", luarc)
	}
	return exitDone
}

// writeTypes writes the definitions into a folder, which is made. It overwrites those
// that an earlier goagi wrote, and nothing else: where scripts are they would be
// required in the place of goagi's modules.
func writeTypes(dir, version string) error {
	const hint = "goagi types writes into " + usualTypes + ", goagi types DIR into a folder of their own"
	here, _ := os.Stat(".")
	if there, err := os.Stat(dir); err == nil && os.SameFile(here, there) {
		return &usageError{"scripts of this folder would require the definitions in the place of goagi's modules", hint}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return &usageError{err.Error(), ""}
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		return &usageError{err.Error(), ""}
	}
	for _, entry := range there {
		path := filepath.Join(dir, entry.Name())
		if filepath.Ext(path) != ".lua" {
			continue
		}
		if old, err := os.ReadFile(path); err != nil || !strings.Contains(string(old), manual.Mark) {
			return &usageError{path + " is none of goagi's definitions, and scripts beside these would require them in the place of goagi's modules", hint}
		}
	}
	for _, file := range manual.Definitions(versionText(version)) {
		path := filepath.Join(dir, file.Name)
		if err := os.WriteFile(path, []byte(file.Text), 0o644); err != nil {
			return &usageError{err.Error(), ""}
		}
	}
	return nil
}

// writeNew writes a file that must not be there yet: else the error is fs.ErrExist.
func writeNew(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}
