package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"goagi/pbx"
)

// The call flow that goagi new makes works in a real Asterisk as it comes: its prompts
// are there, its message is recorded, and a telephone that nobody has is no error.
func TestNewCallFlow(t *testing.T) {
	t.Parallel()
	const menu = "basic-pbx-ivr-main"
	a := installed(t, &asterisk)
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if out, err := exec.Command(program, "new", filepath.Join(dir, "desk")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "desk/desk.lua"))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Script("scripts/desk.lua", string(text)); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, keys, message string // the keys in the menu, and those that end the message
		prompts             []string
	}{
		{"a message", "2", "#", []string{menu, "vm-intro", "beep", "auth-thankyou"}},
		{"nobody's telephone", "1", "#", []string{menu, "pls-hold-while-try", "vm-nobodyavail", "vm-intro", "beep", "auth-thankyou"}},
		{"another key", "92", "#", []string{menu, "pm-invalid-option", menu, "vm-intro", "beep", "auth-thankyou"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := place(t, a, pbx.Plan{Steps: []string{"AGI(goagi,desk.lua,PJSIP/nobody)", "Wait(0.1)"}})
			for i, key := range row.keys {
				hears(t, c, menu, i+1)
				if err := c.Press(string(key)); err != nil {
					t.Fatal(err)
				}
			}
			hears(t, c, "beep", 1)
			do(t, c, "EXEC Wait 0.5")
			if err := c.Press(row.message); err != nil {
				t.Fatal(err)
			}
			check(t, c, vars{"AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
			heard(t, c, row.prompts...)
		})
	}
}
