package runner

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// filesIn finds the files of paths, "." where none is given, whose names end so, in
// the order of their full names and each once; a path that is a file is taken
// whatever its name, of which the ending may be left out. Left out of folders are names that begin with a dot, as editors'
// locks do, and what is no file, such as a pipe. What cannot be looked at is among
// those found: who reads it is told why. hint says what paths there may be.
func filesIn(paths []string, ending, hint string) ([]string, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var found []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) { // .lua may be left out here, too
			if named, _ := os.Stat(path + ending); named != nil {
				path, info, err = path+ending, named, nil
			}
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, &usageError{"there is no file or folder " + path, hint}
		case err != nil:
			return nil, &usageError{err.Error(), hint}
		case !info.IsDir() && !info.Mode().IsRegular() && strings.HasSuffix(path, ending): // unlike /dev/stdin
			return nil, &usageError{path + " is neither a file nor a folder", hint}
		case !info.IsDir():
			found = append(found, path)
			continue
		}
		// With a slash behind it a link to a folder is the folder.
		_ = filepath.WalkDir(path+string(filepath.Separator), func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				found = append(found, path)
			case hidden(entry.Name()) && entry.IsDir():
				return fs.SkipDir
			case !hidden(entry.Name()) && strings.HasSuffix(path, ending) && mayBeFile(path):
				found = append(found, path)
			}
			return nil
		})
	}
	if len(found) == 0 {
		return nil, &usageError{"no file named NAME" + ending + " is in " + strings.Join(paths, ", "), hint}
	}
	slices.SortFunc(found, func(a, b string) int { return strings.Compare(whole(a), whole(b)) })
	return slices.CompactFunc(found, func(a, b string) bool { return whole(a) == whole(b) }), nil // one may have been named twice
}

func hidden(name string) bool { return len(name) > 1 && name[0] == '.' && name != ".." }

// mayBeFile reports whether a path, or what it links to, is a file, or nobody can say.
func mayBeFile(path string) bool {
	info, err := os.Stat(path)
	return err != nil || info.Mode().IsRegular()
}

// whole gives a file's full path.
func whole(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}
