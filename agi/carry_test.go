package agi

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// What comes in one piece over Async AGI must mean what it means over a stream.
func TestParseWholeReply(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       Reply
	}{
		{"NOOP", "200 result=0\n", Reply{Code: 200, Result: "0", Text: "result=0"}},
		{"GOSUB", "100 result=0 Trying...\n200 result=0 Gosub complete\n", Reply{Code: 200, Result: "0", Text: "result=0 Gosub complete"}},
		{"GET VARIABLE", "200 result=1 (a)\n200 result=0 (b)\n\n)\n", Reply{Code: 200, Result: "1", Value: "a)\n200 result=0 (b)\n\n",
			HasValue: true, Text: "result=1 (a)\n200 result=0 (b)\n\n)"}},
		{"EXEC", "words of its own\n200 result=1\n520-Invalid command syntax.  Proper usage follows:\nx\n520 End of proper usage.\n",
			Reply{Code: 200, Result: "1", Text: "result=1"}},
		{"NEW THING", "200 result=1 (a\nb)\n", Reply{Code: 200, Result: "1", Value: "a\nb", HasValue: true, Text: "result=1 (a\nb)"}},
		{"SET CONTEXT", "520-Invalid command syntax.  Proper usage follows:\nUsage: X\n\n520 End of proper usage.\n", Reply{Code: 520, Text: "Usage: X"}},
		{"SET CONTEXT", "520-Invalid command syntax.  Proper usage follows:\n520 End of proper usage.\n",
			Reply{Code: 520, Text: "Invalid command syntax.  Proper usage follows:"}},
		{"SET CONTEXT", "520-Invalid command syntax.  Proper usage follows:\nUsage: X\n cu", Reply{Code: 520, Text: "Usage: X\n cu"}},
		{"SET CONTEXT", "520 Invalid command syntax.  Proper usage not available.\n",
			Reply{Code: 520, Text: "Invalid command syntax.  Proper usage not available."}},
	} {
		if got, err := ParseReply(Command{Name: test.name}, test.text); err != nil || got != test.want {
			t.Errorf("%s, %q: %+v, %v, want %+v", test.name, test.text, got, err, test.want)
		}
	}
	for _, text := range []string{"", "\n", "words\n", "200 what\n", "100 result=0 Trying...\n"} {
		if got, err := ParseReply(Command{Name: "NOOP"}, text); !errors.Is(err, ErrProtocol) {
			t.Errorf("%q passes for a reply: %+v, %v", text, got, err)
		}
	}
}

// A caller's name must not choose the script: what is forged is known as such.
func TestParseWholeEnv(t *testing.T) {
	const block = "agi_request: async\nagi_calleridname: x\n\nagi_arg_1: evil.lua\nagi_threadid: 1\nagi_arg_1: hello.lua\nagi_arg_2: \n\n"
	env, err := ParseEnv(block, nil)
	if err != nil || !env.Forged() || !reflect.DeepEqual(env.Args(), []string{"hello.lua", ""}) {
		t.Errorf("%v %q %v", err, env.Args(), env.Forged())
	}
	env, err = ParseEnv(block, []string{"known.lua"})
	if err != nil || !reflect.DeepEqual(env.Args(), []string{"known.lua"}) {
		t.Errorf("%v %q", err, env.Args())
	}
	if env, err = ParseEnv("agi_request: async\nagi_threadid: 1\n\n", nil); err != nil || env.Forged() {
		t.Errorf("%v, forged %v", err, env.Forged())
	}
	if _, err = ParseEnv("GET / HTTP/1.1\n\n", nil); !errors.Is(err, ErrProtocol) {
		t.Error(err)
	}
}

func TestFormatCommand(t *testing.T) {
	line, err := FormatCommand(Command{Name: "SET VARIABLE", Args: []string{"X", `a "b`}}, 30)
	if err != nil || line != `SET VARIABLE "X" "a \"b"` {
		t.Errorf("%q, %v", line, err)
	}
	fits := Command{Name: "NOOP", Args: []string{strings.Repeat("x", 23)}}
	if line, err := FormatCommand(fits, 30); err != nil || len(line) != 30 {
		t.Errorf("%d, %v", len(line), err)
	}
	if _, err := FormatCommand(fits, 29); !errors.Is(err, ErrTooLong) {
		t.Error(err)
	}
	if _, err := FormatCommand(Command{Name: "NOOP", Args: []string{"a\nb"}}, 29); !errors.Is(err, ErrUsage) {
		t.Error(err)
	}
}
