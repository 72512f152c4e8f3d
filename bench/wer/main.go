// Command wer measures how many words an engine of package asr gets wrong, on speech that this machine can make or has:
// phrases of a telephone menu in the voices of espeak-ng and flite, and the recordings of pocketsphinx-testdata and of
// Asterisk's sounds. Without arguments the engine is pocketsphinx, at 16 kHz, at 8 kHz, and at 8 kHz as a clean
// resampler would hand it over. It needs espeak-ng, flite and sox, skips what is not there, and says so.
//
//	go run ./bench/wer [-engine TEXT]
//
// TEXT is JSON with the options of asr.Open, as in {"engine": "vosk"}; its "phrases" are set where they fit.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"goagi/asr"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "wer: error:", err)
		os.Exit(1)
	}
}

// condition is a way in which speech reaches an engine.
type condition struct {
	name    string
	rate    int
	ulaw    bool
	options map[string]any
}

func run() error {
	engine := flag.String("engine", `{"engine": "pocketsphinx"}`, "`options` of the engine, as JSON")
	flag.Parse()
	options := map[string]any{}
	if err := json.Unmarshal([]byte(*engine), &options); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "goagi-wer-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	conditions := []condition{
		{"16 kHz", 16000, false, options},
		{"8 kHz", 8000, false, options},
		{"8 kHz, ulaw", 8000, true, options},
	}
	if options["engine"] == "pocketsphinx" {
		conditions = append(conditions, condition{"8 kHz, clean", 8000, false, map[string]any{"engine": "command", "rate": 16000}})
	}
	sets, err := collect(dir)
	if err != nil {
		return err
	}
	fmt.Printf("%-24s %-14s %6s %12s %12s %10s\n", "speech", "as", "words", "words wrong", "right", "per call")
	for _, set := range sets {
		for _, c := range conditions {
			if c.rate > set.rate {
				continue
			}
			if err := measure(dir, set, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// measure has all of a set transcribed, and prints a row.
func measure(dir string, set set, c condition) error {
	options := maps.Clone(c.options)
	switch {
	case options["engine"] == "command": // what the pocketsphinx engine runs, but for the resampling
		arguments := []any{"pocketsphinx_continuous", "-infile", "{wav}"}
		if set.phrases != nil {
			path := filepath.Join(dir, "phrases.gram")
			text := "#JSGF V1.0;\ngrammar phrases;\npublic <phrase> = " + strings.Join(set.phrases, " | ") + ";\n"
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				return err
			}
			arguments = append(arguments, "-jsgf", path)
		} else if set.grammar != "" {
			arguments = append(arguments, "-jsgf", set.grammar)
		}
		options["command"] = arguments
	case set.phrases != nil:
		options["phrases"] = set.phrases
	case set.grammar != "" && options["engine"] == "pocketsphinx":
		options["grammar"] = set.grammar
	}
	engine, err := asr.Open(options)
	if err != nil {
		return err
	}
	defer engine.Close()
	words, wrong, right, took := 0, 0, 0, time.Duration(0)
	for _, u := range set.utterances {
		speech, err := u.at(c.rate, c.ulaw)
		if err != nil {
			return err
		}
		got, err := engine.Transcribe(context.Background(), speech)
		if err != nil {
			return err
		}
		said, heard := strings.Fields(u.said), strings.Fields(strings.ToLower(got.Text))
		words += len(said)
		took += got.Took
		if n := distance(said, heard); n > 0 {
			wrong += n
		} else {
			right++
		}
	}
	n := len(set.utterances)
	fmt.Printf("%-24s %-14s %6d %5d %5.1f%% %6d of %2d %7.0f ms\n", set.name, c.name, words, wrong,
		100*float64(wrong)/float64(words), right, n, float64(took.Milliseconds())/float64(n))
	return nil
}

// distance counts the words to put in, take out or change to get what was said
// of what was heard.
func distance(said, heard []string) int {
	row := make([]int, len(heard)+1)
	for j := range row {
		row[j] = j
	}
	for i, s := range said {
		corner := row[0]
		row[0] = i + 1
		for j, h := range heard {
			change := corner
			if s != h {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(heard)]
}
