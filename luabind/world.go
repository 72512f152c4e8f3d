package luabind

import (
	"fmt"
	"path/filepath"

	lua "github.com/yuin/gopher-lua"
)

// Programs stands in for all programs, in tests of scripts: Host.Fake gives it for
// the kind "process".
type Programs interface {
	// Start is called in place of starting a program with its arguments, the first
	// of which names it; a command of the shell has /bin/sh, -c and the command. It
	// gives the program's exit code and what it writes. The error is raised in the
	// script.
	Start(argv []string, stdin string) (code int, stdout, stderr string, err error)
}

// Databases stands in for database servers, in tests of scripts: Host.Fake gives it
// for the kind "sql".
type Databases interface {
	// File gives the file of the SQLite database that stands in for one of a server, by
	// its name in the URL.
	File(name string) (string, error)
}

// Where says which line of a file of Lua runs, as in "menu.lua:12"; "" where none
// does.
func Where(L *lua.LState) string {
	for level := 1; ; level++ {
		frame, ok := L.GetStack(level)
		if !ok {
			return ""
		}
		if _, err := L.GetInfo("Sl", frame, nil); err == nil && frame.CurrentLine > 0 {
			return fmt.Sprintf("%s:%d", filepath.Base(frame.Source), frame.CurrentLine)
		}
	}
}
