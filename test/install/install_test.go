// Package install_test drives install.sh in temporary folders: a copy of the script with call flows of its own, a stub
// for the binary and a stub for Asterisk.
//
//	TempDir/source      install.sh, go.mod, scripts/   what is installed
//	TempDir/bin         asterisk, go                   in front of the PATH, for the tests that want them
//	TempDir/agi bin     goagi, scripts/                where it goes; the blank in the name is on purpose
package install_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// stub answers "version" and otherwise holds a call: a NOOP that wants 200 result=0, then a variable.
const stub = `#!/bin/sh
if [ "$1" = version ]; then echo "goagi stub"; exit 0; fi
[ -f "$AST_AGI_DIR/scripts/$1" ] || exit 3
while read -r line && [ -n "$line" ]; do :; done
echo 'NOOP "install.sh"'
read -r reply
[ "$reply" = "200 result=0" ] || exit 1
echo 'SET VARIABLE "GOAGI_STATUS" "OK"'
read -r reply
`

type host struct {
	t   *testing.T
	dir string
	agi string   // the agi-bin
	env []string // beside PATH
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{t: t, dir: t.TempDir()}
	h.agi = filepath.Join(h.dir, "agi bin")
	// The folder above a TempDir is its owner's alone; Asterisk's user has to get through.
	if err := os.Chmod(filepath.Dir(h.dir), 0o755); err != nil {
		t.Fatal(err)
	}
	h.mkdir("agi bin")
	h.mkdir("cwd")
	for _, name := range []string{"install.sh", "go.mod", "goagi.service"} {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		h.write("source/"+name, string(text), 0o755)
	}
	h.write("source/scripts/hello.lua", "-- hello 1\n", 0o600)
	h.write("source/scripts/menu.lua", "-- menu 1\n", 0o644)
	h.write("source/scripts/hello_spec.lua", "-- a spec\n", 0o644)
	h.write("stub", stub, 0o755)
	return h
}

func (h *host) mkdir(name string) {
	h.t.Helper()
	if err := os.MkdirAll(filepath.Join(h.dir, name), 0o755); err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) write(name, text string, mode os.FileMode) {
	h.t.Helper()
	h.mkdir(filepath.Dir(name))
	path := filepath.Join(h.dir, name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		h.t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		h.t.Fatal(err)
	}
}

// read is the text of a file in the agi-bin, or "absent".
func (h *host) read(name string) string {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join(h.agi, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "absent"
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

// command is a run of install.sh that is not started yet. It works in a folder of its own, so nothing depends on it.
func (h *host) command(args ...string) *exec.Cmd {
	h.t.Helper()
	cmd := exec.Command("bash", append([]string{filepath.Join(h.dir, "source/install.sh")}, args...)...)
	cmd.Dir = filepath.Join(h.dir, "cwd")
	cmd.Env = append([]string{"PATH=" + filepath.Join(h.dir, "bin") + ":/usr/bin:/bin", "TMPDIR=" + os.TempDir()}, h.env...)
	return cmd
}

// run wants exit code 0 and returns what was printed, standard error behind standard output.
func (h *host) run(args ...string) string {
	h.t.Helper()
	out, err := h.command(args...).CombinedOutput()
	if err != nil {
		h.t.Fatalf("install.sh %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// install runs it with the stub for a binary and the host's agi-bin.
func (h *host) install(args ...string) string {
	h.t.Helper()
	return h.run(append([]string{"--binary", filepath.Join(h.dir, "stub"), "--agi-dir", h.agi}, args...)...)
}

// files lists all of the host's folder: path, mode, time of change and content, so that any write shows.
func (h *host) files() map[string]string {
	h.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		all[path] = info.Mode().String() + " " + info.ModTime().String()
		if info.Mode().IsRegular() {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			all[path] += " " + string(text)
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

func (h *host) unchanged(before map[string]string) {
	h.t.Helper()
	after := h.files()
	for path := range maps.Keys(before) {
		if after[path] != before[path] {
			h.t.Errorf("%s changed:\n%s\n%s", path, before[path], after[path])
		}
		delete(after, path)
	}
	for path := range after {
		h.t.Errorf("%s was left behind", path)
	}
}

func (h *host) holds(want map[string]string) {
	h.t.Helper()
	for name, text := range want {
		if got := h.read(name); got != text {
			h.t.Errorf("%s holds %q, want %q", name, got, text)
		}
	}
}

func contains(t *testing.T, out string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(out, want) {
			t.Errorf("it did not say %q, but:\n%s", want, out)
		}
	}
}

func TestInstall(t *testing.T) {
	h := newHost(t)
	out := h.install()
	contains(t, out, "agi-bin: "+h.agi, "installed: goagi stub", "AGI(goagi,hello.lua)", "${GOAGI_STATUS}")

	var got []string
	err := filepath.WalkDir(h.agi, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		got = append(got, info.Mode().String()+" "+strings.TrimPrefix(path, h.agi))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"drwxr-xr-x ",
		"-rwxr-xr-x /goagi",
		"drwxr-xr-x /scripts",
		"-rw-r--r-- /scripts/.goagi-manifest",
		"-rw-r--r-- /scripts/hello.lua",
		"-rw-r--r-- /scripts/menu.lua",
	}
	if !slices.Equal(got, want) {
		t.Errorf("installed:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	check := exec.Command("sha256sum", "--check", "--strict", ".goagi-manifest")
	check.Dir = filepath.Join(h.agi, "scripts")
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("the manifest does not fit the scripts: %v\n%s", err, out)
	}
}

func TestInstallAgainChangesNothing(t *testing.T) {
	h := newHost(t)
	h.install()
	inodes := func() (all []string) {
		for _, name := range []string{"goagi", "scripts/hello.lua", "scripts/.goagi-manifest"} {
			out, err := exec.Command("stat", "-c", "%i %Y", filepath.Join(h.agi, name)).Output()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(out))
		}
		return all
	}
	before := inodes()
	contains(t, h.install(), "same      "+h.agi+"/goagi", "same      "+h.agi+"/scripts/hello.lua")
	if after := inodes(); !slices.Equal(before, after) {
		t.Errorf("files were replaced: %q, then %q", before, after)
	}
}

// TestEditedScriptIsKept follows one edited script, one unedited and one that was the user's own from the start through
// an upgrade, a second run and the merge.
func TestEditedScriptIsKept(t *testing.T) {
	h := newHost(t)
	h.write("agi bin/scripts/menu.lua", "-- the user's own\n", 0o644)
	h.install()
	h.write("agi bin/scripts/hello.lua", "-- hello, edited\n", 0o644)
	h.write("source/scripts/hello.lua", "-- hello 2\n", 0o644)
	h.write("source/scripts/extra.lua", "-- extra 1\n", 0o644)
	contains(t, h.install(), "kept      "+h.agi+"/scripts/hello.lua: it is edited; the new one is hello.lua.new")
	want := map[string]string{
		"scripts/hello.lua":     "-- hello, edited\n",
		"scripts/hello.lua.new": "-- hello 2\n",
		"scripts/menu.lua":      "-- the user's own\n",
		"scripts/menu.lua.new":  "-- menu 1\n",
		"scripts/extra.lua":     "-- extra 1\n",
	}
	h.holds(want)
	h.install()
	h.holds(want)

	h.write("source/scripts/extra.lua", "-- extra 2\n", 0o644)
	h.write("agi bin/scripts/hello.lua", "-- hello 2\n", 0o644) // the user takes the new one
	contains(t, h.install(), "updated   "+h.agi+"/scripts/extra.lua")
	want["scripts/extra.lua"] = "-- extra 2\n"
	want["scripts/hello.lua"] = "-- hello 2\n"
	want["scripts/hello.lua.new"] = "absent"
	h.holds(want)

	h.write("source/scripts/hello.lua", "-- hello 3\n", 0o644)
	h.install()
	want["scripts/hello.lua"] = "-- hello 3\n"
	h.holds(want)
}

func TestUninstall(t *testing.T) {
	h := newHost(t)
	h.write("agi bin/other.agi", "another program", 0o755)
	h.install()
	before := h.files()
	h.run("--uninstall", "--dry-run", "--agi-dir", h.agi)
	h.unchanged(before)

	h.write("agi bin/scripts/hello.lua", "-- hello, edited\n", 0o644)
	h.write("agi bin/scripts/own.lua", "-- the user's own\n", 0o644)
	out := h.run("--uninstall", "--agi-dir", h.agi)
	contains(t, out, "removed   "+h.agi+"/goagi", "removed   "+h.agi+"/scripts/menu.lua",
		"kept      "+h.agi+"/scripts/hello.lua: it is edited")
	h.holds(map[string]string{
		"goagi":                   "absent",
		"other.agi":               "another program",
		"scripts/hello.lua":       "-- hello, edited\n",
		"scripts/menu.lua":        "absent",
		"scripts/own.lua":         "-- the user's own\n",
		"scripts/.goagi-manifest": "absent",
	})
	contains(t, h.run("--uninstall", "--agi-dir", h.agi), "goagi is not installed in "+h.agi)
}

// TestUninstallLeavesNothing is the other end: who has edited nothing finds no trace.
func TestUninstallLeavesNothing(t *testing.T) {
	h := newHost(t)
	h.install()
	h.run("--uninstall", "--agi-dir", h.agi)
	if entries, err := os.ReadDir(h.agi); err != nil || len(entries) != 0 {
		t.Errorf("left in the agi-bin: %v (%v)", entries, err)
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	h := newHost(t)
	before := h.files()
	contains(t, h.install("--dry-run"), "nothing is written", "new       "+h.agi+"/scripts/hello.lua")
	h.unchanged(before)
	h.install()
	h.write("agi bin/scripts/hello.lua", "-- hello, edited\n", 0o644)
	before = h.files()
	contains(t, h.install("--dry-run"), "kept      "+h.agi+"/scripts/hello.lua")
	h.unchanged(before)
}

func TestPrefix(t *testing.T) {
	h := newHost(t)
	out := h.run("--binary=../stub", "--prefix=image root")
	target := filepath.Join(h.dir, "cwd/image root/var/lib/asterisk/agi-bin")
	contains(t, out, "agi-bin: "+target)
	h.agi = target
	h.holds(map[string]string{"goagi": stub, "scripts/hello.lua": "-- hello 1\n"})

	h.run("--binary", "../stub", "--prefix", "image root", "--agi-dir", "/usr/share/asterisk/agi-bin/")
	h.agi = filepath.Join(h.dir, "cwd/image root/usr/share/asterisk/agi-bin")
	h.holds(map[string]string{"goagi": stub})
	h.run("--uninstall", "--prefix", "image root", "--agi-dir", "/usr/share/asterisk/agi-bin/")
	h.holds(map[string]string{"goagi": "absent", "scripts/hello.lua": "absent"})
}

// The service runs the binary of this agi-bin, and goes with it; where the admin
// has made it another's, it stays.
func TestService(t *testing.T) {
	h := newHost(t)
	flags := []string{"--prefix=image", "--agi-dir=/opt/agi-bin"}
	install := append([]string{"--binary=../stub", "--service"}, flags...)
	contains(t, h.run(append(install, "--dry-run")...), "new       "+h.dir+"/cwd/image/etc/systemd/system/goagi.service")
	h.agi = filepath.Join(h.dir, "cwd/image/etc/systemd/system")
	h.holds(map[string]string{"goagi.service": "absent"})
	contains(t, h.run(install...), "systemctl enable --now goagi")
	unit, err := os.ReadFile(filepath.Join(h.agi, "goagi.service"))
	if err != nil || !strings.Contains(string(unit), "\nExecStart=/opt/agi-bin/goagi serve\n") {
		t.Errorf("%v, the unit is %s", err, unit)
	}
	contains(t, h.run(install...), "same      "+h.dir+"/cwd/image/etc/systemd/system/goagi.service")
	contains(t, h.run(append(flags, "--uninstall")...), "removed   "+h.dir+"/cwd/image/etc/systemd/system/goagi.service")
	h.holds(map[string]string{"goagi.service": "absent"})

	h.run(install...)
	edited := strings.Replace(string(unit), "/opt/agi-bin/goagi serve", "/opt/other/goagi serve", 1)
	h.write("cwd/image/etc/systemd/system/goagi.service", edited, 0o644)
	h.run(append(flags, "--uninstall")...)
	h.holds(map[string]string{"goagi.service": edited})
}
