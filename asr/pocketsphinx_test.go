package asr

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const testdata = "/usr/share/pocketsphinx/test/data"

// recording reads samples of pocketsphinx's test data: 16 kHz, with a WAV
// header of 44 bytes or none.
func recording(t *testing.T, name string) Speech {
	t.Helper()
	pcm, err := os.ReadFile(filepath.Join(testdata, name))
	if err != nil {
		t.Skipf("there is no pocketsphinx-testdata: %v", err)
	}
	if strings.HasSuffix(name, ".wav") {
		pcm = pcm[44:]
	}
	s := Speech{Rate: 16000, Samples: make([]int16, len(pcm)/2)}
	for i := range s.Samples {
		s.Samples[i] = int16(binary.LittleEndian.Uint16(pcm[2*i:]))
	}
	return s
}

// sphinx opens the engine where the program and its model are installed.
func sphinx(t *testing.T, options map[string]any) Recognizer {
	t.Helper()
	if _, err := exec.LookPath("pocketsphinx_continuous"); err != nil {
		t.Skip("pocketsphinx_continuous is not installed")
	}
	if _, err := os.Stat("/usr/share/pocketsphinx/model/en-us/en-us"); err != nil {
		t.Skip("pocketsphinx-en-us is not installed")
	}
	options["engine"] = "pocketsphinx"
	return engine(t, options)
}

// What a person said comes out, at the rate of a telephone and at the model's.
func TestPocketsphinx(t *testing.T) {
	for _, test := range []struct {
		options map[string]any
		file    string
		want    string
	}{
		{map[string]any{"phrases": []any{"go forward ten meters", "go back", "turn left"}}, "goforward.raw", "go forward ten meters"},
		{map[string]any{"grammar": testdata + "/goforward.gram"}, "goforward.raw", "go forward ten meters"},
		{map[string]any{"grammar": testdata + "/cards/cards.gram"}, "cards/004.wav", "five five"},
	} {
		for _, rate := range []int{8000, 16000} {
			said, err := sphinx(t, test.options).Transcribe(t.Context(), recording(t, test.file).at(rate))
			if err != nil || said.Text != test.want || said.Engine != "pocketsphinx" {
				t.Errorf("%s at %d: %+v, %v", test.file, rate, said, err)
				continue
			}
			words := []string{}
			for i, w := range said.Words {
				words = append(words, w.Text)
				if w.Start >= w.End || i > 0 && w.Start < said.Words[i-1].End || w.End > 3*time.Second {
					t.Errorf("the times of %+v", said.Words)
				}
			}
			if got := strings.Join(words, " "); got != test.want {
				t.Errorf("the words are %q", got)
			}
		}
	}
}

// Silence is no words, and no error.
func TestPocketsphinxSilence(t *testing.T) {
	said, err := sphinx(t, map[string]any{"phrases": []any{"yes", "no"}}).Transcribe(t.Context(), Speech{Rate: 8000, Samples: make([]int16, 8000)})
	if err != nil || said.Text != "" || said.Words != nil {
		t.Errorf("%+v, %v", said, err)
	}
}

// A word that the dictionary does not have is named, not buried in the log of
// the program.
func TestPocketsphinxUnknownWord(t *testing.T) {
	_, err := sphinx(t, map[string]any{"phrases": []any{"xyzzyq"}}).Transcribe(t.Context(), hello())
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "'xyzzyq' is missing in the dictionary") {
		t.Error(err)
	}
}

// The arguments are those of the program that there is.
func TestPocketsphinxArguments(t *testing.T) {
	for _, test := range []struct {
		options map[string]any
		want    string
	}{
		{map[string]any{"program": "/opt/pocketsphinx_continuous", "phrases": []any{"Yes", "no  thanks"}},
			"/opt/pocketsphinx_continuous -jsgf {grammar} -samprate 16000 -time yes -infile {wav}"},
		{map[string]any{"program": "pocketsphinx", "keywords": "k", "model": "m", "dictionary": "d", "arguments": []any{"-lw", "7"}, "rate": 8000},
			"pocketsphinx -kws k -hmm m -dict d -samprate 8000 -lw 7 single {wav}"},
	} {
		test.options["engine"] = "pocketsphinx"
		c := engine(t, test.options).(*command)
		if got := strings.Join(c.argv, " "); got != test.want {
			t.Errorf("%v: %s", test.options, got)
		}
	}
	grammar, err := phraseGrammar([]string{"Yes", " no  thanks", "o'clock", ""})
	if err != nil || grammar != "#JSGF V1.0;\ngrammar phrases;\npublic <phrase> = yes | no thanks | o'clock;\n" {
		t.Errorf("%q, %v", grammar, err)
	}
}

// What the two programs print is read the same.
func TestHypotheses(t *testing.T) {
	const old = "one goodbye \n<s> 0.000 0.240 0.998501\none(2) 0.560 0.810 1.000000\n(NULL) 0.810 0.810 1.0\n[SPEECH] 0.820 0.900 0.5\ngoodbye  1.000 1.500 0.25\n\nthank you\nthank you 2.000 2.500 0.75\n"
	const new = `{"b":0.000,"d":1.840,"p":1.000,"t":"one goodbye","w":[{"b":0.000,"d":0.240,"p":0.9,"t":"<sil>"},{"b":0.56,"d":0.25,"p":1.0,"t":"one(2)"},{"b":1.0,"d":0.5,"p":0.25,"t":"goodbye"}]}` + "\n" +
		`{"b":2.000,"d":0.5,"p":1.000,"t":"thank you","w":[{"b":2.0,"d":0.5,"p":0.75,"t":"thank you"}]}` + "\n"
	const ms = time.Millisecond
	want := Transcript{Text: "one goodbye thank you", Words: []Word{
		{"one", 560 * ms, 810 * ms, 1}, {"goodbye", 1000 * ms, 1500 * ms, 0.25}, {"thank you", 2000 * ms, 2500 * ms, 0.75},
	}}
	if got, err := hypotheses([]byte(old)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := hypothesesJSON([]byte(new)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, out := range []string{"oops", `{"b": 1}`} {
		if _, err := hypothesesJSON([]byte(out)); err == nil {
			t.Errorf("%s is no error", out)
		}
	}
}
