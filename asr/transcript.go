package asr

import (
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Transcript is what an engine made of speech. The zero value is what it makes
// of silence.
type Transcript struct {
	Text     string        // one line without control characters; "" where it understood nothing
	Words    []Word        // in order, where the engine tells of them
	Language string        // what the engine says it heard, as it writes it; "" where it does not
	Engine   string        // the engine's name, as in the engine option
	Took     time.Duration // from the end of the speech to the answer
	Dropped  time.Duration // speech of a stream that the engine was too slow to take
}

// Word is a word with its time, or a phrase where the engine times phrases
// only.
type Word struct {
	Text       string
	Start, End time.Duration // from the begin of the speech
	Confidence float64       // 0 to 1; 0 where the engine does not say
}

// maxText is the longest text that a transcript holds, in bytes.
const maxText = 64 << 10

// clean gives an engine's text as one line of valid UTF-8 of bounded length:
// it is foreign, and goes into logs, variables and dialplans.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
	text, _ = shortened(strings.Join(strings.Fields(text), " "), maxText)
	return text
}

// shortened cuts text at max bytes, between characters.
func shortened(text string, max int) (string, bool) {
	if len(text) <= max {
		return text, false
	}
	for max > 0 && !utf8.RuneStart(text[max]) {
		max--
	}
	return text[:max], true
}

// seconds gives a time that an engine wrote as a number of seconds.
func seconds(n float64) time.Duration {
	if !(n > 0 && n < 1e9) { // a NaN is neither
		return 0
	}
	return time.Duration(math.Round(n*1e6)) * time.Microsecond
}

// unit gives a confidence that an engine wrote, held between 0 and 1.
func unit(n float64) float64 {
	if !(n > 0) {
		return 0
	}
	return min(n, 1)
}

// word gives a word of an engine, and false where nothing is left of it.
func word(text string, start, end, confidence float64) (Word, bool) {
	w := Word{Text: clean(text), Start: seconds(start), End: seconds(end), Confidence: unit(confidence)}
	w.End = max(w.End, w.Start)
	return w, w.Text != ""
}
