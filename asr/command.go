package asr

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

var commandOptions = [...]Option{
	{Name: "command", Kind: "list", Doc: "the program and its arguments, each as it is, without a shell; {wav} stands for the file with the speech, without which the program gets that on stdin; {text} for a file that it writes the text to, instead of stdout; {rate} and {language} for what they say"},
	{Name: "output", Kind: "string", Default: "text", Choices: []string{"text", "last", "timestamps", "json"}, Doc: "what the program writes: nothing but the text; the text in its last line; lines of [begin --> end] text, as whisper-cli prints them; JSON"},
	{Name: "field", Kind: "string", Default: "text", Doc: "where the text is in JSON: names and numbers with dots between them, as in results.0.text"},
	{Name: "rate", Kind: "number", Default: 0.0, Max: maxRate, Doc: "the rate that the program wants, to which the speech is resampled; 0 for the rate that the speech has"},
	{Name: "language", Kind: "string", Default: "", Doc: "the language to listen for, as the program writes it"},
	{Name: "timeout", Kind: "seconds", Default: 30.0, Min: 0.001, Max: 3600, Doc: "how long the program may take"},
}

// command is any program that reads a WAV file.
type command struct {
	name     string // the engine's name
	argv     []string
	rate     int
	raise    func(Speech, int) Speech // how to get to rate
	language string
	timeout  time.Duration
	files    map[string]string // placeholders for further files, and what is in them; nil for none
	read     func(out []byte) (Transcript, error)
}

func openCommand(s settings) (Recognizer, error) {
	c := &command{
		name: "command", argv: s.list("command"), rate: int(s.number("rate")), raise: Speech.at,
		language: s.text("language"), timeout: s.seconds("timeout"), read: reader(s.text("output"), s.text("field")),
	}
	if len(c.argv) == 0 || c.argv[0] == "" {
		return nil, wrong("engine \"command\" needs the option \"command\", a list of strings, the program first")
	}
	if c.rate != 0 && c.rate < minRate {
		return nil, wrong("option \"rate\" must be 0 or a number from %d to %d, not %d", minRate, maxRate, c.rate)
	}
	if err := languageTag(c.language); err != nil {
		return nil, err
	}
	if c.language == "" && c.names("{language}") {
		return nil, wrong("the command names {language}, and the option \"language\" is not set")
	}
	return c, nil
}

// languageTag lets no language through that a program could take for one of
// its options.
func languageTag(language string) error {
	for i, r := range language {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && (i == 0 || r != '-' && r != '_') {
			return wrong("option \"language\" must be a language such as en or en-US, not %s", quoted(language, 40))
		}
	}
	return nil
}

// names reports whether an argument holds a placeholder.
func (c *command) names(placeholder string) bool {
	for _, argument := range c.argv[1:] {
		if strings.Contains(argument, placeholder) {
			return true
		}
	}
	return false
}

func (c *command) Close() error { return nil }

// Transcribe runs the program once. Two at once are two processes.
func (c *command) Transcribe(ctx context.Context, speech Speech) (Transcript, error) {
	if done, err := trivial(c.name, speech); done {
		return Transcript{Engine: c.name}, err
	}
	begin := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, ErrTimeout)
	defer cancel()
	if c.rate != 0 {
		speech = c.raise(speech, c.rate)
	}
	t, err := c.run(ctx, speech)
	t.Engine, t.Took = c.name, time.Since(begin)
	return t, err
}

// trivial settles speech that no engine needs to see: none, or of no rate.
func trivial(engine string, speech Speech) (bool, error) {
	if !speech.valid() {
		return true, &Error{Kind: ErrOption, Engine: engine, Doing: "take the speech",
			Message: fmt.Sprintf("it has %d samples a second, and must have %d to %d: resample it", speech.Rate, minRate, maxRate)}
	}
	return len(speech.Samples) == 0, nil
}

func (c *command) run(ctx context.Context, speech Speech) (t Transcript, err error) {
	fault := func(err error) error {
		return &Error{Kind: ErrUnavailable, Engine: c.name, Doing: "write the speech to a file", Message: err.Error(), cause: err}
	}
	private, err := os.MkdirTemp("", "goagi-asr-")
	if err != nil {
		return t, fault(err)
	}
	defer os.RemoveAll(private)
	pairs := []string{"{rate}", strconv.Itoa(speech.Rate), "{language}", c.language}
	file := func(placeholder, name string, content []byte) {
		path := filepath.Join(private, name)
		if err == nil && content != nil {
			err = os.WriteFile(path, content, 0o600)
		}
		pairs = append(pairs, placeholder, path)
	}
	stdin := []byte(nil)
	if c.names("{wav}") {
		file("{wav}", "speech.wav", speech.wav())
	} else {
		stdin = speech.wav()
	}
	file("{text}", "text", nil)
	for placeholder, content := range c.files {
		file(placeholder, strings.Trim(placeholder, "{}"), []byte(content))
	}
	if err != nil {
		return t, fault(err)
	}
	replace := strings.NewReplacer(pairs...)
	argv := []string{c.argv[0]}
	for _, argument := range c.argv[1:] {
		argv = append(argv, replace.Replace(argument))
	}
	out, err := runProgram(ctx, c.name, argv, stdin)
	if err != nil {
		return t, err
	}
	if c.names("{text}") {
		out, err = textFile(filepath.Join(private, "text"))
	}
	if err == nil {
		t, err = c.read(out)
	}
	if err != nil {
		err = &Error{Kind: ErrAnswer, Engine: c.name, Doing: "read what " + c.argv[0] + " wrote", Message: err.Error(), cause: err}
	}
	return t, err
}
