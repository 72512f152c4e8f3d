package runner

import (
	"errors"
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
	if e.name == "" {
		return `script "" not found: the name is empty, is the dialplan's variable set?`
	}
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
// current folder first.
func locateHere(set *settings, name string) located {
	folders := scriptFolders(set)
	if name == "" || filepath.IsAbs(name) {
		return locate(set, name)
	}
	here := withEnding(filepath.Clean(name))
	path, err := firstFile(here)
	if path == "" && err == nil {
		path, err = findScript(name, folders)
		if e, ok := errors.AsType[*notFound](err); ok {
			e.tried = append(here, e.tried...)
		}
	}
	return located{path, folders, err}
}

// withEnding gives a path, and the same with .lua where it may have been left
// out.
func withEnding(path string) []string {
	if strings.HasSuffix(path, ".lua") {
		return []string{path}
	}
	return []string{path, path + ".lua"}
}

// findScript gives the path of the script of that name.
func findScript(name string, folders []string) (string, error) {
	var candidates []string
	switch {
	case strings.ContainsRune(name, 0) || name == "":
	case filepath.IsAbs(name):
		candidates = withEnding(name)
	case filepath.IsLocal(name):
		for _, dir := range folders {
			candidates = append(candidates, withEnding(filepath.Join(dir, name))...)
		}
	}
	path, err := firstFile(candidates)
	if path == "" && err == nil {
		err = &notFound{name: name, tried: candidates}
	}
	return path, err
}

// firstFile gives the first path that is there, a folder only where nothing
// else is: hello.lua may stand beside a folder hello, and reading a folder says
// what it is. The error is that of a folder that may not be entered.
func firstFile(paths []string) (string, error) {
	folder := ""
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case err == nil && info.IsDir():
			folder = path
		case err == nil:
			return path, nil
		case errors.Is(err, fs.ErrPermission):
			return "", err
		}
	}
	return folder, nil
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
