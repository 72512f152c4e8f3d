package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

const usualConf = "/etc/asterisk/asterisk.conf"

// findAsterisk looks for the program and its asterisk.conf.
func (x *exam) findAsterisk(ctx context.Context) {
	x.program = x.Host.program("asterisk")
	x.conf = x.Conf
	if x.conf == "" {
		x.conf = usualConf
	}
	text, err := os.ReadFile(x.file(x.conf))
	x.config = parseConf(string(text))
	switch {
	case x.program == "" && (x.exists(unit) || len(x.Listen) > 0):
		x.warn("there is no Asterisk on this machine, which goagi serve needs not have: what is looked at is the server's side", x.install(ctx, "asterisk", "asterisk")...)
	case x.program == "":
		x.wrong("there is no Asterisk on this machine: goagi doctor belongs where Asterisk is, in its container too", x.install(ctx, "asterisk", "asterisk")...)
	case errors.Is(err, os.ErrPermission):
		x.ok(x.program)
		x.skip(x.conf + ": only root and Asterisk's user may read it")
	case err != nil && x.Conf != "":
		x.wrong("--conf: " + err.Error())
	case err != nil:
		x.ok(x.program + ", without " + x.conf)
	default:
		x.ok(x.program + ", set by " + x.conf)
	}
}

// parseConf reads what the sections of asterisk.conf say that it is for: the last
// value of a key stands. A section marked (!) is a template, which sets nothing.
func parseConf(text string) map[string]string {
	values := make(map[string]string)
	inside := false
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, ";")
		line = strings.TrimSpace(line)
		if section, ok := strings.CutPrefix(line, "["); ok {
			name, more, _ := strings.Cut(section, "]")
			inside = (name == "directories" || name == "options" || name == "files") && !strings.Contains(more, "!")
		} else if key, value, ok := strings.Cut(line, "="); ok && inside {
			values[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(strings.TrimPrefix(value, ">"))
		}
	}
	return values
}

// systemd reports whether systemd runs the host.
func (x *exam) systemd() bool { return x.exists("/run/systemd/system") }

// start gives the command that starts Asterisk.
func (x *exam) start() string {
	if x.systemd() {
		return "systemctl start asterisk"
	}
	words := append([]string{x.called()}, x.confFlag()...)
	if x.user != nil {
		words = append(words, "-U", x.user.Name)
	}
	return command(words...)
}

// restart gives the commands that end an Asterisk that does not answer, and start
// it again.
func (x *exam) restart() []string {
	if x.systemd() {
		return []string{"systemctl restart asterisk"}
	}
	var list []string
	if x.pid != "" {
		list = append(list, "kill -KILL "+x.pid, "tail --pid="+x.pid+" -f /dev/null")
	}
	return append(list, x.start())
}

// askAsterisk asks the running Asterisk for its settings, and finds its folders
// and its user in any case.
func (x *exam) askAsterisk(ctx context.Context) {
	var out string
	var err error
	if x.program != "" {
		out, err = x.cli(ctx, "core show settings")
	}
	if err == nil && strings.Contains(out, "AGI Scripts directory") {
		x.says = make(map[string]string)
		for line := range strings.Lines(out) {
			if name, value, ok := strings.Cut(line, ":"); ok {
				x.says[strings.TrimSpace(name)] = strings.TrimSpace(strings.TrimPrefix(value, ":"))
			}
		}
	}
	x.findUser()
	x.findFolder()
	control := x.folder("astrundir", "Run/Sockets directory", "/var/run/asterisk") + "/asterisk.ctl"
	switch {
	case x.program == "":
		x.skip("there is no Asterisk")
	case x.says != nil:
		who := "as a user who is not known"
		if x.user != nil {
			who = "as " + x.user.Name
		}
		if x.pid != "" {
			who += ", process " + x.pid
		}
		x.ok("it answers; it runs " + who)
	case ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || err != nil && strings.Contains(err.Error(), "no answer"):
		x.wrong(fmt.Sprintf("Asterisk does not answer on %s: %v", control, err), x.restart()...)
	default:
		x.explain(ctx, control)
	}
}

// explain says why the control socket gives no Asterisk.
func (x *exam) explain(ctx context.Context, control string) {
	wire, err := x.Dial(ctx, "unix", x.file(control))
	switch {
	case err == nil:
		wire.Close()
		x.wrong("Asterisk takes connections on "+control+" and says nothing of itself", x.restart()...)
	case errors.Is(err, syscall.EACCES):
		x.skip("whether it runs: " + control + " is for Asterisk's user and root only")
	case errors.Is(err, syscall.ENOENT):
		x.wrong("Asterisk does not run: there is no "+control, x.start())
	default:
		x.wrong(fmt.Sprintf("Asterisk does not run, and its last end was none of its own: nobody listens on %s", control), x.start())
	}
}

// folder gives one of Asterisk's folders: what it says itself, else its
// asterisk.conf, else what is usual.
func (x *exam) folder(key, said, usual string) string {
	if dir := x.says[said]; dir != "" {
		return dir
	}
	if dir := x.config[key]; dir != "" {
		return dir
	}
	return usual
}

// findUser finds whom Asterisk runs as: the owner of its process, else what its
// settings say, else the user of that name.
//
// The file with the number is one that Asterisk's user may write, and that an
// Asterisk which was killed leaves behind: it is only believed of a process that
// runs Asterisk's program.
func (x *exam) findUser() {
	file := x.folder("astrundir", "Run/Sockets directory", "/var/run/asterisk") + "/asterisk.pid"
	if named := x.says["PID file"]; named != "" {
		file = named
	}
	if pid := strings.TrimSpace(x.read(file)); pid != "" && strings.Trim(pid, "0123456789") == "" {
		if info, err := x.stat("/proc/" + pid); err == nil && x.runsAsterisk(pid) {
			x.pid, x.user = pid, x.Host.user(x.owner(info))
		}
	}
	said, _, _ := strings.Cut(x.says["User name and group"], "/")
	for _, name := range []string{said, x.config["runuser"], "asterisk"} {
		if x.user == nil && name != "" {
			x.user = x.Host.user(name)
		}
	}
}

// runsAsterisk reports whether a process runs Asterisk's program. Who is not root
// may not see what another's process runs, and goes by its name.
func (x *exam) runsAsterisk(pid string) bool {
	runs, err := os.Readlink(x.file("/proc/" + pid + "/exe"))
	if errors.Is(err, os.ErrPermission) && x.UID != 0 {
		return strings.TrimSpace(x.read("/proc/"+pid+"/comm")) == "asterisk"
	}
	real, realErr := x.real(x.program)
	return err == nil && realErr == nil && x.program != "" && strings.TrimSuffix(runs, " (deleted)") == real // it was replaced by a newer one
}

// findFolder finds the agi-bin as Asterisk arrives at it.
func (x *exam) findFolder() {
	switch {
	case x.says["AGI Scripts directory"] != "":
		x.agi, x.agiFrom = x.says["AGI Scripts directory"], "the running Asterisk"
	case x.config["astagidir"] != "":
		x.agi, x.agiFrom = x.config["astagidir"], "astagidir in "+x.conf
	case x.program != "":
		x.agi, x.agiFrom = x.compiled(), "what is compiled into "+x.program
	}
}

// compiled gives the agi-bin that the program falls back on: a string in it.
func (x *exam) compiled() string {
	text, err := os.ReadFile(x.file(x.program))
	if err != nil {
		return ""
	}
	end := bytes.Index(text, []byte("/agi-bin\x00"))
	if end < 0 {
		return ""
	}
	begin := bytes.LastIndexByte(text[:end], 0) + 1
	return string(text[begin : end+len("/agi-bin")])
}

// The releases that goagi is tested with.
const (
	oldest = 16
	newest = 23
)

// release gives the release that a version is of, as 22.10.1, certified/20.7-cert3
// and GIT-22-1a2b3c4 are; ok is false where none is in it.
func release(version string) (n int, ok bool) {
	m := regexp.MustCompile(`(?:^|[-/])(\d{1,3})(?:[-.~+]|$)`).FindStringSubmatch(version)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil
}

// judgeVersion looks at Asterisk's release.
func (x *exam) judgeVersion(context.Context) {
	version := x.says["Version"]
	release, known := release(version)
	switch {
	case x.says == nil:
		x.skip(x.unasked())
	case !known:
		x.skip(fmt.Sprintf("Asterisk %s: which release that is, its name does not say; goagi is made for %d to %d", version, oldest, newest))
	case release < oldest:
		x.warn(fmt.Sprintf("Asterisk %s: goagi is made for %d to %d", version, oldest, newest))
	case release > newest:
		x.warn(fmt.Sprintf("Asterisk %s is newer than the releases that this goagi was tested with, %d to %d: is there a newer goagi?", version, oldest, newest))
	default:
		x.ok("Asterisk " + version)
	}
}
