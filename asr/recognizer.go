package asr

import (
	"context"
	"goagi/spell"
	"slices"
	"strings"
)

// Recognizer is an engine that turns speech into text. It may be used by any
// number of goroutines at once, and until Close.
type Recognizer interface {
	// Transcribe gives what was said. It blocks until the engine has
	// answered, its timeout option is over, or ctx ends, which ends it at
	// once with whatever the engine has running. Silence is no error: the
	// text is empty. With an error, the transcript is what the engine said
	// before it, often nothing. The error is an [*Error].
	Transcribe(ctx context.Context, speech Speech) (Transcript, error)
	// Close frees what the engine keeps between calls: idle connections. It
	// neither blocks nor ends a Transcribe in progress.
	Close() error
}

// Engines gives the names that the engine option may have.
func Engines() []string { return []string{"command", "pocketsphinx", "openai", "vosk"} }

// Options gives the options of an engine besides engine itself, and nil for an
// engine that there is not.
func Options(engine string) []Option {
	switch engine {
	case "command":
		return commandOptions[:]
	case "pocketsphinx":
		return pocketsphinxOptions[:]
	case "openai":
		return openaiOptions[:]
	case "vosk":
		return voskOptions[:]
	}
	return nil
}

// Open makes the engine that options name under "engine", with the others as
// [Options] has them. Values may be what a TOML or a Lua table holds: string,
// bool, int64, int, float64, []string and []any of strings; nil counts as not
// given. It starts nothing and reaches for nobody: only what is wrong with the
// options is an error, for which errors.Is with [ErrOption] holds.
func Open(options map[string]any) (Recognizer, error) {
	engine, ok := options["engine"].(string)
	if !ok {
		if options["engine"] == nil {
			return nil, wrong("no engine is chosen: set the option \"engine\" to one of %s", strings.Join(Engines(), ", "))
		}
		return nil, wrong("option \"engine\" must be one of %s, not %s", strings.Join(Engines(), ", "), described(options["engine"]))
	}
	if !slices.Contains(Engines(), engine) {
		if near := spell.Near(engine, Engines()); near != "" {
			return nil, wrong("there is no engine %s: did you mean %q?", quoted(engine, 40), near)
		}
		return nil, wrong("there is no engine %s: there are %s", quoted(engine, 40), strings.Join(Engines(), ", "))
	}
	s, err := check(engine, Options(engine), options)
	if err != nil {
		return nil, err
	}
	switch engine {
	case "command":
		return openCommand(s)
	case "pocketsphinx":
		return openPocketsphinx(s)
	case "openai":
		return openOpenAI(s)
	default:
		return openVosk(s)
	}
}
