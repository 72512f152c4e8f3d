package eagi

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxSound is the largest sound file that is read: ten minutes of .sln, two
// hours of .gsm.
const maxSound = 10 << 20

// soundExtensions are those of the files that ReadSound reads, as Asterisk would
// choose for a call of 8 kHz.
var soundExtensions = [...]string{".sln", ".wav", ".ulaw", ".alaw", ".gsm", ".sln16", ".sln12", ".sln24", ".sln32", ".sln44", ".sln48", ".sln96", ".sln192"}

// FindSound gives the file of a prompt, named as STREAM FILE takes it, in a
// folder of sounds and a language: as Asterisk looks for it (main/file.c:
// fileexists_core), so far as ReadSound can read it. An error of errors.Is with
// os.ErrNotExist is that there is none.
func FindSound(folder, language, name string) (string, error) {
	bases := []string{filepath.Join(folder, language, name), filepath.Join(folder, name)}
	if short, _, ok := strings.Cut(language, "_"); ok {
		bases = slices.Insert(bases, 1, filepath.Join(folder, short, name))
	}
	if filepath.IsAbs(name) {
		bases = []string{name}
	}
	for _, base := range bases {
		for _, extension := range soundExtensions {
			if info, err := os.Stat(base + extension); err == nil && info.Mode().IsRegular() {
				return base + extension, nil
			}
		}
	}
	return "", fmt.Errorf("sound %q: %w", name, os.ErrNotExist)
}

// ReadSound reads a sound file, as its extension says: those that
// [Utterance.Save] writes, and .gsm.
func ReadSound(path string) (*Utterance, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.Size() > maxSound:
		return nil, fmt.Errorf("sound %s: it has %d bytes, more than %d", path, info.Size(), maxSound)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if filepath.Ext(path) == ".gsm" {
		if len(data)%gsmFrame != 0 {
			return nil, fmt.Errorf("sound %s: it is no GSM file of whole frames", path)
		}
		return NewUtterance(decodeGSM(data), 8000, time.Time{}), nil
	}
	kind, err := kindOf(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("sound %s: %w", path, err)
	case kind.wav:
		u, err := ParseWAV(data)
		if err != nil {
			return nil, fmt.Errorf("sound %s: %w", path, err)
		}
		return u, nil
	}
	return NewUtterance(Format{coding: kind.coding}.AppendSamples(nil, data), kind.rate, time.Time{}), nil
}
