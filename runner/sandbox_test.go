package runner_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A script under --sandbox has its folders, what it requires, and nothing else; by
// itself AGI is open.
func TestSandbox(t *testing.T) {
	t.Parallel()
	const script = `local lib = require "lib"
		agi.set_variable("LIB", lib)
		agi.set_variable("PASSWD", tostring((pcall(io.open, "/etc/passwd"))))
		agi.set_variable("SHELL_", tostring((pcall(os.execute, "true"))))
		agi.set_variable("ENV", tostring(os.getenv("GOAGI_TEST_SECRET")))
		agi.set_variable("RUN", tostring((pcall(require("process").run, {"/bin/true"}))))
		agi.set_variable("WROTE", tostring(require("fs").write("kept", "x")))
		agi.set_variable("OWN", tostring(io.open(arg[0]) ~= nil))`
	for _, row := range []struct {
		flags, env []string
		want       string
	}{
		{nil, nil, "lib true true TOPSECRET true true true"},
		{[]string{"--sandbox=open"}, nil, "lib true true TOPSECRET true true true"},
		{[]string{"--sandbox=standard"}, nil, "lib false false nil false true true"},
		{[]string{"--sandbox", "strict"}, nil, "lib false false nil false true true"},
		{[]string{"--programs=/bin/true,/bin/false"}, []string{"GOAGI_SANDBOX=strict"}, "lib false false nil true true true"},
		{[]string{"--folders=/etc"}, []string{"GOAGI_SANDBOX=standard"}, "lib true false nil false true true"},
	} {
		a := newAsterisk(t)
		a.env = append(row.env, "GOAGI_TEST_SECRET=TOPSECRET")
		a.file("scripts/lib.lua", `return "lib"`)
		data := t.TempDir()
		p := a.run(script, append(row.flags, "--data="+data)...)
		var got []string
		for _, name := range []string{"LIB", "PASSWD", "SHELL_", "ENV", "RUN", "WROTE", "OWN"} {
			got = append(got, p.vars[name])
		}
		if strings.Join(got, " ") != row.want || p.code != 0 {
			t.Errorf("%v %v: %v, want %s: %s", row.flags, row.env, got, row.want, p.stderr)
		}
		if _, err := os.Stat(filepath.Join(data, "kept")); err != nil {
			t.Error(err)
		}
	}
}

// Hosts are those of the settings in strict, and in standard where some are named.
func TestSandboxHosts(t *testing.T) {
	t.Parallel()
	const script = `local ok, e = pcall(require("asr").stream, {engine = "vosk", url = "ws://127.0.0.1:1"})
		agi.set_variable("GOT", ok and "reached" or e.message)`
	for flags, want := range map[string]string{
		"--sandbox=standard":                               "reached",
		"--sandbox=open --hosts=10.0.0.0/8":                "reached",
		"--sandbox=strict --hosts=127.0.0.0/8:1":           "reached",
		"--sandbox=strict":                                 "the sandbox strict forbids it",
		"--sandbox=standard --hosts=10.0.0.0/8,*.example.": "the sandbox standard forbids it",
	} {
		a := newAsterisk(t)
		a.call.Enhanced = true
		audio, far := pipe(t)
		a.fd3 = audio
		p := a.run(script, strings.Fields(flags)...)
		far.Close()
		if !strings.Contains(p.vars["GOT"], want) {
			t.Errorf("%s: %q, want %q: %s", flags, p.vars["GOT"], want, p.stderr)
		}
	}
}

// A process that fills the memory says so, to the dialplan as well.
func TestMemory(t *testing.T) {
	t.Parallel()
	for _, script := range []string{
		`local t = {} while true do t[#t + 1] = {} end`,
		`local s = "x" while true do s = s .. s end`,
		`pcall(function() local t = {} while true do t[#t + 1] = ("x"):rep(100) .. #t end end) agi.verbose("not reached")`,
	} {
		a := newAsterisk(t)
		p := a.run(script, "--memory=100M")
		if p.code != 1 || p.vars["GOAGI_STATUS"] != "ERROR" || strings.Contains(p.said, "not reached") {
			t.Errorf("%s: exit code %d, %v", script, p.code, p.vars)
		}
		contains(t, "GOAGI_ERROR", p.vars["GOAGI_ERROR"], "t.lua:1: out of memory: goagi held ", "--memory allows 100")
	}
}

// What is wrong in a setting of the sandbox is said.
func TestSandboxSettings(t *testing.T) {
	t.Parallel()
	for flag, want := range map[string]string{
		"--sandbox=closed":            `"closed" is no sandbox: use strict, standard or open`,
		"--programs=sox":              `"sox" is no full path of a program`,
		"--hosts=https://crm.example": `"https://crm.example" is a URL: name the host`,
		"--memory=much":               `"much" is no number of bytes such as 256M or 1G`,
		"--memory=":                   `"" is no number of bytes`,
		"--memory=-1":                 `"-1" is no number of bytes`,
		"--memory=99999999999G":       `is no number of bytes`,
		"--memory=1000":               `give it 16M at least, or 0`,
		"--memory=1M":                 `give it 16M at least, or 0`,
	} {
		code, _, stderr := shell(t, nil, "", flag, "x.lua")
		if code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d, %s", flag, code, stderr)
		}
	}
}

// Secrets and settings of one's own stand in the settings file.
func TestConfigOfScripts(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	file := a.file("goagi.toml", "sandbox = \"strict\"\nmemory = \"256M\"\nprograms = [\"/bin/true\"]\n[config]\nqueue = \"sales\"\n[config.deep]\nn = 5\n[secrets]\ncrm = \"TOPSECRET\"\n")
	p := a.run(`local config = require "config"
		agi.set_variable("GOT", config.get("queue") .. config.get("deep").n .. #config.secret("crm"))
		config.secret("none")`, "--config="+file, "--log-level=debug")
	contains(t, "GOAGI_ERROR", p.vars["GOAGI_ERROR"], `the secret "none" is not there`)
	if p.vars["GOT"] != "sales59" || strings.Contains(p.stderr+p.said, "TOPSECRET") {
		t.Errorf("%v: %s", p.vars, p.stderr)
	}
	file = a.file("goagi.toml", "[secrets]\ncrm = 987654\n")
	p = a.run("", "--config="+file)
	if !strings.Contains(p.stderr, "secrets: crm must be a text") || strings.Contains(p.stderr+p.said, "987654") {
		t.Error(p.stderr)
	}
}
