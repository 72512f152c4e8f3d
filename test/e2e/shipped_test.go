package e2e

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"goagi/pbx"
)

// playing is a line of Asterisk's log: the call's number, the channel, which
// GET OPTION does not tell (res_agi.c: handle_getoption), and the prompt.
var playing = regexp.MustCompile(`\[(C-\w+)\] \S+ (?:<([^>]+)> )?Playing '([^'.]+)(?:\.\w+)?' `)

// prompts lists what the caller has heard.
func prompts(c *pbx.Call) (names []string) {
	matches := playing.FindAllStringSubmatch(c.Log(), -1)
	number := ""
	for _, match := range matches {
		if match[2] == c.Channel {
			number = match[1]
		}
	}
	for _, match := range matches {
		if match[2] == c.Channel || match[2] == "" && match[1] == number {
			names = append(names, match[3])
		}
	}
	return names
}

// hears waits until the caller hears a prompt, for the nth time.
func hears(t *testing.T, c *pbx.Call, name string, nth int) {
	t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); {
		heard := 0
		for _, prompt := range prompts(c) {
			if prompt == name {
				heard++
			}
		}
		if heard >= nth {
			return
		}
		do(t, c, "EXEC Wait 0.05")
	}
	t.Fatalf("the caller does not hear %s for time %d, but %q\n%s", name, nth, prompts(c), c.Log())
}

// heard fails unless the caller has heard these prompts, and no others.
func heard(t *testing.T, c *pbx.Call, want ...string) {
	t.Helper()
	if got := prompts(c); !slices.Equal(got, want) {
		t.Errorf("the caller heard %q, want %q", got, want)
	}
}

// TestHello is the first call of everybody who tries goagi.
func TestHello(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, key string
		last      []string
	}{
		{"a key", "7", []string{"digits/7"}},
		{"zero", "0", []string{"digits/0"}},
		{"no number", "*", []string{"vm-goodbye"}},
		{"no key", "", []string{"vm-goodbye"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := installed(t, &asterisk)
			c := place(t, a, pbx.Plan{Steps: []string{"AGI(goagi,hello.lua)", "Wait(0.1)"}, Ringing: row.key == "0"})
			hears(t, c, "vm-enter-num-to-call", 1)
			if row.key != "" {
				if err := c.Press(row.key); err != nil {
					t.Fatal(err)
				}
			}
			check(t, c, vars{"AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
			heard(t, c, append([]string{"hello-world", "vm-enter-num-to-call"}, row.last...)...)
		})
	}
}

// The PIN that the caller keys in is compared as text.
func TestPIN(t *testing.T) {
	t.Parallel()
	const ask, wrong = "conf-getpin", "conf-invalidpin"
	for _, row := range []struct {
		name      string
		tries     []string
		ok, which string
		prompts   []string
	}{
		{"leading zeros", []string{"0042#"}, "yes", "0042", []string{ask, "auth-thankyou"}},
		{"a star", []string{"*9#"}, "yes", "*9", []string{ask, "auth-thankyou"}},
		{"no key needed behind eight", []string{"12345678"}, "yes", "12345678", []string{ask, "auth-thankyou"}},
		{"no zeros, then right", []string{"42#", "0042#"}, "yes", "0042", []string{ask, wrong, ask, "auth-thankyou"}},
		{"nothing, then right", []string{"#", "*9#"}, "yes", "*9", []string{ask, wrong, ask, "auth-thankyou"}},
		{"three wrong", []string{"42#", "00042#", "9*#"}, "no", "", []string{ask, wrong, ask, wrong, ask, wrong, "vm-goodbye"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := installed(t, &asterisk)
			c := place(t, a, pbx.Plan{Steps: []string{"AGI(goagi,pin.lua,0042,*9,12345678)", "Wait(0.1)"}})
			for i, keys := range row.tries {
				hears(t, c, ask, i+1)
				if err := c.Press(keys); err != nil {
					t.Fatal(err)
				}
			}
			check(t, c, vars{"PIN_OK": row.ok, "PIN": row.which, "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
			heard(t, c, row.prompts...)
		})
	}
}

// A caller who hangs up in the middle has given no PIN, and it is noted.
func TestPINAndHangup(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, keys, prompt string }{
		{"in the question", "", "conf-getpin"},
		{"between two keys", "00", "conf-getpin"},
		{"in the refusal", "1#", "conf-invalidpin"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := installed(t, &asterisk)
			number := "555" + strings.ReplaceAll(row.name, " ", "")
			c := place(t, a, pbx.Plan{Number: number, Steps: []string{"AGI(goagi,pin.lua,0042)"}})
			hears(t, c, "conf-getpin", 1)
			if row.keys != "" {
				if err := c.Press(row.keys); err != nil {
					t.Fatal(err)
				}
			}
			hears(t, c, row.prompt, 1)
			do(t, c, "EXEC Wait 0.2")
			hangup(t, c)
			check(t, c, vars{"PIN_OK": "no", "PIN": "", "AGISTATUS": "HANGUP", "GOAGI_STATUS": "HANGUP"})
			logs(t, c, "", "NOTICE", "pin.lua: "+number+" hung up")
		})
	}
}
