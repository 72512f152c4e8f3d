package asr

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxAnswer is the longest answer of a server that is read, in bytes.
const maxAnswer = 1 << 20

// transcription reads the answer of OpenAI's interface, json or verbose_json.
// whisper.cpp puts the words into the segments, others beside them; a server
// that times only segments gives those.
func transcription(answer []byte) (t Transcript, err error) {
	type timed struct {
		Word        string   `json:"word"`
		Text        string   `json:"text"`
		Start       float64  `json:"start"`
		End         float64  `json:"end"`
		Probability *float64 `json:"probability"`
		LogProb     *float64 `json:"avg_logprob"`
	}
	var said struct {
		Text     *string `json:"text"`
		Language string  `json:"language"`
		Words    []timed `json:"words"`
		Segments []struct {
			timed
			Words []timed `json:"words"`
		} `json:"segments"`
	}
	if err := json.Unmarshal(answer, &said); err != nil {
		if strict := (*json.UnmarshalTypeError)(nil); !errors.As(err, &strict) || said.Text == nil {
			return t, fmt.Errorf("it is not the JSON of a transcription (%w): %s", err, quoted(string(answer), 200))
		} // a segment of another form than we know takes nobody's text away
	}
	if said.Text == nil {
		return t, fmt.Errorf("its JSON has no text: %s", quoted(string(answer), 200))
	}
	t.Text, t.Language = clean(*said.Text), clean(said.Language)
	add := func(w timed) {
		confidence := 0.0
		if w.Probability != nil {
			confidence = *w.Probability
		} else if w.LogProb != nil {
			confidence = math.Exp(*w.LogProb)
		}
		if w, ok := word(w.Word+w.Text, w.Start, w.End, confidence); ok {
			t.Words = append(t.Words, w)
		}
	}
	for _, w := range said.Words {
		add(w)
	}
	for _, segment := range said.Segments {
		switch {
		case len(said.Words) > 0:
		case len(segment.Words) > 0:
			for _, w := range segment.Words {
				add(w)
			}
		default:
			add(segment.timed)
		}
	}
	return t, nil
}

// refusal is the error of an answer whose status is not 2xx.
func refusal(response *http.Response, answer []byte, key, doing string) *Error {
	e := &Error{Engine: "openai", Doing: doing, Code: response.StatusCode}
	e.Message = strconv.Itoa(e.Code) + " " + http.StatusText(e.Code)
	switch {
	case e.Code == http.StatusTooManyRequests || e.Code >= 500:
		e.Kind = ErrUnavailable
		e.again = e.Code <= 504 && e.Code != http.StatusNotImplemented
		e.after = retryAfter(response.Header.Get("Retry-After"), time.Now())
	default:
		e.Kind = ErrRefused
	}
	if place := response.Header.Get("Location"); e.Code/100 == 3 && place != "" {
		e.Message += ": it has moved, set the option url"
	} else if text := complaint(answer, key); text != "" {
		e.Message += ": " + text
	}
	return e
}

// complaint gives what a server's error says: the text of one of the JSON forms
// that such servers use, or else the begin of what it is.
func complaint(answer []byte, key string) string {
	var said struct {
		Error   json.RawMessage `json:"error"`
		Detail  json.RawMessage `json:"detail"`
		Message json.RawMessage `json:"message"`
	}
	if json.Unmarshal(answer, &said) == nil {
		var nested struct {
			Message string `json:"message"`
		}
		if json.Unmarshal(said.Error, &nested) == nil && nested.Message != "" {
			return brief(nested.Message, key)
		}
		for _, raw := range []json.RawMessage{said.Error, said.Detail, said.Message} {
			text := ""
			if json.Unmarshal(raw, &text) == nil && text != "" {
				return brief(text, key)
			}
		}
	}
	return brief(string(answer), key)
}

func brief(text, key string) string {
	text, cut := shortened(clean(redacted(text, key)), 200)
	if cut {
		text += "..."
	}
	return text
}

// redacted takes the key out of what a server sent back.
func redacted(text, key string) string {
	if key == "" {
		return text
	}
	return strings.ReplaceAll(text, key, "***")
}

// retryAfter reads how long a server wants to be left alone: seconds or a date.
func retryAfter(header string, now time.Time) time.Duration {
	if n, err := strconv.ParseFloat(strings.TrimSpace(header), 64); err == nil {
		return seconds(n)
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}
