package doctor

import (
	"slices"
	"strings"
	"testing"

	"goagi/ami"
)

// newManaged makes a stage with an account, whose secret a file holds.
func newManaged(t *testing.T) *stage {
	s := newStage(t)
	s.settings.Accounts = []ami.Account{{Addr: "127.0.0.1:5038", User: "goagi", Secret: "x"}}
	s.settings.Secret = func(ami.Account) string { return "cat /etc/secret" }
	s.says["manager show settings"] = "  Manager (AMI):             Yes\n  TCP Bindaddress:           192.0.2.5:5039\n"
	return s
}

// Asterisk's manager interface stays where it is: others log in there, too.
func TestListensElsewhere(t *testing.T) {
	s := newManaged(t)
	if mends := s.sees("ami", Wrong, "it listens on 192.0.2.5:5039: set ami to goagi@192.0.2.5:5039"); len(mends) > 0 {
		t.Errorf("%q", mends)
	}
	s.write("/etc/goagi/goagi.toml", "grace = 3\n  ami = [\n  \"goagi@127.0.0.1\"]\n")
	s.settings.File = "/etc/goagi/goagi.toml"
	if mends := s.sees("ami", Wrong, "it listens on"); !slices.Equal(mends, []string{"${EDITOR:-vi} /etc/goagi/goagi.toml"}) {
		t.Errorf("%q", mends)
	}
	s.says["manager show settings"] = "  Manager (AMI):             Yes\n  TCP Bindaddress:           0.0.0.0:5039\n"
	s.sees("ami", Wrong, "set ami to goagi@127.0.0.1:5039")
	s.says["manager show settings"] = "  Manager (AMI):             Yes\n  TCP Bindaddress:           0.0.0.0:5038\n"
	if mends := s.sees("ami", Wrong, "and does not"); !slices.Equal(mends, []string{"asterisk -rx 'core restart when convenient'"}) {
		t.Errorf("%q", mends) // gracefully would refuse calls until the last has ended
	}
}

// A section is changed where it stands; where that is not clear, by a person.
func TestManagerConf(t *testing.T) {
	s := newManaged(t)
	x := &exam{Host: s.Host, Settings: s.settings, program: "/usr/sbin/asterisk"}
	a := s.settings.Accounts[0]
	const general, custom = "/etc/asterisk/manager.conf", "/etc/asterisk/manager.d/our own.conf"
	s.write(general, "[general]\n;[goagi]\n#tryinclude \"manager.d/*.conf\" ; ours\n#include manager.conf\n[other]\n")
	byHand := []string{"${EDITOR:-vi} " + general, "asterisk -rx 'manager reload'"}
	if mends := x.sets("goagi", "read", "agi"); !slices.Equal(mends, byHand) {
		t.Errorf("%q", mends)
	}
	s.write(custom, "[goagi](!)\n")
	if mends := x.sets("goagi", "read", "agi"); !strings.HasSuffix(mends[0], " '"+custom+"'") || !strings.HasPrefix(mends[0], "sed ") {
		t.Errorf("%q", mends)
	}
	if file, mends := x.setsSecret(a); file != custom || !strings.HasPrefix(mends[0], "(secret=$(cat /etc/secret | ") {
		t.Errorf("%s: %q", file, mends)
	}
	if mends := x.newUser(a); !strings.HasSuffix(mends[0], ">> "+general+")") {
		t.Errorf("%q", mends)
	}
	s.write("/etc/asterisk/manager.d/manager_custom.conf", "[goagi](+)\n")
	if mends := x.sets("goagi", "read", "agi"); !strings.HasPrefix(mends[0], "${EDITOR:-vi} ") {
		t.Errorf("%q", mends)
	}
	if mends := x.newUser(a); !strings.HasSuffix(mends[0], "manager_custom.conf)") { // FreePBX keeps only this one
		t.Errorf("%q", mends)
	}
	x.Secret = func(ami.Account) string { return "" }
	if _, mends := x.setsSecret(a); !strings.HasPrefix(mends[0], "${EDITOR:-vi} ") {
		t.Errorf("%q", mends)
	}
	if mends := x.newUser(a); !strings.HasPrefix(mends[0], "${EDITOR:-vi} ") {
		t.Errorf("%q", mends)
	}
}
