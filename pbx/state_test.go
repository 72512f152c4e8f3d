package pbx

import (
	"strings"
	"testing"
)

// A test reads of a call's variables what the script would, whatever is in them.
func TestVariablesOfAnyText(t *testing.T) {
	lines := strings.Repeat("ab\n", 250)
	c := place(t, Plan{Steps: []string{"AGI(${FASTAGI})"}, Vars: [][2]string{
		{"LINES", "one\nEvent: two\n\nthree\n"}, {"LONG", lines}, {"MORE", lines + lines}, {"END", "x\n"}, {"PLAIN", "a=b: c"}, {"EMPTY", ""},
	}})
	d := dialog(t, c)
	got, err := c.Variables()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"LINES": "one\nEvent: two\n\nthree\n", "LONG": lines, "MORE": lines + lines, "END": "x\n",
		"PLAIN": "a=b: c", "EMPTY": "",
	} {
		if value, ok := got[name]; value != want || !ok {
			t.Errorf("%s is %q, want %q", name, value, want)
		}
	}
	command(t, d, "SET VARIABLE CALLERID(name) Ann", "200 result=1")
	for name, want := range map[string]string{"CALLERID(name)": "Ann", "PLAIN": "a=b: c", "NONE": "", "EVAL(x${PLAIN})": "xa=b: c"} {
		if value, err := c.Get(name); value != want || err != nil {
			t.Errorf("%s is %q, %v, want %q", name, value, err, want)
		}
	}
	if value, err := c.Get("NOSUCH(x)"); value != "" {
		t.Errorf("a function that is not there is %q, %v", value, err)
	}
	d.End()
}
