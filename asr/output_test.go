package asr

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// What programs print becomes the text that a caller said, in one line.
func TestOutput(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		output, field, out string
		want               Transcript
	}{
		{"text", "", " hello\nthere \r\n", Transcript{Text: "hello there"}},
		{"text", "", "a\x00b\x1b[1mc\u202e\xff", Transcript{Text: "a b [1mc \uFFFD"}},
		{"last", "", "loading\nhello there\n\n", Transcript{Text: "hello there"}},
		{"last", "", "", Transcript{}},
		{"timestamps", "", "\n[00:00:00.000 --> 00:00:02.500]   Hello there.\n[00:01:02.500 --> 00:01:04.000]  Goodbye.\n", Transcript{
			Text: "Hello there. Goodbye.",
			Words: []Word{
				{Text: "Hello there.", End: 2500 * ms},
				{Text: "Goodbye.", Start: 62500 * ms, End: 64000 * ms},
			},
		}},
		{"timestamps", "", "[00:01.000 --> 00:02,000] short\nplain\n[noise]\n[00:03.000 --> 00:02.000]\n", Transcript{
			Text: "short plain [noise]", Words: []Word{{Text: "short", Start: 1000 * ms, End: 2000 * ms}},
		}},
		{"json", "text", `{"text": " hello\n"}`, Transcript{Text: "hello"}},
		{"json", "results.1.text", `{"results": [{}, {"text": "hello"}]}`, Transcript{Text: "hello"}},
	} {
		got, err := reader(test.output, test.field)([]byte(test.out))
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s of %q:\n got %+v, %v\nwant %+v", test.output, test.out, got, err, test.want)
		}
	}
}

func TestOutputThatIsNotJSON(t *testing.T) {
	for _, test := range []struct{ field, out, want string }{
		{"text", "oops", `it is not JSON (invalid character 'o' looking for beginning of value): "oops"`},
		{"text", "[1]", `its JSON has no text at "text": "[1]"`},
		{"a.7.b", `{"a": [{"b": "c"}]}`, `its JSON has no text at "a.7.b": "{\"a\": [{\"b\": \"c\"}]}"`},
		{"text", `{"text": 3}`, `its JSON has no text at "text": "{\"text\": 3}"`},
	} {
		if _, err := reader("json", test.field)([]byte(test.out)); err == nil || err.Error() != test.want {
			t.Errorf("%q: %v", test.out, err)
		}
	}
}

// A giant text does not get any further, and no character is cut in two.
func TestTextIsBounded(t *testing.T) {
	text := clean(strings.Repeat("ä", maxText))
	if len(text) != maxText || strings.Trim(text, "ä") != "" {
		t.Errorf("%d bytes, %q left", len(text), strings.Trim(text, "ä"))
	}
	if text, cut := shortened("aää", 2); text != "a" || !cut {
		t.Errorf("%q", text)
	}
}
