package runner_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// recordedCall places a call and gives the spec that is made of it, where it is, and
// what goagi said.
func recordedCall(t *testing.T, script string, flags ...string) (spec, path, stderr string) {
	t.Helper()
	path = filepath.Join(filepath.Dir(script), "own_spec.lua")
	os.Remove(path)
	_, _, stderr = shell(t, nil, "", append(append([]string{"try", "--fast", "--record", path}, flags...), script)...)
	text, err := os.ReadFile(path)
	check(t, err)
	return string(text), path, stderr
}

// A call that asked a web server and ran programs cannot be placed again without them:
// its spec says what is to be faked, and holds once that is.
func TestRecordedWorld(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // one that stays open holds the call's clock
		fmt.Fprint(w, r.URL.Query().Get("token"))
	}))
	defer server.Close()
	address := strings.Replace(server.URL, "http://", "http://ann:secret@", 1)
	script := own(t, `local http, process = require "http", require "process"
agi.answer()
agi.stream_file(http.get("`+address+`/callers?token=1").status == 200 and "found" or "lost")
http.request("post", "`+address+`/calls") http.get("`+address+`/callers?token=2")
agi.stream_file(process.run{"/bin/true"}.code == 0 and "ran" or "broken")
pcall(http.get) pcall(process.run) pcall(http.get, "no URL")
if agi.env.callerid == "7" then os.execute("true") end`)
	text, path, stderr := recordedCall(t, script, "--as=callerid=7")
	want := `-- What the call asked of the world, and a test has to fake before place:
--   fake.http("GET ` + server.URL + `/callers", {status = 200, body = ""})
--   fake.http("POST ` + server.URL + `/calls", {status = 200, body = ""})
--   fake.program("/bin/true", {stdout = ""})
--   fake.program("NAME", {stdout = ""}) for each that os.execute and io.popen start
describe(`
	if !strings.HasPrefix(text, want) {
		t.Errorf("the spec is\n%s\nwants\n%s", text, want)
	}
	contains(t, "stderr", stderr, "goagi: hint: "+path+": the script asked the world for something; the file's first lines say what its test has to fake\n")
	code, stdout, _ := shell(t, nil, "", "test", path)
	if code != 1 || !strings.Contains(stdout, "fake") {
		t.Errorf("exit code %d, %s", code, stdout)
	}
	fakes := strings.Join(regexp.MustCompile(`fake\..*}\)`).FindAllString(want, -1), "\n")
	fakes = strings.Replace(fakes, "NAME", "true", 1)
	check(t, os.WriteFile(path, []byte(strings.Replace(text, "    local call", fakes+"\n    local call", 1)), 0o644))
	holds(t, path)
	text, _, stderr = recordedCall(t, own(t, `agi.answer() require("json") agi.stream_file("a")`))
	if strings.Contains(text, "--") || stderr != "" {
		t.Errorf("a call that asked nobody: %s\n%s", stderr, text)
	}
}

// A script that looks at the clock finds the hour that it found.
func TestRecordedClock(t *testing.T) {
	t.Parallel()
	script := own(t, `agi.answer() agi.stream_file(os.date("!%Y") == "2000" and "long-ago" or "today") agi.var.A = os.time()
for i = 1, 9 do agi.sleep(0.13) agi.var["B" .. i] = os.time() agi.say_datetime(os.time(), "") end agi.var.C = os.date() agi.sleep(3600) agi.var.D = os.date("!%H:%M")`)
	text, path, _ := recordedCall(t, script)
	contains(t, "the spec", text, "\n    at(\"20", "\n    local call = place(")
	holds(t, path)
}

// A caller's pauses are where they were: without them the script is ahead, and a hangup
// comes in another prompt.
func TestRecordedPauses(t *testing.T) {
	t.Parallel()
	script := own(t, `agi.answer() agi.var.PIN = agi.get_data("ask", 3000, 4) for _, name in ipairs{"one", "two", "three"} do agi.var.AT = name agi.stream_file(name) end`)
	for keys, step := range map[string]string{
		"00w42h":    `call:press("00w42")`,
		"0w0w4w2h":  `call:press("0w0w4w2")`,
		"0w0w4w2wh": `call:press("0w0w4w2")`,
		"0042wwwh":  `call:press("0042")`,
		"00ww42wwh": "call:press(\"00\")\n    call:waits(1.4)\n    call:press(\"42\")",
		"w0042":     "call:waits(0.5)\n    call:press(\"0042\")",
	} {
		text, path, _ := recordedCall(t, script, "--keys="+keys)
		contains(t, "the spec of "+keys, text, "\n    "+step+"\n", `assert.equal("0042", call.var.PIN)`)
		holds(t, path)
	}
}

// A caller who hangs up at the moment at which something ends does so in the test,
// too, and nothing that was said of the call is lost.
func TestRecordedHangup(t *testing.T) {
	t.Parallel()
	for keys, script := range map[string]string{
		"wwh": `agi.answer() agi.stream_file("a") agi.var.AFTER = "yes"`,
		"#h":  `agi.answer() agi.record_file("/tmp/goagi-try", "wav", "#", 9000) agi.var.AFTER = "yes"`,
		"1h":  `agi.answer() agi.var.KEY = agi.wait_for_digit(5000)`,
		"h":   `agi.answer() pcall(agi.stream_file, "a") agi.app.Queue("support")`,
	} {
		_, path, _ := recordedCall(t, own(t, script), "--keys="+keys)
		holds(t, path)
	}
	text, path, _ := recordedCall(t, own(t, `agi.answer() agi.var.SEEN = agi.env.callerid .. "," .. agi.env.priority`), "--as=callerid=,priority=5")
	holds(t, path)
	contains(t, "spec", text, `assert.equal(",5", call.var.SEEN)`)
}

// A call to nothing is no test.
func TestNothingIsRecorded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x_spec.lua")
	for _, script := range []string{"/nosuch.lua", own(t, `if x then`)} {
		_, _, stderr := shell(t, nil, "", "try", "--fast", "--record="+path, script)
		contains(t, "stderr", stderr, "was not written: there was no script to run\n")
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: it was written", script)
		}
	}
}
