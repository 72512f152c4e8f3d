package e2e

import (
	"os/exec"
	"testing"
	"time"

	"goagi/test/pbx"
)

func TestZZ(t *testing.T) {
	for i := range 4 {
		a := installed(t, &asterisk)
		c := place(t, a, pbx.Plan{Steps: []string{"AGI(${FASTAGI})"}})
		d, err := c.Dialog()
		if err != nil {
			t.Fatal(err)
		}
		hangup(t, c)
		l, err := d.ReadLine(patience)
		t.Log(l, err)
		begin := time.Now()
		if i >= 2 {
			time.AfterFunc(time.Second, func() { d.Close() })
		}
		if i == 1 {
			time.AfterFunc(time.Second, func() { out, err := exec.Command("sh", "-c", "ls /proc/"+"*/comm >/dev/null; true").CombinedOutput(); t.Log(string(out), err) })
		}
		r, err := d.Command("EXEC Wait 4")
		t.Log(i, time.Since(begin), r, err)
		d.Close()
		c.Vars("AGISTATUS")
		t.Log(i, time.Since(begin))
	}
	a := installed(t, &asterisk)
	a.Script("waiter", "#!/bin/sh\ntrap '' HUP\necho NOOP; read x; sleep 0.5; echo EXEC Wait 6; exec >&-; sleep 1; exit 0\n")
	a.Script("waiter2", "#!/bin/sh\ntrap '' HUP\necho NOOP; read x; sleep 0.5; echo EXEC Wait 6; read y; exit 0\n")
	a.Script("waiter3", "#!/bin/sh\ntrap '' HUP\necho NOOP; read x; sleep 0.5; echo EXEC Wait 6; sleep 1; kill -9 $$\n")
	for _, n := range []string{"waiter", "waiter2", "waiter3"} {
		c := place(t, a, pbx.Plan{Steps: []string{"AGI(" + n + ")"}})
		do(t, c, "EXEC Wait 0.2")
		hangup(t, c)
		begin := time.Now()
		c.Vars("AGISTATUS")
		t.Log(n, time.Since(begin))
	}
}
