package luabind

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Sandbox is what of the machine scripts may use. The zero value lets them use
// all that goagi's own user may. It is not to be changed once calls run, and may
// be used by several goroutines at once.
//
// It holds against mistakes of scripts and against what callers make them do. It
// is no isolation: scripts run in the server's own process, with its rights.
type Sandbox struct {
	Name string // as --sandbox names it, for messages
	// Data is the folder that relative names of files are in, "" for the working
	// directory.
	Data string
	// Inside has files be opened only in Data and Folders, and, to read, in
	// Scripts. Symbolic links lead nowhere else.
	Inside  bool
	Folders []string
	Scripts []string
	// Listed has only those of Programs be started, by their full paths, and no
	// shell; and keeps the process's environment from scripts.
	Listed   bool
	Programs []string
	// Known has only Hosts be connected to: names, addresses, networks such as
	// 10.0.0.0/8, and *.example.com; each may end in :PORT.
	Known bool
	Hosts []string
	// Apart, in tests of scripts, takes what they change outside of Data; it needs
	// Inside to be false. Nil where they change the machine itself.
	Apart *Apart
	// Outside, with Apart, is asked before a file of the machine is read that is
	// neither in Data nor in Folders nor in Scripts; its error is raised. And what
	// scripts write begins empty. Nil where they read what is there.
	Outside func(path string) error
}

// ErrSandbox is the error of what the sandbox forbids.
var ErrSandbox = errors.New("the sandbox forbids it")

// sandboxError is that error, with what was wanted and what allows it.
type sandboxError struct{ message string }

func (e *sandboxError) Error() string        { return e.message }
func (e *sandboxError) Is(target error) bool { return target == ErrSandbox }

// Forbid is the error, ErrSandbox, of what a module does not allow in this sandbox.
func (s *Sandbox) Forbid(format string, values ...any) error { return s.forbid(format, values...) }

func (s *Sandbox) forbid(format string, values ...any) error {
	return &sandboxError{"the sandbox " + s.Name + " forbids it: " + fmt.Sprintf(format, values...)}
}

// Sandbox gives what the call's script may use.
func (vm *VM) Sandbox() *Sandbox {
	if vm.host.Sandbox == nil {
		return &Sandbox{Name: "open"}
	}
	return vm.host.Sandbox
}

// Path gives the full path of a file that is to be read, or written too. Symbolic
// links are followed first where files stay inside. It is for libraries that open
// files by name; Open is better where it can be used, for it follows no link that
// comes to be in between. The error is ErrSandbox, or of the file system.
func (s *Sandbox) Path(name string, write bool) (string, error) {
	full, err := s.full(name)
	if err != nil || !s.Inside {
		return s.apart(full, write, err)
	}
	// What is not there yet has no links: those of the folders down to it count.
	real, rest := full, ""
	for {
		found, err := filepath.EvalSymlinks(real)
		if err == nil {
			real = filepath.Join(found, rest)
			break
		}
		if _, dangling := os.Lstat(real); !errors.Is(err, fs.ErrNotExist) || dangling == nil || real == "/" {
			return "", err
		}
		real, rest = filepath.Dir(real), filepath.Join(filepath.Base(real), rest)
	}
	for _, folder := range s.folders(write) {
		if found, err := filepath.EvalSymlinks(folder); err == nil && within(found, real) {
			return real, nil
		}
	}
	return "", s.outside(name, write)
}

// Root opens the folder of the sandbox that a file is in, to read or also to
// write, and gives the file's name in it. Where files may be anywhere, it is the
// folder that the file stands in. The root is the caller's to close.
func (s *Sandbox) Root(name string, write bool) (*os.Root, string, error) {
	full, err := s.full(name)
	if err != nil {
		return nil, "", err
	}
	if !s.Inside {
		if full, err = s.apart(full, write, nil); err != nil {
			return nil, "", err
		}
		root, err := os.OpenRoot(filepath.Dir(full))
		return root, filepath.Base(full), err
	}
	for _, folder := range s.folders(write) {
		if folder, err := filepath.Abs(folder); err == nil && within(folder, full) {
			rest, err := filepath.Rel(folder, full)
			if err != nil {
				return nil, "", err
			}
			root, err := os.OpenRoot(folder)
			return root, rest, err
		}
	}
	return nil, "", s.outside(name, write)
}

// full gives a file's full path.
func (s *Sandbox) full(name string) (string, error) {
	if name == "" || strings.ContainsRune(name, 0) {
		return "", fmt.Errorf("%+q is no file's name", name)
	}
	if !filepath.IsAbs(name) && s.Data != "" {
		name = filepath.Join(s.Data, name)
	}
	return filepath.Abs(name)
}

// apart gives where a file is that a test may keep apart; an error stays one.
func (s *Sandbox) apart(full string, write bool, err error) (string, error) {
	if err != nil || s.Apart == nil || s.Data != "" && within(s.Data, full) {
		return full, err
	}
	path, err := s.Apart.at(full, write, s.Outside == nil)
	if err != nil || write || path != full || s.Outside == nil {
		return path, err
	}
	for _, folder := range s.folders(false) {
		if folder, err := filepath.Abs(folder); err == nil && within(folder, full) {
			return full, nil
		}
	}
	if info, err := os.Stat(full); err != nil || !info.Mode().IsRegular() {
		return full, nil // its own error says why
	}
	return full, &sandboxError{s.Outside(full).Error()}
}

// folders lists where files may be, to read or also to write.
func (s *Sandbox) folders(write bool) []string {
	folders := slices.Clone(s.Folders)
	if s.Data != "" {
		folders = append(folders, s.Data)
	}
	if !write {
		folders = append(folders, s.Scripts...)
	}
	return folders
}

func (s *Sandbox) outside(name string, write bool) error {
	where := strings.Join(s.folders(write), ", ")
	if where == "" {
		where = "no folder: --data and --folders name some"
	}
	doing := "read in"
	if write {
		doing = "written in"
	}
	return s.forbid("%+q is not in a folder that it allows; files may be %s %s", name, doing, where)
}

// within reports whether a path is a folder or in it.
func within(folder, path string) bool {
	rest, err := filepath.Rel(folder, path)
	return err == nil && rest != ".." && !strings.HasPrefix(rest, "../")
}

// Program says whether a program, by its full path, may be started.
func (s *Sandbox) Program(path string) error {
	if !s.Listed || slices.Contains(s.Programs, path) {
		return nil
	}
	if len(s.Programs) == 0 {
		return s.forbid("no program may be started; --programs lists those that may")
	}
	return s.forbid("%+q is none of the programs that may be started: %s", path, strings.Join(s.Programs, ", "))
}

// Environment says whether the process's environment may be seen and changed.
func (s *Sandbox) Environment() error {
	if s.Listed {
		return s.forbid("the environment of goagi is not the script's")
	}
	return nil
}

// Shell says whether a shell may be started.
func (s *Sandbox) Shell() error {
	if s.Listed {
		return s.forbid("no shell may be started; process.run starts the programs that --programs lists")
	}
	return nil
}

// Reach says whether a host may be connected to, by name or address.
func (s *Sandbox) Reach(host, port string) error {
	if !s.Known {
		return nil
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	addr, _ := netip.ParseAddr(host)
	for _, row := range s.Hosts {
		allowed := strings.ToLower(row)
		if i := strings.LastIndexByte(allowed, ':'); i >= 0 && (strings.Count(allowed, ":") == 1 || strings.HasSuffix(allowed[:i], "]")) {
			if allowed[i+1:] != port {
				continue
			}
			allowed = allowed[:i]
		}
		allowed = strings.Trim(allowed, "[]")
		prefix, err := netip.ParsePrefix(allowed)
		suffix, wild := strings.CutPrefix(allowed, "*")
		switch {
		case err == nil && addr.IsValid() && prefix.Contains(addr.Unmap()),
			wild && strings.HasPrefix(suffix, ".") && strings.HasSuffix(host, suffix),
			allowed == host:
			return nil
		}
	}
	return s.forbid("%+q is none of the hosts that may be connected to; --hosts lists them", host)
}
