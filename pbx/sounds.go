package pbx

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// addSounds copies a folder of prompts to the sounds of this Asterisk, where they
// take the place of those of the same name.
func (a *Asterisk) addSounds(folder string) error {
	if folder == "" {
		return nil
	}
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		if err := a.ownFolder(filepath.Join("data/sounds", filepath.Dir(name))); err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		to := filepath.Join(a.Dir, "data/sounds", name)
		if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) { // a link to Asterisk's own
			return err
		}
		return os.WriteFile(to, text, 0o644)
	})
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
