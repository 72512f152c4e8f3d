package install_test

import (
	"debug/elf"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestAsteriskUserRunsIt is what only root can check: that the user Asterisk runs as gets through to the binary.
func TestAsteriskUserRunsIt(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can run a program as another user")
	}
	if _, err := exec.LookPath("runuser"); err != nil {
		t.Skip("there is no runuser here")
	}
	if _, err := user.Lookup("nobody"); err != nil {
		t.Skip("there is no user nobody here")
	}
	h := newHost(t)
	h.write("asterisk.conf", "[options]\nrunuser = nobody\n", 0o644)
	h.write("stub", strings.Replace(stub, "while", "[ \"$(id -un)\" = nobody ] || exit 9\nwhile", 1), 0o755)
	conf := "--conf=" + filepath.Join(h.dir, "asterisk.conf")
	data := filepath.Join(h.dir, "data")
	contains(t, h.install(conf, "--data-dir="+data), "it held a call as Asterisk's user nobody", "new       "+data)
	if info, err := os.Stat(data); err != nil || info.Mode().Perm() != 0o750 || info.Sys().(*syscall.Stat_t).Uid == 0 {
		t.Errorf("the folder for files of scripts is %v, %v", info, err)
	}
	if out := h.install(conf, "--data-dir="+data); strings.Contains(out, data) {
		t.Errorf("the folder was made again:\n%s", out)
	}
	contains(t, h.run("--uninstall", conf, "--agi-dir", h.agi, "--data-dir", data), "removed   "+data)

	if err := os.Chmod(h.agi, 0o700); err != nil {
		t.Fatal(err)
	}
	h.refused(h.command(conf, "--binary=../stub", "--agi-dir", h.agi), 1,
		"Asterisk's user nobody cannot enter "+h.agi, "chmod o+x")
}

// TestBuild is the whole thing once, from this repository: a static binary that knows its version and holds a call.
func TestBuild(t *testing.T) {
	cmd := exec.Command("../../install.sh", "--prefix", t.TempDir())
	cmd.Env = append(os.Environ(), "VERSION=v9.8.7-test")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	contains(t, string(out), "building goagi v9.8.7-test")
	goagi := filepath.Join(cmd.Args[2], "var/lib/asterisk/agi-bin/goagi")
	says, err := exec.Command(goagi, "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	contains(t, string(says), "v9.8.7-test")

	file, err := elf.Open(goagi)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the binary is not static")
		}
	}
	scripts, err := filepath.Glob("../../scripts/*.lua")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range scripts {
		_, err := os.Stat(filepath.Join(filepath.Dir(goagi), "scripts", filepath.Base(path)))
		if spec := strings.HasSuffix(path, "_spec.lua"); spec != os.IsNotExist(err) {
			t.Errorf("%s: a spec: %v, installed: %v", filepath.Base(path), spec, err)
		}
	}
}

func TestShellcheck(t *testing.T) {
	if _, err := exec.LookPath("shellcheck"); err != nil {
		t.Skip("there is no shellcheck here")
	}
	for _, path := range []string{"../../install.sh", "../../bench/run"} {
		if out, err := exec.Command("shellcheck", path).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}
