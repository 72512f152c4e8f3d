package luabind

import (
	"slices"
	"strings"
	"testing"

	"goagi/agi"
)

// verbTable has a row for each form of each function: what Lua says, what goes
// on the wire, what Asterisk answers, and what Lua gets.
var verbTable = []struct{ lua, wire, reply, got string }{
	{`answer()`, "ANSWER", "200 result=0", ""},
	{`asyncagi_break()`, "ASYNCAGI BREAK", "200 result=0", ""},
	{`channel_status()`, "CHANNEL STATUS", "200 result=6", "6"},
	{`channel_status("SIP/1")`, "CHANNEL STATUS|SIP/1", "200 result=4", "4"},
	{`control_stream_file("f")`, "CONTROL STREAM FILE|f||3000|#|*||0", "200 result=0 endpos=100", "nil 100"},
	{`control_stream_file("f", "1", 500, "6", "4", "5", 2000)`, "CONTROL STREAM FILE|f|1|500|6|4|5|2000", "200 result=49 endpos=7", "1 7"},
	{`database_del("f", "k")`, "DATABASE DEL|f|k", "200 result=1", "true"},
	{`database_del("f", "k")`, "DATABASE DEL|f|k", "200 result=0", "false"},
	{`database_deltree("f")`, "DATABASE DELTREE|f", "200 result=0", "true"},
	{`database_deltree("f", "t")`, "DATABASE DELTREE|f|t", "200 result=1", "false"},
	{`database_get("f", "k")`, "DATABASE GET|f|k", "200 result=1 (a (b))", "a (b)"},
	{`database_get("f", "k")`, "DATABASE GET|f|k", "200 result=0", "nil"},
	{`database_get("f", "k")`, "DATABASE GET|f|k", "200 result=1 ()", ""},
	{`database_put("f", "k", "v")`, "DATABASE PUT|f|k|v", "200 result=1", "true"},
	{`exec("Dial", "SIP/1,20")`, "EXEC|Dial|SIP/1,20", "200 result=0", "0"},
	{`exec("NoOp")`, "EXEC|NoOp|", "200 result=0", "0"},
	{`get_data("f")`, "GET DATA|f|0|1023", "200 result=0042", "0042"},
	{`get_data("f", 3000, 4)`, "GET DATA|f|3000|4", "200 result=00 (timeout)", "00 timeout"},
	{`get_data("f", 3000, 4)`, "GET DATA|f|3000|4", "200 result=", ""},
	{`get_data("f", 3000, 4)`, "GET DATA|f|3000|4", "200 result= (timeout)", "nil timeout"},
	{`get_data("f", 3000, 4)`, "GET DATA|f|3000|4", "200 result=*9", "*9"},
	{`get_data("f", 3000, 4)`, "GET DATA|f|3000|4", "200 result=1\xe82", "12"},
	{`get_full_variable("${X}")`, "GET FULL VARIABLE|${X}", "200 result=1 (v)", "v"},
	{`get_full_variable("${X}", "SIP/1")`, "GET FULL VARIABLE|${X}|SIP/1", "200 result=0", "nil"},
	{`get_option("f", "12", 1000)`, "GET OPTION|f|12|1000", "200 result=50 endpos=9", "2 9"},
	{`get_variable("X")`, "GET VARIABLE|X", "200 result=1 (v)", "v"},
	{`get_variable("X")`, "GET VARIABLE|X", "200 result=0", "nil"},
	{`get_variable("X"):len()`, "GET VARIABLE|X", "200 result=1 (" + strings.Repeat("x", 1019) + ")", "1019"},
	{`gosub("c", "e", "1")`, "GOSUB|c|e|1", "200 result=0 Gosub complete", ""},
	{`gosub("c", "e", 1, "a,b")`, "GOSUB|c|e|1|a,b", "200 result=0 Gosub complete", ""},
	{`hangup()`, "HANGUP", "200 result=1", ""},
	{`hangup("SIP/1")`, "HANGUP|SIP/1", "200 result=1", ""},
	{`noop()`, "NOOP", "200 result=0", ""},
	{`noop("x y")`, "NOOP|x y", "200 result=0", ""},
	{`receive_char(500)`, "RECEIVE CHAR|500", "200 result=65", "A"},
	{`receive_char(500)`, "RECEIVE CHAR|500", "200 result=0 (timeout)", "nil"},
	{`receive_text(500)`, "RECEIVE TEXT|500", "200 result=1 (hello (you))", "hello (you)"},
	{`record_file("f", "wav")`, "RECORD FILE|f|wav||-1", "200 result=-1 (hangup) endpos=8000", "hangup 8000 nil"},
	{`record_file("f", "wav", "#", 5000, 0, true, 3)`, "RECORD FILE|f|wav|#|5000|0|BEEP|s=3", "200 result=35 (dtmf) endpos=160", "dtmf 160 #"},
	{`record_file("f", "wav", "#", 5000)`, "RECORD FILE|f|wav|#|5000", "200 result=48 (timeout) endpos=40000", "timeout 40000 nil"},
	{`record_file("f", "wav", "#", 5000, 0, true)`, "RECORD FILE|f|wav|#|5000|0|BEEP", "200 result=35 (randomerror) endpos=0", "randomerror 0 #"},
	{`say_alpha("abc", "1")`, "SAY ALPHA|abc|1", "200 result=0", "nil"},
	{`say_date(86400)`, "SAY DATE|86400|", "200 result=0", "nil"},
	{`say_datetime(86400)`, "SAY DATETIME|86400|", "200 result=0", "nil"},
	{`say_datetime(86400, "1", "Y", "Europe/Paris")`, "SAY DATETIME|86400|1|Y|Europe/Paris", "200 result=49", "1"},
	{`say_datetime(86400, "", nil, "UTC")`, "SAY DATETIME|86400||ABdY 'digits/at' IMp|UTC", "200 result=0", "nil"},
	{`say_digits("0042", "#")`, "SAY DIGITS|0042|#", "200 result=35", "#"},
	{`say_number(17)`, "SAY NUMBER|17|", "200 result=0", "nil"},
	{`say_number(-5, "1", "f")`, "SAY NUMBER|-5|1|f", "200 result=0", "nil"},
	{`say_phonetic("ab")`, "SAY PHONETIC|ab|", "200 result=0", "nil"},
	{`say_time(0)`, "SAY TIME|0|", "200 result=0", "nil"},
	{`send_image("logo")`, "SEND IMAGE|logo", "200 result=0", ""},
	{`send_text("hi there")`, "SEND TEXT|hi there", "200 result=0", ""},
	{`set_autohangup(1.5)`, "SET AUTOHANGUP|1.5", "200 result=0", ""},
	{`set_callerid('"Ann" <1>')`, `SET CALLERID|"Ann" <1>`, "200 result=1", ""},
	{`set_context("c")`, "SET CONTEXT|c", "200 result=0", ""},
	{`set_extension(100)`, "SET EXTENSION|100", "200 result=0", ""},
	{`set_music(true)`, "SET MUSIC|on", "200 result=0", ""},
	{`set_music("off", "jazz")`, "SET MUSIC|off|jazz", "200 result=0", ""},
	{`set_priority("out")`, "SET PRIORITY|out", "200 result=0", ""},
	{`set_variable("X", 5)`, "SET VARIABLE|X|5", "200 result=1", ""},
	{`speech_activate_grammar("g")`, "SPEECH ACTIVATE GRAMMAR|g", "200 result=1", "true"},
	{`speech_create("e")`, "SPEECH CREATE|e", "200 result=0", "false"},
	{`speech_deactivate_grammar("g")`, "SPEECH DEACTIVATE GRAMMAR|g", "200 result=1", "true"},
	{`speech_destroy()`, "SPEECH DESTROY", "200 result=1", "true"},
	{`speech_load_grammar("g", "/p")`, "SPEECH LOAD GRAMMAR|g|/p", "200 result=1", "true"},
	{`speech_recognize("f", 5000)`, "SPEECH RECOGNIZE|f|5000", "200 result=0", "nil"},
	{`speech_recognize("f", 5000, 8).key`, "SPEECH RECOGNIZE|f|5000|8", "200 result=1 (digit) digit=5 endpos=1", "5"},
	{`speech_recognize("f", 5000).results[2].text`, "SPEECH RECOGNIZE|f|5000",
		`200 result=1 (speech) endpos=9 results=2 score0=900 text0="yes (please)" grammar0=yn score1=40 text1="say "no"" grammar1=yn`, `say "no"`},
	{`speech_set("n", "v")`, "SPEECH SET|n|v", "200 result=1", "true"},
	{`speech_unload_grammar("g")`, "SPEECH UNLOAD GRAMMAR|g", "200 result=1", "true"},
	{`stream_file("f")`, "STREAM FILE|f||0", "200 result=0 endpos=8000", "nil 8000"},
	{`stream_file("f", "*#", 160)`, "STREAM FILE|f|*#|160", "200 result=42 endpos=320", "* 320"},
	{`stream_file("f")`, "STREAM FILE|f||0", "200 result=1000 endpos=320", "nil 320"},
	{`tdd_mode("on")`, "TDD MODE|on", "200 result=0", "false"},
	{`verbose("x")`, "VERBOSE|x|1", "200 result=1", ""},
	{`wait_for_digit(500)`, "WAIT FOR DIGIT|500", "200 result=35", "#"},
	{`wait_for_digit()`, "WAIT FOR DIGIT|-1", "200 result=0", "nil"},
}

func TestVerbs(t *testing.T) {
	for _, row := range verbTable {
		f := newFixture(t, row.reply)
		_, err := f.run(t, `local function show(...)
			local all = {...}
			for i = 1, select("#", ...) do all[i] = tostring(all[i]) end
			GOT = table.concat(all, " ")
		end
		show(agi.`+row.lua+`)`)
		got := f.vm.L.GetGlobal("GOT").String()
		if err != nil || got != row.got || len(f.sent) == 0 || f.sent[0] != row.wire {
			t.Errorf("%s: sent %q, got %q, %v, want %q and %q", row.lua, f.sent, got, err, row.wire, row.got)
		}
	}
}

// Every command of Asterisk has its function, a row above, and a text.
func TestEveryCommandHasItsFunction(t *testing.T) {
	for _, command := range agi.Commands() {
		name := strings.ReplaceAll(strings.ToLower(command), " ", "_")
		fn := find(verbs[:], name)
		if fn == nil {
			t.Errorf("%s has no function", command)
			continue
		}
		if fn.Doc == "" || fn.Call == nil {
			t.Errorf("agi.%s has no text or does nothing", name)
		}
		if !slices.ContainsFunc(verbTable, func(row struct{ lua, wire, reply, got string }) bool {
			return strings.HasPrefix(row.lua, name+"(")
		}) {
			t.Errorf("agi.%s has no test", name)
		}
	}
	if len(verbs) != len(agi.Commands()) {
		t.Errorf("%d functions for %d commands", len(verbs), len(agi.Commands()))
	}
	byName := func(a, b Func) int { return strings.Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(verbs[:], byName) || !slices.IsSortedFunc(extras[:], byName) {
		t.Error("the functions are not sorted by name")
	}
}

// What a script does wrong, and what Asterisk refuses, as the script sees it.
func TestErrorsOfVerbs(t *testing.T) {
	for _, row := range []struct {
		lua     string
		replies []string
		kind    string
		message string
	}{
		{`agi.stream_file()`, nil, "usage", "argument 1 (file) must be a string, not nil"},
		{`agi.stream_file({})`, nil, "usage", "argument 1 (file) must be a string, not table"},
		{`agi.stream_file("f", "", "x")`, nil, "usage", `argument 3 (sample_offset) must be a number, not "x"`},
		{`agi.get_data("f", 1.5)`, nil, "usage", "argument 2 (timeout_ms) must be a whole number"},
		{`agi.get_data("f", 0, 0)`, nil, "usage", "argument 3 (max_digits) must be from 1 to 1023"},
		{`agi.set_variable("X", "a\nb")`, nil, "usage", "a newline, which AGI cannot carry"},
		{`agi.set_variable("X", true)`, nil, "usage", "argument 2 (value) must be a string, not boolean"},
		{`agi.say_number(2^40)`, nil, "usage", "a whole number of at most 32 bits"},
		{`agi.sleep(-1)`, nil, "usage", "argument 1 (seconds)"},
		{`agi.log("loud", "x")`, nil, "usage", "'loud' is no level"},
		{`agi.var["X${Y}"] = 1`, nil, "usage", "cannot hold $"},
		{`agi.var.X = {}`, nil, "usage", "not a table"},
		{`agi.app.Dial({})`, nil, "usage", "argument 1"},
		{`agi.command("")`, nil, "usage", "needs a name"},
		{`agi.command("FOO")`, []string{"510 Invalid or unknown command"}, "unknown", "no such command"},
		{`agi.exec("Nope")`, []string{"200 result=-2"}, "unknown", `no application "Nope"`},
		{`agi.stream_file("gone")`, []string{"200 result=-1 endpos=0", "200 result=6"}, "failed", "could not be played"},
		{`agi.stream_file("f")`, []string{"200 result=-1 endpos=0", "511 Command Not Permitted"}, "hangup", "hung up"},
		{`agi.get_data("f")`, []string{"200 result=-1", "200 result=6"}, "failed", "could not be played"},
		{`agi.get_option("f", "1", 500)`, []string{"200 result=0 endpos=0", "511 Command Not Permitted"}, "hangup", "hung up"},
		{`agi.record_file("/no/f", "wav")`, []string{"200 result=-1 (writefile)", "200 result=6"}, "failed", "could not be written"},
		{`agi.gosub("no", "s", "1")`, []string{"200 result=-1 Gosub label not found", "200 result=6"}, "failed", "label not found"},
		{`agi.hangup("SIP/9")`, []string{"200 result=-1"}, "failed", "no channel"},
		{`agi.answer()`, []string{"511 Command Not Permitted"}, "dead", "after the hangup"},
		{`agi.answer() agi.noop() agi.stream_file("f")`, []string{"200 result=0", "200 result=0", "511 Command Not Permitted"}, "hangup", "hung up"},
		{`agi.set_priority("nope")`, []string{"520 Invalid command syntax.  Proper usage not available."}, "usage", "refused"},
	} {
		f := newFixture(t, row.replies...)
		_, err := f.run(t, `local ok, e = pcall(function() `+row.lua+` end)
			KIND, TEXT = not ok and type(e) == "table" and e.kind or type(e), tostring(e)`)
		kind, text := f.vm.L.GetGlobal("KIND").String(), f.vm.L.GetGlobal("TEXT").String()
		if err != nil || kind != row.kind || !strings.Contains(text, row.message) || !strings.HasPrefix(text, "t.lua:1:") {
			t.Errorf("%s: %s: %s, %v, want %s and %q", row.lua, kind, text, err, row.kind, row.message)
		}
	}
}
