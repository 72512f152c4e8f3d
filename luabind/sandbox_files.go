package luabind

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// place is where files are reached: one of the sandbox's folders, or the machine.
type place interface {
	OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error)
	Stat(name string) (fs.FileInfo, error)
	MkdirAll(name string, perm fs.FileMode) error
	Remove(name string) error
	Rename(from, to string) error
	Name() string
	Close() error
}

// machine is all of it.
type machine struct{}

func (machine) OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(name, flag, perm)
}
func (machine) Stat(name string) (fs.FileInfo, error)        { return os.Stat(name) }
func (machine) MkdirAll(name string, perm fs.FileMode) error { return os.MkdirAll(name, perm) }
func (machine) Remove(name string) error                     { return os.Remove(name) }
func (machine) Rename(from, to string) error                 { return os.Rename(from, to) }
func (machine) Name() string                                 { return "/" }
func (machine) Close() error                                 { return nil }

// at opens the place of a file, which is the caller's to close, and gives the
// file's name there.
func (s *Sandbox) at(name string, write bool) (place, string, error) {
	if s.Inside {
		return s.Root(name, write)
	}
	full, err := s.full(name)
	full, err = s.apart(full, write, err)
	if s.Apart != nil {
		return apart{machine{}, s.Apart}, full, err
	}
	return machine{}, full, err
}

// Open opens a file as os.OpenFile does, inside the sandbox.
func (s *Sandbox) Open(name string, flag int, perm fs.FileMode) (*os.File, error) {
	write := flag&(os.O_WRONLY|os.O_RDWR|os.O_CREATE|os.O_TRUNC|os.O_APPEND) != 0
	place, rest, err := s.at(name, write)
	if err != nil {
		return nil, err
	}
	defer place.Close()
	return place.OpenFile(rest, flag, perm)
}

// Stat tells what a file is, inside the sandbox.
func (s *Sandbox) Stat(name string) (fs.FileInfo, error) {
	place, rest, err := s.at(name, false)
	if err != nil {
		return nil, err
	}
	defer place.Close()
	return place.Stat(rest)
}

// MkdirAll makes a folder and those on the way to it, inside the sandbox.
func (s *Sandbox) MkdirAll(name string, perm fs.FileMode) error {
	place, rest, err := s.at(name, true)
	if err != nil {
		return err
	}
	defer place.Close()
	return place.MkdirAll(rest, perm)
}

// Remove removes a file or an empty folder, inside the sandbox.
func (s *Sandbox) Remove(name string) error {
	place, rest, err := s.at(name, true)
	if err != nil {
		return err
	}
	defer place.Close()
	return place.Remove(rest)
}

// Rename gives a file another name, and takes the place of the file that has it.
// Inside the sandbox both names must be in the same of its folders.
func (s *Sandbox) Rename(from, to string) error {
	source, oldName, err := s.at(from, true)
	if err != nil {
		return err
	}
	defer source.Close()
	target, newName, err := s.at(to, true)
	if err != nil {
		return err
	}
	defer target.Close()
	if source.Name() != target.Name() {
		return fmt.Errorf("%s and %s are in different folders of the sandbox: copy the file, then remove it", from, to)
	}
	return source.Rename(oldName, newName)
}

// Replace writes a file, whole or not at all: whoever reads it meanwhile has the
// old one. It takes the mode of the file whose place it takes, else perm. The error
// is that of reading, too.
func (s *Sandbox) Replace(name string, content io.Reader, perm fs.FileMode) error {
	place, rest, err := s.at(name, true)
	if err != nil {
		return err
	}
	defer place.Close()
	info, err := place.Stat(rest)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder", name)
	case err == nil:
		perm = info.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	part := filepath.Join(filepath.Dir(rest), ".goagi-"+strings.ToLower(rand.Text()))
	file, err := place.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	if _, err = io.Copy(file, content); err == nil {
		err = file.Sync()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = place.Rename(part, rest)
	}
	if err != nil {
		_ = place.Remove(part)
	}
	return err
}

// Dir gives the folder that programs are run in: Data where that is there, "" for
// the one that goagi was started in.
func (s *Sandbox) Dir() string {
	if info, err := os.Stat(s.Data); s.Data == "" || err != nil || !info.IsDir() {
		return ""
	}
	return s.Data
}

// temporary gives a folder for files that are of use for a moment.
func (s *Sandbox) temporary() string {
	if !s.Inside {
		return os.TempDir()
	}
	for _, folder := range s.folders(true) {
		if full, err := filepath.Abs(folder); err == nil {
			return full
		}
	}
	return "."
}

// raiseForbidden raises what the sandbox forbids, and returns for anything else.
func (vm *VM) raiseForbidden(L *lua.LState, err error) {
	if errors.Is(err, ErrSandbox) {
		vm.Raise(L, err)
	}
}
