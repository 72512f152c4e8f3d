package doctor_test

import (
	"strings"
	"testing"

	"goagi/doctor"
)

const managerConf = "/etc/asterisk/manager.conf"

// What an account is broken by, and the host as it was.
func managed(change string) string {
	return "cp " + managerConf + " /tmp/manager; " + change + "; asterisk -rx 'manager reload'"
}

const unmanaged = "cat /tmp/manager > " + managerConf + "; rm -f /etc/asterisk/manager_custom.conf; asterisk -rx 'manager reload'"

func edited(change string) string { return managed("sed -i " + quoted(change) + " " + managerConf) }

// goagi async's way to Asterisk.
func TestAccount(t *testing.T) {
	env := []string{"GOAGI_AMI=goagi@127.0.0.1", "GOAGI_AMI_SECRET=of-the-manager"}
	fewer := append([]string{"EDITOR=/tmp/fewer"}, env...)
	const editor = "printf '#!/bin/sh\\nsed -i -e \"s/^read = .*/read = agi,call/\" -e \"s/^write = .*/write = agi,call,reporting/\" $1\\n' > /tmp/fewer; chmod 755 /tmp/fewer; "
	const toml = "/etc/goagi/goagi.toml"
	included := managed("sed -n '/^.goagi/,$p' " + managerConf + " > /etc/asterisk/manager_custom.conf; sed -i '/^.goagi/,$d' " + managerConf + "; echo '#include manager_custom.conf' >> " + managerConf + "; sed -i 's/of-the-manager/of-nobody/' /etc/asterisk/manager_custom.conf")
	run(t, []broken{
		{name: "switched off", breaks: edited("s/^enabled = yes/enabled = no/"), env: env, look: "ami", level: doctor.Wrong, says: "Asterisk's manager interface is switched off", leaves: unmanaged, twice: true},
		{
			name: "another port", breaks: edited("s/^port = .*/port = 5060/") + "; install -d /etc/goagi; printf 'ami = \"goagi:of-the-manager@127.0.0.1\"\\n' > " + toml + "; chgrp asterisk " + toml + "; chmod 640 " + toml,
			env: []string{"EDITOR=sed -i s/127.0.0.1/127.0.0.1:5060/"}, look: "ami", level: doctor.Wrong, says: "it listens on 127.0.0.1:5060: set ami to goagi@127.0.0.1:5060",
			after: "grep -x 'port = 5060' " + managerConf, leaves: "rm -r /etc/goagi; " + unmanaged,
		},
		{name: "no user", breaks: edited("s/^.goagi.$/[gaogi]/"), env: env, look: "ami", level: doctor.Wrong, says: "Asterisk's manager interface has no user goagi", leaves: unmanaged},
		{name: "another secret", breaks: edited("s/of-the-manager/of-nobody/"), env: env, look: "ami", level: doctor.Wrong, says: "the secret in " + managerConf + " is another", leaves: unmanaged},
		{
			name: "another secret in a file of its own", breaks: included, env: env, look: "ami", level: doctor.Wrong, says: "the secret in /etc/asterisk/manager_custom.conf is another",
			after: "! grep of-nobody /etc/asterisk/manager_custom.conf", leaves: unmanaged,
		},
		{
			name: "no right to write", breaks: edited("s/^write = .*/write = call/"), env: env, look: "ami", level: doctor.Wrong, says: "goagi@127.0.0.1:5038 has no right to write agi, reporting",
			after: "grep -x 'write = agi,call,reporting' " + managerConf + " && [ $(grep -c ^write " + managerConf + ") = 1 ]", leaves: unmanaged,
		},
		{
			name: "no right to read, but another's", breaks: editor + edited("s/^read = .*/read = system/"), env: fewer, look: "ami", level: doctor.Wrong, says: "has no right to read agi, call", leaves: unmanaged, twice: true,
		},
		{name: "too many rights", breaks: editor + edited("s/^write = .*/write = agi,call,reporting,command,system/"), env: fewer, look: "ami", level: doctor.Warning, says: "has rights to write that goagi async does not need: system, command; if nobody else logs in as goagi, write = agi,call,reporting is enough", leaves: unmanaged},
		{name: "all rights", breaks: editor + edited("s/^read = .*/read = all/"), env: fewer, look: "ami", level: doctor.Warning, says: "has rights to read that goagi async does not need", leaves: unmanaged},
	})
}

// A secret's file may be named anything, and a secret hold anything: a mend that
// loses a character of it locks goagi async out.
func TestSecret(t *testing.T) {
	const file = `/etc/it's/the "secret"`
	write := `install -d "/etc/it's"; printf '%s\n' 'p\ss&w/o;r$d"' > ` + quoted(file) + "; "
	env := []string{"GOAGI_AMI=goagi@127.0.0.1", "GOAGI_AMI_SECRET_FILE=" + file}
	run(t, []broken{
		{name: "another", breaks: write + edited("s/of-the-manager/of-nobody/"), env: env, look: "ami", level: doctor.Wrong, says: "is another", leaves: unmanaged + `; rm -r "/etc/it's"`},
		{name: "no user", breaks: write + edited("s/^.goagi.$/[gaogi]/"), env: env, look: "ami", level: doctor.Wrong, says: "has no user goagi", leaves: unmanaged + `; rm -r "/etc/it's"`},
	})
}

// The shell that a mend is pasted into need not have the variable with the secret:
// an account that opens to no secret at all would be worse than what is mended.
func TestNoSecretInTheShell(t *testing.T) {
	h := asterisk.get(t)
	for _, change := range []string{"s/^.goagi.$/[gaogi]/", "s/of-the-manager/of-nobody/"} {
		h.must(t, edited(change))
		found := amiss(h.doctor(t, []string{"GOAGI_AMI=goagi@127.0.0.1", "GOAGI_AMI_SECRET=of-the-manager"}, "--ami-plain"), "ami")
		if len(found) != 1 || len(found[0].Mends) == 0 {
			t.Fatalf("%+v", found)
		}
		before := h.must(t, "cat "+managerConf)
		out, err := h.sh(found[0].Mends[0])
		if err == nil || !strings.Contains(out, "GOAGI_AMI_SECRET") {
			t.Errorf("%s: %v\n%s", found[0].Mends[0], err, out)
		}
		if after := h.must(t, "cat "+managerConf); after != before {
			t.Errorf("without a secret manager.conf becomes\n%s", after)
		}
		h.must(t, unmanaged)
	}
}

// Calls that are given to Async AGI wait in silence for somebody who answers.
func TestNobodyAnswersAsyncAGI(t *testing.T) {
	h := asterisk.get(t)
	const conf = "/etc/asterisk/extensions.conf"
	h.must(t, "cp "+conf+" /tmp/extensions; printf 'exten => 200,1,AGI(agi:async,desk.lua)\\n' >> "+conf+"; asterisk -rx 'dialplan reload'")
	if found := amiss(h.doctor(t, nil), "ami"); len(found) != 1 || !strings.Contains(found[0].Text, "extensions.conf:6: AGI(agi:async,desk.lua) waits for goagi async, and nobody is logged in") {
		t.Errorf("%+v", found)
	}
	// The other end of the pipe holds the login.
	h.must(t, "mkfifo /tmp/login; bash -c 'exec 3<>/dev/tcp/127.0.0.1/5038; printf \"Action: Login\\r\\nUsername: goagi\\r\\nSecret: of-the-manager\\r\\nEvents: off\\r\\n\\r\\n\" >&3; read < /tmp/login' < /dev/null > /dev/null 2>&1 & "+
		"for i in $(seq 300); do asterisk -rx 'manager show connected' | grep -q goagi && break; sleep 0.05; done")
	found := h.doctor(t, nil)
	ok := false
	for _, f := range found {
		ok = ok || f.Look == "ami" && f.Level == doctor.OK && f.Text == "extensions.conf:6 gives calls to Async AGI, and goagi is logged in and may answer them"
	}
	if !ok {
		t.Errorf("%+v", found)
	}
	h.must(t, "echo > /tmp/login; rm /tmp/login; cat /tmp/extensions > "+conf+"; asterisk -rx 'dialplan reload'")
}
