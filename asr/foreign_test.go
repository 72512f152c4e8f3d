package asr

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever an engine says, a script gets one bounded line, or an error.
func FuzzForeign(f *testing.F) {
	for _, seed := range []string{
		"hello\nthere", "[00:00:00.000 --> 00:00:02.500]  text", `{"text": "hello", "words": [{"word": "hello", "start": 1e308}]}`,
		`{"text": "a", "segments": [{"words": [{"word": "a"}]}]}`, "one\none(2) 0.1 0.2 0.3\n", `{"t": "one", "w": [{"t": "one"}]}`,
		`{"partial": "one"}`, `{"alternatives": [{"text": "one"}]}`, result("one two"), "\xff\x00\u202e", "[", "(2) 0.1 0.2 0.3",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, out []byte) {
		for _, read := range []func([]byte) (Transcript, error){
			reader("text", ""), reader("last", ""), reader("timestamps", ""), reader("json", "text"), hypotheses, hypothesesJSON,
			func(out []byte) (Transcript, error) { return transcription(out, "key") },
			func(out []byte) (Transcript, error) {
				s := said{}
				_, err := s.add(out)
				return s.transcript(false), err
			},
		} {
			got, err := read(out)
			if err != nil && !utf8.ValidString(err.Error()) {
				t.Errorf("the error %q", err)
			}
			for _, w := range append(got.Words, Word{Text: got.Text}) {
				if !utf8.ValidString(w.Text) || len(w.Text) > maxText || strings.ContainsAny(w.Text, "\n\r\x00") || w.Start > w.End || w.Start < 0 || w.Confidence > 1 {
					t.Errorf("%+v", w)
				}
			}
		}
	})
}
