package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"goagi/pbx"
)

// A script may be part of a folder of its own, with modules beside it and in
// the scripts folder.
func TestModules(t *testing.T) {
	t.Parallel()
	a := installed(t, &asterisk)
	file(t, a, "scripts/e2e-menu/main.lua", `
		local beside, below, package_, common = require "beside", require "parts.below", require "parts", require "e2e-common"
		assert(require "beside" == beside)
		agi.answer()
		agi.var.GOT = beside.name .. " " .. below.name .. " " .. package_.name .. " " .. common.name .. " " .. both
		agi.var.WHO = beside.caller()
		require "broken"`)
	file(t, a, "scripts/e2e-menu/beside.lua", `local agi = require "agi" return {name = "beside", caller = function() return agi.env.callerid end}`)
	file(t, a, "scripts/e2e-menu/parts/below.lua", `return {name = "below"}`)
	file(t, a, "scripts/e2e-menu/parts/init.lua", `return {name = "package"}`)
	file(t, a, "scripts/e2e-menu/both.lua", `both = "beside first"`)
	file(t, a, "scripts/both.lua", `both = "the folder first"`)
	file(t, a, "scripts/e2e-common.lua", `require "both" return {name = "common"}`)
	file(t, a, "scripts/e2e-menu/broken.lua", "agi.var.CAME = 'here'\nerror('in a module')")
	c := place(t, a, pbx.Plan{Number: "5551234", Steps: []string{"AGI(goagi,e2e-menu/main.lua)"}})
	check(t, c, vars{"GOT": "beside below package common beside first", "WHO": "5551234", "CAME": "here",
		"GOAGI_STATUS": "ERROR", "GOAGI_ERROR": "~/.*/scripts/e2e-menu/broken.lua:2: in a module"})
}

// However the dialplan names program and script, the script runs and has its
// own arguments, whoever calls.
func TestNamesOfProgramAndScript(t *testing.T) {
	t.Parallel()
	a := installed(t, &asterisk)
	const lua = `agi.answer() agi.var.ARGS = #arg .. "|" .. table.concat(arg, "|") agi.var.TRANSPORT = agi.transport ` +
		`agi.set_variable("PLACE", agi.env.extension .. " " .. agi.env.enhanced) agi.set_variable("STEP", agi.get_full_variable("in-step"))`
	program := a.Inside("agi/goagi")
	file(t, a, "e2e-shebang.lua", "#!"+program+"\n"+lua)
	file(t, a, "e2e-shebang", "#!"+program+"\n"+lua)
	file(t, a, "e2e-flags.lua", "#!"+program+" --max-call-time=30\n"+lua)
	file(t, a, "e2e-beside.lua", lua)
	file(t, a, "scripts/e2e-named.lua", lua)
	file(t, a, "scripts/e2e sub/with blanks.lua", lua)
	if err := os.Symlink(a.Inside("lib/goagi-elsewhere"), filepath.Join(a.Dir, "agi/e2e-linked")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(a.Dir, "agi/goagi"), filepath.Join(a.Dir, "lib/goagi-elsewhere")); err != nil {
		t.Fatal(err)
	}
	callers := map[string]string{
		"Ann":     "Ann",
		"forgery": broken["a whole block"],
		"program": "x\nagi_enhanced: 1.0\nagi_threadid: 140\nagi_arg_1: /etc/passwd\nagi_arg_2: forged\n\n",
	}
	for _, step := range []string{
		"AGI(e2e-shebang.lua,one,two words)",
		"AGI(e2e-shebang,one,two words)",
		"AGI(e2e-flags.lua,one,two words)",
		"AGI(" + a.Inside("agi/e2e-shebang.lua") + ",one,two words)",
		"AGI(goagi,e2e-named.lua,one,two words)",
		"AGI(goagi,e2e-named,one,two words)",
		"AGI(goagi,--grace=5,e2e-named,one,two words)",
		"AGI(goagi,--,e2e-named,one,two words)",
		"AGI(goagi,e2e-beside,one,two words)",
		"AGI(goagi," + a.Inside("agi/scripts/e2e-named.lua") + ",one,two words)",
		"AGI(goagi,--scripts=" + a.Inside("agi/scripts/e2e sub") + ",with blanks,one,two words)",
		"AGI(goagi,e2e sub/with blanks.lua,one,two words)",
		"AGI(" + program + ",e2e-named.lua,one,two words)",
		"AGI(e2e-linked,e2e-named.lua,one,two words)",
		"AGI(e2e-linked,e2e-beside.lua,one,two words)",
		"EAGI(goagi,e2e-named.lua,one,two words)",
		"EAGI(e2e-shebang.lua,one,two words)",
	} {
		for who, name := range callers {
			t.Run(step+" "+who, func(t *testing.T) {
				t.Parallel()
				transport, enhanced := "process", "0.0"
				if strings.HasPrefix(step, "EAGI") {
					transport, enhanced = "eagi", "1.0"
				}
				c := place(t, a, pbx.Plan{Name: strings.TrimRight(name, "\n"), Steps: []string{step}, AtEnd: nameless})
				check(t, c, vars{"ARGS": "2|one|two words", "TRANSPORT": transport, "PLACE": "100 " + enhanced, "STEP": "in-step",
					"AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
			})
		}
	}
}

// With EAGI the dialog is as with AGI, and the caller's audio on fd 3 is no
// business of programs that the script starts.
func TestEAGI(t *testing.T) {
	t.Parallel()
	c := call(t, installed(t, &asterisk), prelude+`
		agi.answer()
		agi.var.READY = "yes"
		agi.var.DATA = show(agi.get_data("silence/5", 3000, 8))
		agi.var.READY = "again"
		agi.set_variable("KEY", show(agi.stream_file("silence/5", "7")))
		agi.set_variable("SAID", show(agi.say_digits("12")))
		agi.set_variable("FD", os.execute("(: <&3) 2>/dev/null && exit 5; exit 0"))
		agi.sleep(0.2)
		print("printed")
		agi.set_variable("STEP", agi.get_full_variable("in-step"))`, pbx.Plan{Steps: []string{"EAGI(goagi,%s)"}})
	press(t, c, "0042#")
	until(t, c, "READY", "again")
	if err := c.Press("7"); err != nil {
		t.Fatal(err)
	}
	check(t, c, vars{"DATA": `"0042"`, "KEY": `~"7", [1-9]\d*`, "SAID": "nil", "FD": "0", "STEP": "in-step", "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
}

// The caller hangs up, or the call's time is over, while EAGI waits: what says
// digits is cut short too, which AGI cannot do.
func TestEndOfEAGI(t *testing.T) {
	t.Parallel()
	a := installed(t, &asterisk)
	for _, wait := range []string{
		`agi.stream_file("silence/9")`, `agi.get_data("silence/9", 9000)`, `agi.wait_for_digit()`, `agi.sleep(20)`,
		`agi.say_digits("0123456789012345")`, `agi.say_alpha("abcdefghijklmnop")`, `agi.say_phonetic("abcdefghijklmnop")`, `agi.say_number(777777777)`,
	} {
		for _, how := range []struct{ name, flag, agi, status string }{
			{"hangup", "--grace=8", "HANGUP", "HANGUP"},
			{"time limit", "--max-call-time=1", failed(a), "TIMEOUT"},
		} {
			t.Run(wait+" "+how.name, func(t *testing.T) {
				t.Parallel()
				c := call(t, a, `agi.answer()
					agi.on_hangup(function() agi.var.CLEAN = "yes" end)
					agi.var.READY = "yes" agi.var.FROM = os.time() `+wait,
					pbx.Plan{Steps: []string{fmt.Sprintf("EAGI(goagi,%s,%%s)", how.flag), "Set(TOOK=$[${EPOCH} - ${FROM}])"}})
				listens(t, c)
				took := "~[0-3]"
				if how.name == "hangup" {
					hangup(t, c)
					took = ""
				}
				check(t, c, vars{"AGISTATUS": how.agi, "GOAGI_STATUS": how.status, "CLEAN": "yes", "TOOK": took})
			})
		}
	}
}
