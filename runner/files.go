package runner

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// filesIn finds the files of paths, "." where none is given, whose names end so, in
// the order of their full names and each once; a path that is a file is taken
// whatever its name. Hidden folders are left out. hint says what paths there may be.
func filesIn(paths []string, ending, hint string) ([]string, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var found []string
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return nil, &usageError{err.Error(), hint}
		case !info.IsDir():
			found = append(found, path)
			continue
		}
		err = filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && len(entry.Name()) > 1 && entry.Name()[0] == '.' && entry.Name() != "..":
				return fs.SkipDir
			case !entry.IsDir() && strings.HasSuffix(path, ending):
				found = append(found, path)
			}
			return nil
		})
		if err != nil {
			return nil, &usageError{err.Error(), ""}
		}
	}
	if len(found) == 0 {
		return nil, &usageError{"no file named NAME" + ending + " is in " + strings.Join(paths, ", "), hint}
	}
	slices.SortFunc(found, func(a, b string) int { return strings.Compare(whole(a), whole(b)) })
	return slices.CompactFunc(found, func(a, b string) bool { return whole(a) == whole(b) }), nil // one may have been named twice
}

// whole gives a file's full path.
func whole(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}
