package pbx

import (
	"os"
	"strings"
	"testing"
)

var asterisk Shared

func TestMain(m *testing.M) {
	code := m.Run()
	asterisk.Stop()
	os.Exit(code)
}

func place(t *testing.T, p Plan) *Call {
	t.Helper()
	c, err := asterisk.Get(t).Place(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestKeysOfTheCallerArrive(t *testing.T) {
	c := place(t, Plan{Steps: []string{"AGI(${FASTAGI},one,two)"}, Name: "Ann \"x\" \\ \nB", Number: "5551234"})
	d, err := c.Dialog()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%q", d.Env)
	c.Press("0042#")
	line, err := d.Command("GET DATA silence/5 3000 8")
	if line != "200 result=0042" {
		t.Errorf("got %q, %v", line, err)
	}
	line, err = d.Variable("CALLERID(name)")
	if line != "Ann \"x\" \\ \nB" {
		t.Errorf("name is %q, %v", line, err)
	}
	d.Close()
	vars, err := c.Vars("AGISTATUS", "CALLERID(num)", "NONE")
	if err != nil || vars["AGISTATUS"] != "SUCCESS" || vars["CALLERID(num)"] != "5551234" || vars["NONE"] != "" {
		t.Errorf("variables are %q, %v", vars, err)
	}
	if !strings.Contains(c.Log(), "AGI Script agi://") {
		t.Errorf("the log is %s", c.Log())
	}
}
