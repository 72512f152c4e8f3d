package runner

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"goagi/luabind"
)

// access is what the settings say of what scripts may use.
type access struct {
	sandbox  string // "strict", "standard" or "open"; "" for the usual one of the command
	data     string // "" for the usual one
	folders  []string
	programs []string
	hosts    []string
	memory   *uint64 // bytes, 0 for no limit; nil for the usual one of the command
}

// usualData is where scripts keep their files: install.sh and systemd make it.
const usualData = "/var/lib/goagi"

// What the process may hold where --memory says nothing: one call, or a server's.
const (
	usualMemory       = 512 << 20
	usualServerMemory = 1 << 30
)

// sandboxSettings are the rows of the table about what scripts may use.
var sandboxSettings = [...]setting{
	{"sandbox", "LEVEL", "", "what scripts may use: strict, standard or open (AGI: open, serve: standard)", func(s *settings, v string) error {
		if v != "strict" && v != "standard" && v != "open" {
			return fmt.Errorf("%q is no sandbox: use strict, standard or open", v)
		}
		s.access.sandbox = v
		return nil
	}},
	{"data", "DIR", "", "folder that scripts keep files in, and relative names are in (" + usualData + ")", func(s *settings, v string) (err error) {
		s.access.data, err = filepath.Abs(v)
		return err
	}},
	{"folders", "DIR,...", "", "strict, standard: more folders that scripts may read and write", func(s *settings, v string) error {
		s.access.folders = nil
		for _, folder := range list(v) {
			full, err := filepath.Abs(folder)
			if err != nil {
				return err
			}
			s.access.folders = append(s.access.folders, full)
		}
		return nil
	}},
	{"programs", "PATH,...", "", "strict, standard: programs that scripts may run (none)", func(s *settings, v string) error {
		s.access.programs = list(v)
		for _, program := range s.access.programs {
			if !filepath.IsAbs(program) {
				return fmt.Errorf("%q is no full path of a program", program)
			}
		}
		return nil
	}},
	{"hosts", "HOST,...", "", "strict, standard: hosts that scripts may connect to (strict: none, standard: all)", func(s *settings, v string) error {
		s.access.hosts = list(v)
		for _, host := range s.access.hosts {
			if strings.Contains(host, "://") {
				return fmt.Errorf("%q is a URL: name the host, as in crm.example.com, *.example.com:443 or 10.0.0.0/8", host)
			}
		}
		return nil
	}},
	{"memory", "BYTES", "", "memory that the process may hold, as in 256M or 2G; past it scripts that run are ended (AGI: 512M, serve: 1G; 0: no limit)", func(s *settings, v string) error {
		bytes, err := byteCount(v)
		if err != nil {
			return err
		}
		s.access.memory = &bytes
		return nil
	}},
}

// leastMemory is as little as goagi can do with.
const leastMemory = 16 << 20

// byteCount reads a number of bytes, as in 300000000, 256M or 1G.
func byteCount(text string) (uint64, error) {
	digits := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(text), "B"), "I")
	unit := uint64(1)
	if i := strings.IndexByte("KMGT", (digits + " ")[max(0, len(digits)-1)]); i >= 0 {
		digits, unit = digits[:len(digits)-1], 1<<(10*(i+1))
	}
	n, err := strconv.ParseUint(digits, 10, 32+8)
	if err != nil || n > 1<<50/unit {
		return 0, fmt.Errorf("%q is no number of bytes such as 256M or 1G", text)
	}
	if n *= unit; n != 0 && n < leastMemory {
		return 0, fmt.Errorf("%q is less than goagi itself needs: give it 16M at least, or 0 for no limit", text)
	}
	return n, nil
}

// sandbox makes the sandbox of scripts that are in those folders. Where the
// settings name none it is the usual one.
func (s *settings) sandbox(usual string, scripts []string) *luabind.Sandbox {
	box := &luabind.Sandbox{Name: cmp.Or(s.access.sandbox, usual), Data: cmp.Or(s.access.data, usualData)}
	if box.Name == "open" {
		if s.access.data == "" && unix.Access(usualData, unix.X_OK) != nil {
			box.Data = "" // relative names are in the working directory, as in any Lua
		}
		return box
	}
	box.Inside, box.Folders, box.Scripts = true, s.access.folders, scripts
	box.Listed, box.Programs = true, s.access.programs
	box.Known, box.Hosts = box.Name == "strict" || len(s.access.hosts) > 0, s.access.hosts
	return box
}

// memory gives what the process may hold, in bytes; 0 for no limit.
func (s *settings) memory(usual uint64) uint64 {
	if s.access.memory != nil {
		return *s.access.memory
	}
	return usual
}
