package doctor_test

import (
	"strings"
	"testing"

	"goagi/doctor"
)

// broken is one thing that is not as it should be on a host.
type broken struct {
	name   string
	breaks string // the shell that does it
	env    []string
	flags  []string
	look   string // the finding that it must get ...
	level  doctor.Level
	says   string // ... with this in its text
	after  string // shell that must work when it is mended
	leaves string // shell that makes the host as it was, beyond the mend
	twice  bool   // what is found when it is mended may take another mend
}

// All is well on a host that is well, or nobody would believe the rest.
func TestWell(t *testing.T) {
	h := asterisk.get(t)
	for _, f := range amiss(h.doctor(t, nil, "--call"), "") {
		t.Errorf("%s: %s: %s", f.Look, f.Level, f.Text)
	}
	if out := h.must(t, "asterisk -rx 'core show channels count'; asterisk -rx 'dialplan show goagi-doctor'; ls -A "+agi+"/scripts"); !strings.Contains(out, "0 active channels") ||
		!strings.Contains(out, "no existence of 'goagi-doctor'") || strings.Contains(out, ".goagi-doctor") {
		t.Errorf("the call has left something behind:\n%s", out)
	}
}

// mended breaks the host, and has the doctor's own commands mend it.
func (b *broken) mended(t *testing.T) {
	h := asterisk.get(t)
	h.must(t, b.breaks)
	b.mend(t, h)
	left := amiss(h.doctor(t, b.env, b.flags...), b.look)
	if b.twice && len(left) > 0 {
		next := *b
		next.level, next.says = left[0].Level, left[0].Text
		next.mend(t, h)
		left = amiss(h.doctor(t, b.env, b.flags...), b.look)
	}
	for _, f := range left {
		t.Errorf("it is mended, and still %s: %s", f.Level, f.Text)
	}
	if b.after != "" {
		h.must(t, b.after)
	}
	if b.leaves != "" {
		h.must(t, b.leaves)
	}
	for _, f := range amiss(h.doctor(t, nil), "") {
		t.Errorf("the host is not as it was: %s: %s", f.Look, f.Text)
	}
}

// mend wants the finding, and runs what it says.
func (b *broken) mend(t *testing.T, h *host) {
	t.Helper()
	found := doctor.Finding{}
	all := h.doctor(t, b.env, b.flags...)
	for _, f := range all {
		if f.Look == b.look && f.Level == b.level && strings.Contains(f.Text, b.says) {
			found = f
		}
	}
	if found.Look == "" {
		t.Fatalf("no finding %s %s: %s, but %q", b.look, b.level, b.says, all)
	}
	t.Logf("%s: %s", found.Level, found.Text)
	if len(found.Mends) == 0 {
		t.Fatalf("%q says not how it is mended", found.Text)
	}
	for _, mend := range found.Mends {
		t.Logf("    %s", mend)
		if out, err := h.sh(mend, b.env...); err != nil {
			t.Fatalf("%s: %v\n%s", mend, err, out)
		}
	}
	switch mends := strings.Join(found.Mends, "\n"); {
	case strings.Contains(mends, "asterisk -U"), strings.Contains(mends, "restart"):
		h.must(t, up)
	case strings.Contains(mends, "goagi serve"):
		h.must(t, answers)
	}
}

func run(t *testing.T, rows []broken) {
	for _, b := range rows {
		t.Run(b.name, b.mended)
	}
}

// Asterisk itself.
func TestAsterisk(t *testing.T) {
	run(t, []broken{
		{
			name: "none", breaks: "mv /usr/sbin/asterisk /usr/sbin/gone; " + apt("mv /usr/sbin/gone /usr/sbin/asterisk"),
			look: "asterisk", level: doctor.Wrong, says: "there is no Asterisk", leaves: noApt,
		},
		{
			name: "not running", breaks: "asterisk -rx 'core stop now'; while [ -e /run/asterisk/asterisk.ctl ]; do sleep 0.1; done",
			look: "running", level: doctor.Wrong, says: "Asterisk does not run: there is no /var/run/asterisk/asterisk.ctl",
		},
		{
			name: "killed", breaks: "pid=$(cat /run/asterisk/asterisk.pid); kill -KILL $pid; tail --pid=$pid -f /dev/null",
			look: "running", level: doctor.Wrong, says: "nobody listens",
		},
		{
			name: "hanging", breaks: "kill -STOP $(cat /run/asterisk/asterisk.pid)",
			look: "running", level: doctor.Wrong, says: "does not answer",
		},
		{
			name: "no res_agi", breaks: "asterisk -rx 'module unload res_agi.so'",
			look: "modules", level: doctor.Wrong, says: "res_agi is not loaded: there is no application AGI",
		},
		{
			name: "no res_agi after the next start", breaks: "asterisk -rx 'module unload res_agi.so'; sed -i /res_agi/d /etc/asterisk/modules.conf",
			look: "modules", level: doctor.Wrong, says: "res_agi is not loaded", after: "grep -x 'load = res_agi.so' /etc/asterisk/modules.conf",
		},
		{
			name: "res_agi switched off", breaks: "asterisk -rx 'module unload res_agi.so'; echo 'noload =>  res_agi.so ; not wanted' >> /etc/asterisk/modules.conf",
			look: "modules", level: doctor.Wrong, says: "res_agi is switched off in /etc/asterisk/modules.conf", after: "grep '^;noload' /etc/asterisk/modules.conf",
		},
		{
			name: "what res_agi needs switched off", breaks: "echo 'noload = res_speech.so' >> /etc/asterisk/modules.conf; asterisk -rx 'core restart now'; " + up,
			look: "modules", level: doctor.Wrong, says: "res_speech is switched off in /etc/asterisk/modules.conf: res_agi cannot be loaded without it", twice: true,
			after: "asterisk -rx 'module show like res_agi' | grep Running",
		},
		{
			name: "no app_verbose", breaks: "asterisk -rx 'module unload app_verbose.so'",
			look: "modules", level: doctor.Warning, says: "app_verbose is not loaded: what goes wrong in a script",
		},
	})
}

// apt has apt-get, which has no network here, do something else: what installing
// the package would.
func apt(does string) string {
	return "[ -e /usr/bin/apt-get.real ] || mv /usr/bin/apt-get /usr/bin/apt-get.real; printf '#!/bin/sh\\n%s\\n' " + quoted(does) + " > /usr/bin/apt-get; chmod 755 /usr/bin/apt-get"
}

const noApt = "mv /usr/bin/apt-get.real /usr/bin/apt-get"

func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// The agi-bin and the goagi in it.
func TestProgram(t *testing.T) {
	bin := agi + "/goagi"
	run(t, []broken{
		{
			name: "no agi-bin", breaks: "mv " + agi + " /tmp/agi-bin", look: "agi-bin", level: doctor.Wrong, says: agi + " does not exist",
			leaves: "rmdir " + agi + "; mv /tmp/agi-bin " + agi,
		},
		{name: "closed", breaks: "chmod 700 " + agi, look: "agi-bin", level: doctor.Wrong, says: "Asterisk's user asterisk cannot enter " + agi},
		{name: "closed above", breaks: "chmod 750 /usr/share/asterisk", look: "agi-bin", level: doctor.Wrong, says: "cannot enter /usr/share/asterisk,"},
		{name: "open", breaks: "chmod 777 " + agi, look: "agi-bin", level: doctor.Wrong, says: "everybody on this machine may change " + agi},
		{
			name: "to be another", breaks: "printf '[directories]\\nastagidir = /srv/agi\\n' >> /etc/asterisk/asterisk.conf; install -d /srv/agi",
			look: "agi-bin", level: doctor.Warning, says: "until its next start, then /srv/agi",
			leaves: "sed -i '/^astagidir = .srv/d' /etc/asterisk/asterisk.conf; asterisk -rx 'core restart now'; " + up,
		},
		{name: "no goagi", breaks: "rm " + bin, look: "goagi", level: doctor.Wrong, says: "there is no " + bin},
		{name: "a folder", breaks: "rm " + bin + "; mkdir " + bin, look: "goagi", level: doctor.Wrong, says: bin + " is a folder", leaves: "rmdir " + bin + ".old"},
		{name: "not executable", breaks: "chmod 644 " + bin, look: "goagi", level: doctor.Wrong, says: "cannot be executed"},
		{name: "root's alone", breaks: "chmod 700 " + bin, look: "goagi", level: doctor.Wrong, says: "Asterisk's user asterisk may not execute " + bin},
		{name: "changeable", breaks: "chmod 777 " + bin, look: "goagi", level: doctor.Wrong, says: "everybody on this machine may change " + bin},
		{name: "of another machine", breaks: "printf '\\177ELF and no more' > " + bin, look: "goagi", level: doctor.Wrong, says: "does not run as asterisk"},
		{name: "another version", breaks: "install -m 755 /opt/goagi/newer " + bin, look: "goagi", level: doctor.Warning, says: bin + " is goagi v2, and this is goagi v1 (" + outside + ")"},
		{name: "another build", breaks: "echo >> " + bin, look: "goagi", level: doctor.Warning, says: "is another build of goagi v1 than this"},
		{name: "a link to nothing", breaks: "ln -sf /opt/nothing " + bin, look: "goagi", level: doctor.Wrong, says: "is a link to /opt/nothing, which is not there"},
		{
			name: "a link into a closed folder", breaks: "ln -sf " + outside + " " + bin + "; chmod 700 /opt/goagi",
			look: "goagi", level: doctor.Wrong, says: "cannot enter /opt/goagi", leaves: "rm " + bin + "; install -m 755 " + outside + " " + bin,
		},
		{
			name: "noexec", breaks: "cp -a " + agi + " /tmp/agi; mount -t tmpfs -o noexec,mode=755 tmpfs " + agi + "; cp -a /tmp/agi/. " + agi,
			look: "noexec", level: doctor.Wrong, says: agi + ", which is mounted noexec", after: agi + "/goagi version", leaves: "umount " + agi + "; rm -r /tmp/agi",
		},
	})
}
