package doctor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"goagi/doctor"
	"goagi/pbx"
)

// Paths of the host.
const (
	agi     = "/usr/share/asterisk/agi-bin"
	outside = "/opt/goagi/goagi" // the goagi that looks
)

const modules = `pbx_config res_agi res_speech res_clioriginate res_timing_timerfd app_verbose app_playback
app_echo codec_gsm codec_ulaw codec_alaw codec_resample format_gsm format_wav format_pcm format_sln func_callerid
func_channel func_strings func_logic bridge_simple`

// tooLong is when a command that has not ended counts as hung.
const tooLong = 40 * time.Second

// up waits until Asterisk takes calls.
const up = `for i in $(seq 300); do asterisk -rx 'core waitfullybooted' > /dev/null 2>&1 && break; sleep 0.05; done; asterisk -rx 'core waitfullybooted'`

// host is a machine with an Asterisk, on which all is well.
type host struct {
	root string // of its files
	dir  string
}

// shared is one host for all tests that leave it as it was, and a new one after a
// test that did not.
type shared struct {
	once sync.Once
	err  error
	dir  string // what all hosts have in common: the programs
	now  *host
}

var asterisk shared

// get gives a host on which all is well. A test that fails spoils it.
func (s *shared) get(t *testing.T) *host {
	t.Helper()
	if os.Getenv(inside) == "" {
		t.Skip("it takes root, namespaces of our own, and an Asterisk in a chroot: " + pbx.Variable)
	}
	s.once.Do(func() { s.err = s.build() })
	if s.err == nil && s.now == nil {
		s.now, s.err = newHost(s.dir)
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
	h := s.now
	t.Cleanup(func() {
		if t.Failed() {
			h.stop()
			s.now = nil
		}
	})
	return h
}

func (s *shared) stop() {
	if s.now != nil {
		s.now.stop()
	}
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}

// build makes two goagis of different versions.
func (s *shared) build() (err error) {
	if s.dir, err = os.MkdirTemp("", "goagi-doctor-"); err != nil {
		return err
	}
	for _, version := range []string{"v1", "v2"} {
		build := exec.Command("go", "build", "-tags", "nethttpomithttp2", "-ldflags", "-s -w -X main.version="+version, "-o", filepath.Join(s.dir, version), "goagi")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	return os.Chmod(s.dir, 0o755)
}

// newHost makes a host and starts its Asterisk.
func newHost(programs string) (h *host, err error) {
	h = &host{}
	if h.dir, err = os.MkdirTemp(programs, "host-"); err != nil {
		return nil, err
	}
	h.root = filepath.Join(h.dir, "root")
	upper, work := filepath.Join(h.dir, "upper"), filepath.Join(h.dir, "work")
	for _, dir := range []string{h.dir, h.root, upper, work} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			return nil, err
		}
	}
	layers := "lowerdir=" + os.Getenv(pbx.Variable) + ",upperdir=" + upper + ",workdir=" + work
	if err := syscall.Mount("overlay", h.root, "overlay", 0, layers); err != nil {
		return nil, fmt.Errorf("overlay: %w", err)
	}
	if err := syscall.Mount("proc", filepath.Join(h.root, "proc"), "proc", 0, ""); err != nil {
		return nil, fmt.Errorf("proc: %w", err)
	}
	load := ""
	for _, name := range strings.Fields(modules) {
		load += "load = " + name + ".so\n"
	}
	for path, text := range map[string]string{
		"/etc/hosts":                    "127.0.0.1 localhost\n::1 localhost\n",
		"/etc/asterisk/modules.conf":    "[modules]\nautoload = no\n" + load,
		"/etc/asterisk/manager.conf":    "[general]\nenabled = yes\nbindaddr = 127.0.0.1\nport = 5038\n[goagi]\nsecret = of-the-manager\nread = agi,call\nwrite = agi,call,reporting\n[other]\nsecret = x\n",
		"/etc/asterisk/extensions.conf": "[general]\n[phones]\nexten => 100,1,Answer()\n same => n,AGI(goagi,hello.lua,one)\n same => n,Hangup()\n",
		agi + "/scripts/hello.lua":      "agi.answer()\n",
		agi + "/scripts/menu/main.lua":  "agi.answer()\n",
	} {
		if err := h.write(path, text); err != nil {
			return nil, err
		}
	}
	for _, to := range []string{outside, agi + "/goagi", "/opt/goagi/newer"} {
		version := "v1"
		if to == "/opt/goagi/newer" {
			version = "v2"
		}
		if err := h.copy(filepath.Join(programs, version), to); err != nil {
			return nil, err
		}
	}
	out, err := h.sh(`chown -R asterisk:asterisk /run/asterisk /var/log/asterisk /var/spool/asterisk /var/lib/asterisk 2>&1
		install -d -o asterisk -g asterisk /run/asterisk && install -d -m 750 -o asterisk -g asterisk /var/lib/goagi &&
		asterisk -U asterisk && ` + up)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	return h, nil
}

// stop ends what runs on the host. What it leaves goes with the namespaces.
func (h *host) stop() {
	_, _ = h.sh("asterisk -rx 'core stop now'; kill $(pidof goagi)")
	_ = syscall.Unmount(filepath.Join(h.root, "proc"), syscall.MNT_DETACH)
	_ = syscall.Unmount(h.root, syscall.MNT_DETACH)
	os.RemoveAll(h.dir)
}

func (h *host) write(path, text string) error {
	full := filepath.Join(h.root, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		return err
	}
	return os.Chmod(full, 0o644)
}

func (h *host) copy(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := h.write(to, string(text)); err != nil {
		return err
	}
	return os.Chmod(filepath.Join(h.root, to), 0o755)
}

// command is a program of the host, as root starts it.
func (h *host) command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Err = nil // it was looked for on this machine
	cmd.Dir, cmd.WaitDelay = "/", time.Second
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: h.root}
	return cmd
}

// sh runs a line of shell on the host.
func (h *host) sh(line string, env ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), tooLong)
	defer cancel()
	cmd := h.command(ctx, "/bin/bash", "-c", line)
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	if errors.Is(err, exec.ErrWaitDelay) { // a server that the line has started holds the pipe
		err = nil
	}
	return string(out), err
}

// must is sh for a line that has to work.
func (h *host) must(t *testing.T, line string, env ...string) string {
	t.Helper()
	out, err := h.sh(line, env...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return out
}

// doctor runs goagi doctor --json on the host, and wants its exit code to fit.
func (h *host) doctor(t *testing.T, env []string, flags ...string) []doctor.Finding {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), tooLong)
	defer cancel()
	cmd := h.command(ctx, outside, append([]string{"doctor", "--json"}, flags...)...)
	cmd.Env = append(cmd.Env, env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var report struct {
		Well     bool
		Findings []doctor.Finding
	}
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		t.Fatalf("goagi doctor: %v\n%s%s", err, stdout.String(), stderr.String())
	}
	if exit, failed := errors.AsType[*exec.ExitError](err); report.Well == failed || failed && exit.ExitCode() != 1 {
		t.Errorf("well is %v, and %v", report.Well, err)
	}
	return report.Findings
}

// amiss gives the findings of a look that are not well.
func amiss(all []doctor.Finding, look string) (list []doctor.Finding) {
	for _, f := range all {
		if (look == "" || f.Look == look) && (f.Level == doctor.Wrong || f.Level == doctor.Warning) {
			list = append(list, f)
		}
	}
	return list
}
