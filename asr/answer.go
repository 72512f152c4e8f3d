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
// that times only segments gives those. An error shows the answer without key.
func transcription(answer []byte, key string) (t Transcript, err error) {
	// What is cut or quoted first no longer holds the key as it is.
	shown := func(raw []byte) string { return quoted(redacted(string(raw), key), 200) }
	type timed struct {
		Word        string   `json:"word"`
		Text        string   `json:"text"`
		Start       float64  `json:"start"`
		End         float64  `json:"end"`
		Probability *float64 `json:"probability"`
		LogProb     *float64 `json:"avg_logprob"`
	}
	var said struct {
		Text     json.RawMessage `json:"text"`
		Language string          `json:"language"`
		Words    []timed         `json:"words"`
		Segments []struct {
			timed
			Words []timed `json:"words"`
		} `json:"segments"`
	}
	if err := json.Unmarshal(answer, &said); err != nil {
		if strict := (*json.UnmarshalTypeError)(nil); !errors.As(err, &strict) || said.Text == nil {
			return t, fmt.Errorf("it is not the JSON of a transcription (%w): %s", err, shown(answer))
		} // a segment of another form than we know takes nobody's text away
	}
	if said.Text == nil || string(said.Text) == "null" {
		return t, fmt.Errorf("its JSON has no text: %s", shown(answer))
	}
	text := ""
	if json.Unmarshal(said.Text, &text) != nil {
		return t, fmt.Errorf("the text in its JSON is no string: %s", shown(said.Text))
	}
	t.Text, t.Language = clean(text), clean(said.Language)
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

// redacted takes the key out of what a server sent back, also where that is
// JSON, which writes some characters with backslashes. It must see all of the
// text, before that is cut or quoted.
func redacted(text, key string) string {
	key = strings.ReplaceAll(key, `\`, "") // those in text are passed over as well
	if key == "" {
		return text
	}
	var out strings.Builder
	for len(text) > 0 {
		if n := written(text, key); n > 0 {
			out.WriteString("***")
			text = text[n:]
			continue
		}
		out.WriteByte(text[0])
		text = text[1:]
	}
	return out.String()
}

// written gives how many bytes at the begin of text stand for key: each of its
// characters as it is or as \u002f, behind any backslashes. 0 is none.
func written(text, key string) int {
	const most = 16 // backslashes before one character: JSON in JSON in JSON has 7
	at := 0
	for _, c := range []byte(key) { // printable ASCII
		slashes := 0
		for slashes < most && at < len(text) {
			if text[at] == '\\' {
				slashes++
				at++
			} else if slashes > 0 && escapes(text[at:], '\\') {
				at += len("u005c")
			} else {
				break
			}
		}
		switch {
		case slashes > 0 && escapes(text[at:], c):
			at += len("u005c")
		case at < len(text) && text[at] == c:
			at++
		default:
			return 0
		}
	}
	return at
}

// escapes reports whether text begins with what stands for c behind a backslash.
func escapes(text string, c byte) bool {
	return strings.HasPrefix(text, "u00") && len(text) >= 5 && strings.EqualFold(text[3:5], fmt.Sprintf("%02x", c))
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
