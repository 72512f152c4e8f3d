package asr

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// textFile reads the file that a program was told to write. whisper-cli and
// its like put an ending of their own behind the name.
func textFile(path string) ([]byte, error) {
	for _, ending := range []string{"", ".txt", ".json"} {
		file, err := os.Open(path + ending)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		defer file.Close()
		out, err := io.ReadAll(io.LimitReader(file, maxOutput+1))
		if err == nil && len(out) > maxOutput {
			err = fmt.Errorf("more than %d KiB in its file", maxOutput>>10)
		}
		return out, err
	}
	return nil, errors.New("it wrote no file {text}")
}

// reader gives the function that makes a transcript of what a program wrote,
// by the output option.
func reader(output, field string) func([]byte) (Transcript, error) {
	switch output {
	case "last":
		return lastLine
	case "timestamps":
		return timestamps
	case "json":
		return func(out []byte) (Transcript, error) { return jsonField(out, field) }
	}
	return func(out []byte) (Transcript, error) { return Transcript{Text: clean(string(out))}, nil }
}

func lastLine(out []byte) (Transcript, error) {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return Transcript{Text: clean(lines[len(lines)-1])}, nil
}

// timestamps reads lines such as "[00:00:00.000 --> 00:00:02.500]  text". A
// line without times is text as well.
func timestamps(out []byte) (t Transcript, err error) {
	texts := []string{}
	for line := range strings.Lines(string(out)) {
		text := strings.TrimSpace(line)
		if inside, rest, found := strings.Cut(text, "]"); found && strings.HasPrefix(inside, "[") {
			from, to, _ := strings.Cut(inside[1:], "-->")
			start, ok1 := clock(from)
			end, ok2 := clock(to)
			if ok1 && ok2 {
				text = rest
				if w, ok := word(text, start, end, 0); ok {
					t.Words = append(t.Words, w)
				}
			}
		}
		texts = append(texts, text)
	}
	t.Text = clean(strings.Join(texts, " "))
	return t, nil
}

// clock reads 01:02:03.456 or 02:03.456, as seconds.
func clock(text string) (float64, bool) {
	sum := 0.0
	parts := strings.Split(strings.TrimSpace(text), ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, false
	}
	for _, part := range parts {
		n, err := strconv.ParseFloat(strings.Replace(part, ",", ".", 1), 64)
		if err != nil || !(n >= 0 && n < 1e6) {
			return 0, false
		}
		sum = 60*sum + n
	}
	return sum, true
}

// jsonField finds the text in a JSON value by a path with dots.
func jsonField(out []byte, field string) (Transcript, error) {
	var value any
	if err := json.Unmarshal(bytes.TrimSpace(out), &value); err != nil {
		return Transcript{}, fmt.Errorf("it is not JSON (%w): %s", err, quoted(string(out), 200))
	}
	for name := range strings.SplitSeq(field, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[name]
		case []any:
			value = nil
			if n, err := strconv.Atoi(name); err == nil && n >= 0 && n < len(v) {
				value = v[n]
			}
		default:
			value = nil
		}
	}
	text, ok := value.(string)
	if !ok {
		return Transcript{}, fmt.Errorf("its JSON has no text at %q: %s", field, quoted(string(out), 200))
	}
	return Transcript{Text: clean(text)}, nil
}
