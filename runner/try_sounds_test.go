package runner

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"goagi/eagi"
	"goagi/sim"
)

// A bar that does not follow the prompt misleads who watches: each format's
// length is what Asterisk would take to play it.
func TestSoundFiles(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	dir := filepath.Join(data, "share", "asterisk", "sounds")
	write := func(name string, text []byte) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	wav := eagi.AppendWAV(nil, make([]int16, 12000), 8000)
	write("en_US_f_Allison/debian.gsm", make([]byte, 3300))
	write("en/wav.wav", wav)
	write("en/wav.gsm", nil)
	write("en/cut.wav", wav[:len(wav)-8000])
	write("en/odd.wav", []byte("RIFF"))
	write("en_GB/wav.ulaw", make([]byte, 4000))
	write("en/digits/test.sln16", make([]byte, 16000))
	write("plain.g722", make([]byte, 2000))
	write("../../doc/asterisk-core-sounds-en/core-sounds-en.txt", []byte("; x\nwav: Not this.\nplain: So  to say.\n"))
	write("en/core-sounds-en.txt", []byte("wav: A wave: yes.\n"))
	zipped, err := os.Create(filepath.Join(dir, "../../doc/asterisk-core-sounds-en/extra-sounds-en.txt.gz"))
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(zipped)
	z.Write([]byte("debian: In a box.\n"))
	z.Close()
	zipped.Close()
	sounds, err := findSounds(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, language string
		length         time.Duration
		ok             bool
		text           string
	}{
		{"wav", "en", 1500 * time.Millisecond, true, "A wave: yes."},
		{"wav", "en_GB", 500 * time.Millisecond, true, "A wave: yes."},
		{"cut", "en", time.Second, true, ""},
		{"odd", "en", time.Second, false, ""},
		{"digits/test", "en_AU", 500 * time.Millisecond, true, ""},
		{"plain", "fr", 250 * time.Millisecond, true, ""},
		{"plain", "en", 250 * time.Millisecond, true, "So to say."},
		{"debian", "en", 2 * time.Second, true, "In a box."},
		{filepath.Join(dir, "en/wav"), "fr", 1500 * time.Millisecond, true, ""},
		{"none", "en", time.Second, false, ""},
		{"../../..", "../..", time.Second, false, ""},
		{"", "en", time.Second, false, ""},
	} {
		length, ok := sounds.length(row.name, row.language)
		if length != row.length || ok != row.ok {
			t.Errorf("%s in %s: %v, %v, want %v, %v", row.name, row.language, length, ok, row.length, row.ok)
		}
		if text := sounds.text(row.name, row.language); text != row.text {
			t.Errorf("%s in %s says %q, want %q", row.name, row.language, text, row.text)
		}
	}
	config := filepath.Join(data, "asterisk.conf")
	if err := os.WriteFile(config, []byte("[directories]\n;astdatadir => /no\n astdatadir => /srv/pbx ; here\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if dir := dataFolder(config); dir != "/srv/pbx" {
		t.Errorf("astdatadir is %q", dir)
	}
}

// What is said is shown as it is said.
func TestSpoken(t *testing.T) {
	t.Parallel()
	day := strconv.FormatInt(time.Date(2026, 12, 24, 17, 5, 0, 0, time.UTC).Unix(), 10)
	for _, row := range []struct {
		event    sim.Event
		language string
		want     string
	}{
		{sim.Event{Kind: sim.Number, Text: "0"}, "en", "zero"},
		{sim.Event{Kind: sim.Number, Text: "-21"}, "en_GB", "minus twenty one"},
		{sim.Event{Kind: sim.Number, Text: "1000015"}, "", "one million fifteen"},
		{sim.Event{Kind: sim.Number, Text: "3400"}, "en", "three thousand four hundred"},
		{sim.Event{Kind: sim.Number, Text: "3400"}, "fr", ""},
		{sim.Event{Kind: sim.Digits, Text: "-0*4#"}, "en", "minus zero star four pound"},
		{sim.Event{Kind: sim.DateTime, Text: day, Args: "ABdY Europe/Berlin"}, "en", "Thursday, December 24, 2026 at 6:05 PM"},
		{sim.Event{Kind: sim.Letters, Text: "ab"}, "en", ""},
	} {
		if got := spoken(row.event, row.language); got != row.want {
			t.Errorf("%s %s: %q, want %q", row.event.Kind, row.event.Text, got, row.want)
		}
	}
}

// A line is never wider than the terminal, whatever is in it: it would push the
// rest of the screen away.
func TestWrap(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "one two three", "abcdefghijkl", "日本語の電話です", "e\u0301te\u0301", "a  b", " lead", "x 日"} {
		for width := 1; width < 15; width++ {
			for _, part := range wrap(text, width) {
				if n := widthOf(part); n > width && n > 2 {
					t.Errorf("%q in %d: %q", text, width, part)
				}
			}
			if n := widthOf(clip(text, width)); n > width {
				t.Errorf("%q clipped to %d has %d", text, width, n)
			}
		}
	}
}
