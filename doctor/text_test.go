package doctor

import (
	"slices"
	"testing"
)

// A mend is pasted into a shell of root: a file's name must stay one word there.
func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"":             "''",
		"/etc/a.conf":  "/etc/a.conf",
		"a b":          "'a b'",
		"it's":         `'it'\''s'`,
		"$(reboot)":    "'$(reboot)'",
		"a;b":          "'a;b'",
		"x\ny":         "'x\ny'",
		"größe":        "'größe'",
		"-o=1,2:3@4%5": "-o=1,2:3@4%5",
	} {
		if got := Quote(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	if got := pattern("a/b.c*[x]^$\\"); got != `a\/b\.c\*\[x\]\^\$\\` {
		t.Error(got)
	}
}

// What Asterisk prints of its dialplan, and nothing else, names scripts.
func TestSteps(t *testing.T) {
	const out = `[ Context 'phones' created by 'pbx_config' ]
  '100' =>          1. Answer()                                   [extensions.conf:3]
     [again]        2. AGI(goagi,helo.lua,one(two))               [extensions.conf:4]
                    3. EAGI(/opt/goagi/goagi,${X}.lua)            [pbx_config]
  '_X.' =>          1. AGI(agi://localhost:4574/x/y.lua?a=1,two)  [more.conf:6]
                    2. AGI(agi:async,y.lua)                       [more.conf:7]
                    3. AGI(other.sh,goagi)                        [more.conf:8]
                    4. NoOp(AGI(goagi,no.lua))                    [more.conf:9]
`
	want := []step{
		{context: "phones", extension: "100", app: "AGI(goagi,helo.lua,one(two))", file: "extensions.conf", line: "4", script: "helo.lua"},
		{context: "phones", extension: "100", app: "EAGI(/opt/goagi/goagi,${X}.lua)", script: "${X}.lua"},
		{context: "phones", extension: "_X.", app: "AGI(agi://localhost:4574/x/y.lua?a=1,two)", file: "more.conf", line: "6", script: "x/y.lua", host: "localhost:4574", network: true},
		{context: "phones", extension: "_X.", app: "AGI(agi:async,y.lua)", file: "more.conf", line: "7", script: "y.lua", network: true},
	}
	if got := newSteps(out); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

// Where a server that is set to listen there has to answer.
func TestTargets(t *testing.T) {
	for listen, want := range map[string][]string{
		":4573":          {"127.0.0.1:4573", "[::1]:4573"},
		"localhost:1":    {"127.0.0.1:1", "[::1]:1"},
		"0.0.0.0:4573":   {"127.0.0.1:4573"},
		"[::]:4573":      {"[::1]:4573"},
		"192.0.2.1:4573": {"192.0.2.1:4573"},
	} {
		if got := targets(listen); !slices.Equal(got, want) {
			t.Errorf("%s: %q", listen, got)
		}
	}
}
