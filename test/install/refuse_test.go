package install_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// refused wants the exit code and the words, every line in the form of an error or a hint, and nothing written.
func (h *host) refused(cmd *exec.Cmd, code int, wants ...string) {
	h.t.Helper()
	before := h.files()
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != code {
		h.t.Errorf("got %v, want exit code %d\n%s%s", err, code, &stdout, &stderr)
	}
	contains(h.t, stderr.String(), append(wants, "install.sh: error: ")...)
	h.unchanged(before)
}

func TestRefuseArguments(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown flag", []string{"--prefx=/tmp"}, "unknown argument --prefx=/tmp"},
		{"stray word", []string{"goagi"}, "unknown argument goagi"},
		{"no value", []string{"--binary"}, "--binary wants a value"},
		{"empty value", []string{"--prefix="}, "--prefix wants a value"},
		{"relative agi-bin", []string{"--agi-dir", "agi-bin"}, "--agi-dir agi-bin is not an absolute path"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHost(t)
			h.refused(h.command(test.args...), 2, test.want)
		})
	}
}

func TestHelpNamesEveryFlag(t *testing.T) {
	h := newHost(t)
	contains(t, h.run("--help"), "--binary FILE", "--agi-dir DIR", "--conf FILE", "--prefix DIR", "--uninstall", "--dry-run", "--help")
}

func TestRefuseBinary(t *testing.T) {
	for _, test := range []struct {
		name, text string
		mode       os.FileMode
		want       string
	}{
		{"not executable", stub, 0o644, "is not a program"},
		{"does not run", "#!/bin/sh\necho 'no such thing' >&2\nexit 2\n", 0o755, "version does not run here: no such thing"},
		{"fails the call", "#!/bin/sh\n[ \"$1\" = version ] && exit 0\necho 'goagi: error: broken' >&2\nexit 1\n", 0o755, "goagi: error: broken"},
		{"says nothing", "#!/bin/sh\nexit 0\n", 0o755, "did not hold a call"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHost(t)
			h.write("broken", test.text, test.mode)
			// What is installed and works must stay; only the folder's own time may change while the new one is proved.
			h.install()
			installed := h.read("goagi")
			out, err := h.command("--binary=../broken", "--agi-dir", h.agi).CombinedOutput()
			if err == nil {
				t.Fatalf("it was installed:\n%s", out)
			}
			contains(t, string(out), "install.sh: error: ", test.want)
			h.holds(map[string]string{"goagi": installed})
			if left, _ := filepath.Glob(h.agi + "/.goagi*"); len(left) != 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
	h := newHost(t)
	h.refused(h.command("--binary=../absent", "--agi-dir", h.agi), 1, "absent is not a program")
}

func TestRefuseFolder(t *testing.T) {
	h := newHost(t)
	h.refused(h.command("--binary=../stub", "--agi-dir", h.agi+"/absent"), 1, "absent does not exist", "mkdir -p")
	h.mkdir("agi bin/goagi") // somebody's clone of the repository
	h.refused(h.command("--binary=../stub", "--agi-dir", h.agi), 1, "agi bin/goagi is in the way")

	h = newHost(t)
	h.write("agi bin/scripts", "a file", 0o644)
	h.refused(h.command("--binary=../stub", "--agi-dir", h.agi), 1, "agi bin/scripts is in the way")
	h = newHost(t)
	h.mkdir("agi bin/scripts/menu.lua")
	h.refused(h.command("--binary=../stub", "--agi-dir", h.agi), 1, "scripts/menu.lua is in the way")
}

func TestRefuseFolderThatIsNotWritable(t *testing.T) {
	h := newHost(t)
	cmd := h.command("--binary=../stub", "--agi-dir", h.agi)
	if err := os.Chmod(h.agi, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(h.agi, 0o755) })
	if os.Geteuid() == 0 { // root may write anywhere
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	h.refused(cmd, 1, "is not writable for ", "--prefix DIR")
}

func TestRefuseWithoutAsterisk(t *testing.T) {
	for _, path := range []string{"/usr/sbin/asterisk", "/usr/local/sbin/asterisk", "/sbin/asterisk", "/etc/asterisk/asterisk.conf"} {
		if _, err := os.Stat(path); err == nil {
			t.Skipf("this host has an Asterisk: %s", path)
		}
	}
	h := newHost(t)
	h.refused(h.command("--binary=../stub"), 1, "there is no Asterisk here", "--agi-dir DIR", "--prefix DIR")
}

// TestRefuseGo has stubs for go; none of them builds anything.
func TestRefuseGo(t *testing.T) {
	goEnv := func(version, toolchain string) string {
		return "#!/bin/sh\ncase $2 in\nGOVERSION) echo " + version + ";;\nGOTOOLCHAIN) echo " + toolchain + ";;\nesac\n"
	}
	for _, test := range []struct {
		name, script string
		wants        []string
	}{
		{"too old and told to stay", goEnv("go1.24.4", "local"), []string{"Go 1.24.4 is too old: go.mod wants 1.26", "GOTOOLCHAIN=auto"}},
		{"older than toolchains", goEnv("go1.19.8", ""), []string{"Go 1.19.8 is too old"}},
		{"too old to say", "#!/bin/sh\n", []string{"is too old: go.mod wants 1.26"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHost(t)
			h.write("source/go.mod", "module goagi\n\ngo 1.26\n", 0o644)
			h.write("bin/go", test.script, 0o755)
			h.refused(h.command("--prefix=image"), 1, append(test.wants, "--binary FILE")...)
		})
	}

	h := newHost(t)
	h.write("source/go.mod", "module goagi\n\ngo 1.26\n", 0o644)
	h.write("bin/go", goEnv("go1.24.4", "auto"), 0o755)
	contains(t, h.run("--dry-run", "--prefix=image"), "Go 1.24.4 is older than go.mod's 1.26: Go will fetch it")

	if _, err := os.Stat("/usr/local/go/bin/go"); err == nil {
		t.Log("no Go at all: not tried, this host has one where install.sh looks")
		return
	}
	h = newHost(t)
	h.refused(h.command("--prefix=image"), 1, "there is no Go here", "--binary FILE")
}

func TestRefuseVersion(t *testing.T) {
	h := newHost(t)
	h.write("bin/go", "#!/bin/sh\necho go99.0\n", 0o755)
	h.env = []string{"VERSION=1 -X main.other=2"}
	h.refused(h.command("--prefix=image"), 2, "want letters, digits")
}
