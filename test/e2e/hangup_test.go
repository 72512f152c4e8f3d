package e2e

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"goagi/pbx"
)

// Each row waits in another way when the caller hangs up.
var waits = []string{
	`agi.stream_file("silence/10")`,
	`agi.stream_file("silence/10", "123")`,
	`agi.get_data("silence/10", 20000, 4)`,
	`agi.get_data("", 20000, 4)`,
	`agi.wait_for_digit()`,
	`agi.wait_for_digit(20000)`,
	`agi.get_option("silence/10", "1", 20000)`,
	`agi.get_option("beep", "1", 20000)`,
	`agi.control_stream_file("silence/10")`,
	`agi.say_digits("0123456789012345678901234567890")`,
	`agi.say_alpha("0123456789012345678901234567890")`,
	`agi.say_phonetic("abcdefghijklmnopqrstuvwxyz")`,
	`agi.say_number(777777777)`,
	`agi.say_date(0)`,
	`agi.say_time(0)`,
	`agi.say_datetime(0)`,
	`agi.receive_char(20000)`,
	`agi.receive_text(20000)`,
	`agi.set_music(true) agi.wait_for_digit()`,
	`agi.sleep(20)`,
	`while true do agi.sleep(0.01) end`,
	`while true do agi.stream_file("beep") end`,
	`while true do agi.get_variable("X") agi.wait_for_digit(1) end`,
	`agi.app.Wait(20)`,
	`agi.app.Echo()`,
	`agi.app.Read("D", "silence/10") agi.answer()`, // Read itself answers 0
	`agi.app.Playback("silence/10") agi.answer()`,  // before 22 it answers 0 too
	`agi.exec("Dial", "Local/nobody@nowhere")  agi.sleep(20)`,
	`agi.gosub(agi.env.context, agi.env.extension, "5")`,
	`os.execute("sleep 20")`,
	`coroutine.wrap(function() agi.stream_file("silence/10") end)()`,
	`assert(agi.record_file("e2e-hangup", "wav", "", 20000) == "hangup") agi.answer()`,
}

// A caller who hangs up ends whatever the script waits for, at once; the
// script learns it there and can clean up.
func TestHangupDuringEachWait(t *testing.T) {
	t.Parallel()
	for _, wait := range waits {
		t.Run(wait, func(t *testing.T) {
			t.Parallel()
			a := installed(t, &asterisk)
			c := call(t, a, `agi.answer()
				agi.on_hangup(function() agi.var.CLEAN = tostring(agi.hungup()) end)
				agi.var.READY = "yes"
				local ok, e = pcall(function() `+wait+` end)
				agi.var.KIND = type(e) == "table" and e.kind or tostring(e)
				agi.var.NEXT = select(2, pcall(agi.stream_file, "beep")).kind
				error(e)`, pbx.Plan{Steps: []string{
				"AGI(goagi,%s)", // priority 3
				"Hangup()",
				"Wait(20)", // a subroutine
				"Return()",
			}})
			listens(t, c)
			do(t, c, "EXEC Wait 0.4") // well into the wait
			begin := time.Now()
			hangup(t, c)
			check(t, c, vars{"KIND": "hangup", "NEXT": "hangup", "CLEAN": "true", "AGISTATUS": "HANGUP", "GOAGI_STATUS": "HANGUP"})
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("the script went on for %v", took)
			}
		})
	}
}

// A caller may hang up at any moment of the script's start. Nothing may hang,
// fail or be left behind then.
func TestHangupInTheFirstMilliseconds(t *testing.T) {
	const calls = 120
	a := installed(t, &asterisk)
	caught := make([]string, calls)
	t.Run("calls", func(t *testing.T) {
		for i := range calls {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				c, name := callNamed(t, a, `
					agi.on_hangup(function() agi.var.CLEAN = "yes" end)
					agi.answer()
					agi.var.X = agi.get_variable("CHANNEL(state)")
					agi.wait_for_digit(20000)`,
					pbx.Plan{Steps: []string{"AGI(${FASTAGI})", "Set(AGISTATUS=)", "AGI(goagi,%s)"}})
				dialog, err := c.Dialog()
				if err != nil {
					t.Fatal(err)
				}
				dialog.Close() // the dialplan goes on
				// No state is waited for: the moment is the test.
				<-time.After(time.Duration(rand.IntN(30_000)) * time.Microsecond)
				hangup(t, c)
				got := check(t, c, vars{"AGISTATUS": "~HANGUP|SUCCESS|", "GOAGI_STATUS": "~HANGUP|OK|", "CLEAN": "~yes|", "GOAGI_ERROR": "~|.*the call has been hung up|.*this session began after the hangup"})
				leavesNothing(t, a, name)
				if got["AGISTATUS"] == "HANGUP" && got["GOAGI_STATUS"] == "HANGUP" && got["CLEAN"] != "yes" {
					t.Error("the script had a handler that did not run")
				}
				caught[i] = got["AGISTATUS"] + "/" + got["GOAGI_STATUS"]
			})
		}
	})
	count, ran, lost := make(map[string]int), 0, 0
	for _, outcome := range caught {
		count[outcome]++
		if !strings.HasPrefix(outcome, "/") {
			ran++
		}
		if outcome == "HANGUP/" {
			lost++
		}
	}
	t.Logf("AGISTATUS/GOAGI_STATUS of %d calls: %v", calls, count)
	// Until the runtime has started, a signal ends the program, and nothing can be
	// done about that; on an idle machine it is a fraction of the time in which the
	// calls were hung up, on a busy one more of it, but never all.
	if ran == 0 || lost*10 > ran*9 {
		t.Errorf("of %d calls that were hung up in the program's first moments %d were lost", ran, lost)
	}
}

// A caller may be gone before the script runs at all. That is no fault of the
// script, and no failed call.
func TestHangupBeforeTheStart(t *testing.T) {
	t.Parallel()
	c, name := callNamed(t, installed(t, &asterisk), `
		agi.on_hangup(function() agi.var.CLEAN = "yes" end)
		agi.answer()
		agi.wait_for_digit()`,
		// The caller hangs up while the dialplan makes up the arguments.
		pbx.Plan{Steps: []string{"AGI(${FASTAGI})", "Set(AGISTATUS=)", "AGI(goagi,%s,${SHELL(sleep 1)})"}})
	dialog, err := c.Dialog()
	if err != nil {
		t.Fatal(err)
	}
	if err := dialog.End(); err != nil {
		t.Fatal(err)
	}
	do(t, c, "EXEC Wait 0.3")
	hangup(t, c)
	check(t, c, vars{"AGISTATUS": "~HANGUP|SUCCESS", "GOAGI_STATUS": "HANGUP"})
	for line := range strings.Lines(c.Log()) {
		if strings.Contains(line, "ERROR") && strings.Contains(line, name) {
			t.Errorf("the log has an error: %s", line)
		}
	}
}

// Where the dialplan keeps the signal from the script, the next reply tells.
func TestHangupWithoutSignal(t *testing.T) {
	t.Parallel()
	for _, wait := range []string{
		`agi.wait_for_digit()`, `agi.stream_file("silence/10")`, `agi.get_option("beep", "1", 20000)`, `agi.get_data("beep", 20000)`,
		`agi.app.Wait(20)`, `while true do agi.sleep(0.2) agi.stream_file("beep") end`, `while true do agi.sleep(0.1) agi.answer() end`,
	} {
		t.Run(wait, func(t *testing.T) {
			t.Parallel()
			c := call(t, installed(t, &asterisk), `agi.answer()
				agi.on_hangup(function() agi.var.CLEAN = tostring(agi.hungup()) end)
				agi.var.READY = "yes"
				local ok, e = pcall(function() `+wait+` end)
				agi.var.KIND = e.kind
				error(e)`, pbx.Plan{Steps: []string{"Set(AGISIGHUP=no)", "AGI(goagi,%s)"}})
			listens(t, c)
			do(t, c, "EXEC Wait 0.3")
			hangup(t, c)
			check(t, c, vars{"KIND": "hangup", "CLEAN": "true", "AGISTATUS": "HANGUP", "GOAGI_STATUS": "HANGUP"})
		})
	}
}

// Where the dialplan has the session end with the call, nothing can be told
// any more, and the program still ends.
func TestSessionEndsWithTheCall(t *testing.T) {
	t.Parallel()
	for _, script := range []string{
		`agi.wait_for_digit()`, `agi.stream_file("silence/10")`, `agi.sleep(20)`, `agi.app.Wait(20)`, `os.execute("sleep 20")`,
		`while true do pcall(agi.verbose, "still here") end`, `while true do agi.sleep(0.01) end`,
		`pcall(agi.sleep, 20) for i = 1, 10 do print(i) end agi.var.X = 1`,
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			a := installed(t, &asterisk)
			// AGISIGHUP and the like live on the channel, so the far leg's is its own.
			c, name := callNamed(t, a, `agi.answer() agi.var.READY = "yes"
				agi.on_hangup(function() agi.var.CLEAN = "yes" end)
				`+script, pbx.Plan{Steps: []string{"Set(AGIEXITONHANGUP=yes)", "AGI(goagi,--grace=1,%s)"}})
			listens(t, c)
			hangup(t, c)
			check(t, c, vars{"AGISTATUS": "HANGUP", "CLEAN": ""})
			leavesNothing(t, a, name)
		})
	}
}

// A transfer takes the call away from the script like a hangup. The caller
// lives, and goes on in the new dialplan once the script has cleaned up.
func TestRedirectInAPrompt(t *testing.T) {
	t.Parallel()
	for _, wait := range []string{`agi.stream_file("silence/10")`, `agi.wait_for_digit()`, `agi.sleep(20)`, `agi.app.Wait(20)`} {
		t.Run(wait, func(t *testing.T) {
			t.Parallel()
			c := call(t, installed(t, &asterisk), `agi.answer()
				agi.on_hangup(function() agi.sleep(0.3) agi.var.ORDER = "script" end)
				agi.var.READY = "yes"
				`+wait, pbx.Plan{Steps: []string{"AGI(goagi,%s)", "Set(ORDER=old dialplan)"}})
			listens(t, c)
			err := c.Redirect("Set(THEN=${AGISTATUS} ${GOAGI_STATUS} ${CHANNEL(state)})", "Set(ORDER=${ORDER}, new dialplan)", "Read(D,silence/5,2)")
			if err != nil {
				t.Fatal(err)
			}
			until(t, c, "ORDER", "script, new dialplan")
			if err := c.Press("42"); err != nil {
				t.Fatal(err)
			}
			check(t, c, vars{"THEN": "HANGUP HANGUP Up", "ORDER": "script, new dialplan", "D": "42"})
		})
	}
}
