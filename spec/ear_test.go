package spec

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"goagi/sim"
)

// A line of Asterisk's log that is misread makes a test on a real Asterisk fail
// although its call was right. The lines are Asterisk 22.10's.
func TestEar(t *testing.T) {
	const line = "[07:07:42.060] VERBOSE[11332][C-00000003] "
	const near, far = "<Local/1@caller-00000001;1>", "<Local/1@caller-00000001;2>"
	for _, row := range []struct {
		log  []string
		want []string
	}{
		{
			[]string{"res_agi.c: " + near + `AGI Rx << STREAM FILE "hello-world" ""`, "res_agi.c: " + near + " Playing 'hello-world.gsm' (escape_digits=) (sample_offset 0) (language 'en')"},
			[]string{"prompt hello-world"},
		},
		{
			[]string{"res_agi.c: " + far + " Playing 'quiet.slin' (escape_digits=) (sample_offset 0) (language 'en')"}, // the caller's own
			nil,
		},
		{
			[]string{
				"res_agi.c: " + near + `AGI Rx << GET OPTION "vm-enter.num" "12" 5000`,
				"res_agi.c: Playing 'vm-enter.num' (escape_digits=12) (timeout 5000)",
			},
			[]string{"prompt vm-enter.num"},
		},
		{
			[]string{
				"res_agi.c: " + near + `AGI Rx << SAY NUMBER 21 ""`, "file.c: " + near + " Playing 'digits/20.gsm' (language 'en')",
				"file.c: " + near + " Playing 'digits/1.gsm' (language 'en')",
			},
			[]string{"number 21"},
		},
		{
			[]string{
				"res_agi.c: " + near + `AGI Rx << EXEC "SayDigits" "42,n"`, "res_agi.c: AGI Script Executing Application: (SayDigits) Options: (42,n)",
				"file.c: " + near + " Playing 'digits/4.gsm' (language 'en')", "file.c: " + near + " Playing 'digits/2.gsm' (language 'en')",
			},
			[]string{"application SayDigits", "digits 42"},
		},
		{
			[]string{"res_agi.c: " + near + `AGI Rx << RECORD FILE "msg" "wav" "#" 5000 BEEP`, "file.c: " + near + " Playing 'beep.gsm' (language 'en')"},
			[]string{"beep beep", "recording msg.wav"},
		},
		{[]string{"res_agi.c: " + near + `AGI Rx << RECORD FILE "msg" "wav" "#" 5000`}, []string{"recording msg.wav"}},
		{[]string{"res_agi.c: " + near + `AGI Rx << VERBOSE "say \"hi\" \\ there" 1`}, []string{`verbose say "hi" \ there`}},
		{[]string{"res_agi.c: " + near + `AGI Rx << EXEC "Log" "ERROR,a, b"`}, []string{"application Log", "log a, b"}},
		{[]string{"res_agi.c: " + near + `AGI Rx << SET MUSIC ON "jazz"`}, []string{"music on"}},
		{
			[]string{
				"res_agi.c: " + near + `AGI Rx << GET DATA "goagi-spec/12/custom/main.menu" 500`,
				"file.c: " + near + " Playing 'goagi-spec/12/custom/main.menu.slin' (language 'en')",
			},
			[]string{"prompt custom/main.menu"},
		},
	} {
		var got []string
		e := &ear{channel: "Local/1@caller-00000001;1", hear: func(e sim.Event) { got = append(got, fmt.Sprintf("%s %s", e.Kind, e.Text)) }}
		for _, text := range row.log {
			e.line(line + text)
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("it heard %q, not %q, of\n%s", got, row.want, strings.Join(row.log, "\n"))
		}
	}
}
