package doctor

import (
	"slices"
	"strings"
	"testing"
)

const bin = "/usr/share/asterisk/agi-bin/goagi"

// Under SELinux a call may fail with nothing to see but a refusal in its own log.
func TestSELinux(t *testing.T) {
	s := newStage(t)
	s.sees("selinux", OK, "no SELinux")
	s.write("/sys/fs/selinux/enforce", "0")
	s.sees("selinux", OK, "does not enforce")
	s.write("/sys/fs/selinux/enforce", "1")
	s.write("/proc/77/attr/current", "system_u:system_r:unconfined_service_t:s0\x00")
	s.sees("selinux", OK, "does not confine Asterisk (it is unconfined_service_t)")

	s.write("/proc/77/attr/current", "system_u:system_r:asterisk_t:s0\x00")
	s.Label = func(path string) string {
		if path != bin {
			t.Errorf("the label of %s is asked for", path)
		}
		return "unconfined_u:object_r:user_home_t:s0\x00"
	}
	want := []string{"semanage fcontext -a -t bin_t " + bin, "restorecon -v " + bin}
	if mends := s.sees("selinux", Warning, bin+" is user_home_t"); !slices.Equal(mends, want) {
		t.Errorf("%q", mends)
	}
	s.Label = func(string) string { return "" }
	s.sees("selinux", Warning, bin+" is without a label")
	s.Label = func(string) string { return "system_u:object_r:bin_t:s0\x00" }
	s.sees("selinux", OK, bin+" is bin_t")
}

// A profile of Asterisk's has to let goagi start.
func TestAppArmor(t *testing.T) {
	s := newStage(t)
	s.sees("apparmor", OK, "no AppArmor")
	s.write("/sys/kernel/security/apparmor/profiles", "")
	s.write("/proc/77/attr/current", "unconfined\n")
	s.sees("apparmor", OK, "does not confine Asterisk")
	s.write("/proc/77/attr/apparmor/current", "/usr/sbin/asterisk (complain)\n")
	s.sees("apparmor", OK, "does not confine Asterisk")

	s.write("/proc/77/attr/apparmor/current", "/usr/sbin/asterisk (enforce)\n")
	s.write("/etc/apparmor.d/usr.sbin.asterisk", "/usr/sbin/asterisk { /usr/share/asterisk/** r, }\n")
	mends := s.sees("apparmor", Warning, "by the profile /usr/sbin/asterisk, which does not name "+bin)
	want := []string{
		"echo '" + bin + " Ux,' >> /etc/apparmor.d/local/usr.sbin.asterisk", "apparmor_parser -r /etc/apparmor.d/usr.sbin.asterisk",
	}
	if !slices.Equal(mends, want) {
		t.Errorf("%q", mends)
	}
	s.write("/etc/apparmor.d/local/usr.sbin.asterisk", bin+" Ux,\n")
	s.sees("apparmor", OK, "names "+bin)

	s.write("/etc/apparmor.d/local/usr.sbin.asterisk", "")
	s.write("/proc/77/attr/apparmor/current", "pbx (enforce)\n")
	if mends := s.sees("apparmor", Warning, "by the profile pbx"); !strings.Contains(mends[0], "local/usr.sbin.asterisk") {
		t.Errorf("%q", mends)
	}
}

// The mounts that count are those of Asterisk's own process, and the topmost.
func TestMounts(t *testing.T) {
	s := newStage(t)
	s.sees("noexec", OK, "/ lets programs start")
	s.write("/proc/self/mountinfo", "1 0 8:1 / / rw,noexec - ext4 /dev/sda rw\n")
	s.sees("noexec", OK, "/ lets programs start")
	s.write("/proc/77/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda rw\n"+
		"2 1 8:2 / /usr/share/asterisk rw,nosuid,noexec,relatime shared:1 - ext4 /dev/sdb rw\n"+
		"3 1 8:3 / /usr/share/asterisk/agi rw - ext4 /dev/sdc rw\n")
	if mends := s.sees("noexec", Wrong, "lies on /usr/share/asterisk, which is mounted noexec"); !slices.Equal(mends, []string{"mount -o remount,exec /usr/share/asterisk"}) {
		t.Errorf("%q", mends)
	}
	s.write("/proc/77/mountinfo", "1 0 8:1 / / rw,noexec - ext4 /dev/sda rw\n2 1 8:2 / / rw - overlay overlay rw\n")
	s.sees("noexec", OK, "/ lets programs start")
}
