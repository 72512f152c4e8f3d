package runner_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Wrong usage is said on stderr, with what to do, and nothing is run.
func TestUsage(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what   string
		env    []string
		words  []string
		wanted []string
	}{
		{"no words", nil, nil, []string{"no script named", "goagi: hint: ", "goagi try", "goagi help"}},
		{"only a flag", nil, []string{"--grace", "1"}, []string{"no script named", "goagi: hint: "}},
		{"an unknown flag", nil, []string{"--nosuch", "x.lua"}, []string{"--nosuch", "goagi: hint: goagi help lists the flags"}},
		{"an unknown short flag", nil, []string{"-x", "x.lua"}, []string{"-x", "goagi: hint: "}},
		{"a flag without its value", nil, []string{"--grace"}, []string{"--grace", "goagi: hint: "}},
		{"a bad level", nil, []string{"--log-level", "loud", "x.lua"}, []string{`--log-level`, `"loud" is no level: use debug, info, warn or error`}},
		{"a bad grace", nil, []string{"--grace", "soon", "x.lua"}, []string{`--grace`, `"soon" is no number of seconds`}},
		{"a grace below nought", nil, []string{"--grace=-1", "x.lua"}, []string{`"-1" is no number of seconds`}},
		{"a grace that is no number", nil, []string{"--grace=nan", "x.lua"}, []string{`"nan" is no number of seconds`}},
		{"an endless grace", nil, []string{"--grace=inf", "x.lua"}, []string{`"inf" is no number of seconds`}},
		{"an empty grace", nil, []string{"--grace=", "x.lua"}, []string{`"" is no number of seconds`}},
		{"a bad limit", nil, []string{"--max-call-time", "1h", "x.lua"}, []string{`"1h" is no number of seconds`}},
		{"a bad GOAGI_GRACE", []string{"GOAGI_GRACE=x"}, []string{"x.lua"}, []string{`GOAGI_GRACE: "x" is no number of seconds`}},
		{"a bad GOAGI_LOG_LEVEL", []string{"GOAGI_LOG_LEVEL=x"}, []string{"x.lua"}, []string{`GOAGI_LOG_LEVEL: "x" is no level`}},
		{"a bad GOAGI_MAX_CALL_TIME", []string{"GOAGI_MAX_CALL_TIME=-5"}, []string{"x.lua"}, []string{`GOAGI_MAX_CALL_TIME: "-5" is no number`}},
		{"doctor with a word", nil, []string{"doctor", "hello.lua"}, []string{"doctor takes no words: hello.lua", "goagi: hint: "}},
		{"doctor with an unknown flag", nil, []string{"doctor", "--nosuch"}, []string{"--nosuch", "goagi: hint: "}},
		{"doctor with an account without a secret", nil, []string{"doctor", "--ami", "goagi@127.0.0.1"}, []string{"goagi@127.0.0.1:5038 has no secret"}},
		{"try without a script", nil, []string{"try"}, []string{"no script named", "goagi: hint: goagi try SCRIPT"}},
		{"a flag that is misspelt", nil, []string{"--max-cal-time=3", "x.lua"}, []string{"unknown flag: --max-cal-time, did you mean --max-call-time?\n"}},
		{"try with a flag that is misspelt", nil, []string{"try", "--key", "1", "x.lua"}, []string{"unknown flag: --key, did you mean --keys?\n", "goagi: hint: "}},
		{"test with busted's flag", nil, []string{"test", "--shuffle"}, []string{"unknown flag: --shuffle\n", "goagi: hint: the order is always random, and --seed N repeats one\n"}},
		{"try with an unknown flag", nil, []string{"try", "--nosuch", "x.lua"}, []string{"--nosuch", "goagi: hint: "}},
		{"try with keys no telephone has", nil, []string{"try", "--keys", "12x", "x.lua"}, []string{`--keys: "x"`, "goagi: hint: "}},
		{"try as nobody knows", nil, []string{"try", "--as", "colour=red", "x.lua"}, []string{"--as colour=red", "callerid"}},
		{"try as nothing", nil, []string{"try", "--as", "callerid", "x.lua"}, []string{"--as callerid: want NAME=VALUE"}},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := shell(t, row.env, "", row.words...)
			if code != 2 || stdout != "" || !strings.HasPrefix(stderr, "goagi: error: ") {
				t.Errorf("exit code %d, stdout %q, stderr:\n%s", code, stdout, stderr)
			}
			contains(t, "stderr", stderr, row.wanted...)
			for line := range strings.Lines(stderr) {
				if !strings.HasPrefix(line, "goagi: error: ") && !strings.HasPrefix(line, "goagi: hint: ") {
					t.Errorf("stderr has a line %q", line)
				}
			}
		})
	}
}

// Under Asterisk nobody sees stderr: wrong usage is said in the dialog, and
// puts nothing else into it.
func TestUsageUnderAsterisk(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		env, words []string
		message    string
	}{
		{nil, nil, "no script named"},
		{nil, []string{"--nosuch", "x.lua"}, "unknown flag: --nosuch"},
		{nil, []string{"--help"}, "help"},
		{nil, []string{"-h", "x.lua"}, "help"},
		{nil, []string{"--grace=x", "x.lua"}, `"x" is no number of seconds`},
		{[]string{"GOAGI_GRACE=x"}, []string{"x.lua"}, `GOAGI_GRACE: "x" is no number of seconds`},
	} {
		t.Run(strings.Join(append(row.env, row.words...), " "), func(t *testing.T) {
			t.Parallel()
			a := newAsterisk(t)
			a.env = row.env
			a.file("scripts/x.lua", `agi.var.RAN = "yes"`)
			p := a.agi(row.words...)
			onlyAGI(t, p)
			if p.code != 2 || p.agistatus != "FAILURE" || p.vars["GOAGI_STATUS"] != "ERROR" || p.vars["RAN"] != "" {
				t.Errorf("exit code %d, AGISTATUS %s, %q", p.code, p.agistatus, p.vars)
			}
			contains(t, "GOAGI_ERROR", p.vars["GOAGI_ERROR"], row.message)
			contains(t, "what Asterisk logged", p.heard, "log goagi: ", row.message)
			contains(t, "stderr", p.stderr, "goagi: error: ", row.message)
		})
	}
}

// A log or a trace that cannot be written is a warning in Asterisk's log, and
// takes no call away.
func TestFilesThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"--log-file=/nosuch/log", "--trace=/nosuch/trace"} {
		a := newAsterisk(t)
		p := a.run(`agi.var.RAN = "yes"`, word)
		if p.code != 0 || p.vars["GOAGI_STATUS"] != "OK" || p.vars["RAN"] != "yes" {
			t.Errorf("%s: exit code %d, %q", word, p.code, p.vars)
		}
		flag, path, _ := strings.Cut(word, "=")
		contains(t, "what Asterisk logged", p.heard, "log goagi: "+flag+": open "+path+": no such file or directory")
		contains(t, "stderr", p.stderr, "goagi: warning: "+flag+": open "+path)
	}
}

func TestVersionAndHelp(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		words  []string
		wanted []string
	}{
		{[]string{"version"}, []string{"goagi v0-test\n"}},
		{[]string{"help"}, []string{"goagi try [flags] SCRIPT", "--grace SECONDS", "GOAGI_LOG_LEVEL", "--keys KEYS", "Exit codes:"}},
		{[]string{"--help"}, []string{"goagi try [flags] SCRIPT"}},
		{[]string{"-h"}, []string{"goagi try [flags] SCRIPT"}},
		{[]string{"try", "--help"}, []string{"--keys KEYS"}},
	} {
		code, stdout, stderr := shell(t, nil, "", row.words...)
		if code != 0 || stderr != "" {
			t.Errorf("%q: exit code %d, stderr %q", row.words, code, stderr)
		}
		contains(t, strings.Join(row.words, " "), stdout, row.wanted...)
	}
}

// A flag beats its variable, a variable beats the default.
func TestFlagBeatsVariable(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what  string
		env   []string
		words []string
		want  string
	}{
		{"the default", nil, nil, "scripts"},
		{"the variable", []string{"GOAGI_SCRIPTS=BIN/variable"}, nil, "variable"},
		{"the flag", []string{"GOAGI_SCRIPTS=BIN/variable"}, []string{"--scripts", "BIN/flag"}, "flag"},
		{"an empty variable is none", []string{"GOAGI_SCRIPTS="}, nil, "scripts"},
		{"the last flag", nil, []string{"--scripts=BIN/variable", "--scripts=BIN/flag"}, "flag"},
	} {
		a := newAsterisk(t)
		for _, dir := range []string{"scripts", "variable", "flag"} {
			a.file(dir+"/x.lua", `agi.var.GOT = "`+dir+`"`)
		}
		for _, v := range row.env {
			a.env = append(a.env, strings.ReplaceAll(v, "BIN", a.bin))
		}
		var words []string
		for _, w := range append(row.words, "x.lua") {
			words = append(words, strings.ReplaceAll(w, "BIN", a.bin))
		}
		if p := a.agi(words...); p.vars["GOT"] != row.want {
			t.Errorf("%s: ran the one in %q; %s", row.what, p.vars["GOT"], p.stderr)
		}
	}
}

// A flag that is fine makes up for a variable that is not, and what stands
// behind the script's name is the script's.
func TestFlagsOfTheScript(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	a.file("scripts/x.lua", `agi.var.GOT = table.concat(arg, "|")`)
	log := filepath.Join(t.TempDir(), "log")
	p := a.agi("--log-file="+log, "x.lua", "--trace", "--nosuch", "--", "-h", "try")
	if p.code != 0 || p.vars["GOT"] != "--trace|--nosuch|--|-h|try" || p.stderr != "" {
		t.Errorf("exit code %d, %q; %s", p.code, p.vars, p.stderr)
	}
	code, stdout, stderr := shell(t, nil, "", "try", filepath.Join(a.bin, "scripts/x.lua"), "--keys", "--help")
	if code != 0 {
		t.Errorf("try: exit code %d, %s", code, stderr)
	}
	contains(t, "try", stdout, "GOT = --keys|--help\n")
}

// A settings file's mistake is found where it stands.
func TestConfigSaysWhere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "goagi.toml")
	for text, want := range map[string]string{
		"# x\ngrac = 5\n":                path + ":2: grac: there is no such setting, did you mean grace?",
		"grace = 5\n\n[sql]\nurll = 5\n": path + ":3: sql: ",
		"grace = \"long\"\n":             path + ":1: grace: ",
	} {
		check(t, os.WriteFile(path, []byte(text), 0o600))
		code, _, stderr := shell(t, nil, "", "--config="+path, "x.lua")
		if code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%q: code %d, %q, want %q", text, code, stderr, want)
		}
	}
	if _, _, stderr := shell(t, nil, "", "serv"); !strings.Contains(stderr, "serv is no command of goagi, did you mean serve?") {
		t.Errorf("serv: %q", stderr)
	}
}

// A variable that is misspelt, and so has no effect, is told; what others call GOAGI_ is
// theirs.
func TestMisspeltVariables(t *testing.T) {
	t.Parallel()
	env := []string{"GOAGI_MAX_CAL_TIME=3", "GOAGI_TEST_GRACE=1", "GOAGI_MINE=1", "GOAGI_GRACE=1", "GOAGI_AMI_SECRET=x", "GOAGI_STATUS=x", "GOAGI_ERROR=x", "GOAGI_NAME=x", "GOAGI_CACHE=x", "OAGI_GRACE=1"}
	code, _, stderr := shell(t, env, "", "try", "--fast", own(t, "agi.answer()"))
	if want := "goagi: hint: GOAGI_MAX_CAL_TIME in the environment is no setting, did you mean GOAGI_MAX_CALL_TIME?\n"; code != 0 || stderr != want {
		t.Errorf("exit code %d, %q, want %q", code, stderr, want)
	}
}
