package doctor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// dials makes the dialplan one line.
func (s *stage) dials(app string) {
	s.says["dialplan show"] = fmt.Sprintf("[ Context 'phones' created by 'pbx_config' ]\n  '100' =>  1. %s   [extensions.conf:3]\n", app)
}

// A line with flags, which our own docs recommend, runs the script behind them.
func TestFlagsInTheDialplan(t *testing.T) {
	s := newStage(t)
	s.settings.Words = flagWords
	s.write("/usr/share/asterisk/agi-bin/scripts/hello.lua", "")
	s.write("/etc/asterisk/extensions.conf", "\n\n")
	s.write("/srv/x/there.lua", "")
	for _, app := range []string{"AGI(goagi,--trace=/tmp/agi.log,hello.lua)", "AGI(goagi,--,${NAME})", "AGI(goagi,--scripts=/srv/x,there.lua)", "AGI(goagi,--grace=${G},no.lua)"} {
		s.dials(app)
		s.sees("dialplan", OK, "a line runs goagi")
	}
	s.dials("AGI(goagi,--trace=/tmp/agi.log,helo.lua)")
	if mends := s.sees("dialplan", Wrong, "there is no script helo.lua in /usr/share/asterisk/agi-bin/scripts"); len(mends) == 0 ||
		mends[0] != `sed -i '3s/--trace=\/tmp\/agi\.log,helo\.lua/--trace=\/tmp\/agi.log,hello.lua/' /etc/asterisk/extensions.conf` {
		t.Errorf("%q", mends)
	}
	s.dials("AGI(goagi,--scripts=/srv/x,their.lua)")
	s.sees("dialplan", Wrong, "is there.lua meant?")
	s.dials(`AGI(goagi,"--trace=/tmp/a",helo.lua)`)
	if mends := s.sees("dialplan", Wrong, "is hello.lua meant?"); len(mends) > 0 {
		t.Errorf("a line that is not written so is edited: %q", mends)
	}
}

// A worker of Async AGI's, and a server in a container, have their scripts where
// they are: a copy of them here would run nowhere.
func TestScriptsElsewhere(t *testing.T) {
	s := newStage(t)
	s.settings.Words = flagWords
	s.dials("AGI(agi:async,elsewhere.lua)")
	s.sees("dialplan", Skipped, "where the server that runs them has its scripts")
	s.dials("AGI(agi://localhost/elsewhere.lua)")
	s.sees("dialplan", Skipped, "where the server that runs them has its scripts")

	s.write(unit, "[Service]\nExecStart=/usr/share/asterisk/agi-bin/goagi serve\n")
	s.sees("dialplan", Wrong, "there is no script elsewhere.lua in /usr/share/asterisk/agi-bin/scripts")
	s.write("/srv/one/elsewhere.lua", "")
	s.write(unit, "[Service]\nExecStart=/usr/share/asterisk/agi-bin/goagi serve \\\n  --scripts=/srv/one\n")
	s.sees("dialplan", OK, "is there")
	s.write(unit+".d/x.conf", "[Service]\nExecStart=\nExecStart=-/usr/share/asterisk/agi-bin/goagi --scripts=/srv/two serve\n")
	s.sees("dialplan", Wrong, "there is no script elsewhere.lua in /srv/two")
	s.write(unit+".d/x.conf", "[Service]\nEnvironment=\"A=b\" GOAGI_SCRIPTS=/srv/three\nExecStart=/usr/share/asterisk/agi-bin/goagi serve\n")
	s.sees("dialplan", Wrong, "in /srv/three")
	s.write(unit+".d/x.conf", "[Service]\nExecStart=docker run goagi\n")
	s.sees("dialplan", Skipped, "nothing here says")

	s.write("/proc/99/cmdline", "/usr/local/bin/goagi\x00serve\x00--scripts=/srv/one\x00")
	s.sees("dialplan", OK, "is there")
	if mends := s.sees("fastagi", Wrong, "goagi serve does not answer"); !slices.Contains(mends, "systemctl enable --now goagi") {
		t.Errorf("%q", mends)
	}
	s.write("/proc/100/cmdline", "goagi\x00serve\x00")
	s.sees("dialplan", Skipped, "nothing here says")
}

// Arguments are parted as Asterisk parts them.
func TestArguments(t *testing.T) {
	for text, want := range map[string]string{
		"a,b":                   "a|b",
		"":                      "",
		`"a,b",c`:               "a,b|c",
		`a\,b,c`:                "a,b|c",
		"x=${CUT(a,b,1)},c[d,e": "x=${CUT(a,b,1)}|c[d,e",
	} {
		if got := strings.Join(arguments(text), "|"); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}
