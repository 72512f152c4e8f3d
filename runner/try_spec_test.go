package runner_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A call whose waits take no time goes as any other, by its own clock; who waits
// for a key that nobody presses is not waited for.
func TestTryFast(t *testing.T) {
	t.Parallel()
	slow := own(t, `agi.answer() agi.sleep(1800) agi.var.KEY = agi.wait_for_digit(7000) agi.stream_file("a") print(os.time() > 1700000000)`)
	code, stdout, stderr := shell(t, nil, "", "try", "--fast", "--keys=wwww5", slow)
	if code != 0 || stderr != "" {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	contains(t, "stdout", stdout, " 1800.1  presses   5\n", " 1800.1  hears     a\n", " 1801.1  console   true\n", "  KEY = 5\n")
	code, stdout, stderr = shell(t, nil, "", "try", "--fast", own(t, `agi.answer() agi.wait_for_digit(-1)`))
	if code != 0 || stderr != "goagi: hint: the caller hung up after 1h0m0s: the script waits for keys that --keys does not have\n" {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	contains(t, "stdout", stdout, " 3600.0  hung up\n")
	code, _, stderr = shell(t, nil, "", "try", "--fast", own(t, `error("odd")`))
	if code != 1 || !strings.Contains(stderr, ":1: odd\n") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// What is said of the call is what the script meets.
func TestTryIsTold(t *testing.T) {
	t.Parallel()
	script := own(t, `print(agi.env.callerid, agi.env.calleridname, agi.env.rdnis, agi.var.A, agi.database_get("f", "a/b"), agi.env.extension)`)
	for _, seed := range []string{"0", "1", "2"} { // a later Asterisk, too
		code, stdout, stderr := shell(t, nil, "", "try", "--fast", "--seed", seed, "--as", "calleridname=Doe, Ann,callerid=555", "--as=extension=7",
			"--env=agi_rdnis=5550000", "--var", "A=b,c=d", "--db=f/a/b=x=y", script)
		if code != 0 || stderr != "" {
			t.Errorf("exit code %d, %s", code, stderr)
		}
		contains(t, "stdout", stdout, "555    Doe, Ann    5550000    b,c=d    x=y    7\n")
	}
	there := filepath.Join(t.TempDir(), "there_spec.lua")
	check(t, os.WriteFile(there, nil, 0o644))
	for _, row := range []struct{ flag, said string }{
		{"--as=callerid=1,extention=2", "--as extention=2: want NAME=VALUE, where NAME is one of accountcode, "},
		{"--env=callerid=1,extention=2", ""},
		{"--as=nonsense=2", "--as nonsense=2: want NAME=VALUE, where NAME is one of accountcode, "},
		{"--env=x", "--env x: want NAME=VALUE"},
		{"--env=a b=c", "--env a b=c: want NAME=VALUE"},
		{"--env=a=b\nc", "want NAME=VALUE"},
		{"--var==1", "--var =1: want NAME=VALUE"},
		{"--db=a=b", "--db a=b: want FAMILY/KEY=VALUE"},
		{"--sounds=/nosuch", "--sounds /nosuch: there is no such folder"},
		{"--record=x.lua", "goagi test knows specs by their names"},
		{"--record=" + there, "it is there already"},
		{"--record=/no/such/folder/x_spec.lua", "/no/such/folder: no such file"},
		{"--seed=x", "invalid argument"},
	} {
		code, _, stderr := shell(t, nil, "", append(append([]string{"try", "--fast"}, strings.Split(row.flag, " & ")...), script)...)
		if want := 2; row.said == "" && code != 0 || row.said != "" && (code != want || !strings.Contains(stderr, row.said)) {
			t.Errorf("%s: exit code %d, %s", row.flag, code, stderr)
		}
	}
}

// holds runs a spec.
func holds(t *testing.T, path string) {
	t.Helper()
	code, stdout, stderr := shell(t, nil, "", "test", path)
	if code != 0 || stderr != "" {
		text, _ := os.ReadFile(path)
		t.Errorf("exit code %d\n%s%s\n%s", code, stdout, stderr, text)
	}
}

// A call that was tried once is a test from then on.
func TestTryRecords(t *testing.T) {
	t.Parallel()
	everything := `agi.answer() agi.stream_file("welcome") agi.say_digits("042", "") agi.say_number(12) agi.say_alpha("AB", "") agi.say_datetime(os.time(), "")
agi.record_file("msg", "wav", "#", 5000, 0, true) agi.set_music("on") agi.sleep(2) agi.set_music("off")
pcall(agi.stream_file, "none") agi.app.Playtones("busy") agi.app.Dial("PJSIP/1", 5)
agi.var["X \"1"] = agi.var.IN agi.database_put("calls", "last", arg[1])
agi.var.DIGITS = agi.get_data("welcome", 3000, 4)`
	touched := filepath.Join(t.TempDir(), "touched")
	for _, row := range []struct {
		what, script string
		flags, args  []string
		wants        []string // in the spec
	}{
		{"a PIN", ours(t, "pin.lua"), []string{"--keys=0041#0042#"}, []string{"0042"}, []string{`call:press("0042#")`, `assert.equal("yes", call.var.PIN_OK)`}},
		{"a hangup", ours(t, "hello.lua"), []string{"--keys=wh"}, nil, []string{"call:waits(0.49)\n    call:hangs_up()\n    call:ends(\"hangup\")"}},
		{"a script that hangs up", own(t, `agi.answer() agi.hangup()`), nil, nil, []string{`call:ends(`}},
		{"one that is spoken to", own(t, `agi.answer() agi.stream_file("a") agi.wait_for_digit(3000)`), []string{"--audio=" + recorded(t, "one.wav", 800, 8000)}, nil,
			[]string{`transport = "eagi"`, "call:waits(1.48)\n    call:says(\"/"}},
		{"one that fails", own(t, `agi.answer() error("odd")`), nil, nil, []string{`call:ends("error")`}},
		{"everything", own(t, everything), []string{"--keys=12", "--sounds=" + welcome(t), "--var=IN=a\\\"b", "--var=NL=a\nb", "--db=a/b=c", "--as=callerid=555", "--env=rdnis=5550"}, []string{"o\"ne"},
			[]string{`env = {["rdnis"] = "5550"}`, `["welcome"] = 600`, `missing = {"beep", "none"}`, `call:hears{number = "12"}`, `at("20`, `call:ran("Dial", "PJSIP/1,5")`, `call:press("12")`, `call.db["calls/last"]`}},
		{"a time that is none", own(t, `agi.answer() agi.app.SayUnixTime("", "Europe/Berlin", "R") agi.exec("SayUnixTime", agi.env.calleridname) agi.app.SayUnixTime("-007") agi.app.SayUnixTime(86400)`),
			[]string{`--as=calleridname=0+(os.execute[[touch "` + touched + `"]] or 0)`}, nil,
			[]string{`call:hears{datetime = ""}`, `call:hears{datetime = "0+(os.execute[[touch `, `call:hears{datetime = "-007"}`, `call:hears{datetime = 86400}`}},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(filepath.Dir(row.script), "recorded_spec.lua")
			if strings.HasPrefix(row.script, filepath.Dir(ours(t, "x"))) {
				path = filepath.Join(t.TempDir(), "recorded_spec.lua")
			}
			words := append([]string{"try", "--fast", "--record", path}, row.flags...)
			shell(t, nil, "", append(append(words, row.script), row.args...)...)
			text, err := os.ReadFile(path)
			check(t, err)
			contains(t, "the spec", string(text), row.wants...)
			holds(t, path)
			if _, err := os.Stat(touched); err == nil {
				t.Error("what a caller is called has been run")
			}
		})
	}
}

// A person's own pauses are in the spec: keys in a prompt, after it, too late, and
// what was skipped lasts as long as its file.
func TestScreenRecords(t *testing.T) {
	t.Parallel()
	script := own(t, `agi.answer() agi.stream_file("welcome") agi.var.A = agi.wait_for_digit(1000) agi.var.B = agi.get_data("welcome", 1500, 3)`)
	path := filepath.Join(filepath.Dir(script), "own_spec.lua")
	d := sit(t, nil, "--record", path, "--sounds", welcome(t), script)
	d.sees("▶ welcome")
	d.types("9") // nothing listens for it
	d.sees(" keys  9")
	d.types(" ")
	d.until("a second prompt", func(v *vt) bool { return strings.Count(v.text(), "hears      welcome") == 2 })
	d.types("1")
	d.sees(" keys  9 1")
	d.types("2")
	d.sees("■ the call is over: OK")
	d.types("q")
	if code := d.leaves(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	text, err := os.ReadFile(path)
	check(t, err)
	contains(t, "the spec", string(text), `assert.equal("12", call.var.B)`)
	if strings.Count(string(text), "call:press(") != 1 || !strings.Contains(string(text), "call:press(\"12\")") && !strings.Contains(string(text), "call:press(\"1w2\")") {
		t.Errorf("a lost key is in it:\n%s", text)
	}
	holds(t, path)
}

// A loop that never ends is ended where time stands still, too, and said to be one.
func TestFastBusy(t *testing.T) {
	t.Parallel()
	code, _, stderr := shell(t, nil, "", "try", "--fast", own(t, `agi.answer() while true do end`), "--keys=1")
	if code == 0 || !strings.Contains(stderr, "the script was busy for 5s, and is ended") || !strings.Contains(stderr, "--keys=1 stands behind the script") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

// What a script names, or has from a caller, does nothing to the terminal.
func TestNamesAreText(t *testing.T) {
	t.Parallel()
	script := own(t, `agi.answer() agi.set_music("on", "a\27[2Jb") agi.command("SET VARIABLE", "n\27[2Jm", "v") agi.wait_for_digit(60000)`)
	_, stdout, _ := shell(t, nil, "", "try", "--fast", "--keys=1", script)
	if strings.Contains(stdout, "\x1b") || !strings.Contains(stdout, `n\x1b[2Jm = v`) {
		t.Errorf("%q", stdout)
	}
	d := sit(t, nil, script)
	d.sees(`music on hold (a\x1b[2Jb)`)
	d.types("q")
	d.leaves()
}

// A server that would keep its connection does not hold a call in which waits take no
// time; one that does not answer does, and whoever waits is told why.
func TestFastIsHeld(t *testing.T) {
	t.Parallel()
	answer := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			<-answer
		}
	}))
	defer server.Close()
	script := own(t, `agi.answer() local http = require "http" http.get("`+server.URL+`/quick") agi.stream_file("a") agi.sleep(600)
		http.get("`+server.URL+`/slow") agi.stream_file("b")`)
	program := exec.Command(testBinary(t), "try", "--fast", script)
	program.Env = append(os.Environ(), "GOAGI_TEST_MAIN=1")
	stderr, err := program.StderrPipe()
	check(t, err)
	var stdout strings.Builder
	program.Stdout = &stdout
	check(t, program.Start())
	said := bufio.NewReader(stderr)
	line, err := said.ReadString('\n')
	close(answer)
	if err != nil || !strings.HasPrefix(line, "goagi: hint: nothing has happened for 5s: ") {
		t.Errorf("%q, %v", line, err)
	}
	rest, err := io.ReadAll(said)
	check(t, err)
	if err := program.Wait(); err != nil || len(rest) > 0 || !strings.Contains(stdout.String(), "hears     a\n") || !strings.Contains(stdout.String(), "hears     b\n") {
		t.Errorf("%v, %s%s", err, stdout.String(), rest)
	}
}
