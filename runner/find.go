package runner

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// notFound is the error of a script that is nowhere. errors.Is with
// fs.ErrNotExist holds.
type notFound struct {
	name  string
	tried []string
}

func (e *notFound) Error() string {
	if len(e.tried) == 0 {
		return fmt.Sprintf("script %q not found: a name cannot leave the scripts folder", e.name)
	}
	return fmt.Sprintf("script %q not found: tried %s", e.name, strings.Join(e.tried, ", "))
}

func (e *notFound) Unwrap() error { return fs.ErrNotExist }

// scriptFolders lists where scripts are looked for: the folder that was named,
// else those of Asterisk's agi-bin, else the one beside the program.
func scriptFolders(set *settings) []string {
	if set.scripts != "" {
		return []string{set.scripts}
	}
	if dir := os.Getenv("AST_AGI_DIR"); dir != "" {
		return []string{filepath.Join(dir, "scripts"), dir}
	}
	program, err := os.Executable()
	if err != nil {
		return []string{"scripts"}
	}
	return []string{filepath.Join(filepath.Dir(program), "scripts")}
}

// located is a script that was looked for.
type located struct {
	path    string
	folders []string // where scripts are
	missing error    // a *notFound where there is none
}

// locate looks for the script of that name as Asterisk's dialplan gives it.
func locate(set *settings, name string) located {
	folders := scriptFolders(set)
	path, err := findScript(name, folders)
	return located{path, folders, err}
}

// locateHere is locate for a name from a shell, where a path is one from the
// current folder.
func locateHere(set *settings, name string) located {
	if info, err := os.Stat(name); err == nil && !info.IsDir() {
		return located{path: name, folders: scriptFolders(set)}
	}
	return locate(set, name)
}

// findScript gives the path of the script of that name.
func findScript(name string, folders []string) (string, error) {
	var candidates []string
	switch {
	case strings.ContainsRune(name, 0) || name == "":
	case filepath.IsAbs(name):
		candidates = []string{name, name + ".lua"}
	case filepath.IsLocal(name):
		for _, dir := range folders {
			path := filepath.Join(dir, name)
			candidates = append(candidates, path, path+".lua")
		}
	}
	folder := ""
	for _, path := range candidates {
		info, err := os.Stat(path)
		switch {
		case err == nil && info.IsDir():
			folder = path // hello.lua may stand beside a folder hello
		case err == nil:
			return path, nil
		}
	}
	if folder != "" {
		return folder, nil // reading it says what it is
	}
	return "", &notFound{name: name, tried: candidates}
}

// modules lists where require looks: beside the script, then in the scripts
// folders.
func (l located) modules() []string {
	beside := filepath.Dir(l.path)
	list := []string{beside}
	for _, dir := range l.folders {
		if filepath.Clean(dir) != beside {
			list = append(list, dir)
		}
	}
	return list
}
