package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"goagi/asr"
)

// set is speech of one kind.
type set struct {
	name       string
	rate       int      // that it was recorded or made at
	phrases    []string // all that is said in it, nil where that is anything
	grammar    string   // a JSGF file of what is said, "" where phrases say it
	utterances []utterance
}

// utterance is a file and what is said in it.
type utterance struct{ path, said string }

// menu is what callers say to a telephone menu.
var menu = []string{
	"yes", "no", "goodbye", "sales", "support", "operator", "help", "cancel", "repeat", "account", "billing", "main menu",
	"agent", "thank you goodbye", "zero", "one two three", "four five six", "seven eight nine", "three seven", "nine one one",
}

// collect makes and finds the sets that this machine has.
func collect(dir string) ([]set, error) {
	if _, err := exec.LookPath("sox"); err != nil {
		return nil, err
	}
	sets := []set{}
	add := func(s set, err error) {
		if err != nil {
			fmt.Fprintf(os.Stderr, "wer: skipped %s: %v\n", s.name, err)
			return
		}
		sets = append(sets, s)
	}
	for _, voice := range []string{"slt", "rms", "kal16"} {
		add(spoken(dir, "flite "+voice, func(text, path string) *exec.Cmd {
			return exec.Command("flite", "-voice", voice, "-t", text, "-o", path)
		}))
	}
	for _, voice := range []string{"en-us", "en-gb", "en-us+f3"} {
		add(spoken(dir, "espeak-ng "+voice, func(text, path string) *exec.Cmd {
			return exec.Command("espeak-ng", "-v", voice, "-s", "140", "-w", path, text)
		}))
	}
	const data = "/usr/share/pocketsphinx/test/data/"
	add(transcribed(set{name: "testdata, cards", rate: 16000, grammar: data + "cards/cards.gram"}, data+"cards", "cards.transcription"))
	add(transcribed(set{name: "testdata, a novel", rate: 16000}, data+"librivox", "transcription"))
	add(prompts())
	return sets, nil
}

// spoken makes the menu in a voice.
func spoken(dir, name string, voice func(text, path string) *exec.Cmd) (set, error) {
	s := set{name: name, rate: 16000, phrases: menu}
	for i, text := range menu {
		path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+strconv.Itoa(i)+".wav")
		if out, err := voice(text, path).CombinedOutput(); err != nil {
			return s, fmt.Errorf("%w: %s", err, out)
		}
		s.utterances = append(s.utterances, utterance{path, text})
	}
	return s, nil
}

// transcribed reads lines such as "<s> ten of clubs </s> (001)".
func transcribed(s set, dir, name string) (set, error) {
	file, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return s, err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		text, id, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "<s>"), "</s>")
		s.utterances = append(s.utterances, utterance{filepath.Join(dir, strings.Trim(id, " ()")+".wav"), strings.TrimSpace(text)})
	}
	return s, nil
}

// prompts are single words that a person has recorded for Asterisk.
func prompts() (set, error) {
	s := set{name: "Asterisk's prompts", rate: 8000}
	found, _ := filepath.Glob("/usr/share/asterisk/sounds/en*/digits/0.wav")
	if len(found) == 0 {
		return s, os.ErrNotExist
	}
	dir := filepath.Dir(filepath.Dir(found[0]))
	for i, word := range strings.Fields("zero one two three four five six seven eight nine ten eleven twelve") {
		s.utterances = append(s.utterances, utterance{filepath.Join(dir, "digits", strconv.Itoa(i)+".wav"), word})
	}
	s.utterances = append(s.utterances, utterance{filepath.Join(dir, "vm-goodbye.wav"), "goodbye"})
	for _, u := range s.utterances {
		s.phrases = append(s.phrases, u.said)
	}
	return s, nil
}

// at gives an utterance at a rate, with a bit of silence around it as from a
// voice detector, and as the telephone's ulaw leaves it.
func (u utterance) at(rate int, ulaw bool) (asr.Speech, error) {
	format := []string{"-e", "signed", "-b", "16"}
	if ulaw {
		format = []string{"-e", "mu-law", "-b", "8"}
	}
	arguments := append([]string{"-V1", "-D", "-G", u.path, "-t", "wav", "-r", strconv.Itoa(rate), "-c", "1"}, format...)
	first := exec.Command("sox", append(arguments, "-", "pad", "0.3", "0.4")...)
	second := exec.Command("sox", "-V1", "-D", "-t", "wav", "-", "-t", "raw", "-e", "signed", "-b", "16", "-")
	pipe, err := first.StdoutPipe()
	if err != nil {
		return asr.Speech{}, err
	}
	second.Stdin = pipe
	if err := first.Start(); err != nil {
		return asr.Speech{}, err
	}
	pcm, err := second.Output()
	if failed := first.Wait(); err == nil {
		err = failed
	}
	s := asr.Speech{Rate: rate, Samples: make([]int16, len(pcm)/2)}
	for i := range s.Samples {
		s.Samples[i] = int16(binary.LittleEndian.Uint16(pcm[2*i:]))
	}
	return s, err
}
