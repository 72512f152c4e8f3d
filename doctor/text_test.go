package doctor

import (
	"slices"
	"strings"
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
                    5. AGI(goagi,--trace=/tmp/agi.log,hello.lua)  [more.conf:10]
                    6. AGI(goagi,--,${NAME})                      [more.conf:11]
                    7. AGI(goagi,--scripts=/srv/x,y.lua)          [more.conf:12]
                    8. AGI(goagi,--grace=${G},y.lua)              [more.conf:13]
                    9. AGI(goagi,--log-file="/a, b",y.lua)        [more.conf:14]
`
	want := []step{
		{context: "phones", extension: "100", app: "AGI(goagi,helo.lua,one(two))", file: "extensions.conf", line: "4", before: "goagi,", script: "helo.lua"},
		{context: "phones", extension: "100", app: "EAGI(/opt/goagi/goagi,${X}.lua)", before: "goagi,", script: "${X}.lua", open: true},
		{context: "phones", extension: "_X.", app: "AGI(agi://localhost:4574/x/y.lua?a=1,two)", file: "more.conf", line: "6", before: "localhost:4574/", script: "x/y.lua", host: "localhost:4574", network: true},
		{context: "phones", extension: "_X.", app: "AGI(agi:async,y.lua)", file: "more.conf", line: "7", before: "async,", script: "y.lua", network: true},
		{context: "phones", extension: "_X.", app: "AGI(goagi,--trace=/tmp/agi.log,hello.lua)", file: "more.conf", line: "10", before: "--trace=/tmp/agi.log,", script: "hello.lua"},
		{context: "phones", extension: "_X.", app: "AGI(goagi,--,${NAME})", file: "more.conf", line: "11", before: "--,", script: "${NAME}", open: true},
		{context: "phones", extension: "_X.", app: "AGI(goagi,--scripts=/srv/x,y.lua)", file: "more.conf", line: "12", before: "--scripts=/srv/x,", script: "y.lua", scripts: "/srv/x"},
		{context: "phones", extension: "_X.", app: "AGI(goagi,--grace=${G},y.lua)", file: "more.conf", line: "13", before: "--grace=${G},", script: "y.lua", open: true},
		{context: "phones", extension: "_X.", app: `AGI(goagi,--log-file="/a, b",y.lua)`, file: "more.conf", line: "14", before: "--log-file=/a, b,", script: "y.lua"},
	}
	x := &exam{Settings: Settings{Words: flagWords}}
	if got := x.newSteps(out); !slices.Equal(got, want) {
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

// flagWords reads flags whose values follow a "=", and no grace but a number.
func flagWords(args []string) (scripts string, words []string, ok bool) {
	ok = true
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		word := args[0]
		args = args[1:]
		if word == "--" {
			break
		}
		if dir, is := strings.CutPrefix(word, "--scripts="); is {
			scripts = dir
		}
		ok = ok && !strings.HasPrefix(word, "--grace=$")
	}
	return scripts, args, ok
}
