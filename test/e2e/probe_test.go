package e2e

import (
	"strings"
	"testing"

	"goagi/test/pbx"
)

func TestProbe(t *testing.T) {
	a := asterisk.Get(t)
	c := place(t, a, pbx.Plan{Steps: []string{"AGI(${FASTAGI})"}})
	d, err := c.Dialog()
	if err != nil {
		t.Fatal(err)
	}
	d.Command("SET VARIABLE X " + strings.Repeat("abcdefghij", 300))
	for _, l := range []string{"GET VARIABLE X", "GET FULL VARIABLE ${X}", "GET VARIABLE CALLERID(name)"} {
		r, err := d.Command(l)
		t.Log(l, len(r), err)
	}
	d.End()
}
