package asr

import (
	"encoding/json"
	"fmt"
	"strings"
)

// said is what a vosk-server has understood: phrases that are finished, and
// the one that may still change.
type said struct {
	phrases []string
	words   []Word
	partial string
	size    int // bytes in phrases and words
}

// voskResult is a finished phrase.
type voskResult struct {
	Text   string `json:"text"`
	Result []struct {
		Word  string  `json:"word"`
		Start float64 `json:"start"`
		End   float64 `json:"end"`
		Conf  float64 `json:"conf"`
	} `json:"result"`
}

// add takes an answer, and reports whether it finishes a phrase, though that
// may be empty. A server that is set to give alternatives gives the likeliest
// first.
func (s *said) add(message []byte) (final bool, err error) {
	var answer struct {
		Partial *string `json:"partial"`
		Text    *string `json:"text"`
		voskResult
		Alternatives []voskResult `json:"alternatives"`
	}
	if err := json.Unmarshal(message, &answer); err != nil {
		return false, fmt.Errorf("it is not JSON (%w): %s", err, quoted(string(message), 200))
	}
	switch {
	case answer.Partial != nil:
		s.partial = clean(*answer.Partial)
		return false, nil
	case len(answer.Alternatives) > 0:
		answer.voskResult = answer.Alternatives[0]
	case answer.Text != nil:
		answer.voskResult.Text = *answer.Text
	default:
		return false, fmt.Errorf("it has neither text nor partial: %s", quoted(string(message), 200))
	}
	s.partial = ""
	if text := clean(answer.voskResult.Text); text != "" && s.size < maxText {
		s.phrases = append(s.phrases, text)
		s.size += len(text)
		for _, r := range answer.Result {
			if w, ok := word(r.Word, r.Start, r.End, r.Conf); ok {
				s.words = append(s.words, w)
				s.size += len(w.Text)
			}
		}
	}
	return true, nil
}

// text gives all that was understood.
func (s *said) text() string {
	text := strings.Join(s.phrases, " ")
	if text != "" && s.partial != "" {
		text += " "
	}
	return clean(text + s.partial)
}

// transcript gives what was understood; of a stream that broke, what may still
// have changed is part of it.
func (s *said) transcript(whole bool) Transcript {
	if whole {
		s.partial = ""
	}
	return Transcript{Text: s.text(), Words: s.words}
}
