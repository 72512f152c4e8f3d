package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"goagi/eagi"
	"goagi/sim"
)

const (
	// speakAfter is how long a caller listens before they speak.
	speakAfter = 500 * time.Millisecond
	// breath is the pause between two things that a caller says: longer than the
	// silence by which scripts know that somebody has ended.
	breath = 2 * time.Second
	// speechTime is the longest that espeak-ng may take.
	speechTime = 30 * time.Second
)

// voice is what a caller of goagi try says, one thing after the other. Each
// waits until the script can hear it: the call is answered, and for a moment no
// prompt has played and no command been in progress that keeps the caller's
// audio for itself. Its methods are for one goroutine at a time.
type voice struct {
	after  time.Duration
	todo   []speech
	format eagi.Format
	call   *sim.Call
	show   func(sim.Event)
	audio  *sim.End // the script's end: what fd 3 is under Asterisk

	rest   []byte        // of what is being said
	at     time.Duration // since the call began
	heard  time.Duration // how long the script has been listening
	silent time.Duration // how long the caller has said nothing
}

// speech is one thing that the caller says.
type speech struct {
	flag, value string // as the command line has it
	sound       *eagi.Utterance
}

// speechFlag is --audio or --say: both add to one list, in their order.
type speechFlag struct {
	name string
	list *[]speech
}

func (f speechFlag) String() string { return "" }
func (f speechFlag) Type() string   { return "string" }
func (f speechFlag) Set(value string) error {
	*f.list = append(*f.list, speech{flag: f.name, value: value})
	return nil
}

// voiceFlags adds the flags of the caller's voice. What it returns makes the
// voice of them once they are parsed: nil where there is none.
func voiceFlags(flags *pflag.FlagSet) func() (*voice, error) {
	var list []speech
	flags.Var(speechFlag{"audio", &list}, "audio", "")
	flags.Var(speechFlag{"say", &list}, "say", "")
	after := flags.String("audio-after", "", "")
	return func() (*voice, error) {
		v := &voice{after: speakAfter, todo: list, silent: breath}
		if *after != "" {
			var err error
			if v.after, err = seconds(*after); err != nil {
				return nil, &usageError{"--audio-after: " + err.Error(), ""}
			}
		}
		if len(list) == 0 {
			return nil, nil
		}
		v.format, _ = eagi.FormatByName("") // the simulated Asterisk's
		for i := range list {
			if err := list[i].load(v.format.Rate); err != nil {
				return nil, err
			}
		}
		return v, nil
	}
}

// load reads the file, or has the words spoken.
func (s *speech) load(rate int) (err error) {
	read, hint := readSpeech, ""
	if s.flag == "say" {
		read = speak
	}
	if s.sound, err = read(s.value); err == nil && len(s.sound.Samples()) == 0 {
		err = errors.New("there is nothing to hear")
	}
	switch {
	case errors.Is(err, eagi.ErrWAV):
		hint = "sox and ffmpeg make WAV files: sox FILE new.wav"
	case errors.Is(err, errNoSpeaker):
		hint = "apt-get install espeak-ng brings it; --audio FILE.wav needs nothing"
	}
	if err != nil {
		return &usageError{fmt.Sprintf("--%s %q: %v", s.flag, s.value, err), hint}
	}
	s.sound = s.sound.Resample(rate)
	return nil
}

// readSpeech reads a WAV file.
func readSpeech(path string) (*eagi.Utterance, error) {
	f, err := os.Open(path)
	if err == nil {
		defer f.Close()
		var u *eagi.Utterance
		if u, err = eagi.ReadWAV(f); err == nil {
			return u, nil
		}
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err // the path is known
	}
	return nil, err
}

var errNoSpeaker = errors.New("there is no espeak-ng here")

// speak has espeak-ng speak a text.
func speak(text string) (*eagi.Utterance, error) {
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("there is nothing to say")
	}
	ctx, cancel := context.WithTimeout(context.Background(), speechTime)
	defer cancel()
	wav, err := exec.CommandContext(ctx, "espeak-ng", "--stdout", "--", text).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		return nil, fmt.Errorf("espeak-ng: %w: %s", err, strings.TrimSpace(string(exit.Stderr)))
	}
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, errNoSpeaker
	case ctx.Err() != nil:
		return nil, fmt.Errorf("espeak-ng took longer than %v", speechTime)
	case err != nil:
		return nil, err
	}
	return eagi.ParseWAV(wav)
}

// join makes a call an EAGI call in which the caller has this voice.
func (v *voice) join(call *sim.Call, show func(sim.Event)) {
	v.call, v.show = call, show
	call.Enhanced, call.Voice = true, v.fill
	call.Audio, v.audio = sim.Pipe()
}

// fill is what the caller says in one frame of the call, which comes filled
// with silence.
func (v *voice) fill(frame []byte) {
	length := time.Duration(len(frame)/v.format.SampleBytes()) * time.Second / time.Duration(v.format.Rate)
	if len(v.rest) == 0 {
		v.begin()
	}
	v.at += length
	v.heard += length
	if !v.call.Answered || v.call.Playing() || !v.call.Heard() {
		v.heard = 0
	}
	v.silent += length
	if len(v.rest) > 0 {
		v.rest = v.rest[copy(frame, v.rest):]
		v.heard, v.silent = 0, 0
	}
}

// begin begins the next thing to say, if it is time.
func (v *voice) begin() {
	if len(v.todo) == 0 || v.heard < v.after || v.silent < breath {
		return
	}
	next := v.todo[0]
	v.todo = v.todo[1:]
	v.rest = v.format.AppendBytes(nil, next.sound.Samples())
	v.call.Speak(next.sound.Duration()) // for the silence that ends recordings
	text := next.value
	if next.flag == "audio" {
		text = filepath.Base(text)
	}
	v.show(sim.Event{Kind: says, Text: text, Args: next.value, At: v.at})
}

// says is the kind of event that the caller's voice is.
const says sim.Kind = "says"

// unsaid gives a line on what the caller had no occasion to say, or "".
func (v *voice) unsaid() string {
	if v == nil || len(v.todo) == 0 {
		return ""
	}
	next := v.todo[0]
	line := fmt.Sprintf("the caller never got to --%s %q", next.flag, next.value)
	if n := len(v.todo); n > 1 {
		line += fmt.Sprintf(" and %d more", n-1)
	}
	if !v.call.Answered {
		return line + ": the script did not answer the call"
	}
	return line + ": callers wait until the script listens and no prompt plays"
}
