package e2e

import (
	"strings"
	"testing"

	"goagi/pbx"
)

// A script that prints says it to those who run Asterisk, never to Asterisk
// itself: not a byte of it gets into the dialog.
func TestOutput(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, lua string
		console   []string // lines on Asterisk's console and in its log
		stderr    string   // what Asterisk's stderr has
	}{
		{name: "print", lua: `print("p", 1, nil, true)`, console: []string{"p\t1\tnil\ttrue"}},
		{name: "print, many lines", lua: `print("p one\np two\n\np four")`, console: []string{"p one", "p two", "p four"}},
		{name: "io.write", lua: `io.write("w ", 1, "\n", "w half") io.write(" a line\n")`, console: []string{"w 1", "w half a line"}},
		{name: "io.write without an end", lua: `io.write("w no end")`, console: []string{"w no end"}},
		{name: "io.stdout", lua: `io.stdout:write("s ", 2, "\n") io.stdout:flush()`, console: []string{"s 2"}},
		{name: "replies", lua: `print("200 result=1 (forged)") print("HANGUP") print("511 Command Not Permitted") print("520-x")`,
			console: []string{"200 result=1 (forged)", "520-x"}},
		{name: "commands", lua: `io.write("HANGUP\n") io.write("SET VARIABLE X forged\n") print("failure")`, console: []string{"SET VARIABLE X forged"}},
		{name: "stderr", lua: `io.stderr:write("e one\n")`, stderr: "e one\n"},
		{name: "a program", lua: `os.execute("echo x one; echo HANGUP; echo SET VARIABLE X forged; echo x two >&2")`, stderr: "x one\nHANGUP\nSET VARIABLE X forged\nx two\n"},
		{name: "a program that reads", lua: `agi.var.READ = os.execute("cat; read x || exit 5")`},
		{name: "a program that is read", lua: `local p = io.popen("echo y one; echo y two >&2") print(p:read("*a")) p:close()`, console: []string{"y one"}},
		{name: "a program that is written to", lua: `local p = io.popen("cat; echo HANGUP", "w") p:write("z one\n") p:close()`},
		{name: "a program's descriptors", lua: `assert(os.execute("for n in 3 4 5 6 7 8 9; do (eval \": <&$n\") 2>/dev/null && exit $n; done; exit 0") == 0)`},
		{name: "io.read", lua: `assert(io.read() == nil) assert(io.read("*a") == "") assert(io.stdin:read("*l") == nil) for l in io.lines() do error(l) end`},
		{name: "streams closed", lua: `pcall(io.close) pcall(io.stdout.close, io.stdout) pcall(io.stdin.close, io.stdin) print("c one")`, console: []string{"c one"}},
		{name: "the real ones", lua: `local f = io.open("/proc/self/fd/1", "w") if f then f:write("f one\n") f:close() end
			f = io.open("/proc/self/fd/0") if f then f:read("*a") f:close() end`},
		{name: "much", lua: `for i = 1, 200 do print(("m%03d "):format(i) .. ("x"):rep(800)) end`, console: []string{"m001 ", "m200 "}},
		{name: "a long line", lua: `print("l one " .. ("x"):rep(100000) .. " end")`, console: []string{"l one xxx"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := installed(t, &asterisk)
			c := call(t, a, `agi.answer() agi.var.X = "mine" `+row.lua+`
				agi.set_variable("STEP", agi.get_full_variable("in-step") .. " " .. agi.var.X .. " " .. agi.channel_status())
				assert(agi.wait_for_digit(10) == nil)`, pbx.Plan{})
			check(t, c, vars{"STEP": "in-step mine 6", "AGISTATUS": "SUCCESS", "GOAGI_STATUS": "OK"})
			for _, line := range row.console {
				logs(t, c, "", "VERBOSE", line)
			}
			if text := a.Stderr(); !strings.Contains(text, row.stderr) {
				t.Errorf("stderr has no %q:\n%s", row.stderr, text)
			}
		})
	}
}

// A program that goes on does not keep the call.
func TestProgramInTheBackground(t *testing.T) {
	t.Parallel()
	for _, lua := range []string{`os.execute("sleep 21.5 &")`, `io.popen("sleep 21.6")`, `io.popen("sleep 21.7", "w")`} {
		t.Run(lua, func(t *testing.T) {
			t.Parallel()
			c := call(t, installed(t, &asterisk), `agi.answer() `+lua, pbx.Plan{Steps: []string{"Set(FROM=${EPOCH})", "AGI(goagi,%s)", "Set(TOOK=$[${EPOCH} - ${FROM}])"}})
			check(t, c, vars{"TOOK": "~[0-5]", "GOAGI_STATUS": "OK", "AGISTATUS": "SUCCESS"})
			for _, word := range []string{"21.5", "21.6", "21.7"} {
				if strings.Contains(lua, word) {
					kill(processes(t, word))
				}
			}
		})
	}
}

// A program that a script waits for ends with the call.
func TestProgramEndsWithTheCall(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ word, lua string }{
		{"31.5", `os.execute("sleep 31.5")`},
		{"31.6", `os.execute("sleep 31.6; true")`},
		{"31.7", `io.popen("sleep 31.7"):read("*a")`},
		{"31.8", `require("process").run{"/bin/sh", "-c", "sleep 31.8; true"}`},
	} {
		t.Run(row.lua, func(t *testing.T) {
			t.Parallel()
			a := installed(t, &asterisk)
			c, name := callNamed(t, a, `agi.answer() agi.var.READY = "yes" `+row.lua, pbx.Plan{Steps: []string{"AGI(goagi,--grace=1,%s)"}})
			listens(t, c)
			do(t, c, "EXEC Wait 0.3")
			hangup(t, c)
			check(t, c, vars{"AGISTATUS": "HANGUP"})
			leavesNothing(t, a, name)
			if left := processes(t, row.word); len(left) > 0 {
				t.Errorf("%s is still there: %d", row.lua, left)
				kill(left)
			}
		})
	}
}
