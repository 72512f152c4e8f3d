package asr

import (
	"errors"
	"strings"
	"testing"
)

// engine opens an engine for a test.
func engine(t *testing.T, options map[string]any) Recognizer {
	t.Helper()
	e, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// hello is a short utterance.
func hello() Speech {
	s := Speech{Rate: 8000, Samples: make([]int16, 4000)}
	for i := range s.Samples {
		s.Samples[i] = int16(i%80-40) * 100
	}
	return s
}

// A wrong setting says what is wrong with it, before a call depends on it.
func TestOpenSaysWhatIsWrong(t *testing.T) {
	sh := []any{"sh"}
	for _, test := range []struct {
		options map[string]any
		want    string
	}{
		{map[string]any{}, `asr: no engine is chosen: set the option "engine" to one of command, pocketsphinx, openai, vosk`},
		{map[string]any{"engine": 3}, `asr: option "engine" must be one of command, pocketsphinx, openai, vosk, not 3`},
		{map[string]any{"engine": "vosc"}, `asr: there is no engine "vosc": did you mean "vosk"?`},
		{map[string]any{"engine": "dragon\n"}, `asr: there is no engine "dragon": there are command, pocketsphinx, openai, vosk`},
		{map[string]any{"engine": "vosk", "timout": 3}, `asr: engine "vosk" has no option "timout": did you mean "timeout"?`},
		{map[string]any{"engine": "vosk", "zzzzz": 3}, `asr: engine "vosk" has no option "zzzzz": it has connect_timeout, end_timeout, phrases, timeout, url, words`},
		{map[string]any{"engine": "vosk", "timeout": "abc"}, `asr: option "timeout" must be a number of seconds from 0.001 to 3600, not "abc"`},
		{map[string]any{"engine": "vosk", "timeout": -1.0}, `asr: option "timeout" must be a number of seconds from 0.001 to 3600, not -1`},
		{map[string]any{"engine": "vosk", "timeout": true}, `asr: option "timeout" must be a number of seconds from 0.001 to 3600, not true`},
		{map[string]any{"engine": "vosk", "words": 1}, `asr: option "words" must be true or false, not 1`},
		{map[string]any{"engine": "vosk", "phrases": "yes"}, `asr: option "phrases" must be a list of strings, not "yes"`},
		{map[string]any{"engine": "vosk", "phrases": []any{"yes", 7.0}}, `asr: option "phrases" must be a list of strings, not a list with 7 in it`},
		{map[string]any{"engine": "vosk", "url": "http://x"}, `asr: option "url" must be a URL that begins with ws:// or wss://`},
		{map[string]any{"engine": "vosk", "url": map[string]any{}}, `asr: option "url" must be a string, not a table`},
		{map[string]any{"engine": "command"}, `asr: engine "command" needs the option "command", a list of strings, the program first`},
		{map[string]any{"engine": "command", "command": sh, "output": "xml"}, `asr: option "output" must be one of text, last, timestamps, json, not "xml"`},
		{map[string]any{"engine": "command", "command": []any{"sh", "{language}"}}, `asr: the command names {language}, and the option "language" is not set`},
		{map[string]any{"engine": "command", "command": sh, "language": "-x"}, `asr: option "language" must be a language such as en or en-US, not "-x"`},
		{map[string]any{"engine": "command", "command": sh, "rate": 5.0}, `asr: option "rate" must be 0 or a number from 4000 to 192000, not 5`},
		{map[string]any{"engine": "command", "command": []any{"a\x00b"}}, `asr: option "command" must be a list of strings, not a list`},
		{map[string]any{"engine": "openai", "url": "ftp://user:secret@x"}, `asr: option "url" must be a URL that begins with http:// or https://`},
		{map[string]any{"engine": "openai", "key_file": "a", "key_env": "b"}, `asr: only one of the options "key_file" and "key_env" can be set`},
		{map[string]any{"engine": "pocketsphinx", "phrases": []any{"yes; <x>"}}, `asr: option "phrases" must hold words of letters only, not "yes; <x>"`},
		{map[string]any{"engine": "pocketsphinx", "phrases": []any{}}, `asr: option "phrases" holds no phrase`},
		{map[string]any{"engine": "pocketsphinx", "phrases": []any{"a"}, "grammar": "g"}, `asr: only one of the options "phrases", "grammar", "keywords" and "language_model" can be set`},
	} {
		_, err := Open(test.options)
		if err == nil || err.Error() != test.want || !errors.Is(err, ErrOption) {
			t.Errorf("%v:\n got %v\nwant %s", test.options, err, test.want)
		}
	}
}

// Numbers come as Lua and as TOML have them, and what is nil is not set.
func TestOpenTakesWhatTablesHold(t *testing.T) {
	for _, timeout := range []any{7, int64(7), 7.0, nil} {
		want := 7.0
		if timeout == nil {
			want = 30
		}
		e := engine(t, map[string]any{"engine": "vosk", "timeout": timeout, "phrases": []string{"yes"}}).(*vosk)
		if e.timeout.Seconds() != want {
			t.Errorf("%T: timeout %v", timeout, e.timeout)
		}
	}
}

// A reference made of the options can be trusted: each engine opens with its
// defaults, and each option has what a reader needs.
func TestOptionsAreDescribed(t *testing.T) {
	for _, name := range Engines() {
		if len(Options(name)) == 0 {
			t.Errorf("engine %s has no options", name)
		}
		for _, o := range Options(name) {
			if o.Name == "" || o.Doc == "" || strings.HasSuffix(o.Doc, ".") || !strings.Contains("string seconds number boolean list", o.Kind) {
				t.Errorf("%s: %+v", name, o)
			}
			if o.Default != nil {
				if _, ok := o.take(o.Default); !ok {
					t.Errorf("%s: %s may not have its own default", name, o.Name)
				}
			}
		}
	}
	if Options("none") != nil {
		t.Error("an engine that there is not has options")
	}
}

// Speech without samples is silence, and of no rate a mistake, whatever the
// engine: neither reaches a program or a server.
func TestSpeechThatNoEngineSees(t *testing.T) {
	for _, options := range []map[string]any{
		{"engine": "command", "command": []any{"/nonexistent"}},
		{"engine": "pocketsphinx", "program": "/nonexistent"},
		{"engine": "openai"}, {"engine": "vosk"},
	} {
		e := engine(t, options)
		if got, err := e.Transcribe(t.Context(), Speech{Rate: 8000}); err != nil || got.Text != "" || got.Engine != options["engine"] {
			t.Errorf("%v: silence gave %+v, %v", options, got, err)
		}
		if _, err := e.Transcribe(t.Context(), Speech{Samples: []int16{1}}); !errors.Is(err, ErrOption) {
			t.Errorf("%v: a rate of 0 gave %v", options, err)
		}
	}
}
