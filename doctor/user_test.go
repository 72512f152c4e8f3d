package doctor

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
)

// A number that Asterisk's last end has left behind, and that another process has
// by now, or that Asterisk's user has written there, tells nobody's name: a mend
// would start Asterisk as root, or kill what is somebody else's.
func TestNotAsterisksProcess(t *testing.T) {
	s := newStage(t)
	s.sees("running", OK, ", process 77")
	s.link("/proc/77/exe", "/usr/sbin/asterisk (deleted)") // an update has put a new one there
	s.sees("running", OK, ", process 77")

	s.link("/proc/77/exe", "/usr/bin/vi")
	for _, f := range s.find("running") {
		if f.Level != OK || strings.Contains(f.Text, "77") {
			t.Errorf("%+v", f)
		}
	}
	delete(s.says, "core show settings")
	if mends := s.sees("running", Wrong, "Asterisk does not run"); !slices.Equal(mends, []string{"asterisk -U asterisk"}) {
		t.Errorf("%q", mends)
	}
}

// A program that others may put another in the place of is not run: neither as
// root, nor as who looks, nor as whom Asterisk's user says that it is.
func TestForeignProgram(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root to give a file to another user")
	}
	const agi = "/usr/share/asterisk/agi-bin"
	for _, change := range []struct {
		what, path string
		uid, gid   int
		mode       os.FileMode
	}{
		{"another's program", agi + "/goagi", 4712, 0, 0o755},
		{"another's folder", agi, 4712, 0, 0o755},
		{"a folder that a group may change", agi, 0, 4713, 0o775},
		{"another's folder above", "/usr/share", 4712, 0, 0o755},
	} {
		s := newStage(t) // whose Asterisk runs as root
		run := s.Run
		s.Run = func(ctx context.Context, as *User, name string, args ...string) (string, error) {
			if strings.HasSuffix(name, "/goagi") {
				t.Errorf("%s is run", change.what)
			}
			return run(ctx, as, name, args...)
		}
		if err := os.Chown(s.file(change.path), change.uid, change.gid); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(s.file(change.path), change.mode); err != nil {
			t.Fatal(err)
		}
		s.sees("goagi", Skipped, "was not run: ")
	}
}

// What is Asterisk's user's own may be run as that one, and no more.
func TestOwnProgram(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root to give a file to another user")
	}
	s := newStage(t)
	s.write("/etc/passwd", "asterisk:x:4712:4713::/:/bin/false\n")
	s.link("/proc/77/exe", "/usr/bin/vi")
	if err := os.Chown(s.file("/usr/share/asterisk/agi-bin"), 4712, 4713); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(s.file("/usr/share/asterisk/agi-bin"), 0o775); err != nil {
		t.Fatal(err)
	}
	s.sees("goagi", OK, ": goagi v1")
	if who := s.as[len(s.as)-1]; !slices.Contains(s.as, "asterisk") {
		t.Errorf("it was run as %s", who)
	}
}

// A script beside goagi in the agi-bin is run by calls, too.
func TestScriptsBeside(t *testing.T) {
	s := newStage(t)
	const agi = "/usr/share/asterisk/agi-bin"
	if err := os.RemoveAll(s.file(agi + "/scripts")); err != nil {
		t.Fatal(err)
	}
	s.write(agi+"/beside.lua", "")
	if found := s.find("scripts"); found[0].Level != OK || found[0].Text != "1 in "+agi {
		t.Errorf("%+v", found)
	}
	if err := os.Chmod(s.file(agi+"/beside.lua"), 0o666); err != nil {
		t.Fatal(err)
	}
	if mends := s.sees("scripts", Wrong, "everybody on this machine may change "+agi+"/beside.lua"); !slices.Equal(mends, []string{"chmod o-w " + agi + "/beside.lua"}) {
		t.Errorf("%q", mends)
	}
	s.write(agi+"/scripts/one.lua", "")
	s.sees("scripts", Wrong, agi+"/beside.lua")
}
