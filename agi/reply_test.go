package agi

import "testing"

// replyTable holds lines as Asterisk 22 writes them.
var replyTable = []struct {
	text string
	free bool // of a command that answers with a free text
	want Reply
}{
	{"200 result=0", false, Reply{Code: 200, Result: "0", Text: "result=0"}},
	{"200 result=-1", false, Reply{Code: 200, Result: "-1", Text: "result=-1"}},
	{"200 result=", false, Reply{Code: 200, Text: "result="}},
	{"200 result= (timeout)", false, Reply{Code: 200, Value: "timeout", HasValue: true, Text: "result= (timeout)"}},
	{"200 result=0042", false, Reply{Code: 200, Result: "0042", Text: "result=0042"}},
	{"200 result=*9", false, Reply{Code: 200, Result: "*9", Text: "result=*9"}},
	{"200 result=12 (timeout)", false, Reply{Code: 200, Result: "12", Value: "timeout", HasValue: true, Text: "result=12 (timeout)"}},
	{"200 result=0 endpos=8000", false, Reply{Code: 200, Result: "0", Endpos: 8000, Text: "result=0 endpos=8000"}},
	{"200 result=53 (dtmf) endpos=320", false, Reply{Code: 200, Result: "53", Value: "dtmf", HasValue: true, Endpos: 320, Text: "result=53 (dtmf) endpos=320"}},
	{"200 result=1 (a (b) c)", true, Reply{Code: 200, Result: "1", Value: "a (b) c", HasValue: true, Text: "result=1 (a (b) c)"}},
	{"200 result=1 ()", true, Reply{Code: 200, Result: "1", HasValue: true, Text: "result=1 ()"}},
	{"200 result=1 (a\nb\n)", true, Reply{Code: 200, Result: "1", Value: "a\nb\n", HasValue: true, Text: "result=1 (a\nb\n)"}},
	{"200 result=1 (digit) digit=5 endpos=160", false, Reply{Code: 200, Result: "1", Value: "digit", HasValue: true, Endpos: 160, Text: "result=1 (digit) digit=5 endpos=160"}},
	{"200 result=0 Gosub complete", false, Reply{Code: 200, Result: "0", Text: "result=0 Gosub complete"}},
	{"200 result=0 novelty=7 endpos=5 more", false, Reply{Code: 200, Result: "0", Endpos: 5, Text: "result=0 novelty=7 endpos=5 more"}},
	{"510 Invalid or unknown command", false, Reply{Code: 510, Text: "Invalid or unknown command"}},
	{"511 Command Not Permitted on a dead channel or intercept routine", false, Reply{Code: 511, Text: "Command Not Permitted on a dead channel or intercept routine"}},
	{"520 Invalid command syntax.  Proper usage not available.", false, Reply{Code: 520, Text: "Invalid command syntax.  Proper usage not available."}},
	{"503 result=-2 Memory allocation failure", false, Reply{Code: 503, Result: "-2", Text: "result=-2 Memory allocation failure"}},
}

func TestParseReply(t *testing.T) {
	for _, row := range replyTable {
		if got, ok := parseReply(row.text, row.free); !ok || got != row.want {
			t.Errorf("%q: got %+v %v, want %+v", row.text, got, ok, row.want)
		}
	}
}

func TestNoReply(t *testing.T) {
	for _, text := range []string{"", "2", "20", "abc", "200x", "2000 result=0", "HANGUP", "200 okay", "-12 result=0", "200"} {
		if got, ok := parseReply(text, false); ok {
			t.Errorf("%q became %+v", text, got)
		}
	}
}

func TestReplyField(t *testing.T) {
	r, _ := parseReply("200 result=1 (digit) digit=5 endpos=160", false)
	if digit, ok := r.Field("digit"); !ok || digit != "5" {
		t.Errorf("digit is %q, %v", digit, ok)
	}
	if _, ok := r.Field("git"); ok {
		t.Error("part of a name was taken for it")
	}
}

// No text makes the parser panic, and what it takes out of a reply was in it.
func FuzzReply(f *testing.F) {
	for _, row := range replyTable {
		f.Add(row.text, row.free)
	}
	f.Fuzz(func(t *testing.T, text string, free bool) {
		r, ok := parseReply(text, free)
		if !ok {
			return
		}
		if r.Code < 100 || r.Code > 999 {
			t.Errorf("%q has code %d", text, r.Code)
		}
		again, ok := parseReply(text[:3]+" "+r.Text, free)
		if len(text) > 3 && (!ok || again != r) {
			t.Errorf("%q became %+v, and that %+v", text, r, again)
		}
	})
}
