package doctor_test

import (
	"testing"

	"goagi/doctor"
)

// What calls read and write: scripts, settings, data.
func TestFiles(t *testing.T) {
	const conf = "/etc/goagi/goagi.toml"
	set := func(text string) string {
		return "install -d /etc/goagi; printf " + quoted(text) + " > " + conf + "; chmod 644 " + conf
	}
	const unset = "rm -r /etc/goagi"
	scripts := agi + "/scripts"
	run(t, []broken{
		{name: "a script for root alone", breaks: "chmod 600 " + scripts + "/hello.lua", look: "scripts", level: doctor.Wrong, says: "Asterisk's user asterisk cannot read " + scripts + "/hello.lua"},
		{name: "a closed folder of scripts", breaks: "chmod 700 " + scripts + "/menu", look: "scripts", level: doctor.Wrong, says: "cannot read " + scripts + "/menu"},
		{name: "closed scripts", breaks: "chmod 700 " + scripts, look: "scripts", level: doctor.Wrong, says: "cannot enter and read " + scripts},
		{name: "a script that all may change", breaks: "chmod 666 " + scripts + "/menu/main.lua", look: "scripts", level: doctor.Wrong, says: "everybody on this machine may change " + scripts + "/menu/main.lua"},
		{
			name: "no scripts", breaks: "mv " + scripts + " /tmp/scripts", look: "scripts", level: doctor.Warning, says: "there are no scripts",
			leaves: "rm -r " + scripts + "; mv /tmp/scripts " + scripts,
		},
		{
			name: "scripts beside a program that is only linked", breaks: "mv " + scripts + " /opt/goagi/scripts; ln -sf " + outside + " " + agi + "/goagi",
			look: "scripts", level: doctor.Wrong, says: "calls look for scripts in " + scripts + ", not in /opt/goagi/scripts",
			after: "test -r " + scripts + "/hello.lua", leaves: "cd " + agi + "; rm goagi scripts; install " + outside + " goagi; mv /opt/goagi/scripts scripts",
		},
		{
			name: "a setting that is none", breaks: set("grase = 3\n"), env: []string{"EDITOR=sed -i s/grase/grace/"},
			look: "settings", level: doctor.Wrong, says: conf + ":1: grase: there is no such setting, did you mean grace?: no call works", leaves: unset,
		},
		{
			name: "settings that are no TOML", breaks: set("grace = 3\nlog-level info\n"), env: []string{"EDITOR=sed -i 2d"},
			look: "settings", level: doctor.Wrong, says: conf + ":2:", leaves: unset,
		},
		{
			name: "settings for root alone", breaks: set("grace = 3\n") + "; chmod 600 " + conf,
			look: "settings", level: doctor.Wrong, says: "Asterisk's user asterisk cannot read " + conf + ": its calls fail", leaves: unset,
		},
		{
			name: "settings that are not there", breaks: "true", env: []string{"GOAGI_CONFIG=/etc/goagi/other.toml"},
			look: "settings", level: doctor.Wrong, says: "the settings file /etc/goagi/other.toml is not there", leaves: unset,
		},
		{name: "settings that all may change", breaks: set("grace = 3\n") + "; chmod 666 " + conf, look: "settings", level: doctor.Wrong, says: "everybody on this machine may change " + conf, leaves: unset},
		{
			name: "secrets that all may read", breaks: set("[secrets]\ncrm = \"s3cr3t\"\n"), look: "settings", level: doctor.Warning,
			says: "everybody on this machine may read " + conf + ", which holds secrets", after: "[ \"$(stat -c '%U %G %a' " + conf + ")\" = 'root asterisk 640' ]", leaves: unset,
		},
		{
			name: "a password that all may read", breaks: set("[sql]\nurl = \"postgres://goagi:pw@db.example/orders\"\n"),
			look: "settings", level: doctor.Warning, says: "everybody on this machine may read " + conf, leaves: unset,
		},
		{
			name: "a file with a secret that all may read", breaks: set("[secrets]\ndb = {file = \"/etc/goagi/db.password\"}\n") + "; echo pw > /etc/goagi/db.password; chmod 644 /etc/goagi/db.password",
			look: "settings", level: doctor.Warning, says: "everybody on this machine may read /etc/goagi/db.password", leaves: unset,
		},
		{name: "no data folder", breaks: "rmdir /var/lib/goagi", look: "data", level: doctor.Warning, says: "there is no /var/lib/goagi", after: "[ $(stat -c %a%U /var/lib/goagi) = 750asterisk ]"},
		{name: "root's data folder", breaks: "chown root:root /var/lib/goagi", look: "data", level: doctor.Warning, says: "cannot write in /var/lib/goagi (root's"},
		{name: "open data folder", breaks: "chmod 777 /var/lib/goagi", look: "data", level: doctor.Warning, says: "everybody on this machine may change what scripts keep"},
		{name: "a data folder that is a file", breaks: "rmdir /var/lib/goagi; touch /var/lib/goagi", look: "data", level: doctor.Wrong, says: "is no folder", leaves: "rm /var/lib/goagi.old"},
		{
			name: "a data folder behind a closed one", breaks: "install -d -m 700 /srv/closed; install -d -o asterisk /srv/closed/data", flags: []string{"--data", "/srv/closed/data"},
			look: "data", level: doctor.Warning, says: "cannot enter /srv/closed", leaves: "rm -r /srv/closed",
		},
	})
}

// Prompts.
func TestSounds(t *testing.T) {
	const sounds = "/usr/share/asterisk/sounds"
	run(t, []broken{
		{
			name: "none", breaks: "mv " + sounds + " /tmp/sounds; install -d " + sounds + "; " + apt("rmdir "+sounds+"; mv /tmp/sounds "+sounds),
			look: "sounds", level: doctor.Warning, says: "has no sounds: every prompt is missing", leaves: noApt,
		},
		{
			name: "no folder", breaks: "mv " + sounds + " /tmp/sounds; " + apt("mv /tmp/sounds "+sounds),
			look: "sounds", level: doctor.Warning, says: "there is no " + sounds, leaves: noApt,
		},
		{
			name: "a link that leads nowhere", breaks: "rm /etc/alternatives/asterisk-prompt-en; " + apt("ln -s "+sounds+"/en_US_f_Allison /etc/alternatives/asterisk-prompt-en"),
			look: "sounds", level: doctor.Warning, says: "calls are in en unless they say otherwise, and " + sounds + " has no prompts in it", leaves: noApt,
		},
		{name: "no format", breaks: "asterisk -rx 'module unload format_gsm.so'", look: "sounds", level: doctor.Wrong, says: "Asterisk reads none of the formats that the prompts in en are in (gsm): format_gsm is not loaded"},
		{name: "closed", breaks: "chmod 700 " + sounds, look: "sounds", level: doctor.Wrong, says: "cannot read " + sounds},
	})
}

// Lines of the dialplan.
func TestDialplan(t *testing.T) {
	const conf = "/etc/asterisk/extensions.conf"
	line := func(app string) string {
		return "cp " + conf + " /tmp/extensions; printf 'exten => 200,1,%s\\n' " + quoted(app) + " >> " + conf + "; asterisk -rx 'dialplan reload'"
	}
	const before = "mv /tmp/extensions " + conf + "; asterisk -rx 'dialplan reload'"
	run(t, []broken{
		{
			name: "misspelt", breaks: line("AGI(goagi,helo,a/b)"), look: "dialplan", level: doctor.Wrong, says: "extensions.conf:6: AGI(goagi,helo,a/b): there is no script helo in " + agi + "/scripts; is hello.lua meant?",
			after: "grep -F '200,1,AGI(goagi,hello.lua,a/b)' " + conf, leaves: before,
		},
		{
			name: "misspelt in a folder", breaks: line("EAGI(goagi,menu/mian.lua)"), look: "dialplan", level: doctor.Wrong, says: "is menu/main.lua meant?",
			after: "grep -F '200,1,EAGI(goagi,menu/main.lua)' " + conf, leaves: before,
		},
		{
			name: "misspelt behind a flag", breaks: line("AGI(goagi,--trace,helo.lua,a/b)"), look: "dialplan", level: doctor.Wrong, says: "is hello.lua meant?",
			after: "grep -F '200,1,AGI(goagi,--trace,hello.lua,a/b)' " + conf, leaves: before,
		},
		{
			name: "not copied yet", breaks: line("AGI(goagi,shop/orders.lua)") + "; echo 'agi.answer()' > /orders.lua", look: "dialplan", level: doctor.Wrong, says: "there is no script shop/orders.lua",
			leaves: "rm -r /orders.lua " + agi + "/scripts/shop; " + before,
		},
		{
			name: "over the manager interface", breaks: line("AGI(agi:async,hullo.lua)"), env: []string{"GOAGI_AMI=goagi@127.0.0.1", "GOAGI_AMI_SECRET=of-the-manager"}, look: "dialplan", level: doctor.Wrong, says: "is hello.lua meant?", leaves: before,
		},
		{name: "without a script", breaks: line("AGI(goagi)"), look: "dialplan", level: doctor.Wrong, says: "AGI(goagi) names no script", leaves: before},
		{
			name: "nothing of goagi's", breaks: "sed -i.bak /goagi/d " + conf + "; asterisk -rx 'dialplan reload'", look: "dialplan", level: doctor.Warning, says: "no line of the dialplan runs goagi",
			leaves: "mv " + conf + ".bak " + conf + "; asterisk -rx 'dialplan reload'",
		},
	})
}

// What our own docs recommend is not called wrong.
func TestFlagsInTheDialplan(t *testing.T) {
	h := asterisk.get(t)
	const conf = "/etc/asterisk/extensions.conf"
	h.must(t, "cp "+conf+" /tmp/extensions; install -d /srv/x; touch /srv/x/there.lua")
	for _, app := range []string{"AGI(goagi,--trace=/tmp/agi.log,hello.lua)", "AGI(goagi,--,${NAME})", "AGI(goagi,--trace,--scripts,/srv/x,there.lua)"} {
		h.must(t, "cp /tmp/extensions "+conf+"; printf 'exten => 200,1,%s\\n' "+quoted(app)+" >> "+conf+"; asterisk -rx 'dialplan reload'; asterisk -rx 'dialplan show 200@phones' | grep -F "+quoted(app))
		for _, f := range amiss(h.doctor(t, nil), "") {
			t.Errorf("%s: %s: %s", app, f.Look, f.Text)
		}
	}
	h.must(t, "mv /tmp/extensions "+conf+"; asterisk -rx 'dialplan reload'; rm -r /srv/x")
}
