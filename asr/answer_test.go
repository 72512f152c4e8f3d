package asr

import (
	"reflect"
	"testing"
	"time"
)

// Each server puts text and words where it likes; the script finds them in one
// place.
func TestTranscription(t *testing.T) {
	const ms = time.Millisecond
	for name, test := range map[string]struct {
		answer string
		want   Transcript
	}{
		"json":          {`{"text": " Hello\nthere. "}`, Transcript{Text: "Hello there."}},
		"silence":       {`{"text": ""}`, Transcript{}},
		"invalid UTF-8": {"{\"text\": \"caf\xe9\"}", Transcript{Text: "caf\uFFFD"}},
		"OpenAI": {`{"task": "transcribe", "language": "english", "duration": 1.2, "text": "Hello there.",
			"words": [{"word": "Hello", "start": 0.0, "end": 0.42}, {"word": " ", "start": 0, "end": 0}, {"word": "there", "start": 0.5, "end": 0.4}]}`,
			Transcript{Text: "Hello there.", Language: "english", Words: []Word{{"Hello", 0, 420 * ms, 0}, {"there", 500 * ms, 500 * ms, 0}}}},
		"whisper.cpp": {`{"text": " Hello", "segments": [{"id": 0, "text": " Hello", "start": 0, "end": 1, "tokens": [1, 2], "words":
			[{"word": " Hello", "start": 0.1, "end": 0.9, "t_dtw": -1, "probability": 0.75}]}]}`,
			Transcript{Text: "Hello", Words: []Word{{"Hello", 100 * ms, 900 * ms, 0.75}}}},
		"segments": {`{"text": "Hello. Bye.", "segments": [{"text": "Hello.", "start": 0, "end": 1, "avg_logprob": 0}, {"text": "Bye.", "start": 1, "end": 2.5}]}`,
			Transcript{Text: "Hello. Bye.", Words: []Word{{"Hello.", 0, 1000 * ms, 1}, {"Bye.", 1000 * ms, 2500 * ms, 0}}}},
		"another form of words": {`{"text": "Hello", "words": {"0": "Hello"}}`, Transcript{Text: "Hello"}},
		"mad numbers":           {`{"text": "a", "words": [{"word": "a", "start": -5, "end": 1e300, "probability": 7}]}`, Transcript{Text: "a", Words: []Word{{"a", 0, 0, 1}}}},
	} {
		got, err := transcription([]byte(test.answer), "")
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", name, got, err, test.want)
		}
	}
}

// Text that is no string is no silence: a caller whose words came in another
// form would be taken for one who said nothing.
func TestTranscriptionOfAnotherForm(t *testing.T) {
	for answer, want := range map[string]string{
		`{"text": 5}`:                  `the text in its JSON is no string: "5"`,
		`{"words": {}, "text": ["a"]}`: `the text in its JSON is no string: "[\"a\"]"`,
		`{"text": {"key": 1}}`:         `the text in its JSON is no string: "{\"***\": 1}"`,
		`{"text": null}`:               `its JSON has no text: "{\"text\": null}"`,
	} {
		if got, err := transcription([]byte(answer), "key"); err == nil || err.Error() != want || got.Text != "" {
			t.Errorf("%s: %+v, %v", answer, got, err)
		}
	}
}

// How long a server wants to be left alone stands there as seconds or as a
// date.
func TestRetryAfter(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, " 0.5": time.Second / 2, "-3": 0, "soon": 0, "NaN": 0,
		"Wed, 02 Jan 2030 03:04:15 GMT": 10 * time.Second, "Wed, 02 Jan 2030 03:04:00 GMT": 0,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
}
