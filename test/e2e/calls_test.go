package e2e

import (
	"testing"

	"goagi/test/pbx"
)

func TestHello(t *testing.T) {
	t.Parallel()
	a := installed(t, &asterisk)
	c := call(t, a, `agi.answer()
		agi.var.PIN = agi.get_data("silence/5", 3000, 8)
		agi.var.ARGS = table.concat(arg, "|")
		agi.var.WHO = agi.env.callerid
		agi.var.HOW = agi.transport
		print("stray", "print")
		io.write("stray write\n")
		os.execute("echo stray echo")
		agi.var.AFTER = "in step"`,
		pbx.Plan{Steps: []string{"AGI(goagi,%s,one,two words)"}, Number: "5551234"})
	if err := c.Press("0042#"); err != nil {
		t.Fatal(err)
	}
	check(t, c, vars{"PIN": "0042", "WHO": "5551234", "HOW": "process", "AFTER": "in step", "ARGS": "one|two words",
		"AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK", "GOAGI_ERROR": ""})
}

func TestHangupDuringEachWait(t *testing.T) {
	for _, wait := range []string{
		`agi.stream_file("silence/10")`, `agi.get_data("silence/10", 20000, 4)`, `agi.get_data("", 20000, 4)`, `agi.wait_for_digit()`,
		`agi.get_option("silence/1", "1", 20000)`, `agi.control_stream_file("silence/10")`,
		`agi.say_digits("0123456789012345678901234567890")`, `agi.say_alpha("0123456789012345678901234567890")`,
		`agi.sleep(20)`, `agi.app.Wait(20)`, `agi.app.Echo()`, `os.execute("sleep 20")`, `agi.receive_char(20000)`, `agi.receive_text(20000)`,
		`assert(agi.record_file("/tmp/e2e", "wav", "", 20000) == "hangup") agi.answer()`,
	} {
		t.Run(wait, func(t *testing.T) {
			t.Parallel()
			a := installed(t, &asterisk)
			c := call(t, a, `agi.answer()
				agi.on_hangup(function() agi.var.CLEAN = tostring(agi.hungup()) end)
				agi.database_put("e2e", "waits-" .. agi.env.uniqueid, "1")
				local ok, e = pcall(function() `+wait+` end)
				agi.var.KIND = type(e) == "table" and e.kind or tostring(e)
				agi.var.NEXT = select(2, pcall(agi.stream_file, "beep")).kind
				error(e)`, pbx.Plan{})
			if _, err := c.Do("EXEC Wait 0.7"); err != nil { // as long as the script needs to get there
				t.Fatal(err)
			}
			if err := c.Hangup(); err != nil {
				t.Fatal(err)
			}
			check(t, c, vars{"KIND": "hangup", "NEXT": "hangup", "CLEAN": "true", "AGISTATUS": "HANGUP", "GOAGI_STATUS": "HANGUP"})
		})
	}
}
