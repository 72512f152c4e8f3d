package pbx

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// addSounds copies a folder of prompts to the sounds of this Asterisk. What it has
// in a folder that Asterisk's own sounds have, too, such as en, is put beside that
// folder: there it is found for every language.
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
		if first, rest, ok := strings.Cut(name, "/"); ok {
			if info, err := os.Lstat(filepath.Join(a.Dir, "data/sounds", first)); err == nil && info.Mode()&fs.ModeSymlink != 0 {
				name = rest
			}
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		to := filepath.Join(a.Dir, "data/sounds", name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return os.WriteFile(to, text, 0o644)
	})
}
