package doctor

import (
	"slices"
	"strings"
)

// Level is how a look came out.
type Level string

// The levels.
const (
	OK      Level = "ok"
	Warning Level = "warning" // calls work, but something is not as it should be
	Wrong   Level = "wrong"   // calls fail, or others than they should can change them
	Skipped Level = "skipped" // not looked at, and the text says why
)

// Finding is what one look has seen.
type Finding struct {
	Look  string   `json:"look"` // its name, one word
	Level Level    `json:"level"`
	Text  string   `json:"text"`            // one line
	Mends []string `json:"mends,omitempty"` // commands for a shell of root, in their order
}

// Quote makes text one word of a shell: itself where nothing in it means something
// there.
func Quote(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._+:=@%,-", r)
	}
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !plain(r) }) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// command makes a line for a shell of words.
func command(words ...string) string {
	for i, word := range words {
		words[i] = Quote(word)
	}
	return strings.Join(words, " ")
}

// pattern makes text stand for itself in a basic regular expression of sed whose
// delimiter is a slash.
func pattern(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune(`\.*[]^$/`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Unseen lists the looks of an examination that saw nothing of what every call
// needs: where there are any, that nothing is wrong does not mean that all is well.
// Where there is no Asterisk, a call needs goagi serve.
func Unseen(found []Finding) (looks []string) {
	needed := []string{"running", "modules", "agi-bin", "goagi", "scripts"}
	for _, f := range found {
		if f.Look == "asterisk" && f.Level == Warning {
			needed = []string{"fastagi"}
		}
	}
	for _, f := range found {
		if f.Level == Skipped && slices.Contains(needed, f.Look) && !slices.Contains(looks, f.Look) {
			looks = append(looks, f.Look)
		}
	}
	return looks
}
