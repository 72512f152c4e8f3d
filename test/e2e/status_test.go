package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"goagi/pbx"
)

// ending is how a script ends, and what the dialplan hears of it.
type ending struct {
	name   string
	lua    string
	step   string // the dialplan's; AGI(goagi,%s) where empty
	agi    string // AGISTATUS
	status string // GOAGI_STATUS
	err    string // GOAGI_ERROR; ~ before a regular expression
	hangup bool   // the caller hangs up once the script is READY
}

// A script's position is its whole path and a line.
const at = `~/.*/script-\d+\.lua:`

var endings = []ending{
	{name: "by itself", lua: `agi.answer()`, agi: "SUCCESS", status: "OK"},
	{name: "an empty script", lua: ``, agi: "SUCCESS", status: "OK"},
	{name: "return", lua: `do return 5 end`, agi: "SUCCESS", status: "OK"},
	{name: "os.exit(0)", lua: `os.exit(0) agi.var.LATER = "yes"`, agi: "SUCCESS", status: "OK"},
	{name: "os.exit in a pcall", lua: `pcall(os.exit, 0) agi.var.LATER = "yes"`, agi: "SUCCESS", status: "OK"},
	{name: "os.exit()", lua: `os.exit()`, agi: "SUCCESS", status: "OK"},
	{name: "os.exit(true)", lua: `os.exit(true)`, agi: "SUCCESS", status: "OK"},
	{name: "os.exit(3)", lua: `os.exit(3)`, agi: "FAILURE", status: "ERROR", err: `~.*os\.exit\(3\).*`},
	{name: "os.exit(false)", lua: `os.exit(false)`, agi: "FAILURE", status: "ERROR", err: `~.*os\.exit\(1\).*`},

	{name: "an error of the script", lua: "agi.answer()\nlocal x = nil\nx.y = 1", agi: "FAILURE", status: "ERROR", err: at + "3: attempt to index.*"},
	{name: "an error of its own", lua: "\nerror('no such customer')", agi: "FAILURE", status: "ERROR", err: at + "2: no such customer"},
	{name: "an error without a position", lua: "\nerror('no such customer', 0)", agi: "FAILURE", status: "ERROR", err: `~.*no such customer`},
	{name: "an error that is a table", lua: "\nerror({code = 5})", agi: "FAILURE", status: "ERROR", err: at + "2: .+"},
	{name: "an error that is a table with a message", lua: "\nerror({message = 'sold out'})", agi: "FAILURE", status: "ERROR", err: at + "2: sold out"},
	{name: "an error that is nil", lua: "\nerror()", agi: "FAILURE", status: "ERROR", err: at + "2: .+"},
	{name: "an error in a coroutine", lua: "\ncoroutine.wrap(function() error('deep') end)()", agi: "FAILURE", status: "ERROR", err: `~.*deep.*`},
	{name: "an assertion", lua: "\nassert(false, 'not so')", agi: "FAILURE", status: "ERROR", err: `~.*not so`},
	{name: "wrong arguments", lua: "\nagi.get_data('f', 'soon')", agi: "FAILURE", status: "ERROR", err: at + `2: agi\.get_data: argument 2 \(timeout_ms\).*"soon".*`},
	{name: "a syntax error", lua: "agi.answer()\nlocal = 5", agi: "FAILURE", status: "ERROR", err: at + "2: syntax error near '='"},
	{name: "an end that is missing", lua: "if true then\n", agi: "FAILURE", status: "ERROR", err: at + `\d+: .*end.*`},
	{name: "stack overflow", lua: "local function f() return 1 + f() end\nf()", agi: "FAILURE", status: "ERROR", err: at + `1: .*stack.*`},
	{name: "a missing module", lua: "\nrequire 'no_such_module'", agi: "FAILURE", status: "ERROR", err: at + `2: .*no_such_module.*`},

	{name: "a missing prompt", lua: "\nagi.stream_file('no-such-prompt')", agi: "FAILURE", status: "ERROR", err: at + `2: STREAM FILE: .*`},
	// For Asterisk the call has failed all the same, and stays so.
	{name: "a missing prompt, caught", lua: `pcall(agi.stream_file, "no-such-prompt") agi.stream_file("beep")`, agi: "FAILURE", status: "OK"},
	{name: "a missing prompt, caught, then a hangup", lua: `pcall(agi.stream_file, "no-such-prompt") agi.var.READY = "yes" agi.wait_for_digit()`,
		hangup: true, agi: "FAILURE", status: "HANGUP", err: "~.+"},
	{name: "a missing prompt of get_data, caught", lua: `pcall(agi.get_data, "no-such-prompt", 100)`, agi: "SUCCESS", status: "OK"},
	{name: "an unknown application, caught", lua: `pcall(agi.exec, "NoSuchApplication")`, agi: "SUCCESS", status: "OK"},
	{name: "an unknown application", lua: `agi.exec("NoSuchApplication")`, agi: "FAILURE", status: "ERROR", err: at + "1: EXEC: .*NoSuchApplication.*"},
	{name: "an unknown command", lua: `agi.command("NO SUCH COMMAND")`, agi: "FAILURE", status: "ERROR", err: at + "1: NO SUCH COMMAND: .*"},

	{name: "a hangup, not caught", lua: `agi.answer() agi.var.READY = "yes" agi.wait_for_digit()`, hangup: true, agi: "HANGUP", status: "HANGUP", err: "~.+"},
	{name: "a hangup, caught", lua: `agi.answer() agi.var.READY = "yes" pcall(agi.wait_for_digit)`, hangup: true, agi: "HANGUP", status: "HANGUP", err: "~.+"},
	{name: "an error after the hangup", lua: "agi.answer() agi.var.READY = 'yes' pcall(agi.wait_for_digit)\nerror('in the cleaning')",
		hangup: true, agi: "HANGUP", status: "ERROR", err: at + "2: in the cleaning"},
	{name: "the script's own hangup", lua: `agi.answer() agi.hangup()`, agi: "HANGUP", status: "HANGUP", err: "~.+"},
	{name: "the script's own hangup, by name", lua: `agi.answer() agi.hangup(agi.env.channel) agi.stream_file("beep")`, agi: "HANGUP", status: "HANGUP", err: "~.+"},
	{name: "an application's hangup", lua: `agi.answer() agi.app.Hangup()`, agi: "HANGUP", status: "HANGUP", err: "~.+"},

	{name: "the time limit in a prompt", step: "AGI(goagi,--max-call-time=1,%s)", lua: `agi.answer() agi.stream_file("silence/9")`,
		agi: "FAILURE", status: "TIMEOUT", err: "~.*time limit.*"},
	{name: "the time limit in a sleep", step: "AGI(goagi,--max-call-time=1,%s)", lua: `agi.answer() agi.sleep(9)`,
		agi: "FAILURE", status: "TIMEOUT", err: "~.*time limit.*"},
	{name: "the time limit, not reached", step: "AGI(goagi,--max-call-time=9,%s)", lua: `agi.answer() agi.stream_file("silence/1")`, agi: "SUCCESS", status: "OK"},

	{name: "a missing script", step: "AGI(goagi,no-such-script.lua)", agi: "FAILURE", status: "NOTFOUND", err: `~.*"no-such-script\.lua".*`},
	{name: "a missing script, whole path", step: "AGI(goagi,/no/such/script.lua)", agi: "FAILURE", status: "NOTFOUND", err: `~.*/no/such/script\.lua.*`},
	{name: "a script outside", step: "AGI(goagi,../../etc/passwd)", agi: "FAILURE", status: "NOTFOUND", err: `~.*passwd.*`},
	{name: "a folder", step: "AGI(goagi,scripts)", agi: "FAILURE", status: "ERROR", err: "~.*folder.*"},
	{name: "no script at all", step: "AGI(goagi)", agi: "FAILURE", status: "ERROR", err: "~.*no script.*"},
	{name: "a wrong flag", step: "AGI(goagi,--no-such-flag,%s)", agi: "FAILURE", status: "ERROR", err: "~.*--no-such-flag.*"},
	{name: "a subcommand is a script's name", step: "AGI(goagi,help)", agi: "FAILURE", status: "NOTFOUND", err: `~.*"help".*`},
	{name: "a missing program", step: "AGI(no-such-program,%s)", agi: "NOTFOUND"},
}

// Whatever becomes of a script, the dialplan can tell.
func TestEndings(t *testing.T) {
	t.Parallel()
	for _, row := range endings {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if row.step == "" {
				row.step = "AGI(goagi,%s)"
			}
			a := installed(t, &asterisk)
			plan := pbx.Plan{Steps: []string{row.step, "Set(NEXT=${AGISTATUS})"}}
			c := call(t, a, row.lua, plan)
			if row.agi == "FAILURE" && row.status != "OK" && !row.hangup { // no command of Asterisk's has failed
				row.agi = failed(a)
			}
			if row.hangup {
				listens(t, c)
				hangup(t, c)
			}
			next := row.agi // a caller who is still there goes on in the dialplan
			if row.hangup || row.agi == "HANGUP" {
				next = ""
			}
			check(t, c, vars{"AGISTATUS": row.agi, "GOAGI_STATUS": row.status, "GOAGI_ERROR": row.err, "NEXT": next, "LATER": ""})
		})
	}
}

// A program that may not be run is no reason for the call to hang.
func TestScriptThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	a := installed(t, &asterisk)
	name := script(t, a, `agi.answer()`)
	if os.Geteuid() != 0 {
		t.Skip("only root can take a file away from Asterisk's user")
	}
	path := filepath.Join(a.Dir, "agi/scripts", name)
	if err := os.Chown(path, 0, 0); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	c := place(t, a, pbx.Plan{Steps: []string{"AGI(goagi," + name + ")"}})
	check(t, c, vars{"AGISTATUS": failed(a), "GOAGI_STATUS": "ERROR", "GOAGI_ERROR": "~.*" + name + ".*permission denied.*"})
}
