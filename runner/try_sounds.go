package runner

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// soundFiles are the sound files of an Asterisk. Its methods may be called from
// any goroutine.
type soundFiles struct {
	folder string
	strict bool // a prompt that has no file is missing; else it lasts a second

	mu    sync.Mutex
	texts map[string]map[string]string // what prompts say, by language and name
}

// assumed is how long a prompt lasts whose file is not there.
const assumed = time.Second

// findSounds opens the folder that was named. Where none was, and look says so,
// it is the one of the Asterisk on this machine, nil if there is none.
func findSounds(named string, look bool) (*soundFiles, error) {
	if named != "" {
		if info, err := os.Stat(named); err != nil || !info.IsDir() {
			return nil, &usageError{"--sounds " + named + ": there is no such folder", "an Asterisk has its sounds in /usr/share/asterisk/sounds or /var/lib/asterisk/sounds"}
		}
		return &soundFiles{folder: named, strict: true}, nil
	}
	if !look {
		return nil, nil
	}
	folders := []string{"/usr/share/asterisk/sounds", "/var/lib/asterisk/sounds", "/usr/local/share/asterisk/sounds"}
	if dir := dataFolder("/etc/asterisk/asterisk.conf"); dir != "" {
		folders = append([]string{filepath.Join(dir, "sounds")}, folders...)
	}
	for _, folder := range folders {
		if entries, err := os.ReadDir(folder); err == nil && len(entries) > 0 {
			return &soundFiles{folder: folder}, nil
		}
	}
	return nil, nil
}

// dataFolder gives astdatadir of asterisk.conf, "" where it says none.
func dataFolder(path string) string {
	text, _ := os.ReadFile(path)
	for line := range strings.SplitSeq(string(text), "\n") {
		line, _, _ = strings.Cut(line, ";")
		name, value, ok := strings.Cut(line, "=")
		if ok && strings.TrimSpace(name) == "astdatadir" {
			return strings.TrimSpace(strings.TrimPrefix(value, ">"))
		}
	}
	return ""
}

// length gives how long a prompt lasts, and false where it is missing.
func (s *soundFiles) length(name, language string) (time.Duration, bool) {
	if length, ok := s.find(name, language); ok {
		return length, true
	}
	return assumed, !s.strict
}

// find looks for a prompt's file as Asterisk does (file.c: fileexists_core): in
// the folder of the language, then without the language's country, then in none.
func (s *soundFiles) find(name, language string) (time.Duration, bool) {
	if name == "" || strings.ContainsRune(name, 0) {
		return 0, false
	}
	if filepath.IsAbs(name) {
		return lengthOf(name)
	}
	for _, folder := range s.folders(language) {
		if length, ok := lengthOf(filepath.Join(folder, name)); ok {
			return length, true
		}
	}
	return 0, false
}

// anywhere reports whether a prompt's file is there, in whichever language.
func (s *soundFiles) anywhere(name string) bool {
	if _, ok := s.find(name, "en"); ok {
		return true
	}
	languages, _ := filepath.Glob(filepath.Join(s.folder, "*"))
	for _, folder := range languages {
		if _, ok := lengthOf(filepath.Join(folder, name)); ok {
			return true
		}
	}
	return false
}

// folders lists where the prompts of a language are. Debian links en to the
// package that is chosen; where that link leads nowhere, any package is better
// than none.
func (s *soundFiles) folders(language string) []string {
	short, _, _ := strings.Cut(language, "_")
	var list []string
	if filepath.IsLocal(language) {
		packages, _ := filepath.Glob(filepath.Join(s.folder, short+"_*_*"))
		list = append([]string{filepath.Join(s.folder, language), filepath.Join(s.folder, short)}, packages...)
	}
	return append(list, s.folder)
}

// bytesPerSecond of the formats that have no header, by the ending of the file.
var bytesPerSecond = [...]struct {
	ending string
	n      int64
}{
	{".gsm", 1650}, {".ulaw", 8000}, {".ul", 8000}, {".ulw", 8000}, {".mu", 8000}, {".pcm", 8000},
	{".alaw", 8000}, {".al", 8000}, {".alw", 8000}, {".g722", 8000}, {".g729", 1000}, {".siren7", 4000}, {".siren14", 6000},
	{".sln", 16000}, {".slin", 16000}, {".raw", 16000}, {".sln12", 24000}, {".sln16", 32000}, {".sln24", 48000}, {".sln48", 96000},
}

// lengthOf gives the length of a sound file whose ending is left out.
func lengthOf(path string) (time.Duration, bool) {
	if length, ok := lengthOfWAV(path + ".wav"); ok {
		return length, true
	}
	for _, format := range bytesPerSecond {
		if info, err := os.Stat(path + format.ending); err == nil && info.Mode().IsRegular() {
			return time.Duration(float64(info.Size()) / float64(format.n) * float64(time.Second)), true
		}
	}
	return lengthOfWAV(path + ".WAV") // wav49
}

// lengthOfWAV reads the header of a WAV file.
func lengthOfWAV(path string) (time.Duration, bool) {
	f, err := os.Open(path)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	head := make([]byte, 12)
	if _, err := io.ReadFull(f, head); err != nil || string(head[:4]) != "RIFF" {
		return 0, false
	}
	perSecond := int64(0)
	for {
		chunk := make([]byte, 8)
		if _, err := io.ReadFull(f, chunk); err != nil {
			return 0, false
		}
		size := int64(binary.LittleEndian.Uint32(chunk[4:]))
		switch {
		case string(chunk[:4]) == "data" && perSecond > 0:
			if info, err := f.Stat(); err == nil { // a file that was cut off is as long as it is
				at, _ := f.Seek(0, io.SeekCurrent)
				size = min(size, info.Size()-at)
			}
			return time.Duration(float64(size) / float64(perSecond) * float64(time.Second)), true
		case string(chunk[:4]) == "fmt " && size >= 16:
			format := make([]byte, 16)
			if _, err := io.ReadFull(f, format); err != nil {
				return 0, false
			}
			perSecond = int64(binary.LittleEndian.Uint32(format[8:]))
			size -= 16
		}
		if _, err := f.Seek(size+size%2, io.SeekCurrent); err != nil {
			return 0, false
		}
	}
}

// text gives what a prompt says, "" where no list of texts is on this machine.
func (s *soundFiles) text(name, language string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.texts == nil {
		s.texts = make(map[string]map[string]string)
	}
	texts, ok := s.texts[language]
	if !ok {
		texts = make(map[string]string)
		for _, path := range s.textFiles(language) {
			readTexts(path, texts)
		}
		s.texts[language] = texts
	}
	return texts[name]
}

// textFiles lists the files that say what prompts say: Asterisk's own beside the
// sounds, Debian's among the documents of its packages.
func (s *soundFiles) textFiles(language string) []string {
	short, _, _ := strings.Cut(language, "_")
	var all []string
	for _, folder := range s.folders(language) {
		found, _ := filepath.Glob(filepath.Join(folder, "*-sounds-"+short+".txt"))
		all = append(all, found...)
	}
	for _, documents := range []string{filepath.Join(s.folder, "../../doc"), "/usr/share/doc"} {
		found, _ := filepath.Glob(filepath.Join(documents, "asterisk-*-sounds-"+short, "*-sounds-"+short+".txt*"))
		all = append(all, found...)
	}
	return all
}

// readTexts reads lines such as auth-thankyou: Thank you. What is known already
// stays.
func readTexts(path string, texts map[string]string) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return
		}
	}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		name, text, ok := strings.Cut(lines.Text(), ": ")
		if ok && name != "" && name[0] != ';' && texts[name] == "" {
			texts[name] = strings.Join(strings.Fields(text), " ")
		}
	}
}
