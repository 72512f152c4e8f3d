package agi

import (
	"strconv"
	"strings"
	"time"
)

// The speech commands work on one speech object per channel, of a recognition
// engine that a module of Asterisk brings. The booleans tell whether Asterisk
// could: false where there is no engine, object or grammar.

// SpeechCreate makes the channel's speech object, with the engine of that name.
func (s *Session) SpeechCreate(engine string) (bool, error) {
	return s.flag("SPEECH CREATE", engine)
}

// SpeechSet sets one of the engine's own settings.
func (s *Session) SpeechSet(name, value string) (bool, error) {
	return s.flag("SPEECH SET", name, value)
}

// SpeechDestroy removes the speech object.
func (s *Session) SpeechDestroy() (bool, error) { return s.flag("SPEECH DESTROY") }

// SpeechLoadGrammar loads a grammar from a path under a name.
func (s *Session) SpeechLoadGrammar(name, path string) (bool, error) {
	return s.flag("SPEECH LOAD GRAMMAR", name, path)
}

// SpeechUnloadGrammar forgets a grammar.
func (s *Session) SpeechUnloadGrammar(name string) (bool, error) {
	return s.flag("SPEECH UNLOAD GRAMMAR", name)
}

// SpeechActivateGrammar has a loaded grammar listened for.
func (s *Session) SpeechActivateGrammar(name string) (bool, error) {
	return s.flag("SPEECH ACTIVATE GRAMMAR", name)
}

// SpeechDeactivateGrammar has it no longer listened for.
func (s *Session) SpeechDeactivateGrammar(name string) (bool, error) {
	return s.flag("SPEECH DEACTIVATE GRAMMAR", name)
}

// Recognized is what SpeechRecognize heard.
type Recognized struct {
	Reason  string       // "speech", "digit", "timeout" or "hangup"; "" where there is no speech object
	Key     string       // the key pressed, for "digit"
	Endpos  int          // the sample the prompt stopped at
	Results []Hypothesis // best first, for "speech"
}

// Hypothesis is one guess at what was said.
type Hypothesis struct {
	Text    string
	Score   int    // the engine's own scale
	Grammar string // the grammar it fits
}

// SpeechRecognize plays a prompt and listens until something is recognised, a
// key is pressed, or timeout passes. Texts are unescaped on the wire
// (res_agi.c: handle_speechrecognize), so one that holds `" grammar0=` ends
// there.
func (s *Session) SpeechRecognize(prompt string, timeout time.Duration, offset int) (Recognized, error) {
	args := []string{prompt, ms(timeout)}
	if offset > 0 {
		args = append(args, strconv.Itoa(offset))
	}
	reply, err := s.Command("SPEECH RECOGNIZE", args...)
	if err != nil || reply.Result != "1" {
		return Recognized{}, err
	}
	heard := Recognized{Reason: reply.Value, Endpos: reply.Endpos}
	if digit, ok := reply.Field("digit"); ok {
		heard.Key = onlyDigits(digit)
	}
	rest := reply.Text
	for i := 0; ; i++ {
		var h Hypothesis
		var ok bool
		if h, rest, ok = nextHypothesis(rest, strconv.Itoa(i)); !ok {
			return heard, nil
		}
		heard.Results = append(heard.Results, h)
	}
}

// nextHypothesis cuts `scoreN=S textN="T" grammarN=G` out of text.
func nextHypothesis(text, n string) (h Hypothesis, rest string, ok bool) {
	_, rest, ok = strings.Cut(text, " score"+n+"=")
	if !ok {
		return h, text, false
	}
	score, rest, ok := strings.Cut(rest, " text"+n+`="`)
	if !ok {
		return h, text, false
	}
	h.Score, _ = strconv.Atoi(score)
	if h.Text, rest, ok = strings.Cut(rest, `" grammar`+n+"="); !ok {
		return h, text, false
	}
	h.Grammar, _, _ = strings.Cut(rest, " ")
	return h, rest, true
}
