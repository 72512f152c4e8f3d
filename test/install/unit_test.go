package install_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The unit, and the drop-ins of docs/async.md that make it goagi async, are what
// systemd takes: who copies them has no service that does not start.
func TestUnits(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("there is no systemd-analyze here")
	}
	unit := readFile(t, "../../goagi.service")
	page := readFile(t, "../../docs/async.md")
	_, section, _ := strings.Cut(page, "\n## As a service\n")
	section, _, _ = strings.Cut(section, "\n## ")
	parts := strings.Split(section, "\n```\n")
	if len(parts) != 5 {
		t.Fatalf("the section has %d parts", len(parts))
	}
	_, async, found := strings.Cut(parts[1], "systemctl edit goagi\n\n")
	if !found {
		t.Fatalf("no drop-in is in %s", parts[1])
	}
	for name, dropIn := range map[string]string{"goagi serve": "", "goagi async": async, "both": async + "\n" + parts[3]} {
		dir := t.TempDir()
		program := filepath.Join(dir, "goagi")
		for path, text := range map[string]string{program: "#!/bin/sh\n", filepath.Join(dir, "goagi.service"): unit, filepath.Join(dir, "goagi.service.d", "override.conf"): dropIn} {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "/usr/share/asterisk/agi-bin/goagi", program)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(program, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("systemd-analyze", "verify", "--man=no", filepath.Join(dir, "goagi.service"))
		cmd.Env = append(os.Environ(), "SYSTEMD_UNIT_PATH="+dir+":")
		out, err := cmd.CombinedOutput()
		if err != nil || strings.Contains(string(out), dir) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
