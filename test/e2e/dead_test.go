package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"goagi/agi"
	"goagi/luabind"
	"goagi/pbx"
)

// afterwards runs a script in extension h, after the call.
var afterwards = pbx.Plan{AtEnd: []string{"Set(AGISTATUS=)", "AGI(goagi,%s)"}}

// A script in extension h exists to work after the call: nothing is cut short,
// and only what needs a live channel is refused.
func TestDeadFromTheStart(t *testing.T) {
	t.Parallel()
	c := call(t, installed(t, &asterisk), `
		agi.on_hangup(function() agi.var.HANDLER = "ran" end)
		agi.var.CALLER = agi.env.callerid
		agi.var.DB = tostring(agi.database_put("e2e-dead", agi.env.uniqueid, "v")) .. agi.database_get("e2e-dead", agi.env.uniqueid)
		agi.database_deltree("e2e-dead")
		agi.app.Set("APP=ran")
		local ok, e = pcall(agi.stream_file, "beep")
		agi.var.KIND, agi.var.TEXT = e.kind, tostring(e)
		agi.var.AGAIN = select(2, pcall(agi.answer)).kind
		agi.sleep(0.3)
		agi.var.SLEPT = "yes"
		agi.var.SH = os.execute("sleep 0.1")
		agi.verbose("dead and well")
		print("printed")
		agi.log("info", "logged")
		agi.var.GONE = tostring(agi.hungup())`, pbx.Plan{AtEnd: afterwards.AtEnd, Number: "5551234"})
	check(t, c, vars{"HANDLER": "", "CALLER": "5551234", "DB": "truev", "APP": "ran", "KIND": "dead", "TEXT": `~(.*\.lua:8: )?STREAM FILE: no live channel.*`, "AGAIN": "dead",
		"SLEPT": "yes", "SH": "0", "GONE": "false", "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
}

// An error that nobody catches says why nothing could be played.
func TestDeadNotCaught(t *testing.T) {
	t.Parallel()
	a := installed(t, &asterisk)
	c := call(t, a, `agi.answer()`, afterwards)
	check(t, c, vars{"AGISTATUS": failed(a), "GOAGI_STATUS": "ERROR", "GOAGI_ERROR": at + "1: ANSWER: no live channel.*"})
}

// Each of the 47 commands knows whether it works after the call.
func TestCommandsAfterTheCall(t *testing.T) {
	t.Parallel()
	args := map[string]string{ // those of the commands that take more than texts
		"exec": `"NoOp"`, "set_music": "true", "set_autohangup": "1", "record_file": `"a", "wav", "", 100`, "control_stream_file": `"beep", "1"`,
		"say_number": "1", "say_date": "0", "say_time": "0", "say_datetime": "0", "receive_char": "100", "receive_text": "100",
		"wait_for_digit": "100", "get_data": `"beep"`, "get_option": `"beep"`, "stream_file": `"beep"`, "speech_recognize": `"beep"`,
	}
	functions := luabind.Functions()
	lua := prelude + "local wrong = ''\n"
	for _, name := range agi.Commands() {
		verb := strings.ReplaceAll(strings.ToLower(name), " ", "_")
		words, ok := args[verb]
		if !ok { // as many texts as it takes
			i := slices.IndexFunc(functions, func(fn luabind.Func) bool { return fn.Name == verb })
			if params := functions[i].Params; params != "" {
				words = `"1"` + strings.Repeat(`, "1"`, strings.Count(params, ", "))
			}
		}
		works := (agi.Command{Name: name}).Has(agi.DeadSafe)
		lua += fmt.Sprintf("do local got = outcome(function() return agi.%s(%s) end) "+
			"if (got == 'raises dead') == %t or got:find('raises [^d]') then wrong = wrong .. ' %s: ' .. got end end\n", verb, words, works, verb)
	}
	c := call(t, installed(t, &asterisk), lua+"agi.var.WRONG = wrong", afterwards)
	check(t, c, vars{"WRONG": "", "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
}

// The call's own script runs first, then that of extension h, which sees what
// the first one said.
func TestStatusIsThereInExtensionH(t *testing.T) {
	t.Parallel()
	c := call(t, installed(t, &asterisk), `
		if agi.var.TURN == "first" then
			agi.var.SAW = agi.var.GOAGI_STATUS .. " " .. agi.var.AGISTATUS
			return
		end
		agi.var.TURN = "first"
		agi.answer() agi.var.READY = "yes" agi.wait_for_digit()`,
		pbx.Plan{Steps: []string{"AGI(goagi,%s)"}, AtEnd: []string{"AGI(goagi,%s)"}})
	listens(t, c)
	hangup(t, c)
	check(t, c, vars{"SAW": "HANGUP HANGUP", "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
}

// A hangup handler runs after extension h, and as there nothing is cut short.
func TestHangupHandlerOfTheDialplan(t *testing.T) {
	t.Parallel()
	for _, hangs := range []bool{true, false} {
		t.Run(fmt.Sprintf("caller hangs up=%t", hangs), func(t *testing.T) {
			t.Parallel()
			a := installed(t, &asterisk)
			handler := script(t, a, `
				agi.on_hangup(function() agi.var.HANDLER = "ran" end)
				agi.var.SAW = agi.var.GOAGI_STATUS
				agi.var.ARGS = #arg .. agi.env.context
				local ok, e = pcall(agi.stream_file, "beep")
				agi.var.KIND = e.kind
				agi.sleep(0.3)
				agi.var.SLEPT = "yes"
				agi.var.DB = tostring(agi.database_put("e2e-handler", agi.env.uniqueid, "v"))
				agi.database_deltree("e2e-handler")`)
			c := call(t, a, `agi.answer() if agi.var.WAIT == "true" then agi.var.READY = "yes" agi.wait_for_digit() end`,
				pbx.Plan{Vars: [][2]string{{"WAIT", fmt.Sprint(hangs)}, {"CHANNEL(hangup_handler_push)", "handler,s,1(goagi," + handler + ")"}},
					Steps: []string{"AGI(goagi,%s)"}})
			saw, status := "OK", "SUCCESS"
			if hangs {
				listens(t, c)
				hangup(t, c)
				saw, status = "HANGUP", "HANGUP"
			}
			check(t, c, vars{"AGISTATUS": status, "GOAGI_STATUS": saw, "SAW": ""}) // in extension h
			check(t, c, vars{"SAW": saw, "ARGS": "0handler", "KIND": "dead", "SLEPT": "yes", "DB": "true", "HANDLER": "", "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
		})
	}
}

// What goes wrong in one is for the log: nobody else is there to hear it.
func TestFaultInAHangupHandler(t *testing.T) {
	t.Parallel()
	a := installed(t, &service)
	name := script(t, a, "\nerror('in the dialplan\\'s handler')")
	c := place(t, a, pbx.Plan{Vars: [][2]string{{"CHANNEL(hangup_handler_push)", "handler,s,1(goagi," + name + ")"}}})
	check(t, c, vars{"GOAGI_STATUS": ""})
	check(t, c, vars{"AGISTATUS": failed(a), "GOAGI_STATUS": "ERROR", "GOAGI_ERROR": at + "2: in the dialplan's handler"})
	logs(t, c, name, "ERROR", "/SCRIPT:2: in the dialplan's handler")
}
