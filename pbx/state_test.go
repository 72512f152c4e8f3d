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

// What one test leaves in global variables, the next does not see.
func TestGlobals(t *testing.T) {
	asterisk.Get(t) // skips where there is none
	a, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Stop)
	for range 2 {
		c, err := a.Place(Plan{Steps: []string{"AGI(${FASTAGI})"}})
		if err != nil {
			t.Fatal(err)
		}
		d := dialog(t, c)
		command(t, d, "GET VARIABLE LEFT", "200 result=0")
		command(t, d, "SET VARIABLE GLOBAL(LEFT) x", "200 result=1")
		command(t, d, "GET VARIABLE LEFT", "200 result=1 (x)")
		d.End()
		vars(t, c, map[string]string{"LEFT": "x"})
		c.Close()
		if err := a.ClearGlobals(); err != nil {
			t.Fatal(err)
		}
	}
}
