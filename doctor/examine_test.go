package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// What is well is said to be, look by look.
func TestWell(t *testing.T) {
	s := newStage(t)
	s.write("/usr/share/asterisk/agi-bin/scripts/hello.lua", "")
	var looked []string
	for f := range Examine(t.Context(), s.Host, s.settings) {
		if f.Level == Wrong {
			t.Errorf("%s: %s", f.Look, f.Text)
		}
		looked = append(looked, f.Look)
	}
	for _, l := range looks() {
		if !slices.Contains(looked, l.name) {
			t.Errorf("%s: not a word", l.name)
		}
	}
}

// An Asterisk that hangs, or a disk that does, holds nobody up for long: who is
// paged at night waits in front of this.
func TestNothingHangs(t *testing.T) {
	dir := newStage(t)
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		dir.Run = func(ctx context.Context, _ *User, name string, args ...string) (string, error) {
			if strings.HasSuffix(name, "sh") {
				<-free // as a file on a server that has gone
			}
			if args[len(args)-1] == "core show settings" {
				return running, nil
			}
			<-ctx.Done()
			return "", context.Cause(ctx)
		}
		dir.Lookup = func(ctx context.Context, _ string) ([]string, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		begin, limit := time.Now(), time.Duration(0)
		for _, l := range looks() {
			limit += l.limit + tooLong
		}
		late := 0
		for f := range Examine(t.Context(), dir.Host, dir.settings) {
			if strings.Contains(f.Text, "it took longer than 8s") && f.Level == Skipped {
				late++
			}
		}
		if took := time.Since(begin); took > limit || late == 0 {
			t.Errorf("it took %v, and %d looks were given up", took, late)
		}
		close(free)
	})
}

// Who is not root hears what was not tried, and nothing is called wrong for it.
func TestOrdinaryUser(t *testing.T) {
	s := newStage(t)
	s.UID = 4711
	s.says = nil
	s.refuse[s.Root+"/var/run/asterisk/asterisk.ctl"] = syscall.EACCES
	for f := range Examine(t.Context(), s.Host, s.settings) {
		if f.Level == Wrong || f.Level == Warning && f.Look != "sounds" {
			t.Errorf("%+v", f)
		}
	}
	s.sees("goagi", Skipped, "whether Asterisk's user can run it: only root can try that as")
	s.sees("scripts", Skipped, "only root can try that")
	s.sees("dialplan", Skipped, "only root and Asterisk's user may ask Asterisk")
	if slices.Contains(s.as, "asterisk") {
		t.Error("a program was run as asterisk")
	}
}

// Root tries as Asterisk's user, with all groups of that one.
func TestAsteriskUser(t *testing.T) {
	s := newStage(t)
	s.write("/etc/passwd", "asterisk:x:4712:4713::/:/bin/false\n")
	s.write("/etc/group", "pbx:x:4713:\naudio:x:29:other,asterisk\nnone:x:30:asterisks\n")
	s.UID = 0
	if u := s.user("asterisk"); u == nil || u.UID != 4712 || u.Group != "pbx" || !slices.Equal(u.Groups, []uint32{4713, 29}) {
		t.Errorf("%+v", u)
	}
	if s.user("aster") != nil {
		t.Error("a user that is not there")
	}
}

// Where Asterisk says nothing, its settings and its program know the agi-bin.
func TestFindFolder(t *testing.T) {
	s := newStage(t)
	s.says = nil
	s.write("/usr/sbin/asterisk", "\x7fELF\x00/var/lib\x00/opt/pbx/agi-bin\x00/var/spool\x00")
	s.sees("agi-bin", Wrong, "/opt/pbx/agi-bin does not exist, and is where Asterisk looks (by what is compiled into /usr/sbin/asterisk)")
	s.write("/etc/asterisk/asterisk.conf", "[directories]\n; a comment\nAstAgiDir => /opt/other ; as it is\n[files]\nastctl = x\n[else]\nastagidir = /wrong\n")
	s.sees("agi-bin", Wrong, "/opt/other does not exist, and is where Asterisk looks (by astagidir in /etc/asterisk/asterisk.conf)")
	s.settings.Conf = "/etc/pbx.conf"
	s.sees("asterisk", Wrong, "--conf: ")
	s.write("/etc/pbx.conf", "[directories]\nastagidir = /opt/third\n")
	s.sees("agi-bin", Wrong, "by astagidir in /etc/pbx.conf")
}

// A machine that has goagi serve and no Asterisk is one as it may be.
func TestServerAlone(t *testing.T) {
	s := newStage(t)
	s.Path = "/nowhere"
	s.sees("asterisk", Wrong, "there is no Asterisk on this machine")
	s.settings.Listen = []string{":4573"}
	s.sees("asterisk", Warning, "which goagi serve needs not have")
	s.sees("fastagi", Wrong, "and listen is set")
}

// Root runs no program that it does not know the user of.
func TestUnknownUser(t *testing.T) {
	s := newStage(t)
	s.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
	s.write("/run/asterisk/asterisk.pid", "")
	s.UID = 0
	run := s.Run
	s.Run = func(ctx context.Context, as *User, name string, args ...string) (string, error) {
		if as == nil && strings.HasSuffix(name, "/goagi") {
			t.Errorf("root runs %s", name)
		}
		return run(ctx, as, name, args...)
	}
	s.sees("goagi", Skipped, "it is not known whom Asterisk runs as")
	s.sees("data", Skipped, "it is not known whom Asterisk runs as")
}

// What mends a host with systemd, and one that installs with dnf.
func TestOtherHosts(t *testing.T) {
	s := newStage(t)
	s.write("/run/systemd/system/x", "")
	s.write("/usr/bin/dnf", "")
	s.says = map[string]string{}
	mends := s.sees("running", Wrong, "Asterisk does not run")
	if !slices.Equal(mends, []string{"systemctl start asterisk"}) {
		t.Errorf("%q", mends)
	}
	s.packages = map[string]string{`rpm -qf --qf %{NAME}\n /usr/sbin/asterisk`: "asterisk\n", "dnf -q -C repoquery asterisk": "asterisk-22\n"}
	s.says = map[string]string{"core show settings": running, "module show like res_agi.so": "0 modules loaded\n"}
	if mends := s.sees("modules", Wrong, "res_agi is not in /usr/lib/asterisk/modules"); !slices.Equal(mends, []string{"dnf install -y asterisk", "asterisk -rx 'module load res_agi.so'"}) {
		t.Errorf("%q", mends)
	}
}

// Only what the distribution has is installed from it, and only for an Asterisk
// that is the distribution's: another one would be put beside the one that runs.
func TestInstall(t *testing.T) {
	s := newStage(t)
	s.write("/usr/bin/apt-get", "")
	s.says["core show settings"] = strings.Replace(running, "language:            en", "language:            de", 1)
	s.packages = map[string]string{"dpkg -S /usr/sbin/asterisk": "asterisk: /usr/sbin/asterisk\n"}
	for _, policy := range []string{"", "asterisk-core-sounds-de-gsm:\n  Installed: (none)\n  Candidate: (none)\n"} {
		s.packages["apt-cache policy asterisk-core-sounds-de-gsm"] = policy
		if mends := s.sees("sounds", Warning, "it comes the way that this Asterisk came"); len(mends) > 0 {
			t.Errorf("there is no such package: %q", mends)
		}
	}
	s.packages["apt-cache policy asterisk-core-sounds-de-gsm"] = "asterisk-core-sounds-de-gsm:\n  Installed: (none)\n  Candidate: 1.6.1-1\n"
	if mends := s.sees("sounds", Warning, ""); !slices.Equal(mends, []string{"apt-get install --reinstall -y asterisk-core-sounds-de-gsm"}) {
		t.Errorf("%q", mends)
	}
	s.packages["dpkg -S /usr/sbin/asterisk"] = "asterisk22: /usr/sbin/asterisk\n" // FreePBX's
	if mends := s.sees("sounds", Warning, "it comes the way that this Asterisk came"); len(mends) > 0 {
		t.Errorf("%q", mends)
	}
	delete(s.packages, "dpkg -S /usr/sbin/asterisk") // built from source
	if mends := s.sees("sounds", Warning, "it comes the way that this Asterisk came"); len(mends) > 0 {
		t.Errorf("the distribution's Asterisk is put beside this one: %q", mends)
	}
	s.says["module show like res_agi.so"] = "0 modules loaded\n"
	if mends := s.sees("modules", Wrong, "it comes the way that this Asterisk came"); len(mends) > 0 {
		t.Errorf("%q", mends)
	}
}

// Which release a version is of: 24 is not tested with, and what names none is not
// said to be well.
func TestVersion(t *testing.T) {
	s := newStage(t)
	for version, level := range map[string]Level{
		"22.10.1~dfsg+~cs6": OK, "certified/20.7-cert3": OK, "certified-18.9-cert1": OK, "GIT-22-1a2b3c4": OK, "16": OK, "23.0.0-rc1": OK,
		"13.38.3": Warning, "certified/13.21-cert6": Warning, "SVN-branch-1.8-r410": Warning, "24.0.0": Warning,
		"GIT-master-1234567": Skipped, "GIT-master-12f": Skipped, "": Skipped, "UNKNOWN__and_probably_unsupported": Skipped,
	} {
		s.says["core show settings"] = strings.Replace(running, "22.10.1", version, 1)
		if found := s.find("version"); len(found) != 1 || found[0].Level != level || len(found[0].Mends) > 0 {
			t.Errorf("%s: %+v", version, found)
		}
	}
}

// Where there is a service, its own user has to read the settings, too, and the
// data folder is its.
func TestService(t *testing.T) {
	s := newStage(t)
	s.write(unit, "[Service]\nDynamicUser=yes\n")
	s.write("/etc/goagi/goagi.toml", "")
	s.settings.File, s.settings.Secrets = "/etc/goagi/goagi.toml", []string{"/etc/goagi/goagi.toml"}
	mends := strings.Join(s.sees("settings", Warning, "which holds secrets"), "\n")
	for _, part := range []string{"chmod 640 /etc/goagi/goagi.toml", "SupplementaryGroups=%s", "goagi.service.d/group.conf", "systemctl daemon-reload"} {
		if !strings.Contains(mends, part) {
			t.Errorf("no %q in\n%s", part, mends)
		}
	}
	s.sees("data", OK, "is the service's")
	if mends := s.sees("fastagi", Wrong, "goagi serve does not answer on 127.0.0.1:4573, [::1]:4573, and its service is installed"); !slices.Equal(mends, []string{"systemctl enable --now goagi"}) {
		t.Errorf("%q", mends)
	}
}

// The end of the context makes an end of it all.
func TestInterrupted(t *testing.T) {
	s := newStage(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("Ctrl-C"))
	begin := time.Now()
	for range Examine(ctx, s.Host, s.settings) {
	}
	if took := time.Since(begin); took > tooLong {
		t.Errorf("it went on for %v", took)
	}
}
