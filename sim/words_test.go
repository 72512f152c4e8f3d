package sim

import (
	"slices"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for _, tt := range []struct {
		line string
		want []string
	}{
		{``, nil},
		{`NOOP`, []string{"NOOP"}},
		{"  A \t B ", []string{"A", "B"}},
		{`A ""`, []string{"A", ""}},
		{`A "b c"`, []string{"A", "b c"}},
		{`pre"mid dle"post`, []string{"premid dlepost"}},
		{`"a""b"`, []string{"ab"}},
		{`"never ends`, []string{"never ends"}},
		{`"a\nb"`, []string{"anb"}},
		{`"say \"hi\" \\"`, []string{`say "hi" \`}},
		{`a\ b`, []string{"a b"}},
		{`\" x`, []string{`"`, "x"}},
		{`A \`, []string{"A"}},
		{"ANSWER\r", []string{"ANSWER\r"}},
	} {
		got, overrun := Words(tt.line)
		if !slices.Equal(got, tt.want) || overrun {
			t.Errorf("%q: %q, want %q", tt.line, got, tt.want)
		}
	}
	if got, overrun := Words(strings.Repeat("a ", 200)); len(got) != 127 || overrun {
		t.Errorf("200 plain words: %d, overrun %v", len(got), overrun)
	}
	if got, overrun := Words(strings.Repeat(`"" `, 128)); len(got) != 128 || !overrun {
		t.Errorf("128 quoted words: %d, overrun %v", len(got), overrun)
	}
}

// Whatever a line holds, it parts without a panic; and words that a client
// quotes as it should come back as they were.
func FuzzWords(f *testing.F) {
	f.Add(`SET VARIABLE "a \"b\"" c\d`, "x y")
	f.Add(`""`, `\`)
	f.Add("\t\"", `a"b`)
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	f.Fuzz(func(t *testing.T, a, b string) {
		Words(a)
		want := []string{a, b, "", a + " " + b}
		var line strings.Builder
		for _, w := range want {
			line.WriteString(`"` + quote.Replace(w) + `" `)
		}
		if got, overrun := Words(line.String()); !slices.Equal(got, want) || overrun {
			t.Errorf("%q: %q, want %q", line.String(), got, want)
		}
	})
}
