package luabind

import (
	"errors"
	"os"
	"path/filepath"

	lua "github.com/yuin/gopher-lua"
)

// raiseForbidden raises what the sandbox forbids, and returns for anything else.
func (vm *VM) raiseForbidden(L *lua.LState, err error) {
	if errors.Is(err, ErrSandbox) {
		vm.Raise(L, err)
	}
}

// Remove removes a file or an empty folder, inside the sandbox.
func (s *Sandbox) Remove(name string) error {
	if !s.Inside {
		full, err := s.full(name)
		if err != nil {
			return err
		}
		return os.Remove(full)
	}
	root, rest, err := s.Root(name, true)
	if err != nil {
		return err
	}
	defer root.Close()
	return root.Remove(rest)
}

// Rename gives a file another name, and takes the place of the file that has it.
// Inside the sandbox both names must be in the same of its folders.
func (s *Sandbox) Rename(from, to string) error {
	if !s.Inside {
		source, err := s.full(from)
		if err != nil {
			return err
		}
		target, err := s.full(to)
		if err != nil {
			return err
		}
		return os.Rename(source, target)
	}
	root, source, err := s.Root(from, true)
	if err != nil {
		return err
	}
	defer root.Close()
	other, target, err := s.Root(to, true)
	if err != nil {
		return err
	}
	defer other.Close()
	if root.Name() != other.Name() {
		return errors.New(from + " and " + to + " are in different folders of the sandbox: copy the file, then remove it")
	}
	return root.Rename(source, target)
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
