package pbx

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// addSounds copies a folder of prompts to the sounds of this Asterisk, where they
// take the place of those of the same name.
func (a *Asterisk) addSounds(folder string) error {
	if folder == "" {
		return nil
	}
	return a.addSoundsAt(folder, "data/sounds")
}

// addSoundsAt copies a folder of prompts to a folder of Dir.
func (a *Asterisk) addSoundsAt(folder, at string) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		if err := a.ownFolder(filepath.Join(at, filepath.Dir(name))); err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		to := filepath.Join(a.Dir, at, name)
		if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) { // a link to Asterisk's own
			return err
		}
		return os.WriteFile(to, text, 0o644)
	})
}

// ownWritable makes folders of this Asterisk's own of those that the sounds in a
// folder only link to, as Debian's custom and recordings do: the Asterisk of this
// machine writes there, and what a test records must not take the place of that.
// They are copied; of recordings nothing is needed.
func (a *Asterisk) ownWritable(shared string) error {
	entries, err := os.ReadDir(shared)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		target, err := os.Readlink(filepath.Join(shared, entry.Name()))
		if language, _, _ := strings.Cut(entry.Name(), "_"); err != nil || len(language) <= 3 {
			continue // no link, or one of a language, en or en_US, to its package
		}
		if filepath.IsAbs(target) {
			target = filepath.Join(a.Root, target)
		} else {
			target = filepath.Join(shared, target)
		}
		own := filepath.Join(a.Dir, "data/sounds", entry.Name())
		if err := os.Remove(own); err != nil {
			return err
		}
		if err := os.Mkdir(own, 0o755); err != nil {
			return err
		}
		if info, err := os.Stat(target); err != nil || !info.IsDir() || entry.Name() == "recordings" {
			continue // a link that leads nowhere is an empty folder
		}
		if err := a.addSoundsAt(target, filepath.Join("data/sounds", entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// ownFolder makes a folder of Dir one of our own, with those on the way to it: where
// it is a link, a folder with links to what is in there.
func (a *Asterisk) ownFolder(name string) error {
	if name == "." || name == "data/sounds" {
		return nil
	}
	if err := a.ownFolder(filepath.Dir(name)); err != nil {
		return err
	}
	path := filepath.Join(a.Dir, name)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return os.Mkdir(path, 0o755)
	case err != nil || info.IsDir():
		return err
	}
	target, err := os.Readlink(path)
	if err == nil {
		err = os.Remove(path)
	}
	if err == nil {
		err = os.Mkdir(path, 0o755)
	}
	if err != nil {
		return err
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(path), target)
		return a.link(target, name)
	}
	return a.link(filepath.Join(a.Root, target), name)
}
