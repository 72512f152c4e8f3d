package agi

import (
	"errors"
	"strings"
	"testing"
)

func TestAppendLine(t *testing.T) {
	for _, row := range []struct {
		command Command
		line    string
	}{
		{Command{Name: "ANSWER"}, `ANSWER`},
		{Command{Name: "STREAM FILE", Args: []string{"a b", ""}}, `STREAM FILE "a b" ""`},
		{Command{Name: "stream  file", Args: []string{"x"}}, `stream file "x"`},
		{Command{Name: "SET VARIABLE", Args: []string{"X", `say "hi" \ now`}}, `SET VARIABLE "X" "say \"hi\" \\ now"`},
		{Command{Name: "SET VARIABLE", Args: []string{"X", "tab\there"}}, "SET VARIABLE \"X\" \"tab\there\""},
		{Command{Name: "SET VARIABLE", Args: []string{"X", "\xff\xfe"}}, "SET VARIABLE \"X\" \"\xff\xfe\""},
		{Command{Name: "exec Dial", Args: []string{"x"}}, `exec "Dial" "x"`},
		// A line that begins with failure would end the session.
		{Command{Name: "failure now"}, `"failure" "now"`},
		{Command{Name: "NEW COMMAND", Args: []string{"x"}}, `"NEW" "COMMAND" "x"`},
	} {
		line, err := appendLine(nil, row.command, maxLine)
		if err != nil || string(line) != row.line+"\n" {
			t.Errorf("%v: got %q, %v, want %q", row.command, line, err, row.line)
		}
	}
}

func TestAppendLineRefuses(t *testing.T) {
	for _, row := range []struct {
		what    string
		command Command
		kind    error
	}{
		{"no name", Command{}, ErrUsage},
		{"a newline, which would be a second command", Command{"SET VARIABLE", []string{"X", "a\nEXEC System rm"}}, ErrUsage},
		{"a carriage return", Command{"SET VARIABLE", []string{"X", "a\r"}}, ErrUsage},
		{"a zero byte", Command{"SET VARIABLE", []string{"X\x00"}}, ErrUsage},
		{"a newline in the name", Command{Name: "NOOP\nEXEC"}, ErrUsage},
		{"a line too long", Command{"SET VARIABLE", []string{"X", strings.Repeat("a", maxLine)}}, ErrTooLong},
		{"too many words", Command{"NOOP", make([]string, maxWords)}, ErrTooLong},
	} {
		if line, err := appendLine(nil, row.command, maxLine); !errors.Is(err, row.kind) || line != nil {
			t.Errorf("%s: got %q, %v, want %v", row.what, line, err, row.kind)
		}
	}
}

// Asterisk reads at most AGI_BUF_LEN-1 bytes of a line, its newline among them.
func TestLongestLineFits(t *testing.T) {
	fits := Command{"SET VARIABLE", []string{"X", strings.Repeat("a", maxLine-len("SET VARIABLE \"X\" \"\"\n"))}}
	line, err := appendLine(nil, fits, maxLine)
	if err != nil || len(line) != maxLine {
		t.Fatalf("%d bytes, %v", len(line), err)
	}
	if _, err := appendLine(nil, fits, maxLineOld); !errors.Is(err, ErrTooLong) {
		t.Errorf("an older Asterisk would cut it: %v", err)
	}
}

func TestLineLimit(t *testing.T) {
	for version, want := range map[string]int{
		"22.10.1~dfsg+~cs6.15.60671435-1": maxLine, "22.6.0": maxLine, "22.5.9": maxLineOld,
		"21.11.0": maxLine, "21.10.9": maxLineOld, "20.16.0": maxLine, "20.15.2": maxLineOld,
		"23.0.0": maxLine, "23": maxLine, "100.1": maxLine, "18.26.4": maxLineOld, "16.28.0~dfsg": maxLineOld,
		"certified/20.7-cert1": maxLineOld, "GIT-master-abc": maxLineOld, "": maxLineOld, "unknown": maxLineOld,
	} {
		if got := lineLimit(version); got != want {
			t.Errorf("%q: %d, want %d", version, got, want)
		}
	}
}
