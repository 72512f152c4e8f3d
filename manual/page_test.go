package manual

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Every name has its page, which fits a terminal: a line that is too long can only be
// one word, or code.
func TestPages(t *testing.T) {
	for _, name := range Names() {
		page, ok := Find(name)
		if !ok || strings.TrimSpace(page) == "" {
			t.Errorf("%s has no page", name)
		}
		for line := range strings.SplitSeq(page, "\n") {
			if utf8.RuneCountInString(line) > columns && !strings.HasPrefix(line, "    ") && len(strings.Fields(line)) > 1 {
				t.Errorf("%s: a line is too long: %s", name, line)
			}
			if strings.HasSuffix(line, " ") || strings.Contains(line, "```") {
				t.Errorf("%s: %q", name, line)
			}
		}
	}
	for _, name := range []string{"", "quantum", "agi.", ".answer", "agi.answer.x"} {
		if page, ok := Find(name); ok {
			t.Errorf("%q has a page: %.100q", name, page)
		}
	}
}

// The objects that several modules name alike are found with their module's name.
func TestPageOfObjects(t *testing.T) {
	for name, want := range map[string]string{
		"agi.answer()": "agi.answer()\n", "redis": "local redis = require", "redis.redis": "redis, an object\n",
		"stat": "stat, a table\n", "call": "call, an object\n", "call.var": "call.var: {[string]: string}\n", "assert.equal": "assert.equal(",
		"agi.env.callerid": "env.callerid: string\n", "arg": "arg: {[integer]: string}\n", "hears": "call:hears(", "save": "utterance:save(",
		"asr.engine": "Setting, in the table [asr] of", "asr.vosk": "Settings, in the table [asr.vosk] of", "asr.phrases": "Setting, in the table [asr.ENGINE] of",
	} {
		if page, _ := Find(name); !strings.HasPrefix(page, want) {
			t.Errorf("%s: %.200q", name, page)
		}
	}
}
