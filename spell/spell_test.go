package spell

import "testing"

// A suggestion that is far off misleads more than none.
func TestNear(t *testing.T) {
	known := []string{"stream_file", "say_digits", "get_data", "exec", "a"}
	for name, want := range map[string]string{
		"strem_file": "stream_file", "sya_digits": "say_digits", "getdata": "get_data", "exce": "exec", "exec": "",
		"record": "", "x": "", "": "", "stream_file_to_the_caller": "",
	} {
		if got := Near(name, known); got != want {
			t.Errorf("%q: %q, not %q", name, got, want)
		}
	}
	if got := DidYouMean("exce", known) + DidYouMean("record", known); got != ", did you mean exec?" {
		t.Errorf("%q", got)
	}
}
