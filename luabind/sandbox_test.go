package luabind

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A script that is given a file's name by a caller opens nothing outside its
// folders, by no spelling and through no link.
func TestSandboxFiles(t *testing.T) {
	top := t.TempDir()
	data, scripts, secret := filepath.Join(top, "data"), filepath.Join(top, "scripts"), filepath.Join(top, "secret")
	for _, dir := range []string{data, scripts} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write := func(path string) {
		t.Helper()
		if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(secret)
	write(filepath.Join(data, "a.txt"))
	write(filepath.Join(scripts, "s.lua"))
	for name, target := range map[string]string{"out": secret, "up": "../secret", "gone": filepath.Join(top, "new"), "dir": "..", "in": "a.txt"} {
		if err := os.Symlink(target, filepath.Join(data, name)); err != nil {
			t.Fatal(err)
		}
	}
	inside := &Sandbox{Name: "standard", Inside: true, Data: data, Scripts: []string{scripts}}
	for _, row := range []struct {
		name  string
		write bool
		ok    bool
	}{
		{"a.txt", false, true},
		{"a.txt", true, true},
		{"in", true, true},
		{"new.txt", true, true},
		{filepath.Join(data, "a.txt"), true, true},
		{filepath.Join(scripts, "s.lua"), false, true},
		{filepath.Join(scripts, "s.lua"), true, false},
		{secret, false, false},
		{"../secret", false, false},
		{"x/../../secret", false, false},
		{"out", false, false},
		{"up", false, false},
		{"gone", true, false},
		{"dir/secret", false, false},
		{data + "/../secret", false, false},
		{data + "2/a", true, false},
		{"", false, false},
		{"a\x00b", false, false},
	} {
		flag := os.O_RDONLY
		if row.write {
			flag = os.O_WRONLY | os.O_CREATE
		}
		file, err := inside.Open(row.name, flag, 0o644)
		if err == nil {
			file.Close()
		}
		if (err == nil) != row.ok {
			t.Errorf("Open(%q, write %v): %v", row.name, row.write, err)
		}
		if path, err := inside.Path(row.name, row.write); (err == nil) != row.ok {
			t.Errorf("Path(%q, write %v): %q, %v", row.name, row.write, path, err)
		}
	}
	if _, err := os.Stat(filepath.Join(top, "new")); err == nil {
		t.Error("a file came to be outside")
	}
	if _, err := inside.Open("../secret", os.O_RDONLY, 0); !errors.Is(err, ErrSandbox) || !strings.Contains(err.Error(), data) {
		t.Errorf("the error is %v", err)
	}
	open := &Sandbox{Data: data}
	for _, name := range []string{secret, "../secret", "out", "a.txt"} {
		if file, err := open.Open(name, os.O_RDONLY, 0); err != nil {
			t.Errorf("open: %q: %v", name, err)
		} else {
			file.Close()
		}
	}
}

// Under a list of hosts, a URL that a caller had a hand in leads nowhere else.
func TestSandboxHosts(t *testing.T) {
	s := &Sandbox{Known: true, Hosts: []string{"crm.example.com", "*.api.example.com:443", "10.1.0.0/16", "[::1]:5432", "127.0.0.1:6379"}}
	for _, row := range []struct {
		host, port string
		ok         bool
	}{
		{"crm.example.com", "80", true},
		{"CRM.example.com", "443", true},
		{"evil-crm.example.com", "443", false},
		{"x.api.example.com", "443", true},
		{"x.api.example.com", "80", false},
		{"api.example.com", "443", false},
		{"10.1.2.3", "1", true},
		{"10.2.2.3", "1", false},
		{"::1", "5432", true},
		{"[::1]", "5432", true},
		{"::1", "22", false},
		{"127.0.0.1", "6379", true},
		{"127.0.0.1", "6380", false},
		{"169.254.169.254", "80", false},
		{"", "", false},
	} {
		if err := s.Reach(row.host, row.port); (err == nil) != row.ok {
			t.Errorf("%s port %s: %v", row.host, row.port, err)
		}
	}
	if err := (&Sandbox{}).Reach("anywhere", "1"); err != nil {
		t.Error(err)
	}
}

// A shell is never one of the listed programs by accident.
func TestSandboxPrograms(t *testing.T) {
	s := &Sandbox{Listed: true, Programs: []string{"/usr/bin/sox"}}
	for path, ok := range map[string]bool{"/usr/bin/sox": true, "sox": false, "/bin/sh": false, "/usr/bin/../bin/sox": false} {
		if err := s.Program(path); (err == nil) != ok {
			t.Errorf("%s: %v", path, err)
		}
	}
	if s.Shell() == nil || (&Sandbox{}).Shell() != nil {
		t.Error("a shell")
	}
}
