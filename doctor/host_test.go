package doctor

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// stage is a host in a folder of its own, whose programs are functions.
type stage struct {
	*Host
	t        *testing.T
	says     map[string]string // what Asterisk answers, by the line
	packages map[string]string // what programs of the package system answer, by their line
	as       []string          // whom programs were run as
	refuse   map[string]error  // addresses that nobody answers
	settings Settings
}

const running = `
  Version:                     22.10.1
  Default language:            en
  User name and group:         /

* Directories
  Configuration directory:     /etc/asterisk
  Module directory:            /usr/lib/asterisk/modules
  PID file:                    /run/asterisk/asterisk.pid
  Data directory:              /usr/share/asterisk
  AGI Scripts directory:       /usr/share/asterisk/agi-bin
`

// newStage makes a host on which an Asterisk runs as a user that is the test's
// own, with pid 77.
func newStage(t *testing.T) *stage {
	s := &stage{
		t: t, refuse: map[string]error{},
		says: map[string]string{
			"core show settings":              running,
			"module show like res_agi.so":     "res_agi.so      AGI     1  Running  core\n",
			"module show like res_speech.so":  "res_speech.so   Speech  0  Running  core\n",
			"module show like app_verbose.so": "app_verbose.so  Log     1  Running  core\n",
			"core show file formats":          "Format Name Extensions\ngsm  gsm  gsm\n",
			"dialplan show":                   "[ Context 'phones' created by 'pbx_config' ]\n  '100' =>  1. AGI(goagi,hello.lua)   [extensions.conf:3]\n",
		},
	}
	s.Host = &Host{
		Root: t.TempDir(), Path: usualPath, UID: os.Geteuid(),
		Run: func(ctx context.Context, as *User, name string, args ...string) (string, error) {
			who := "ourselves"
			if as != nil {
				who = as.Name
			}
			s.as = append(s.as, who)
			switch {
			case strings.HasSuffix(name, "asterisk"):
				if out, ok := s.says[args[len(args)-1]]; ok {
					return out, nil
				}
				return "Unable to connect to remote asterisk", errors.New("exit status 1")
			case strings.HasSuffix(name, "/sh"):
				return "", nil // it finds nothing denied
			case !strings.Contains(name, "/"):
				if out, ok := s.packages[strings.Join(append([]string{name}, args...), " ")]; ok {
					return out, nil
				}
				return "", errors.New("exit status 1")
			case strings.HasSuffix(name, "goagi"):
				return "goagi v1\n", nil
			}
			return "", errors.New("there is no such program on the stage: " + name)
		},
		Label: func(string) string { return "" },
		Dial: func(_ context.Context, network, addr string) (net.Conn, error) {
			if err, ok := s.refuse[addr]; ok {
				return nil, err
			}
			return nil, syscall.ECONNREFUSED
		},
		Lookup: func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil },
	}
	uid := strconv.Itoa(s.UID)
	for path, text := range map[string]string{
		"/usr/sbin/asterisk":                        "\x7fELF\x00/usr/share/asterisk/agi-bin\x00",
		"/etc/asterisk/asterisk.conf":               "[directories](!)\nastagidir => /wrong\n",
		"/etc/passwd":                               "root:x:0:0:root:/root:/bin/sh\nasterisk:x:" + uid + ":0::/:/bin/false\n",
		"/etc/group":                                "root:x:0:\naudio:x:29:asterisk\n",
		"/run/asterisk/asterisk.pid":                "77\n",
		"/proc/77/mountinfo":                        "1 0 8:1 / / rw - ext4 /dev/sda rw\n",
		"/usr/share/asterisk/agi-bin/goagi":         "#!",
		"/usr/share/asterisk/agi-bin/scripts/h.lua": "",
		"/var/lib/goagi/kept":                       "",
	} {
		s.write(path, text)
	}
	s.link("/proc/77/exe", "/usr/sbin/asterisk")
	s.settings = Settings{Program: "/usr/share/asterisk/agi-bin/goagi", Version: "goagi v1", Data: "/var/lib/goagi"}
	return s
}

func (s *stage) write(path, text string) {
	s.t.Helper()
	full := filepath.Join(s.Root, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o755); err != nil {
		s.t.Fatal(err)
	}
}

// link makes a link, in the place of one that is there.
func (s *stage) link(path, to string) {
	s.t.Helper()
	full := filepath.Join(s.Root, path)
	if err := os.Remove(full); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	if err := os.Symlink(to, full); err != nil {
		s.t.Fatal(err)
	}
}

// find gives what the looks of one name have seen.
func (s *stage) find(look string) (found []Finding) {
	s.t.Helper()
	for f := range Examine(s.t.Context(), s.Host, s.settings) {
		if f.Look == look {
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		s.t.Fatalf("nothing was found of %s", look)
	}
	return found
}

// sees wants one finding of a look, with this in it, and gives its mends.
func (s *stage) sees(look string, level Level, text string) []string {
	s.t.Helper()
	found := s.find(look)
	for _, f := range found {
		if f.Level == level && strings.Contains(f.Text, text) {
			return f.Mends
		}
	}
	s.t.Errorf("no %s %s: %s, but %q", level, look, text, found)
	return nil
}
