package sim

// maxWords is how many words of a command Asterisk keeps (res_agi.c: MAX_ARGS
// less the null at the end).
const maxWords = 127

// Words parts a command line as res_agi.c: parse_args does. Blanks and tabs
// part the words; a quote mark switches quoting on or off wherever it stands,
// and a word begins there if none has; a backslash makes the next byte a plain
// one. A quote that never ends is no error. Plain words past the 127th are
// dropped. Quoted ones are not counted by Asterisk, which then overruns its own
// stack: overrun says so.
func Words(line string) (argv []string, overrun bool) {
	var (
		word    []byte
		inWord  bool
		quoted  bool
		escaped bool
	)
	end := func() {
		if inWord {
			argv = append(argv, string(word))
		}
		word, inWord = word[:0], false
	}
	for i := range len(line) {
		b := line[i]
		if !escaped {
			switch {
			case b == '\\':
				escaped = true
				continue
			case b == '"':
				if quoted = !quoted; quoted {
					inWord = true
				}
				continue
			case (b == ' ' || b == '\t') && !quoted:
				end()
				continue
			}
		}
		if !inWord && len(argv) >= maxWords {
			continue // dropped, and an escape before it stays open, as there
		}
		word, inWord, escaped = append(word, b), true, false
	}
	end()
	return argv, len(argv) > maxWords
}
