package doctor

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// mount is one line of a process's table of mounts.
type mount struct {
	at      string
	options []string
}

// mounted gives what a real path lies on, as Asterisk sees it where that can be
// had: its service may have mounts of its own.
func (x *exam) mounted(path string) mount {
	table := ""
	if x.pid != "" {
		table = x.read("/proc/" + x.pid + "/mountinfo")
	}
	if table == "" {
		table = x.read("/proc/self/mountinfo")
	}
	var on mount
	octal := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 6 {
			continue
		}
		at := octal.Replace(f[4])
		if rel, err := filepath.Rel(at, path); err != nil || !filepath.IsLocal(rel) {
			continue
		}
		if len(at) >= len(on.at) { // the later of two on one place lies on top
			on = mount{at, strings.Split(f[5], ",")}
		}
	}
	return on
}

// noexec reports whether no program can be started from where a real path lies.
func (x *exam) noexec(path string) bool {
	for _, option := range x.mounted(path).options {
		if option == "noexec" {
			return true
		}
	}
	return false
}

// installed gives the real path of the goagi in the agi-bin, else where it would
// be, "" where even that is not known.
func (x *exam) installed() string {
	if x.agi == "" {
		return ""
	}
	if real, err := x.real(filepath.Join(x.agi, "goagi")); err == nil {
		return real
	}
	if real, err := x.real(x.agi); err == nil {
		return filepath.Join(real, "goagi")
	}
	return filepath.Join(x.agi, "goagi")
}

// judgeMount looks for an agi-bin that no program can be started from.
func (x *exam) judgeMount(context.Context) {
	path := x.installed()
	on := x.mounted(path)
	switch {
	case path == "":
		x.skip("the agi-bin is not known")
	case on.at == "":
		x.skip("/proc tells of no mounts")
	case x.noexec(path):
		x.wrong(fmt.Sprintf("%s lies on %s, which is mounted noexec: no program there starts (take noexec out of /etc/fstab, too)", path, on.at),
			command("mount", "-o", "remount,exec", on.at))
	default:
		x.ok(on.at + " lets programs start")
	}
}

// judgeSELinux looks at how SELinux has Asterisk and goagi labelled. What the
// policy allows cannot be asked here, so all of it is a hint.
func (x *exam) judgeSELinux(context.Context) {
	path := x.installed()
	switch enforce := strings.TrimSpace(x.read("/sys/fs/selinux/enforce")); {
	case !x.exists("/sys/fs/selinux/enforce"):
		x.ok("no SELinux")
		return
	case enforce != "1":
		x.ok("SELinux does not enforce")
		return
	case path == "":
		x.skip("the agi-bin is not known")
		return
	case x.pid == "":
		x.skip("SELinux enforces, and Asterisk's process is not known")
		return
	}
	process := typeOf(x.read("/proc/" + x.pid + "/attr/current"))
	if process != "asterisk_t" {
		x.ok(fmt.Sprintf("SELinux enforces, and does not confine Asterisk (it is %s)", process))
		return
	}
	label := typeOf(x.Label(path))
	switch label {
	case "bin_t", "asterisk_exec_t":
		x.ok("SELinux confines Asterisk; " + path + " is " + label)
	default:
		x.warn(fmt.Sprintf("SELinux confines Asterisk, and %s is %s: it may not be started, where bin_t may (ausearch -m avc -c asterisk shows what was refused)", path, label),
			command("semanage", "fcontext", "-a", "-t", "bin_t", path), command("restorecon", "-v", path))
	}
}

// typeOf gives the type of a label such as system_u:object_r:bin_t:s0.
func typeOf(label string) string {
	f := strings.Split(strings.Trim(label, "\x00\n "), ":")
	if len(f) < 3 {
		return "without a label"
	}
	return f[2]
}

// judgeAppArmor looks for a profile that Asterisk runs under. Whether its rules
// let goagi start is not worked out: what names the file is believed to.
func (x *exam) judgeAppArmor(context.Context) {
	path := x.installed()
	if path == "" || x.pid == "" {
		if x.exists("/sys/kernel/security/apparmor") {
			x.skip("Asterisk's process is not known")
		} else {
			x.ok("no AppArmor")
		}
		return
	}
	label := x.read("/proc/" + x.pid + "/attr/apparmor/current")
	if label == "" {
		label = x.read("/proc/" + x.pid + "/attr/current")
	}
	name, mode, confined := strings.Cut(strings.TrimSpace(label), " ")
	switch {
	case !x.exists("/sys/kernel/security/apparmor"):
		x.ok("no AppArmor")
		return
	case !confined || mode != "(enforce)":
		x.ok("AppArmor does not confine Asterisk")
		return
	}
	file := strings.ReplaceAll(strings.Trim(name, "/"), "/", ".")
	if !x.exists("/etc/apparmor.d/" + file) {
		file = strings.ReplaceAll(strings.Trim(x.program, "/"), "/", ".") // a profile with a name of its own
	}
	rules := x.read("/etc/apparmor.d/"+file) + x.read("/etc/apparmor.d/local/"+file)
	if strings.Contains(rules, path) || strings.Contains(rules, filepath.Dir(path)+"/*") {
		x.ok("AppArmor confines Asterisk, and the profile " + name + " names " + path)
		return
	}
	x.warn(fmt.Sprintf("AppArmor confines Asterisk by the profile %s, which does not name %s: it may not be started", name, path),
		"echo "+Quote(path+" Ux,")+" >> "+Quote("/etc/apparmor.d/local/"+file), command("apparmor_parser", "-r", "/etc/apparmor.d/"+file))
}
