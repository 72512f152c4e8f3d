package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"goagi/agi"
	"goagi/pbx"
)

// deed is an expression of Lua that a script evaluates in a call.
type deed struct {
	lua    string
	keys   string // what the caller presses once it waits
	gives  string // its values; <n> is any number over 0, ... is any text
	status string // AGISTATUS, SUCCESS where empty
	plan   pbx.Plan
}

// commands are the AGI commands, each with what it gives a script.
var commands = []deed{
	{lua: `agi.answer()`},
	{lua: `agi.asyncagi_break()`},
	{lua: `agi.noop()`},
	{lua: `agi.noop("one two")`},
	{lua: `agi.verbose("said \"so\"")`},
	{lua: `agi.verbose("said so", 3)`},

	// Digits are text, whatever they look like.
	{lua: `agi.get_data("silence/5", 3000, 8)`, keys: "0042#", gives: `"0042"`},
	{lua: `agi.get_data("silence/5", 3000, 4)`, keys: "0042", gives: `"0042"`},
	{lua: `agi.get_data("silence/5", 3000, 8)`, keys: "*9#", gives: `"*9"`},
	{lua: `agi.get_data("silence/5", 3000, 4)`, keys: "ABCD", gives: `"ABCD"`},
	{lua: `agi.get_data("silence/5", 3000, 8)`, keys: "#", gives: `""`},
	{lua: `agi.get_data("silence/5", 3000, 1)`, keys: "0", gives: `"0"`},
	{lua: `agi.get_data("silence/5", 700, 4)`, keys: "00", gives: `"00", "timeout"`},
	{lua: `agi.get_data("silence/1", 300, 4)`, gives: `nil, "timeout"`},
	{lua: `agi.get_data("", 300)`, gives: `nil, "timeout"`},
	{lua: `agi.get_data("silence/1")`, keys: "12", gives: `"12", "timeout"`},
	{lua: `agi.get_data("no-such-prompt", 300)`, gives: "raises failed"},
	{lua: `agi.get_data("silence/1", 300, 0)`, gives: "raises usage"},
	{lua: `agi.get_data("silence/1", 300, 1024)`, gives: "raises usage"},

	// Keys.
	{lua: `agi.wait_for_digit()`, keys: "0", gives: `"0"`},
	{lua: `agi.wait_for_digit(-1)`, keys: "*", gives: `"*"`},
	{lua: `agi.wait_for_digit(5000)`, keys: "#", gives: `"#"`},
	{lua: `agi.wait_for_digit(5000)`, keys: "D", gives: `"D"`},
	{lua: `agi.wait_for_digit(300)`, gives: `nil`},
	{lua: `agi.wait_for_digit(0)`, gives: `nil`},
	{lua: `agi.stream_file("silence/1")`, gives: `nil, 8000`},
	{lua: `agi.stream_file("silence/2", "", 8000)`, gives: `nil, 16000`},
	{lua: `agi.stream_file("silence/5", "12")`, keys: "2", gives: `"2", <n>`},
	{lua: `agi.stream_file("silence/5", "0123456789*#")`, keys: "#", gives: `"#", <n>`},
	{lua: `agi.stream_file("silence/1", "12")`, keys: "9", gives: `nil, 8000`},
	{lua: `agi.stream_file("no-such-prompt")`, gives: "raises failed", status: "FAILURE"},
	{lua: `agi.get_option("silence/5", "123", 2000)`, keys: "2", gives: `"2", <n>`},
	{lua: `agi.get_option("silence/5", "*#", 2000)`, keys: "#", gives: `"#", <n>`},
	{lua: `agi.get_option("silence/1", "123", 5000)`, keys: "wwww3", gives: `"3", 8000`},
	{lua: `agi.get_option("silence/1", "123", 300)`, gives: `nil, 8000`},
	{lua: `agi.get_option("silence/1", "123", 5000)`, keys: "wwww9", gives: `nil, 8000`},
	{lua: `agi.get_option("no-such-prompt", "1", 300)`, gives: "raises failed", status: "FAILURE"},
	{lua: `agi.control_stream_file("silence/1")`, gives: `nil, -1`},
	{lua: `agi.control_stream_file("silence/9", "12")`, keys: "2", gives: `"2", <n>`},
	{lua: `agi.control_stream_file("silence/9", "1", 8000)`, keys: "#w1", gives: `...`}, // wound past the end
	{lua: `agi.control_stream_file("silence/9", "#", 1000, "4", "5", "6", 2000)`, keys: "6ww#", gives: `"#", <n>`},
	{lua: `agi.control_stream_file("no-such-prompt")`, gives: "raises failed", status: "FAILURE"},

	// Saying things. A key that is no escape digit does not end it.
	{lua: `agi.say_alpha("a1")`, gives: `nil`},
	{lua: `agi.say_alpha("abcdefghijklmnop", "12")`, keys: "2w2w2", gives: `"2"`},
	{lua: `agi.say_digits("0042")`, gives: `nil`},
	{lua: `agi.say_digits("0042004200420042", "0123456789*#")`, keys: "*w*w*", gives: `"*"`},
	{lua: `agi.say_digits("abc")`, gives: "raises usage"},
	{lua: `agi.say_number(21)`, gives: `nil`},
	{lua: `agi.say_number(-1234567, "5", "f")`, keys: "5w5w5", gives: `"5"`},
	{lua: `agi.say_phonetic("ab")`, gives: `nil`},
	{lua: `agi.say_phonetic("abcdefghijklmnop", "5")`, keys: "5w5w5", gives: `"5"`},
	{lua: `agi.say_date(0, "5")`, keys: "5w5w5", gives: `"5"`},
	{lua: `agi.say_time(0, "5")`, keys: "5w5w5", gives: `"5"`},
	{lua: `agi.say_datetime(0, "5")`, keys: "5w5w5", gives: `"5"`},
	{lua: `agi.say_datetime(nil, "", "H")`, gives: `nil`},
	{lua: `agi.say_datetime(0, "5", "ABdY 'digits/at' IMp", "Europe/Paris")`, keys: "5w5w5", gives: `"5"`},

	// Recordings, of a caller who is quiet; of keys alone nothing is recorded.
	{lua: `agi.record_file("e2e-dtmf", "wav", "12", 9000)`, keys: "1", gives: `"dtmf", ..., "1"`},
	{lua: `agi.record_file("e2e-other", "wav", "12", 900)`, keys: "9", gives: `"timeout", <n>, nil`},
	{lua: `agi.record_file("e2e-timeout", "wav", "", 500)`, gives: `"timeout", <n>, nil`},
	{lua: `agi.record_file("e2e-silence", "wav", "#", 9000, 0, true, 1)`, gives: `"timeout", <n>, nil`},
	{lua: `agi.record_file("e2e-endless", "wav", "#")`, keys: "ww#", gives: `"dtmf", ..., "#"`},
	{lua: `agi.record_file("e2e-beep", "wav", "#", 9000, 0, true)`, keys: "#", gives: `"randomerror", ..., "#"`, plan: slowBeep},
	{lua: `agi.record_file("no-such-folder/x/y", "nosuchformat", "", 500)`, gives: "raises failed", status: "FAILURE"},

	// Variables and the database.
	{lua: `agi.set_variable("X", "a \"b\" \\ c, (d) ${EXTEN}") or agi.get_variable("X")`, gives: `"a "b" \ c, (d) ${EXTEN}"`},
	{lua: `agi.get_variable("NO_SUCH_VARIABLE")`, gives: `nil`},
	{lua: `agi.set_variable("X", "") or agi.get_variable("X")`, gives: `""`},
	{lua: `agi.get_variable("CALLERID(num)")`, gives: `"5551234"`, plan: pbx.Plan{Number: "5551234"}},
	{lua: `agi.var.NO_SUCH_VARIABLE`, gives: `nil`},
	{lua: `agi.var["CHANNEL(state)"]`, gives: `"Up"`},
	{lua: `agi.var["X${SHELL(id)}"]`, gives: "raises usage"},
	// The name of a variable may run a program, and what stands in its parentheses is not evaluated.
	{lua: `agi.get_variable("SHELL(printf ran)"), agi.var["SHELL(printf ran)"]`, gives: `"ran", "ran"`},
	{lua: `agi.get_variable("TOUPPER(${SHELL(printf ran)})")`, gives: `"${SHELL(PRINTF RAN)}"`},
	{lua: `agi.get_full_variable("${CALLERID(num)}-$[1+2]")`, gives: `"5551234-3"`, plan: pbx.Plan{Number: "5551234"}},
	{lua: `agi.get_full_variable("${NO_SUCH_VARIABLE}")`, gives: `""`},
	{lua: `agi.get_full_variable("${EXTEN}", agi.env.channel)`, gives: `"100"`},
	{lua: `agi.get_full_variable("${EXTEN}", "no-such-channel")`, gives: `nil`},
	{lua: `agi.database_put("e2e", "key", "a \"value\" (x)"), agi.database_get("e2e", "key")`, gives: `true, "a "value" (x)"`},
	{lua: `agi.database_get("e2e", "no-such-key")`, gives: `nil`},
	{lua: `agi.database_put("e2e-del", "k", "v"), agi.database_del("e2e-del", "k"), agi.database_get("e2e-del", "k")`, gives: `true, true, nil`},
	{lua: `agi.database_put("e2e-tree", "k", "v"), agi.database_deltree("e2e-tree"), agi.database_get("e2e-tree", "k"), agi.database_deltree("e2e-tree")`,
		gives: `true, true, nil, false`},
	{lua: `agi.database_put("e2e-sub", "a/b", "v"), agi.database_put("e2e-sub", "c", "v"), agi.database_deltree("e2e-sub", "a"), agi.database_get("e2e-sub", "c")`,
		gives: `true, true, true, "v"`},

	// The channel.
	{lua: `agi.channel_status()`, gives: `6`},
	{lua: `agi.channel_status(agi.env.channel)`, gives: `6`},
	{lua: `agi.channel_status("no-such-channel")`, gives: "raises failed"},
	{lua: `agi.hangup("no-such-channel")`, gives: "raises failed"},
	{lua: `agi.set_callerid("\"Ann \\\"A\\\" B\" <123>") or agi.var["CALLERID(num)"], agi.var["CALLERID(name)"]`, gives: `"123", "Ann "A" B"`},
	{lua: `agi.set_callerid("777") or agi.var["CALLERID(num)"]`, gives: `"777"`},
	{lua: `agi.set_music(true)`},
	{lua: `agi.set_music("on", "default")`},
	{lua: `agi.set_music(false)`},
	{lua: `agi.set_music("loud")`, gives: "raises usage"},
	{lua: `agi.set_autohangup(0.5) or agi.wait_for_digit(9000)`, gives: "raises hangup", status: "HANGUP"},
	{lua: `agi.set_autohangup(0.5) or agi.set_autohangup(0) or agi.wait_for_digit(900)`, gives: `nil`},
	{lua: `agi.tdd_mode("on")`, gives: `false`},
	{lua: `agi.send_text("hello \"there\"")`},
	{lua: `agi.send_image("no-such-image")`},
	{lua: `agi.receive_char(300)`, gives: `nil`, status: "FAILURE"}, // for Asterisk a timeout is one
	{lua: `agi.receive_text(300)`, gives: `nil`},

	// Applications.
	{lua: `agi.exec("NoOp", "a,b")`, gives: `0`},
	{lua: `agi.exec("Wait", 0.1)`, gives: `0`},
	{lua: `agi.exec("Busy", "1")`, gives: `-1`},
	{lua: `agi.exec("Congestion", "1")`, gives: `-1`},
	{lua: `agi.exec("Background", "silence/5")`, keys: "2", gives: `50`},
	{lua: `agi.exec("NoSuchApplication", "x")`, gives: "raises unknown"},
	{lua: `agi.exec("Hangup")`, gives: "raises hangup", status: "HANGUP"},
	{lua: `agi.exec("Set", "X=a,b \"c\""), agi.var.X`, gives: `0, "a,b "c""`},
	{lua: `agi.app.Set("X=a,b"), agi.var.X`, gives: `0, "a,b"`},
	{lua: `agi.app.MSet("X=a,b", "Y=(c) \"d\" \\ [e]"), agi.var.X, agi.var.Y`, gives: `0, "a,b", "(c) "d" \ [e]"`},
	{lua: `agi.app.Log("NOTICE", "a, (b) \"c\" \\d")`, gives: `0`},
	{lua: `agi.app.Verbose(1, "a, (b)")`, gives: `0`},
	{lua: `agi.app.Read("D", "silence/5", 4, nil, 1, 2), agi.var.D`, keys: "0042", gives: `0, "0042"`},
	{lua: `agi.app.NoSuchApplication("x")`, gives: "raises unknown"},
	{lua: `agi.gosub("subroutine", "9", "1", "a b") or agi.var.ELSEWHERE`, gives: `"a b"`},
	{lua: `agi.gosub("subroutine", "9", 1)`},
	{lua: `agi.gosub("no-such-context", "s", "1")`, gives: "raises failed", status: "FAILURE"},
	{lua: `agi.gosub("elsewhere", "9", "1")`, gives: "raises failed"},

	// No engine is loaded.
	{lua: `agi.speech_create()`, gives: `false`},
	{lua: `agi.speech_create("no-such-engine")`, gives: `false`},
	{lua: `agi.speech_set("name", "value")`, gives: `false`},
	{lua: `agi.speech_load_grammar("name", "path")`, gives: `false`},
	{lua: `agi.speech_unload_grammar("name")`, gives: `false`},
	{lua: `agi.speech_activate_grammar("name")`, gives: `false`},
	{lua: `agi.speech_deactivate_grammar("name")`, gives: `false`},
	{lua: `agi.speech_recognize("silence/1", 300)`, gives: `nil`},
	{lua: `agi.speech_destroy()`, gives: `false`},

	// What has no function of its own.
	{lua: `agi.command("NOOP").code, agi.command("get variable", "EXTEN").value`, gives: `200, "100"`},
	{lua: `agi.command("STREAM FILE", "silence/1", "").endpos`, gives: `8000`},
	{lua: `agi.command("NO SUCH COMMAND", "x")`, gives: "raises unknown"},
	{lua: `agi.command("SET VARIABLE", "X")`, gives: "raises usage"},
	{lua: `agi.command("failure")`, gives: "raises unknown"},
}

// slowBeep gives RECORD FILE a beep that lasts long enough to press a key in.
var slowBeep = pbx.Plan{Vars: [][2]string{{"CHANNEL(language)", "slow"}}}

// Each command gives a script what design and reference promise, and leaves
// the dialog in step.
func TestCommands(t *testing.T) {
	t.Parallel()
	a := installed(t, &asterisk)
	if err := os.Mkdir(filepath.Join(a.Dir, "data/sounds/slow"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(a.Dir, "data/sounds/slow/beep.sln"), make([]byte, 5*16000), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range commands {
		t.Run(row.lua+" "+row.keys, func(t *testing.T) {
			t.Parallel()
			row.plan.Steps = []string{"AGI(goagi,%s)"}
			c := call(t, a, prelude+`
				agi.answer()
				agi.set_variable("READY", "yes")
				local got = outcome(function() return `+row.lua+` end)
				agi.set_variable("GOT", got)
				agi.set_variable("STEP", agi.get_variable("READY") .. "-" .. agi.get_full_variable("in-step"))`, row.plan)
			if row.keys != "" {
				press(t, c, row.keys)
			}
			pattern := strings.NewReplacer(`<n>`, `[1-9]\d*`, `\.\.\.`, `.*`).Replace(regexp.QuoteMeta(row.gives))
			if row.status == "" {
				row.status = "SUCCESS"
			}
			check(t, c, vars{"GOT": "~" + pattern, "STEP": "yes-in-step", "AGISTATUS": row.status})
		})
	}
}

// A command that is missing above would be one that nobody has seen work.
func TestAllCommandsAreThere(t *testing.T) {
	text := ""
	for _, row := range commands {
		text += row.lua + "\n"
	}
	for _, row := range goingOn {
		text += row.lua + "\n"
	}
	for _, name := range agi.Commands() {
		verb := "agi." + strings.ReplaceAll(strings.ToLower(name), " ", "_") + "("
		if !strings.Contains(text, verb) {
			t.Errorf("no call runs %s", verb)
		}
	}
}

// goingOn says where the dialplan goes on; the context elsewhere notes it.
var goingOn = []deed{
	{lua: `agi.set_context("elsewhere") agi.set_extension("123") agi.set_priority(1)`, gives: "elsewhere 123 1"},
	{lua: `agi.set_context("elsewhere") agi.set_extension("123") agi.set_priority("5")`, gives: "elsewhere 123 5"},
	{lua: `agi.app.Goto("elsewhere", 123, 5)`, gives: "elsewhere 123 5"},
	{lua: `agi.set_context("elsewhere") agi.set_extension("123") agi.set_priority(1) os.exit(0)`, gives: "elsewhere 123 1"},
}

// The script names where the dialplan goes on.
func TestDialplanGoesOn(t *testing.T) {
	t.Parallel()
	for _, row := range goingOn {
		t.Run(row.lua, func(t *testing.T) {
			t.Parallel()
			c := call(t, installed(t, &asterisk), row.lua, pbx.Plan{})
			check(t, c, vars{"ELSEWHERE": row.gives, "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
		})
	}
}

// A script may take a call that nobody has answered yet.
func TestUnansweredCall(t *testing.T) {
	t.Parallel()
	c := call(t, installed(t, &asterisk), `
		agi.var.BEFORE = agi.channel_status()
		agi.verbose("not yet")
		agi.answer()
		agi.var.AFTER = agi.channel_status()
		agi.var.READY = "yes"
		agi.var.KEY = agi.wait_for_digit(9000)`, pbx.Plan{Ringing: true, Steps: []string{"AGI(goagi,%s)"}})
	press(t, c, "7")
	check(t, c, vars{"BEFORE": "~[045]", "AFTER": "6", "KEY": "7", "GOAGI_STATUS": "OK"})
}

// What the caller says before the key is in the recording.
func TestRecordingOfACaller(t *testing.T) {
	t.Parallel()
	a := installed(t, &asterisk)
	c := call(t, a, `agi.answer()
		agi.var.READY = "yes"
		local why, samples, key = agi.record_file("e2e-caller", "sln", "#", 9000)
		agi.var.WHY, agi.var.SAMPLES, agi.var.KEY = why, samples, key`, pbx.Plan{})
	until(t, c, "READY", "yes")
	if err := c.Play("silence/2"); err != nil {
		t.Fatal(err)
	}
	press(t, c, "#")
	got := check(t, c, vars{"WHY": "dtmf", "KEY": "#", "SAMPLES": `~1[0-9]{4}`, "AGISTATUS": "SUCCESS"})
	sound, err := os.ReadFile(filepath.Join(a.Dir, "data/sounds/e2e-caller.sln"))
	if samples := strconv.Itoa(len(sound) / 2); err != nil || samples != got["SAMPLES"] {
		t.Errorf("the file has %s samples, %v; Asterisk said %s", samples, err, got["SAMPLES"])
	}
}

// Text that the caller's phone sends is what receive_text gives.
func TestTextOfACaller(t *testing.T) {
	t.Parallel()
	c := call(t, installed(t, &asterisk), `agi.answer()
		agi.var.READY = "yes"
		agi.var.TEXT = agi.receive_text(9000)
		agi.var.READY = "again"
		agi.var.CHAR = agi.receive_char(9000)`, pbx.Plan{})
	listens(t, c)
	do(t, c, `SEND TEXT "good (day) \"sir\""`)
	until(t, c, "READY", "again")
	do(t, c, "EXEC Wait 0.1")
	do(t, c, `SEND TEXT x`)
	check(t, c, vars{"TEXT": `good (day) "sir"`, "CHAR": "x", "AGISTATUS": "SUCCESS"})
}

// The console shows what verbose prints.
func TestVerboseReachesTheConsole(t *testing.T) {
	t.Parallel()
	c := call(t, installed(t, &asterisk), `agi.verbose("a console line, \"quoted\" ${EXTEN} \\ (x)")`, pbx.Plan{})
	check(t, c, vars{"GOAGI_STATUS": "OK"})
	logs(t, c, "", "VERBOSE", `a console line, "quoted" ${EXTEN} \ (x)`)
}

// Text of several arguments is logged as it is.
func TestTextOfApplications(t *testing.T) {
	t.Parallel()
	c := call(t, installed(t, &asterisk), `agi.app.Log("NOTICE", "first, (second) [third]") agi.app.Verbose(1, "fourth, (fifth)")`, pbx.Plan{})
	check(t, c, vars{"GOAGI_STATUS": "OK"})
	logs(t, c, "", "NOTICE", `first, (second) [third]`)
	logs(t, c, "", "VERBOSE", `fourth, (fifth)`)
}
