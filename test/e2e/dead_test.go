package e2e

import (
	"strings"
	"testing"

	"goagi/agi"
	"goagi/test/pbx"
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
	c := call(t, installed(t, &asterisk), `agi.answer()`, afterwards)
	check(t, c, vars{"AGISTATUS": "FAILURE", "GOAGI_STATUS": "ERROR", "GOAGI_ERROR": at + "1: ANSWER: no live channel.*"})
}

// Each of the 47 commands knows whether it works after the call.
func TestCommandsAfterTheCall(t *testing.T) {
	t.Parallel()
	var lua, want strings.Builder
	lua.WriteString(prelude + "local got = {}\n")
	for _, name := range agi.Commands() {
		verb := strings.ReplaceAll(strings.ToLower(name), " ", "_")
		args := map[string]string{
			"exec": `"NoOp"`, "set_music": "true", "set_autohangup": "1", "record_file": `"a", "wav", "", 100`, "control_stream_file": `"beep", "1"`,
			"say_number": "1", "say_date": "0", "say_time": "0", "say_datetime": "0", "receive_char": "100", "receive_text": "100",
			"wait_for_digit": "100", "answer": "", "hangup": "", "channel_status": "",
		}[verb]
		if args == "" {
			args = `"1", "1", "1"`
		}
		switch verb {
		case "receive_char", "receive_text", "wait_for_digit", "set_autohangup", "say_number", "say_date", "say_time", "say_datetime":
		case "answer", "hangup", "channel_status", "speech_destroy", "noop":
			args = ""
		case "get_data", "stream_file", "get_option", "speech_recognize":
			args = `"beep"`
		}
		lua.WriteString("got[#got + 1] = '" + verb + "=' .. outcome(function() return agi." + verb + "(" + args + ") end)\n")
		want.WriteString("|" + verb + "=")
		if (agi.Command{Name: name}).Has(agi.DeadSafe) {
			want.WriteString("works")
		} else {
			want.WriteString("raises dead")
		}
	}
	lua.WriteString("for i, line in ipairs(got) do if not line:find('=raises') then got[i] = line:gsub('=.*', '=works') end end\n")
	lua.WriteString("agi.var.GOT = '|' .. table.concat(got, '|')")
	c := call(t, installed(t, &asterisk), lua.String(), afterwards)
	check(t, c, vars{"GOT": want.String(), "GOAGI_STATUS": "OK"})
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
