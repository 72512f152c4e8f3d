package eagi

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// How long and how loud a caller spoke is told in seconds and in dBFS, and
// silence is a number too.
func TestUtterance(t *testing.T) {
	began := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	loud := sine(1000, 8000, 8000, 32767)
	for _, row := range []struct {
		what    string
		samples []int16
		rate    int
		length  time.Duration
		level   float64
	}{
		{"nothing", nil, 8000, 0, Silent},
		{"no rate", nil, 0, 0, Silent},
		{"silence", make([]int16, 4000), 8000, 500 * time.Millisecond, Silent},
		{"a tone at full scale", loud, 8000, time.Second, -3.01},
		{"the same at another rate", loud, 44100, 181405895 * time.Nanosecond, -3.01},
		{"the loudest there is", []int16{-32768, -32768}, 16000, 125 * time.Microsecond, 0},
		{"the softest", []int16{1, -1}, 2, time.Second, -90.31},
		{"softer than the floor", append(make([]int16, 99999), 1), 100000, time.Second, Silent},
		{"a day", make([]int16, 86400), 1, 24 * time.Hour, Silent},
	} {
		u := NewUtterance(row.samples, row.rate, began)
		if u.Rate() != row.rate || len(u.Samples()) != len(row.samples) || !u.Began().Equal(began) {
			t.Errorf("%s: %d samples at %d from %v", row.what, len(u.Samples()), u.Rate(), u.Began())
		}
		if u.Duration() != row.length {
			t.Errorf("%s: lasts %v, want %v", row.what, u.Duration(), row.length)
		}
		if math.Abs(u.Level()-row.level) > 0.01 {
			t.Errorf("%s: level %.2f, want %.2f", row.what, u.Level(), row.level)
		}
	}
}

// An utterance for a recogniser of another rate is as long, and keeps its time.
func TestUtteranceResample(t *testing.T) {
	began := time.Now()
	u := NewUtterance(sine(440, 8000, 8000, 10000), 8000, began)
	if u.Resample(8000) != u {
		t.Error("a copy at the same rate")
	}
	high := u.Resample(16000)
	if high.Rate() != 16000 || high.Duration() != time.Second || high.Began() != began || u.Rate() != 8000 {
		t.Errorf("%v at %d, from %v", high.Duration(), high.Rate(), high.Began())
	}
	if math.Abs(high.Level()-u.Level()) > 0.1 {
		t.Errorf("%.2f dBFS, then %.2f", u.Level(), high.Level())
	}
}

// Asterisk plays what Save writes, under the extension that it has for it: the
// right rate and coding, or the caller hears a chipmunk or noise.
func TestSave(t *testing.T) {
	dir := t.TempDir()
	u := NewUtterance(sine(440, 16000, 1600, 10000), 16000, noTime) // 0.1 s
	for _, row := range []struct {
		extensions string
		bytes      int
	}{
		{".wav .wav16", 44 + 3200},
		{".sln .slin .raw", 1600},
		{".sln12", 2400}, {".sln16", 3200}, {".sln24", 4800}, {".sln32", 6400}, {".sln44", 8820}, {".sln48", 9600},
		{".sln96", 19200}, {".sln192", 38400},
		{".ulaw .ul .mu .ulw .pcm .alaw .al .alw", 800},
	} {
		for extension := range strings.FieldsSeq(row.extensions) {
			path := filepath.Join(dir, "said.today"+extension)
			if err := u.Save(path); err != nil {
				t.Error(err)
				continue
			}
			info, err := os.Stat(path)
			if err != nil || info.Size() != int64(row.bytes) || info.Mode() != 0o644 {
				t.Errorf("%s: %v bytes of mode %v, %v, want %d", extension, info.Size(), info.Mode(), err, row.bytes)
			}
		}
	}
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if wav, err := ParseWAV(read("said.today.wav")); err != nil || wav.Rate() != 16000 || !slices.Equal(wav.Samples(), u.Samples()) {
		t.Errorf("%v, %v", wav, err)
	}
	low := u.Resample(8000).Samples()
	for i, name := range []string{"slin", "ulaw", "alaw"} {
		f, _ := FormatByName(name)
		if got := read("said.today" + []string{".sln", ".ul", ".al"}[i]); !slices.Equal(got, f.AppendBytes(nil, low)) {
			t.Errorf("%s: other bytes", name)
		}
	}
}

// A file is replaced whole: who plays it meanwhile hears the old one to its end,
// and the next call the new one.
func TestSaveReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.wav")
	old := NewUtterance([]int16{1, 2, 3}, 8000, noTime)
	if err := old.Save(path); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := NewUtterance([]int16{4}, 8000, noTime).Save(path); err != nil {
		t.Fatal(err)
	}
	if u, err := ReadWAV(f); err != nil || !slices.Equal(u.Samples(), old.Samples()) {
		t.Errorf("the open file: %v, %v", u, err)
	}
	if data, err := os.ReadFile(path); err != nil || len(data) != 46 {
		t.Errorf("the new one: %d bytes, %v", len(data), err)
	}
}

// A name that cannot be saved to leaves nothing behind, neither a piece under
// the name nor one beside it, and the error says why.
func TestSaveFails(t *testing.T) {
	dir := t.TempDir()
	u := NewUtterance([]int16{1}, 8000, noTime)
	if err := os.Mkdir(filepath.Join(dir, "folder.wav"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		u    *Utterance
		name string
		is   error
		want string
	}{
		{u, "x.mp3", ErrFormat, `".mp3": use one of .wav, .wav16, .sln, .slin, .raw, .sln12,`},
		{u, "x.WAV", ErrFormat, `".WAV": use one of`}, // Asterisk's name for GSM
		{u, "x", ErrFormat, `"": use one of`},
		{u, "none/x.wav", fs.ErrNotExist, "none/x.wav: no such file or directory"},
		{u, "folder.wav", syscall.EEXIST, "folder.wav: file exists"},
		{u, strings.Repeat("x", 300) + ".wav", syscall.ENAMETOOLONG, "x.wav: file name too long"},
		{new(Utterance), "x.wav", nil, "x.wav: an utterance without a rate"},
	} {
		err := row.u.Save(filepath.Join(dir, row.name))
		if err == nil || row.is != nil && !errors.Is(err, row.is) || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), ".goagi-") {
			t.Errorf("%.20s: %v", row.name, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
