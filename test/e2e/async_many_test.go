package e2e

import (
	"strings"
	"testing"

	"goagi/pbx"
)

// A hundred calls at once through the program, each of which reads a variable of
// 5 KB: all come whole, and each is served once.
func TestAsyncProgramManyCalls(t *testing.T) {
	a := asterisk.Get(t)
	s := work(t, a, map[string]string{"x.lua": `agi.exec("Wait", "3")
		local part = ("grüße 90% "):rep(105)
		agi.var.SAME = tostring(agi.var.LONG == table.concat({part, part, part, part}, ","))
		agi.var.LENGTH = #agi.var.LONG
		agi.var.TIMES = (agi.var.TIMES or "") .. "x"`})
	part := strings.Repeat("grüße 90% ", 105)
	plan := pbx.Plan{Steps: []string{"AGI(agi:async,x.lua)", "Set(WENT=on)"}}
	for range 4 { // an old Asterisk takes no longer lines
		plan.Vars = append(plan.Vars, [2]string{"PUSH(LONG)", part})
	}
	count := gather(t, a, 100, plan).end(t, "SAME", "LENGTH", "TIMES", "GOAGI_STATUS", "WENT")
	if want := "true/5043/x/OK/on"; count[want] != 100 || len(s.calls()) != 100 {
		t.Errorf("they ended with %v, and the log has %d", count, len(s.calls()))
	}
}

// A worker that is killed and started again finds the calls that it had, and those
// that came meanwhile: it serves them from their script's beginning, or lets them
// go on in the dialplan.
func TestAsyncProgramStartedAgain(t *testing.T) {
	a := asterisk.Get(t)
	for waiting, want := range map[string][2]string{"serve": {"xx/x//on", "x/x//on"}, "release": {"x///on", "///on"}} {
		t.Run(waiting, func(t *testing.T) {
			scripts := map[string]string{"busy.lua": busy}
			first := work(t, a, scripts)
			plan := pbx.Plan{Steps: []string{"AGI(agi:async,busy.lua,10)", "Set(WENT=on)"}}
			had := gather(t, a, 20, plan)
			for _, c := range had.calls {
				until(t, c, "BEGAN", "x")
			}
			first.kill()
			came := gather(t, a, 20, plan)
			work(t, a, scripts, "--waiting="+waiting)
			for i, all := range []*crowd{had, came} {
				if count := all.end(t, "BEGAN", "ENDED", "TWO", "WENT"); count[want[i]] != 20 {
					t.Errorf("they ended with %v, want %s", count, want[i])
				}
			}
		})
	}
}
