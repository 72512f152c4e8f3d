package ami

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// Versions write their headers in different cases; a program must not care.
func TestHeadersWithoutRegardToCase(t *testing.T) {
	m := Message{{"Event", "AsyncAGIExec"}, {"CommandID", "7"}, {"Variable", "a"}, {"variable", "b"}, {"Empty", ""}}
	if m.Get("commandid") != "7" || m.Get("COMMANDID") != "7" || m.Event() != "AsyncAGIExec" {
		t.Error("a header is not found in another case")
	}
	if got := m.Values("VARIABLE"); !reflect.DeepEqual(got, []string{"a", "b"}) {
		t.Errorf("the values are %q", got)
	}
	if value, ok := m.Lookup("Empty"); value != "" || !ok {
		t.Error("an empty value passes for none")
	}
	if _, ok := m.Lookup("None"); ok {
		t.Error("a value that is not there is found")
	}
}

func TestActionOnTheWire(t *testing.T) {
	text, err := Action("Setvar", "Channel", "SIP/1", "Variable", "X", "Value", "a: b").append(nil)
	if want := "Action: Setvar\r\nChannel: SIP/1\r\nVariable: X\r\nValue: a: b\r\n\r\n"; err != nil || string(text) != want {
		t.Errorf("%q, %v", text, err)
	}
	// 1,024 bytes with the line end are what Asterisk takes.
	if _, err := Action("X", "Value", strings.Repeat("x", 1024-9)).append(nil); err != nil {
		t.Error(err)
	}
	if _, err := Action("X", "Value", strings.Repeat("x", 1025-9)).append(nil); !errors.Is(err, ErrTooLong) {
		t.Errorf("a line that Asterisk refuses goes out: %v", err)
	}
	if _, err := append(Action("X"), make(Message, 128)...).append(nil); !errors.Is(err, ErrTooLong) {
		t.Errorf("more headers than Asterisk reads: %v", err)
	}
}

// A value that a caller made must not become a second header, nor a secret be in
// the error about it.
func TestValuesStayOneLine(t *testing.T) {
	for _, value := range []string{"x\r\nAction: Originate", "x\n", "\r", "a\x00b"} {
		_, err := Action("Login", "Secret", "hush-hush"+value).append(nil)
		if !errors.Is(err, ErrHeader) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: %v", value, err)
		}
	}
	for _, name := range []string{"", "A: b\r\nC", "A:"} {
		if _, err := Action("X", name, "v").append(nil); !errors.Is(err, ErrHeader) {
			t.Errorf("the name %q: %v", name, err)
		}
	}
	_, err := Action("Login", "Secret", strings.Repeat("hush", 300)).append(nil)
	if !errors.Is(err, ErrTooLong) || strings.Contains(err.Error(), "hush") {
		t.Error(err)
	}
}
