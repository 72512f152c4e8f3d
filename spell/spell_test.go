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

// What somebody left unfinished is told from what is off by as much.
func TestNearOfABeginning(t *testing.T) {
	for _, known := range [][]string{{"as", "fast", "last"}, {"fast", "as"}} {
		if got := Near("fas", known); got != "fast" {
			t.Errorf("%v: %q", known, got)
		}
	}
	if got := Near("SendSM", []string{"SendMF", "SendText"}); got != "SendMF" {
		t.Error(got)
	}
}
