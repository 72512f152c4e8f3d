package e2e

import (
	"strings"
	"testing"

	"goagi/pbx"
)

// What differs by the release of Asterisk.

// failed is AGISTATUS after a program that exited with an error. An Asterisk
// before 18.25, 20.10 and 21.5 that has had a FastAGI session, and every call of
// these tests begins with one, may lose the exit status and says SUCCESS then:
// asterisk/asterisk#922. GOAGI_STATUS is right even so.
func failed(a *pbx.Asterisk) string {
	if a.Release() < 22 {
		return "~FAILURE|SUCCESS"
	}
	return "FAILURE"
}

// longestLine asks Asterisk how many bytes it takes as one command, with its
// newline.
func longestLine(t *testing.T, a *pbx.Asterisk) int {
	t.Helper()
	d, err := place(t, a, pbx.Plan{Steps: []string{"AGI(${FASTAGI})"}}).Dialog()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	const command = "GET FULL VARIABLE "
	reply, err := d.Command(command + strings.Repeat("x", 20000))
	if err != nil {
		t.Fatal(err)
	}
	return len(command) + len(reply) - len("200 result=1 ()")
}
