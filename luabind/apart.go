package luabind

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Apart keeps what the scripts of a test change of the machine, so that the
// machine stays as it is: files outside of the sandbox's data folder, and the
// process's environment. They are read from the machine where no script has
// changed them; a folder that something was written into has only that. It may be
// used by several goroutines at once.
type Apart struct {
	Folder string // that files are kept in, by their full paths; it is made when it has to be

	mu      sync.Mutex
	gone    map[string]bool   // files that are not there, by their full paths
	environ map[string]string // variables that were set
}

// Write puts a file there, with the folders that it is in; name is its full path.
func (a *Apart) Write(name string, content []byte) error {
	path := filepath.Join(a.Folder, name)
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.gone, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

// Hide has a file not be there; name is its full path.
func (a *Apart) Hide(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	_ = os.Remove(filepath.Join(a.Folder, name)) // where a test or a script has put it there
	if a.gone == nil {
		a.gone = make(map[string]bool)
	}
	a.gone[name] = true
}

// at says where a file is, by its full path. One that is to be written to is
// brought there first, where bring says so.
func (a *Apart) at(full string, write, bring bool) (string, error) {
	there := filepath.Join(a.Folder, full)
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := os.Lstat(there); err == nil {
		return there, nil
	}
	if a.gone[full] && !write {
		return there, nil
	}
	if !write {
		return full, nil
	}
	info, err := os.Stat(full)
	switch {
	case err == nil && !info.Mode().IsRegular() && !info.IsDir():
		return full, nil // /dev/null and the like
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return full, nil // its own error says why
	}
	if parent, err := os.Stat(filepath.Dir(full)); err != nil || !parent.IsDir() {
		if _, err := os.Stat(filepath.Dir(there)); err != nil {
			return full, nil // it cannot be made there either, and its error names it
		}
	}
	if err := os.MkdirAll(filepath.Dir(there), 0o755); err != nil {
		return "", err
	}
	if bring && info != nil && info.Mode().IsRegular() && !a.gone[full] {
		return there, copyFile(full, there, info.Mode().Perm())
	}
	return there, nil
}

// copyFile copies a file to where there is none.
func copyFile(from, to string, perm fs.FileMode) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

// getenv gives a variable of the environment.
func (a *Apart) getenv(name string) string {
	if a != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		if value, ok := a.environ[name]; ok {
			return value
		}
	}
	return os.Getenv(name)
}

// setenv sets a variable of the environment.
func (a *Apart) setenv(name, value string) error {
	if a == nil {
		return os.Setenv(name, value)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.environ == nil {
		a.environ = make(map[string]string)
	}
	a.environ[name] = value
	return nil
}

// apart is the machine, but for what a test keeps apart.
type apart struct {
	machine
	*Apart
}

func (a apart) Remove(name string) error {
	err := a.machine.Remove(name)
	if full, inside := cutFolder(a.Folder, name); err == nil && inside {
		a.Hide(full)
	}
	return err
}

func (a apart) Rename(from, to string) error {
	err := a.machine.Rename(from, to)
	if full, inside := cutFolder(a.Folder, from); err == nil && inside {
		a.Hide(full)
	}
	return err
}

// cutFolder gives the path of what is in a folder, as if that were the root.
func cutFolder(folder, path string) (string, bool) {
	if rest, err := filepath.Rel(folder, path); err == nil && filepath.IsLocal(rest) {
		return "/" + rest, true
	}
	return path, false
}
