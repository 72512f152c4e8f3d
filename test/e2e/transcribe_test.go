package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"goagi/eagi"
	"goagi/pbx"
)

// phrases are what callers say to a call flow.
var phrases = []string{
	"yes", "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "zero",
	"sales", "support", "operator", "repeat", "cancel", "main menu", "opening hours",
}

// farewell is the one that ends it.
const farewell = "goodbye"

// settingsOfSpeech is goagi.toml for phrases.
func settingsOfSpeech(phrases ...string) string {
	list := make([]string, len(phrases))
	for i, phrase := range phrases {
		list[i] = fmt.Sprintf("%q", phrase)
	}
	return "[asr]\nengine = \"pocketsphinx\"\n\n[asr.pocketsphinx]\nphrases = [" + strings.Join(list, ", ") + "]\n"
}

// program gives the command that runs a program where Asterisk is; the test is
// skipped where it is not there, but in CI with the newest release, whose chroot
// has it.
func program(t *testing.T, a *pbx.Asterisk, name string, args ...string) *exec.Cmd {
	t.Helper()
	if _, err := os.Stat(filepath.Join(a.Root, "usr/bin", name)); err != nil {
		if os.Getenv("CI") != "" && a.Release() >= 22 {
			t.Fatal(err)
		}
		t.Skipf("no %s where Asterisk is", name)
	}
	if a.Root == "/" {
		return exec.Command(name, args...)
	}
	return exec.Command("chroot", append([]string{a.Root, name}, args...)...)
}

// sayable makes a sound for callers to play: a phrase in one of the voices, at
// 16 kHz and at 8.
func sayable(t *testing.T, a *pbx.Asterisk, voice, phrase string) string {
	t.Helper()
	name := "said-" + voice + "-" + strings.ReplaceAll(phrase, " ", "-")
	path := filepath.Join(a.Dir, "data/sounds", name)
	if _, err := os.Stat(path + ".sln"); err == nil {
		return name
	}
	out, err := program(t, a, "flite", "-voice", voice, "-t", phrase, "-o", a.Inside("data/sounds/"+name+".wav16")).CombinedOutput()
	if err != nil {
		t.Fatalf("flite: %v: %s", err, out)
	}
	data, err := os.ReadFile(path + ".wav16")
	if err != nil {
		t.Fatal(err)
	}
	u, err := eagi.ParseWAV(data)
	if err == nil {
		os.Remove(path + ".wav16")
		err = u.Save(path + ".sln16")
	}
	if err == nil {
		err = u.Save(path + ".sln")
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// A caller talks to transcribe.lua, turn by turn, and what was said is in the
// variable and in the file: through Asterisk, the recogniser and back, in the
// formats that callers come in. The word error rate is logged; a tenth of the
// words would be more than a call flow stands.
func TestTranscribe(t *testing.T) {
	t.Parallel()
	a := installed(t, &asterisk)
	program(t, a, "pocketsphinx")
	// Where it is not said, it cannot be understood and end the call.
	file(t, a, "goagi-turns.toml", settingsOfSpeech(phrases...))
	file(t, a, "goagi-ending.toml", settingsOfSpeech(append([]string{farewell}, phrases...)...))
	var making, scoring sync.Mutex
	words, wrong := 0, 0
	t.Run("calls", func(t *testing.T) {
		for i, row := range []struct {
			format, voice, settings string
			said                    []string
		}{
			{"slin", "slt", "turns", phrases[:10]},
			{"slin16", "rms", "turns", phrases[:10]},
			{"ulaw", "slt", "turns", phrases[10:]},
			{"slin", "rms", "turns", phrases[10:]},
			{"slin", "slt", "ending", []string{farewell}},
			{"slin16", "rms", "ending", []string{farewell}},
		} {
			t.Run(fmt.Sprint(i, " ", row.format), func(t *testing.T) {
				t.Parallel()
				c := place(t, a, pbx.Plan{
					Vars:  [][2]string{{"EAGI_AUDIO_FORMAT", row.format}},
					Steps: []string{"EAGI(goagi,--config=" + a.Inside("agi/goagi-"+row.settings+".toml") + ",transcribe.lua)"},
				})
				until(t, c, "PLAYBACKSTATUS", "SUCCESS") // the greeting is over
				for turn, phrase := range row.said {
					making.Lock()
					sound := sayable(t, a, row.voice, phrase)
					making.Unlock()
					speak(t, c, sound)
					if phrase != farewell {
						until(t, c, "FIELDQTY(TRANSCRIPT,\\;)", fmt.Sprint(turn+1))
					}
				}
				if row.settings == "turns" {
					if err := c.Press("#"); err != nil {
						t.Fatal(err)
					}
				}
				got := check(t, c, vars{"TRANSCRIPT": "~.+", "UNIQUEID": "~.+", "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
				understood := strings.Split(got["TRANSCRIPT"], "; ")
				scoring.Lock()
				defer scoring.Unlock()
				for i, phrase := range row.said {
					want, have := strings.Fields(phrase), []string(nil)
					if i < len(understood) {
						have = strings.Fields(understood[i])
					}
					words, wrong = words+len(want), wrong+distance(want, have)
					if !slices.Equal(want, have) {
						t.Logf("%s in %s, %s: understood %q", row.voice, row.format, phrase, have)
					}
				}
				kept, err := os.ReadFile(filepath.Join(a.Dir, "spool", "transcript-"+got["UNIQUEID"]+".txt"))
				if err != nil || strings.Count(string(kept), "\n") != len(understood) {
					t.Errorf("%v, the transcript's file is %q", err, kept)
				}
			})
		}
	})
	t.Logf("word error rate: %d of %d words of 40 utterances", wrong, words)
	if words == 0 || wrong*10 > words {
		t.Errorf("%d of %d words were not understood", wrong, words)
	}
}

// distance counts the words to add, drop or change.
func distance(want, have []string) int {
	row := make([]int, len(have)+1)
	for j := range row {
		row[j] = j
	}
	for i, w := range want {
		above := row[0]
		row[0] = i + 1
		for j, h := range have {
			change := above
			if w != h {
				change++
			}
			above = row[j+1]
			row[j+1] = min(change, row[j]+1, above+1)
		}
	}
	return row[len(have)]
}

// A caller who hangs up in the midst of a word is transcribed all the same,
// under the grace time.
func TestTranscribeAndHangup(t *testing.T) {
	t.Parallel()
	a := installed(t, &asterisk)
	program(t, a, "pocketsphinx")
	file(t, a, "goagi-hangup.toml", settingsOfSpeech(phrases...))
	sound := sayable(t, a, "slt", "opening hours")
	c := place(t, a, pbx.Plan{
		Steps: []string{"EAGI(goagi,--config=" + a.Inside("agi/goagi-hangup.toml") + ",transcribe.lua)"},
	})
	until(t, c, "PLAYBACKSTATUS", "SUCCESS")
	speak(t, c, sound)
	do(t, c, "NOOP") // it has been said
	hangup(t, c)
	got := check(t, c, vars{"TRANSCRIPT": "opening hours", "UNIQUEID": "~.+", "AGISTATUS": "HANGUP", "GOAGI_STATUS": "HANGUP"})
	kept, err := os.ReadFile(filepath.Join(a.Dir, "spool", "transcript-"+got["UNIQUEID"]+".txt"))
	if err != nil || !strings.HasSuffix(string(kept), " opening hours\n") {
		t.Errorf("%v, the transcript's file is %q", err, kept)
	}
}
