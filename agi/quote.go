package agi

import (
	"fmt"
	"strings"
)

// Limits of one command on Asterisk's side.
const (
	// maxLine is what one line may hold, its newline included, where AGI_BUF_LEN is
	// 8192: Asterisk 20.16, 21.11, 22.6, 23.0 and later.
	maxLine = 8191
	// maxLineOld is the same where AGI_BUF_LEN is 2048.
	maxLineOld = 2047
	// maxWords is MAX_ARGS less its end mark: quoted words beyond it overrun
	// Asterisk's memory (res_agi.c: parse_args).
	maxWords = 127
)

// appendLine appends the command as one line with its newline. A name of
// Asterisk's own goes out bare; any other word is quoted, so that no first
// word can read as `failure`, which would end the session (res_agi.c:
// agi_handle_command).
func appendLine(line []byte, c Command, limit int) ([]byte, error) {
	if strings.ContainsAny(c.Name, "\r\n\x00") {
		return nil, &Error{Kind: ErrUsage, Message: "a command's name cannot hold a line break or a zero byte"}
	}
	start := len(line)
	words := 0
	bare := 0
	if i := find(c.Name); i >= 0 {
		bare = strings.Count(commands[i].name, " ") + 1
	}
	for word := range strings.FieldsSeq(c.Name) {
		if words > 0 {
			line = append(line, ' ')
		}
		if words < bare {
			line = append(line, word...)
		} else {
			line = appendQuoted(line, word)
		}
		words++
	}
	if words == 0 {
		return nil, &Error{Kind: ErrUsage, Message: "a command needs a name"}
	}
	for i, arg := range c.Args {
		if j := strings.IndexAny(arg, "\r\n\x00"); j >= 0 {
			return nil, &Error{Kind: ErrUsage, Command: c.Name, Message: fmt.Sprintf(
				"argument %d holds %s, which AGI cannot carry", i+1, byteName(arg[j]))}
		}
		line = append(line, ' ')
		line = appendQuoted(line, arg)
		words++
	}
	line = append(line, '\n')
	if length := len(line) - start; length > limit {
		return nil, fmt.Errorf("%s: %w: the line has %d bytes, at most %d fit", c.Name, ErrTooLong, length, limit)
	}
	if words > maxWords {
		return nil, fmt.Errorf("%s: %w: it has %d words, at most %d fit", c.Name, ErrTooLong, words, maxWords)
	}
	return line, nil
}

// appendQuoted appends arg so that Asterisk's parser gives it back byte for
// byte: in quotes, with a backslash before each quote and backslash.
func appendQuoted(line []byte, arg string) []byte {
	line = append(line, '"')
	for i := 0; i < len(arg); i++ {
		if arg[i] == '"' || arg[i] == '\\' {
			line = append(line, '\\')
		}
		line = append(line, arg[i])
	}
	return append(line, '"')
}

func byteName(b byte) string {
	switch b {
	case '\r':
		return "a carriage return"
	case '\n':
		return "a newline"
	}
	return "a zero byte"
}

// lineLimit gives the longest line, newline included, that the Asterisk of
// this agi_version takes whole. What cannot be read as a version counts as old.
func lineLimit(version string) int {
	major, rest := leadingInt(version)
	minor := 0
	if strings.HasPrefix(rest, ".") {
		minor, _ = leadingInt(rest[1:])
	}
	switch {
	case major >= 23,
		major == 22 && minor >= 6,
		major == 21 && minor >= 11,
		major == 20 && minor >= 16:
		return maxLine
	}
	return maxLineOld
}

// leadingInt reads the digits at the front of s, at most six of them.
func leadingInt(s string) (n int, rest string) {
	i := 0
	for i < len(s) && i < 6 && '0' <= s[i] && s[i] <= '9' {
		n = n*10 + int(s[i]-'0')
		i++
	}
	return n, s[i:]
}
