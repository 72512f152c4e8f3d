package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"goagi/pbx"
)

// logged gives the lines of Asterisk's log since the call began that hold a
// word.
func logged(c *pbx.Call, word string) (lines []string) {
	for line := range strings.Lines(c.Log()) {
		if strings.Contains(line, word) {
			lines = append(lines, line)
		}
	}
	return lines
}

// logs fails unless Asterisk's log has, or soon gets, a line of that level that
// holds all the words. In a word SCRIPT is the script's name.
func logs(t *testing.T, c *pbx.Call, name, level string, words ...string) {
	t.Helper()
	for i, word := range words {
		words[i] = strings.ReplaceAll(word, "SCRIPT", name)
	}
	until := time.Now().Add(patience)
	for {
		text := c.Log()
		for line := range strings.Lines(text) {
			missing := func(word string) bool { return !strings.Contains(line, word) }
			if strings.Contains(line, level+"[") && !slices.ContainsFunc(words, missing) {
				return
			}
		}
		if time.Now().After(until) {
			t.Errorf("no line of %s with %q in\n%s", level, words, text)
			return
		}
		// A thread of its own writes Asterisk's log, and nothing tells when.
		<-time.After(10 * time.Millisecond)
	}
}

// faults are scripts that fail, and what Asterisk's log says of them.
var faults = []struct {
	name, lua string
	step      string // AGI(goagi,%s) where empty
	words     []string
	hangup    bool // the caller hangs up once the script is READY
}{
	{name: "an error", lua: "agi.answer()\nlocal x\nx.y = 1", words: []string{"/SCRIPT:3: attempt to index"}},
	{name: "a syntax error", lua: "agi.answer()\n\nlocal = 1", words: []string{"/SCRIPT:3: syntax error"}},
	{name: "a missing prompt", lua: "\nagi.stream_file('no-such-prompt')", words: []string{"/SCRIPT:2: STREAM FILE"}},
	{name: "a missing script", step: "AGI(goagi,no-such-script.lua)", words: []string{`"no-such-script.lua" not found`}},
	{name: "a wrong flag", step: "AGI(goagi,--no-such-flag,%s)", words: []string{"--no-such-flag"}},
	{name: "wrong settings", step: "AGI(goagi,--grace=never,%s)", words: []string{"--grace", "never"}},
	{name: "no script", step: "AGI(goagi)", words: []string{"no script"}},
	{name: "an error after the hangup", lua: "agi.answer() agi.var.READY = 'yes' pcall(agi.wait_for_digit)\nerror('in the cleaning')",
		hangup: true, words: []string{"/SCRIPT:2: in the cleaning"}},
	{name: "an error in a handler", lua: "agi.on_hangup(function()\nerror('in the handler') end) agi.answer() agi.var.READY = 'yes' agi.wait_for_digit()",
		hangup: true, words: []string{"on_hangup", "/SCRIPT:2: in the handler"}},
	{name: "os.exit", lua: "os.exit(3)", words: []string{"os.exit(3)"}},
}

// Started as a service Asterisk has no stderr: its log file is where a fault's
// file and line are found, by someone who has nothing else.
func TestFaultsAreInAsterisksLog(t *testing.T) {
	t.Parallel()
	for _, row := range faults {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if row.step == "" {
				row.step = "AGI(goagi,%s)"
			}
			c, name := callNamed(t, installed(t, &service), row.lua, pbx.Plan{Steps: []string{row.step}})
			if row.hangup {
				listens(t, c)
				hangup(t, c)
			}
			check(t, c, vars{"GOAGI_STATUS": "~ERROR|NOTFOUND|HANGUP"})
			logs(t, c, name, "ERROR", append(row.words, "goagi: ")...)
		})
	}
}

// The same in a script that runs after the call.
func TestFaultInExtensionHIsInAsterisksLog(t *testing.T) {
	t.Parallel()
	a := installed(t, &service)
	c, name := callNamed(t, a, "\n\nerror('after the call')", afterwards)
	check(t, c, vars{"AGISTATUS": failed(a), "GOAGI_STATUS": "ERROR"})
	logs(t, c, name, "ERROR", "goagi: ", "/SCRIPT:3: after the call")
}

// A call that nothing is wrong with writes no error.
func TestNoFaultNoError(t *testing.T) {
	t.Parallel()
	a := installed(t, &service)
	for _, row := range []struct {
		lua    string
		hangup bool
	}{
		{lua: `agi.answer() agi.stream_file("beep")`},
		{lua: `agi.answer() agi.var.READY = "yes" agi.wait_for_digit()`, hangup: true},
		{lua: `agi.answer() agi.hangup()`},
	} {
		c, name := callNamed(t, a, row.lua, pbx.Plan{})
		if row.hangup {
			listens(t, c)
			hangup(t, c)
		}
		check(t, c, vars{"GOAGI_STATUS": "~OK|HANGUP"})
		for _, line := range logged(c, name) {
			if strings.Contains(line, "ERROR[") || strings.Contains(line, "WARNING[") {
				t.Errorf("%s: %s", row.lua, line)
			}
		}
	}
}

// agi.log reaches Asterisk's log at its level.
func TestLogReachesAsterisksLog(t *testing.T) {
	t.Parallel()
	c, name := callNamed(t, installed(t, &service), `
		agi.answer()
		agi.log("error", "an e2e line", arg[0])
		agi.log("warn", "a w2e line", arg[0])
		agi.log("info", "an i2e line", arg[0])`, pbx.Plan{})
	check(t, c, vars{"GOAGI_STATUS": "OK"})
	logs(t, c, name, "ERROR", "an e2e line", "SCRIPT")
	logs(t, c, name, "WARNING", "a w2e line", "SCRIPT")
	logs(t, c, name, "NOTICE", "an i2e line", "SCRIPT")
}

// wild are texts that end up in errors and that Asterisk, its log or a terminal
// might take for more than text. What the log has in their place is the second.
var wild = []struct{ name, text, line string }{
	{"quotes", `say "so" 'so'`, `say "so" 'so'`},
	{"backslashes", `C:\new\"x\\ \`, `C:\new\"x\\ \`},
	{"commas", `a,b, c ,,d;e|f&g`, `a,b, c ,,d;e|f&g`},
	{"brackets", `(a [b {c) ]} <d>`, `(a [b {c) ]} <d>`},
	{"percent", `%s%n%d 100%`, `%s%n%d 100%`},
	{"an expression", `${SHELL(touch OWNED)} $[1+1] $${EXTEN} ${`, `$ {SHELL(touch OWNED)} $ [1+1] $$ {EXTEN} $ {`},
	{"an expression in parts", `$\{EXTEN} \${EXTEN} $"{EXTEN}" ${${X}}`, `$\{EXTEN} \$ {EXTEN} $"{EXTEN}" $ {$ {X}}`},
	{"lines", "one\r\ntwo\n[Jan  1 00:00:00] ERROR[1] forged", `one  two [Jan  1 00:00:00] ERROR[1] forged`},
	{"a zero byte", "a\x00b", "a b"},
	{"a terminal's", "\x1b[2J\x1b]0;x\x07\x7f", " [2J ]0;x  "},
	{"UTF-8", "Zoë 李 🙂", "Zoë 李 🙂"},
	{"a second command", "x\nHANGUP\n", "x HANGUP "},
	{"the log's own word", `ERROR,VERBOSE,ERROR`, `ERROR,VERBOSE,ERROR`},
}

// What an error says may come from a caller. On its way to the log nothing in
// it is evaluated, parted or cut into lines, even where the dialplan has EXEC
// evaluate its arguments.
func TestWildErrors(t *testing.T) {
	t.Parallel()
	for _, full := range []string{"", "yes"} {
		for _, row := range wild {
			t.Run(row.name+" AGIEXECFULL="+full, func(t *testing.T) {
				t.Parallel()
				a := installed(t, &service)
				owned := a.Inside("run/owned-" + t.Name()[len("TestWildErrors/"):])
				text, line := strings.ReplaceAll(row.text, "OWNED", owned), strings.ReplaceAll(row.line, "OWNED", owned)
				c, name := callNamed(t, a, `local text = `+luaText(text)+` agi.log("error", "logged <" .. text .. ">")
					print("printed <" .. text .. ">")
					agi.answer() agi.set_variable("STEP", agi.get_full_variable("in-step"))
					error("raised <" .. text .. ">")`, pbx.Plan{Vars: [][2]string{{"AGIEXECFULL", full}}, Steps: []string{"AGI(goagi,%s)", "Set(AGIEXECFULL=)"}})
				check(t, c, vars{"STEP": "in-step", "AGISTATUS": failed(a), "GOAGI_STATUS": "ERROR",
					"GOAGI_ERROR": at + `4: raised <[^\n\r\x00\x1b]*>`})
				logs(t, c, name, "ERROR", "/SCRIPT:4: raised <"+line+">")
				logs(t, c, name, "ERROR", "logged <"+line+">")
				if found, _ := filepath.Glob(filepath.Join(a.Dir, "run/owned*")); len(found) > 0 {
					t.Errorf("the text was run: %s", found)
				}
				for line := range strings.Lines(c.Log()) {
					if strings.HasPrefix(line, "[Jan") || strings.HasPrefix(line, "two") {
						t.Errorf("the log has a line of the text's own: %s", line)
					}
				}
			})
		}
	}
}

// EXEC Log takes its text as it stands: quotes, backslashes and commas are
// neither taken away nor part it (apps/app_verbose.c: log_exec).
func TestLogApplicationTakesTextAsItIs(t *testing.T) {
	t.Parallel()
	c := place(t, installed(t, &asterisk), pbx.Plan{Steps: []string{"AGI(${FASTAGI})"}})
	d, err := c.Dialog()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`"a" 'b'`, `a\b \"c\" \\d`, `a,b, c`, `(a [b`, ` blanks  `, `%s`, `a;b|c`, `${EXTEN}`} {
		text = "raw <" + text + ">"
		if reply, err := d.Command("EXEC Log " + pbx.Quote("ERROR,"+text)); err != nil || reply != "200 result=0" {
			t.Errorf("%s: %q, %v", text, reply, err)
		}
		logs(t, c, "", "ERROR", text)
	}
	if err := d.End(); err != nil {
		t.Fatal(err)
	}
	check(t, c, vars{"AGISTATUS": "SUCCESS"})
}

// The trace is a file of its own, with every line of the dialog.
func TestTraceToAFile(t *testing.T) {
	t.Parallel()
	a := installed(t, &service)
	trace := "log/trace-" + t.Name()
	c := call(t, a, `agi.answer() agi.stream_file("beep") agi.var.X = "é\27" agi.wait_for_digit(10)`,
		pbx.Plan{Name: "Zoë", Steps: []string{"AGI(goagi,--trace=" + a.Inside(trace) + ",%s,one)"}})
	check(t, c, vars{"GOAGI_STATUS": "OK", "AGISTATUS": "SUCCESS"})
	text, err := os.ReadFile(filepath.Join(a.Dir, trace))
	if err != nil {
		t.Fatal(err)
	}
	from := 0
	for _, want := range []string{
		"< agi_request: goagi\n", "< agi_calleridname: Zoë\n", "< agi_arg_3: one\n", "< \n",
		"> ANSWER\n", "< 200 result=0\n", "> STREAM FILE \"beep\"", "< 200 result=0 endpos=", "> SET VARIABLE \"X\" \"é\\x1b\"\n",
		"> WAIT FOR DIGIT \"10\"\n", "> SET VARIABLE \"GOAGI_STATUS\" \"OK\"\n", "< 200 result=1\n",
	} {
		i := strings.Index(string(text[from:]), want)
		if i < 0 {
			t.Fatalf("no %q after byte %d of the trace:\n%s", want, from, text)
		}
		from += i + len(want)
	}
}

// The log is a file of its own, to which each call adds.
func TestLogToAFile(t *testing.T) {
	t.Parallel()
	a := installed(t, &service)
	log := "log/goagi-" + t.Name()
	step := "AGI(goagi,--log-file=" + a.Inside(log) + ",%s)"
	c := call(t, a, `agi.log("info", "a logged line") print("a printed line")
		local turn = agi.var.TURN or "first"
		agi.var.TURN = "second"
		agi.log("warn", turn .. " turn")
		if turn == "second" then
			error("the end\nof it")
		end`, pbx.Plan{Steps: []string{step, step}})
	check(t, c, vars{"GOAGI_STATUS": "ERROR"})
	text, err := os.ReadFile(filepath.Join(a.Dir, log))
	if err != nil {
		t.Fatal(err)
	}
	from := 0
	for _, want := range []string{"a logged line", "a printed line", "level=WARN msg=\"first turn\"", "a logged line",
		"level=WARN msg=\"second turn\"", "level=ERROR", "the end of it"} {
		i := strings.Index(string(text[from:]), want)
		if i < 0 {
			t.Fatalf("no %q after byte %d of the log:\n%s", want, from, text)
		}
		from += i + len(want)
	}
}
