package asr

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

var pocketsphinxOptions = [...]Option{
	{Name: "phrases", Kind: "list", Doc: "the phrases of which the caller says one, in small letters; it needs no language model then, is ten times faster and far more often right"},
	{Name: "grammar", Kind: "string", File: true, Default: "", Doc: "a file with a JSGF grammar, for more than phrases can say"},
	{Name: "keywords", Kind: "string", File: true, Default: "", Doc: "a file with a phrase and its threshold in each line, as in goodbye /1e-20/, that are found wherever they are said"},
	{Name: "model", Kind: "string", File: true, Default: "", Doc: "the folder of the acoustic model; the program's own where empty"},
	{Name: "dictionary", Kind: "string", File: true, Default: "", Doc: "the file that says how words are pronounced; the program's own where empty"},
	{Name: "language_model", Kind: "string", File: true, Default: "", Doc: "the file that says which words follow which; the program's own where empty"},
	{Name: "rate", Kind: "number", Default: 16000.0, Min: minRate, Max: maxRate, Doc: "the rate of the acoustic model, to which the speech is brought in the way that this model likes"},
	{Name: "program", Kind: "string", Default: "", Doc: "the program: pocketsphinx_continuous (0.8, as in Debian) or pocketsphinx (5); the one that is there where empty"},
	{Name: "arguments", Kind: "list", Doc: "further arguments for the program"},
	{Name: "timeout", Kind: "seconds", Default: 30.0, Min: 0.001, Max: 3600, Doc: "how long the program may take"},
}

// openPocketsphinx makes the command that runs pocketsphinx. Its older program
// reads a file with -infile, and prints a line for each stretch of speech and,
// with -time, a line for each word of it; the one of version 5 reads a file
// after the word single, and prints JSON.
func openPocketsphinx(s settings) (Recognizer, error) {
	program := s.text("program")
	if program == "" {
		program = "pocketsphinx_continuous"
		if _, err := exec.LookPath(program); err != nil {
			if _, err := exec.LookPath("pocketsphinx"); err == nil {
				program = "pocketsphinx"
			}
		}
	}
	c := &command{
		name: "pocketsphinx", argv: []string{program}, rate: int(s.number("rate")), raise: Speech.mirrored,
		timeout: s.seconds("timeout"),
	}
	given := 0
	option := func(flag, value string) {
		if value != "" {
			c.argv = append(c.argv, flag, value)
		}
	}
	for _, o := range []struct{ flag, name string }{{"-jsgf", "grammar"}, {"-kws", "keywords"}, {"-lm", "language_model"}} {
		option(o.flag, s.text(o.name))
		if s.text(o.name) != "" {
			given++
		}
	}
	if s.has("phrases") {
		given++
		grammar, err := phraseGrammar(s.list("phrases"))
		if err != nil {
			return nil, err
		}
		c.argv, c.files = append(c.argv, "-jsgf", "{grammar}"), map[string]string{"{grammar}": grammar}
	}
	if given > 1 {
		return nil, wrong("only one of the options \"phrases\", \"grammar\", \"keywords\" and \"language_model\" can be set")
	}
	option("-hmm", s.text("model"))
	option("-dict", s.text("dictionary"))
	option("-samprate", strconv.Itoa(c.rate))
	c.argv = append(c.argv, s.list("arguments")...)
	if strings.HasPrefix(filepath.Base(program), "pocketsphinx_") {
		c.argv, c.read = append(c.argv, "-time", "yes", "-infile", "{wav}"), hypotheses
	} else {
		c.argv, c.read = append(c.argv, "single", "{wav}"), hypothesesJSON
	}
	return c, nil
}

// phraseGrammar gives the JSGF grammar of one of some phrases.
func phraseGrammar(phrases []string) (string, error) {
	alternatives := []string{}
	for _, phrase := range phrases {
		words := strings.Fields(strings.ToLower(phrase))
		for _, w := range words {
			if strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '-' }) {
				return "", wrong("option \"phrases\" must hold words of letters only, not %s", quoted(phrase, 40))
			}
		}
		if len(words) > 0 {
			alternatives = append(alternatives, strings.Join(words, " "))
		}
	}
	if len(alternatives) == 0 {
		return "", wrong("option \"phrases\" holds no phrase")
	}
	return "#JSGF V1.0;\ngrammar phrases;\npublic <phrase> = " + strings.Join(alternatives, " | ") + ";\n", nil
}

// hypotheses reads what pocketsphinx_continuous -time yes prints: for each
// stretch of speech a line with the words, then one line for each of them,
// as in "two 0.820 1.000 0.998501", among which are pauses and noises.
func hypotheses(out []byte) (t Transcript, err error) {
	texts := []string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if w, times := timed(fields); !times {
			texts = append(texts, line)
		} else if w.Text != "" {
			t.Words = append(t.Words, w)
		}
	}
	t.Text = clean(strings.Join(texts, " "))
	return t, nil
}

// timed reads a line with a word's times, and whether it is one. The word may
// be of more than one part, where a keyword is.
func timed(fields []string) (Word, bool) {
	n := len(fields) - 3
	if n < 1 {
		return Word{}, false
	}
	numbers := [3]float64{}
	for i, field := range fields[n:] {
		f, err := strconv.ParseFloat(field, 64)
		if err != nil || !strings.Contains(field, ".") {
			return Word{}, false
		}
		numbers[i] = f
	}
	text := spoken(strings.Join(fields[:n], " "))
	if text == "" {
		return Word{}, true
	}
	w, _ := word(text, numbers[0], numbers[1], numbers[2])
	return w, true
}

// spoken gives a word of a dictionary without the number of its pronunciation,
// as in "one(2)", and "" for pauses and noises.
func spoken(text string) string {
	if text == "" || text == "(NULL)" || strings.ContainsRune("<[+", rune(text[0])) {
		return ""
	}
	if open := strings.LastIndexByte(text, '('); open > 0 && strings.HasSuffix(text, ")") {
		text = text[:open]
	}
	return text
}

// hypothesesJSON reads what pocketsphinx 5 prints: a JSON object in each line.
func hypothesesJSON(out []byte) (t Transcript, err error) {
	texts := []string{}
	for line := range strings.Lines(string(out)) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var said struct {
			Text  *string `json:"t"`
			Words []struct {
				Begin    float64 `json:"b"`
				Duration float64 `json:"d"`
				Prob     float64 `json:"p"`
				Text     string  `json:"t"`
			} `json:"w"`
		}
		if err := json.Unmarshal([]byte(line), &said); err != nil {
			return Transcript{}, fmt.Errorf("it is not JSON (%w): %s", err, quoted(line, 200))
		}
		if said.Text == nil {
			return Transcript{}, fmt.Errorf("its JSON has no text at \"t\": %s", quoted(line, 200))
		}
		texts = append(texts, *said.Text)
		for _, w := range said.Words {
			if w, ok := word(spoken(w.Text), w.Begin, w.Begin+w.Duration, w.Prob); ok {
				t.Words = append(t.Words, w)
			}
		}
	}
	t.Text = clean(strings.Join(texts, " "))
	return t, nil
}
