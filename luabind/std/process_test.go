package std

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"goagi/luabind"
)

// A program gets its arguments as they are, and gives what it wrote and its code.
func TestProcess(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("GOAGI_TEST_SECRET", "TOPSECRET")
	who := caller{notEAGI: true, sandbox: &luabind.Sandbox{Name: "open", Data: dir}}
	e := placed(t, who, `local process = require "process"
		local r = assert(process.run{"/bin/echo", "a b", "$HOME", "; rm -rf /", '"', 5})
		assert(r.ok and r.code == 0 and r.stdout == 'a b $HOME ; rm -rf / " 5\n' and r.stderr == "")
		r = assert(process.run{"sh", "-c", "cat; echo bad >&2; exit 3", stdin = "x\0y"})
		assert(not r.ok and r.code == 3 and r.stdout == "x\0y" and r.stderr == "bad\n")
		assert(process.run{"/bin/cat"}.stdout == "")
		assert(process.run{"/bin/sh", "-c", "kill -9 $$"}.code == 137)
		assert(process.run{"/bin/pwd"}.stdout == "`+dir+`\n" and process.run{"/bin/pwd", dir = "/"}.stdout == "/\n")
		assert(process.run{"/bin/sh", "-c", "echo $GOAGI_TEST_SECRET $X", env = {X = 7}}.stdout == "TOPSECRET 7\n")
		for _, command in ipairs{{"/no/such"}, {"nosuchprogram"}, {"/etc/passwd"}, {"/bin/true", dir = "/no/such"},
			{"/bin/sleep", "60", timeout = 0.05}, {"/bin/sh", "-c", "while :; do echo xxxxxxxxx; done", max_size = 10000}} do
			local result, why = process.run(command)
			print(result, why)
		end
		assert(process.run{"/bin/sh", "-c", "sleep 60 & echo x"}.stdout == "x\n")
		assert(not pcall(function() assert(process.run{"/bin/ls", "/proc/self/fd/3/x"}.ok) end))`)
	if e.Err != nil {
		t.Fatal(e.Err, e.log)
	}
	for _, want := range []string{
		"nil\\t/no/such cannot be run", "there is no program \\\"nosuchprogram\\\" in PATH", "/etc/passwd cannot be run", "cannot be run in /no/such",
		"/bin/sleep took over 0.05 seconds, and was killed: timeout", "/bin/sh wrote over 10000 bytes, and was killed: max_size",
	} {
		if !strings.Contains(e.log, want) {
			t.Errorf("the log lacks %s:\n%s", want, e.log)
		}
	}
}

// A hangup ends a program and all that it started, at once; under the grace time
// the next one runs.
func TestProcessAndHangup(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "pid")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Skip("no named pipe can be made here: ", err)
	}
	begun, pid := make(chan struct{}), []byte(nil)
	go func() { // until the program says that it runs
		pid, _ = os.ReadFile(fifo)
		close(begun)
	}()
	begin := time.Now()
	e := placed(t, caller{notEAGI: true, hangsUpOn: begun, sandbox: &luabind.Sandbox{Data: dir}}, `local process = require "process"
		local ok, e = pcall(process.run, {"/bin/sh", "-c", "sleep 70 & echo $! > pid; wait"})
		agi.var.KIND = tostring(ok) .. tostring(e.kind)
		agi.var.AFTER = process.run{"/bin/echo", "done"}.stdout:sub(1, 4)
		error(e)`)
	e.check(t, map[string]string{"KIND": "falsehangup", "AFTER": "done", "GOAGI_STATUS": "HANGUP"})
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	<-begun
	state, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat")
	if err == nil && !strings.Contains(string(state), ") Z ") && strings.Contains(string(state), "(sleep)") {
		t.Errorf("what the program started runs on: %s", state)
	}
}

// Only listed programs are run, by their full paths, and with none of goagi's
// environment.
func TestProcessInTheSandbox(t *testing.T) {
	who, _ := boxed(t)
	t.Setenv("GOAGI_TEST_SECRET", "TOPSECRET")
	who.sandbox.Programs = []string{"/bin/sh"}
	e := placed(t, who, `local process = require "process"
		agi.var.GOT = process.run{"/bin/sh", "-c", "echo ${GOAGI_TEST_SECRET:-none} $PATH; pwd"}.stdout:gsub("\n", "|")
		for i, command in ipairs{{"/bin/cat"}, {"cat"}, {"/bin/../bin/sh"}, {"/bin/sh/"}, {"//bin/sh"}, {"/bin/sh", dir = "/"}, {"/bin/sh", dir = ".."}} do
			local ok, e = pcall(process.run, command)
			agi.var["NO" .. i] = tostring(ok) .. tostring(type(e) == "table" and e.message or e)
		end`)
	e.check(t, map[string]string{"GOT": "none /usr/local/bin:/usr/bin:/bin|" + who.sandbox.Data + "|", "GOAGI_STATUS": "OK"})
	for _, n := range []string{"1", "2", "3", "4", "5", "6", "7"} {
		e.check(t, map[string]string{"NO" + n: "~falsethe sandbox strict forbids it"})
	}
}

// Misuse is raised, by name.
func TestProcessMisuse(t *testing.T) {
	for source, want := range map[string]string{
		`run()`:                                   "must be a table",
		`run("/bin/ls")`:                          "must be a table",
		`run{}`:                                   "the table names no program",
		`run{"bin/ls"}`:                           "must be named by its full path",
		`run{"/bin/ls", {}}`:                      "number 2 is a table",
		`run{"/bin/ls", "a\0b"}`:                  "holds a NUL byte",
		`run{"/bin/ls", stdn = ""}`:               "did you mean stdin?",
		`run{"/bin/ls", timeout = -1}`:            "option timeout must be a number of seconds",
		`run{"/bin/ls", env = {["A=B"] = "x"}}`:   "is no variable's name",
		`run{"/bin/ls", env = {A = {}}}`:          "A must be a string",
		`run{"/bin/ls", env = {A = "x\0LD=y"}}`:   "holds a NUL byte",
		`run{"/bin/sleep", "9", timeout = false}`: "option timeout must be a number",
	} {
		e := placed(t, caller{notEAGI: true}, `require "process".`+source)
		e.check(t, map[string]string{"GOAGI_STATUS": "ERROR", "GOAGI_ERROR": "~" + want})
	}
	e := placed(t, caller{notEAGI: true, config: map[string]map[string]any{"process": {"timeout": 0.05}}},
		`agi.var.WHY = select(2, require "process".run{"/bin/sleep", "9"})`)
	e.check(t, map[string]string{"WHY": "~took over 0.05 seconds"})
}

// An engine of speech that the script names itself is within the sandbox; what the
// settings file names is its owner's will.
func TestASRInTheSandbox(t *testing.T) {
	who, top := boxed(t)
	settings := map[string]any{"key_file": "/etc/key", "program": "/opt/ps"}
	for _, row := range []struct {
		options map[string]any
		want    string
	}{
		{map[string]any{"engine": "openai", "model": "whisper-large"}, ""}, // a name, and no file
		{map[string]any{"language": "en"}, ""},
		{map[string]any{"command": []string{"/bin/sh", "-c", "x"}}, "none of the programs|no program may"},
		{map[string]any{"program": "/bin/sh"}, "no program may"},
		{map[string]any{"arguments": []string{"-logfn", "/etc/x"}}, "no program may"},
		{map[string]any{"grammar": "/etc/passwd"}, "files may be read"},
		{map[string]any{"engine": "openai", "key_file": "../secret"}, "files may be read"},
		{map[string]any{"engine": "openai", "key_file": top + "/data/link"}, "files may be read"},
		{map[string]any{"key_env": "HOME"}, "environment"},
		{map[string]any{"url": "https://evil.example/"}, "hosts"},
		{map[string]any{"url": "ws://[::1]:2700"}, "hosts"},
	} {
		engine, _ := row.options["engine"].(string)
		err := allowedASR(who.sandbox, cmp.Or(engine, "pocketsphinx"), settings, row.options)
		if row.options["model"] != nil && row.options["model"] != "whisper-large" {
			t.Errorf("the model has become %v", row.options["model"])
		}
		ok := row.want == "" && err == nil
		for part := range strings.SplitSeq(row.want, "|") {
			ok = ok || part != "" && err != nil && strings.Contains(err.Error(), part)
		}
		if !ok {
			t.Errorf("%v: %v, want %q", row.options, err, row.want)
		}
	}
	who.sandbox.Hosts = []string{"speech.example:443"}
	options := map[string]any{"url": "https://speech.example/v1"}
	if err := allowedASR(who.sandbox, "openai", settings, options); err != nil || settings["key_file"] != nil {
		t.Errorf("%v; the key goes where the script says: %v", err, settings)
	}
}
