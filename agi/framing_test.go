package agi

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

const usage = "520-Invalid command syntax.  Proper usage follows:\n" +
	" Usage: DATABASE GET <family> <key>\n\n\t Example return code: 200 result=1 (testvariable)\n" +
	"200 result=1 (testvariable)\n520 End of proper usage.\n"

// Each dialog sends the command, then NOOP: what follows a reply shows whether
// the dialog is still in step.
func TestFraming(t *testing.T) {
	get := Command{Name: "GET VARIABLE", Args: []string{"X"}}
	for _, row := range []struct {
		what    string
		command Command
		reply   string
		check   func(Reply) bool
	}{
		{"one line", Command{Name: "ANSWER"}, "200 result=0\n", func(r Reply) bool { return r.Result == "0" }},
		{"a usage block with a reply and a blank line in it", Command{Name: "DATABASE GET"}, usage,
			func(r Reply) bool { return r.Code == 520 && strings.Contains(r.Text, "DATABASE GET <family>") }},
		{"trying, then the result", Command{Name: "GOSUB"}, "100 result=0 Trying...\n200 result=0 Gosub complete\n",
			func(r Reply) bool { return r.Code == 200 && r.Text == "result=0 Gosub complete" }},
		{"a value of three lines", get, "200 result=1 (a\nb\nc)\n", func(r Reply) bool { return r.Value == "a\nb\nc" }},
		{"a value whose first line seems whole", get, "200 result=1 (a)\nb)\n", func(r Reply) bool { return r.Value == "a)\nb" }},
		{"a value that holds a reply", get, "200 result=1 (a)\n200 result=0\n)\n", func(r Reply) bool { return r.Value == "a)\n200 result=0\n" }},
		{"a value that holds the word HANGUP", get, "200 result=1 (a\nHANGUP\nb)\n", func(r Reply) bool { return r.Value == "a\nHANGUP\nb" }},
		{"a value that ends in newlines", get, "200 result=1 (a\n\n\n)\n", func(r Reply) bool { return r.Value == "a\n\n\n" }},
		{"an empty value", get, "200 result=1 ()\n", func(r Reply) bool { return r.HasValue && r.Value == "" }},
		{"no value", get, "200 result=0\n", func(r Reply) bool { return !r.HasValue }},
		{"a hangup before the reply", Command{Name: "ANSWER"}, "HANGUP\n200 result=-1\n", func(r Reply) bool { return r.Result == "-1" }},
		{"a hangup behind the reply", Command{Name: "ANSWER"}, "200 result=-1\nHANGUP\n", func(r Reply) bool { return r.Result == "-1" }},
		{"a hangup behind a value", get, "200 result=1 (x)\nHANGUP\n", func(r Reply) bool { return r.Value == "x" }},
		{"a hangup behind a value of two lines", get, "200 result=1 (x\ny)\nHANGUP\n", func(r Reply) bool { return r.Value == "x\ny" }},
		{"a line that is no reply", Command{Name: "ANSWER"}, "PHP Warning: x\n200 result=0\n", func(r Reply) bool { return r.Result == "0" }},
		{"the usage text that an application's 1 brings", Command{Name: "EXEC", Args: []string{"X"}}, "200 result=1\n" + usage,
			func(r Reply) bool { return r.Code == 200 && r.Result == "1" }},
	} {
		for _, bits := range []bool{false, true} {
			answer := answers(strings.TrimSuffix(row.reply, "\n"), "200 result=0 noop")
			s, p := dial(t, answer)
			if bits { // as if each byte came in a segment of its own
				s.in.Reset(iotest.OneByteReader(p))
			}
			reply, err := s.RoundTrip(row.command)
			if err != nil || !row.check(reply) {
				t.Errorf("%s: got %+v, %v", row.what, reply, err)
			}
			if reply, err = s.RoundTrip(Command{Name: "NOOP"}); err != nil || reply.Text != "result=0 noop" {
				t.Errorf("%s: the next command was answered by %+v, %v", row.what, reply, err)
			}
			if hung := strings.Contains(row.reply, "HANGUP\n") && !strings.Contains(row.reply, "\nHANGUP\nb"); hung != (s.Hungup().Err() != nil) {
				t.Errorf("%s: hung up is %v", row.what, !hung)
			}
		}
	}
}

func TestBrokenDialogs(t *testing.T) {
	for _, row := range []struct {
		what, reply string
		want        error
	}{
		{"the end of file instead of a reply", "", ErrClosed},
		{"the end in the middle of a reply", "200 resu", ErrClosed},
		{"the end in a usage block", "520-Invalid\nusage", ErrClosed},
		{"a megabyte without a newline", "200 result=1 (" + strings.Repeat("x", maxReplySize), ErrProtocol},
		{"a megabyte of lines", "200 result=1 (" + strings.Repeat("x\n", maxReplySize), ErrProtocol},
		{"a 200 without a result", "200 fine\n", ErrProtocol},
	} {
		s, _ := dial(t, func(string) string { return row.reply })
		if _, err := s.RoundTrip(Command{Name: "GET VARIABLE", Args: []string{"X"}}); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", row.what, err, row.want)
		}
		if _, err := s.RoundTrip(Command{Name: "NOOP"}); !errors.Is(err, row.want) {
			t.Errorf("%s: the next command gave %v", row.what, err)
		}
		if hung := row.want == ErrClosed; hung != (s.Hungup().Err() != nil) {
			t.Errorf("%s: hung up is %v", row.what, !hung)
		}
	}
}

func TestOneWriteForEachCommand(t *testing.T) {
	s, p := dial(t, answers("200 result=1"))
	if _, err := s.RoundTrip(Command{Name: "SET VARIABLE", Args: []string{"X", strings.Repeat("a", 5000)}}); err != nil {
		t.Fatal(err)
	}
	if p.writes != 1 {
		t.Errorf("%d writes", p.writes)
	}
}

func TestTooLongIsNotSent(t *testing.T) {
	s, p := dial(t, answers("200 result=0"))
	_, err := s.RoundTrip(Command{Name: "SET VARIABLE", Args: []string{"X", strings.Repeat("a", maxLine)}})
	if !errors.Is(err, ErrTooLong) || p.writes != 0 {
		t.Errorf("%v, %d writes", err, p.writes)
	}
	if _, err := s.RoundTrip(Command{Name: "NOOP"}); err != nil {
		t.Errorf("the dialog broke: %v", err)
	}
}

// A valid reply, cut anywhere, never panics, and gives a reply or an error.
func FuzzStream(f *testing.F) {
	for _, row := range replyTable {
		f.Add(row.text + "\n")
	}
	f.Add(usage)
	f.Add("HANGUP\n100 Trying\n200 result=1 (a\nHANGUP\n)\nHANGUP\n")
	f.Fuzz(func(t *testing.T, said string) {
		p := &peer{said: []byte(wholeEnv), answer: func(string) string { return said }}
		s := NewStream(p, p, nil)
		if _, err := s.Env(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			_, err := s.RoundTrip(Command{Name: "GET VARIABLE", Args: []string{"X"}})
			if errors.Is(err, io.EOF) {
				t.Errorf("a bare %v", err)
			}
		}
	})
}
