package runner_test

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// ours is a script that we ship.
func ours(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs("../scripts/" + name)
	check(t, err)
	return path
}

// own is a script of this text.
func own(t *testing.T, source string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "own.lua")
	check(t, os.WriteFile(path, []byte(source), 0o644))
	return path
}

// without takes the times from the lines of goagi try.
func without(text string) string {
	return regexp.MustCompile(`(?m)^ *\d+\.\d  `).ReplaceAllString(text, "")
}

// A call placed from the terminal shows what the caller hears and does.
func TestTry(t *testing.T) {
	t.Parallel()
	hello, pin := ours(t, "hello.lua"), ours(t, "pin.lua")
	for _, row := range []struct {
		what, stdin string
		words       []string
		code        int
		stdout      string // without times; NAME is the script
	}{
		{"hello.lua", "", []string{"--keys", "7", hello}, 0, `a call to NAME
answered
hears     hello-world
hears     vm-enter-num-to-call
presses   7
hears     digits 7
the call is over: OK (AGISTATUS SUCCESS)
  GOAGI_STATUS = OK
  PLAYBACKSTATUS = SUCCESS
`},
		{"keys from a pipe", "7\n", []string{hello}, 0, `a call to NAME
answered
hears     hello-world
hears     vm-enter-num-to-call
presses   7
hears     digits 7
the call is over: OK (AGISTATUS SUCCESS)
  GOAGI_STATUS = OK
  PLAYBACKSTATUS = SUCCESS
`},
		{"pin.lua with the second try", "", []string{"--keys=0041#0042#", pin, "0042", "*9"}, 0, `a call to NAME 0042 *9
answered
hears     conf-getpin
presses   0
presses   0
presses   4
presses   1
presses   #
hears     conf-invalidpin
hears     conf-getpin
presses   0
presses   0
presses   4
presses   2
presses   #
hears     auth-thankyou
the call is over: OK (AGISTATUS SUCCESS)
  GOAGI_STATUS = OK
  PIN = 0042
  PIN_OK = yes
  PLAYBACKSTATUS = SUCCESS
`},
		{"pin.lua with a star, then h", "", []string{"--keys", "*8#wh", pin, "*9"}, 0, `a call to NAME *9
answered
hears     conf-getpin
presses   *
presses   8
presses   #
hears     conf-invalidpin
hung up
log       NOTICE pin.lua: 1001 hung up
the call is over: HANGUP (AGISTATUS HANGUP)
  GOAGI_ERROR = NAME:32: STREAM FILE: the call has been hung up
  GOAGI_STATUS = HANGUP
  PIN_OK = no
  PLAYBACKSTATUS = FAILED
`},
		{"h from a pipe", "wh", []string{hello}, 0, `a call to NAME
answered
hears     hello-world
hung up
the call is over: HANGUP (AGISTATUS HANGUP)
  GOAGI_ERROR = NAME:7: STREAM FILE: the call has been hung up
  GOAGI_STATUS = HANGUP
  PLAYBACKSTATUS = FAILED
`},
		{"as someone", "", []string{"--as", "callerid=5551234", "--as=calleridname=Ann = Bob", "--as", "extension=200",
			own(t, `print(agi.env.callerid, agi.env.calleridname, agi.env.extension, #arg)`)}, 0, "a call to NAME\n" +
			"console   5551234    Ann = Bob    200    0\n" + `the call is over: OK (AGISTATUS SUCCESS)
  GOAGI_STATUS = OK
`},
		{"a database", "", []string{"--db=calls/last=\x1b[2J", own(t, `agi.database_put("calls", "count", "7")`)}, 0, `a call to NAME
the call is over: OK (AGISTATUS SUCCESS)
  GOAGI_STATUS = OK
Asterisk's database:
  calls/count = 7
  calls/last = \x1b[2J
`},
		{"hostile text", "", []string{own(t, `agi.answer() print("\27[2J\7x") agi.var.X = "\27[2J" agi.stream_file("a\27b")`)}, 0, `a call to NAME
answered
console    [2J x
hears     a\x1bb
the call is over: OK (AGISTATUS SUCCESS)
  GOAGI_STATUS = OK
  PLAYBACKSTATUS = SUCCESS
  X = \x1b[2J
`},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := shell(t, nil, row.stdin, append([]string{"try"}, row.words...)...)
			if code != row.code || stderr != "" {
				t.Errorf("exit code %d, stderr:\n%s", code, stderr)
			}
			for _, word := range row.words {
				if strings.HasSuffix(word, ".lua") {
					row.stdout = strings.ReplaceAll(row.stdout, "NAME", word)
				}
			}
			if got := without(stdout); got != row.stdout {
				t.Errorf("got:\n%s\nwant:\n%s", got, row.stdout)
			}
		})
	}
}

// What is wrong with a script is said as under Asterisk, with the same exit
// code.
func TestTryFails(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := shell(t, nil, "", "try", "nosuch.lua")
	if code != 3 {
		t.Errorf("exit code %d", code)
	}
	contains(t, "stderr", stderr, `goagi: error: script "nosuch.lua" not found: tried `)
	contains(t, "stdout", stdout, "the call is over: NOTFOUND (AGISTATUS FAILURE)")
	bad := own(t, "agi.answer()\nnil_value.x = 1")
	code, stdout, stderr = shell(t, nil, "", "try", bad)
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	contains(t, "stderr", stderr, "goagi: error: "+bad+":2: attempt to index", "     2 | nil_value.x = 1\n", "stack traceback:\n")
	contains(t, "stdout", stdout, "the call is over: ERROR (AGISTATUS FAILURE)", "GOAGI_ERROR = "+bad+":2: ")
	code, _, stderr = shell(t, nil, "", "try", t.TempDir())
	if code != 1 && code != 3 {
		t.Errorf("a folder: exit code %d, %s", code, stderr)
	}
}

// The settings hold for try too, before the word and behind it.
func TestTrySettings(t *testing.T) {
	t.Parallel()
	script := own(t, `print("x") agi.log("debug", "deep")`)
	for _, words := range [][]string{{"--trace", "--log-level=debug", "try", script}, {"try", "--trace", "--log-level=debug", script}} {
		code, stdout, stderr := shell(t, nil, "", words...)
		if code != 0 {
			t.Errorf("%q: exit code %d", words, code)
		}
		contains(t, "stderr", stderr, `> VERBOSE "x" "1"`, "< 200 result=1\n", "level=DEBUG msg=\"call ended\"")
		contains(t, "stdout", stdout, "log       DEBUG deep\n")
	}
	dir := filepath.Dir(script)
	if code, _, stderr := shell(t, []string{"GOAGI_SCRIPTS=" + dir}, "", "try", "own"); code != 0 {
		t.Errorf("GOAGI_SCRIPTS: exit code %d, %s", code, stderr)
	}
}

// Ctrl-C hangs up, and the script cleans up.
func TestTryIsInterrupted(t *testing.T) {
	t.Parallel()
	a := &asterisk{t: t}
	script := own(t, `agi.on_hangup(function() agi.var.CLEAN = "yes" end) agi.answer() agi.stream_file("a") agi.wait_for_digit(-1)`)
	p := a.start("try", script)
	out := bufio.NewReader(p.out)
	for {
		line, err := out.ReadString('\n')
		check(t, err)
		if strings.Contains(line, "hears     a") {
			break
		}
	}
	p.signal(syscall.SIGINT)
	rest, err := io.ReadAll(out)
	check(t, err)
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d, %s", code, p.stderr.String())
	}
	contains(t, "stderr", p.stderr.String(), "goagi: hint: hung up; the script has 10s to clean up")
	contains(t, "stdout", string(rest), "hung up\n", "the call is over: HANGUP", "CLEAN = yes\n")
}
