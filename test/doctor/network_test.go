package doctor_test

import (
	"strings"
	"testing"

	"goagi/doctor"
)

const stopped = `; for pid in $(pidof goagi); do kill $pid; tail --pid=$pid -f /dev/null; done; true`

// serving starts goagi serve on the host and waits until it answers.
func serving(flags string) string {
	return "runuser -u asterisk -- " + agi + "/goagi serve " + flags + " < /dev/null > /tmp/serve.log 2>&1 & " + answers
}

const answers = "for i in $(seq 300); do (exec 3<>/dev/tcp/127.0.0.1/4573) 2>/dev/null && break; sleep 0.05; done"

// goagi serve, by all the ways to it.
func TestServer(t *testing.T) {
	const toml = "/etc/goagi/goagi.toml"
	set := func(text string) string { return "install -d /etc/goagi; printf " + quoted(text) + " > " + toml }
	dialplan := "sed -i.bak 's/AGI(goagi,hello.lua,one)/AGI(agi:\\/\\/localhost\\/hello.lua,one)/' /etc/asterisk/extensions.conf; asterisk -rx 'dialplan reload'; "
	const usual = "; mv /etc/asterisk/extensions.conf.bak /etc/asterisk/extensions.conf; asterisk -rx 'dialplan reload'"
	run(t, []broken{
		{
			name: "not running, and the dialplan goes to it", breaks: dialplan, look: "fastagi", level: doctor.Wrong,
			says: "goagi serve does not answer on 127.0.0.1:4573, [::1]:4573, and extensions.conf:4 of the dialplan goes to it", leaves: "true" + stopped + usual,
		},
		{
			name: "not running, and it is set", breaks: set("listen = \"localhost:4573\"\n"), look: "fastagi", level: doctor.Wrong,
			says: "goagi serve does not answer on 127.0.0.1:4573, [::1]:4573, and listen is set", leaves: "rm -r /etc/goagi" + stopped,
		},
		{
			name: "one family of the name only", breaks: dialplan + set("listen = \"127.0.0.1:4573\"\n") + "; " + serving(""), look: "fastagi", level: doctor.Wrong,
			says: "answers on 127.0.0.1:4573 and not on [::1]:4573, which is localhost, too", after: "grep -x 'listen = \"localhost:4573\"' " + toml,
			leaves: "rm -r /etc/goagi" + stopped + usual,
		},
		{
			name: "one family only, by a flag", breaks: serving("--listen 127.0.0.1:4573"), look: "fastagi", level: doctor.Warning,
			says: "answers on 127.0.0.1:4573 and not on [::1]:4573", leaves: "true" + stopped,
		},
		{
			name: "a name without an address", breaks: "cp /etc/hosts /tmp/hosts; echo > /etc/hosts; " + serving(""), look: "fastagi", level: doctor.Warning,
			says: "the name localhost has no address", leaves: "cat /tmp/hosts > /etc/hosts" + stopped,
		},
		{
			name: "nobody for operators", breaks: set("admin = \"127.0.0.1:9573\"\n"), look: "admin", level: doctor.Wrong,
			says: "nobody answers on 127.0.0.1:9573, where --admin has goagi serve", leaves: "rm -r /etc/goagi" + stopped,
		},
		{
			name: "a server from before", breaks: serving("") + "; " + set("admin = \"127.0.0.1:9573\"\n"), look: "admin", level: doctor.Wrong,
			says: "nobody answers on 127.0.0.1:9573", leaves: "rm -r /etc/goagi" + stopped,
		},
	})
}

// goagi async's way to Asterisk.
func TestAccount(t *testing.T) {
	const conf = "/etc/asterisk/manager.conf"
	env := []string{"GOAGI_AMI=goagi@127.0.0.1", "GOAGI_AMI_SECRET=of-the-manager"}
	edit := func(change string) string {
		return "cp " + conf + " /tmp/manager; sed -i " + quoted(change) + " " + conf + "; asterisk -rx 'manager reload'"
	}
	const before = "cat /tmp/manager > " + conf + "; asterisk -rx 'manager reload'"
	run(t, []broken{
		{name: "switched off", breaks: edit("s/^enabled = yes/enabled = no/"), env: env, look: "ami", level: doctor.Wrong, says: "Asterisk's manager interface is switched off", leaves: before, twice: true},
		{name: "another port", breaks: edit("s/^port = .*/port = 5060/"), env: env, look: "ami", level: doctor.Wrong, says: "it listens on 127.0.0.1:5060", leaves: before},
		{name: "no user", breaks: edit("s/^.goagi.$/[gaogi]/"), env: env, look: "ami", level: doctor.Wrong, says: "Asterisk's manager interface has no user goagi", leaves: before},
		{name: "another secret", breaks: edit("s/of-the-manager/of-nobody/"), env: env, look: "ami", level: doctor.Wrong, says: "the secret in " + conf + " is another", leaves: before},
		{
			name: "no right to write", breaks: edit("s/^write = .*/write = call/"), env: env, look: "ami", level: doctor.Wrong, says: "goagi@127.0.0.1:5038 has no right to write agi, reporting",
			after: "grep -x 'write = agi,call,reporting' " + conf + " && [ $(grep -c ^write " + conf + ") = 1 ]", leaves: before,
		},
		{name: "no right to read", breaks: edit("s/^read = .*/read = system/"), env: env, look: "ami", level: doctor.Wrong, says: "has no right to read agi, call", leaves: before},
		{name: "too many rights", breaks: edit("s/^write = .*/write = agi,call,reporting,command,system/"), env: env, look: "ami", level: doctor.Warning, says: "has rights to write that goagi async does not need: system, command", leaves: before},
		{name: "all rights", breaks: edit("s/^read = .*/read = all/"), env: env, look: "ami", level: doctor.Warning, says: "has rights to read that goagi async does not need", leaves: before},
	})
}

// Without what places calls there is none, and no wrong finding either.
func TestCallNeedsItsModules(t *testing.T) {
	h := asterisk.get(t)
	h.must(t, "asterisk -rx 'module unload res_clioriginate.so'")
	var found doctor.Finding
	for _, f := range h.doctor(t, nil, "--call") {
		if f.Look == "call" {
			found = f
		}
	}
	if found.Level != doctor.Skipped || len(found.Mends) != 1 {
		t.Fatalf("%+v", found)
	}
	h.must(t, found.Mends[0])
	for _, f := range h.doctor(t, nil, "--call") {
		if f.Look == "call" && (f.Level != doctor.OK || !strings.Contains(f.Text, "wrote to the log")) {
			t.Errorf("%+v", f)
		}
	}
}

// A call says how far it came, by each way, and leaves nothing behind.
func TestCall(t *testing.T) {
	h := asterisk.get(t)
	call := func(t *testing.T) (texts string) {
		t.Helper()
		for _, f := range h.doctor(t, nil, "--call") {
			if f.Look == "call" {
				texts += string(f.Level) + ": " + f.Text + "\n"
			}
		}
		h.must(t, "[ $(asterisk -rx 'core show channels concise' | grep -c '^Local/') = 0 ] && ! ls -A "+agi+"/scripts "+agi+" | grep goagi-doctor")
		return texts
	}
	want := func(t *testing.T, said string, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if !strings.Contains(said, part) {
				t.Errorf("no %q in: %s", part, said)
			}
		}
	}
	h.must(t, serving(""))
	want(t, call(t), "ok: goagi as a process held a call", "ok: goagi serve held a call", "answered, played beep (0.44 s), wrote and read a variable, wrote to the log")
	h.must(t, "true"+stopped)

	h.must(t, "mv "+agi+"/goagi /tmp/goagi")
	want(t, call(t), "wrong: goagi as a process: AGISTATUS is NOTFOUND; no script began")
	h.must(t, "printf '#!/bin/sh\\nexit 3\\n' > "+agi+"/goagi; chmod 755 "+agi+"/goagi")
	want(t, call(t), "wrong: goagi as a process: AGISTATUS is ", "; no script began") // FAILURE, which an old Asterisk may lose
	h.must(t, "mv /tmp/goagi "+agi+"/goagi")

	h.must(t, "mv /usr/share/asterisk/sounds /tmp/sounds; install -d /usr/share/asterisk/sounds")
	want(t, call(t), "ok: goagi as a process held a call", "answered, wrote and read")
	h.must(t, "rmdir /usr/share/asterisk/sounds; mv /tmp/sounds /usr/share/asterisk/sounds")
	h.must(t, "asterisk -rx 'module unload format_gsm.so'")
	want(t, call(t), "wrong: goagi as a process: AGISTATUS is FAILURE, GOAGI_STATUS is ERROR", "beep", "the script began, answered")
	h.must(t, "asterisk -rx 'module load format_gsm.so'")
}

// Ctrl-C in the middle of a call takes the call away, too.
func TestInterruptedCall(t *testing.T) {
	h := asterisk.get(t)
	h.must(t, "mv "+agi+"/goagi /tmp/goagi; printf '#!/bin/sh\\n[ \"$1\" = version ] && exec /tmp/goagi version\\nexec sleep 20\\n' > "+agi+"/goagi; chmod 755 "+agi+"/goagi")
	out, err := h.sh(outside + " doctor --call & for i in $(seq 300); do asterisk -rx 'core show channels concise' | grep -q '!AGI!' && break; sleep 0.05; done; kill -INT $!; wait $!")
	if err == nil || !strings.Contains(out, "the call did not come to its end") || !strings.Contains(out, "no script began") {
		t.Errorf("%v: %s", err, out)
	}
	h.must(t, "mv /tmp/goagi "+agi+"/goagi; for i in $(seq 100); do [ $(asterisk -rx 'core show channels concise' | grep -c '^Local/') = 0 ] && break; sleep 0.05; done; "+
		"asterisk -rx 'core show channels concise' | grep ^Local/ && exit 1; ! ls -A "+agi+"/scripts | grep goagi-doctor && asterisk -rx 'dialplan show goagi-doctor' | grep 'no existence'")
}
