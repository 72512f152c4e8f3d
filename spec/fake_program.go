package spec

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// programs stands in for all programs.
type programs struct {
	tree *tree
	rows map[string]programAnswer // by name
}

// programAnswer is what a program does, or a function of the test that says so.
type programAnswer struct {
	code           int
	stdout, stderr string
	fn             *lua.LFunction
}

// fakeProgram reads what a program is to do.
func (t *tree) fakeProgram(a luabind.Args) int {
	name := a.Text(1)
	if name == "" || strings.ContainsAny(name, " \t\n") {
		a.Fail(1, "a program's name or its full path, without arguments")
	}
	var answer programAnswer
	switch value := a.L.Get(2).(type) {
	case *lua.LFunction:
		answer.fn = value
	case *lua.LTable:
		var err error
		if answer, err = readProgram(value); err != nil {
			a.Misuse("%s", err)
		}
	default:
		a.Fail(2, "a table such as {stdout = \"done\\n\"}, or a function that gives one")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.programs.rows == nil {
		t.programs.rows = make(map[string]programAnswer)
	}
	t.programs.rows[name] = answer
	t.give("program", name, name)
	return 0
}

// readProgram reads a table of what a program does.
func readProgram(table *lua.LTable) (answer programAnswer, err error) {
	table.ForEach(func(key, value lua.LValue) {
		if err != nil {
			return
		}
		switch name := key.String(); name {
		case "code":
			n, ok := value.(lua.LNumber)
			if !ok || n < 0 || n > 255 {
				err = errors.New("code must be a number from 0 to 255")
			}
			answer.code = int(n)
		case "stdout":
			answer.stdout = value.String()
		case "stderr":
			answer.stderr = value.String()
		default:
			err = fmt.Errorf("a program has no %s: it takes code, stdout and stderr", name)
		}
	})
	return answer, err
}

// callPrograms is programs for one call, whose ladder shows them.
type callPrograms struct {
	*programs
	p     *placed
	where string // the script starts it
}

// ownPrograms is programs for the test itself.
type ownPrograms struct {
	t     *tree
	where string
}

// Start does what the test says.
func (o *ownPrograms) Start(argv []string, stdin string) (code int, stdout, stderr string, err error) {
	defer o.t.pause()()
	return o.t.programs.start(argv, stdin, o.where)
}

// Start does what the test says.
func (c *callPrograms) Start(argv []string, stdin string) (code int, stdout, stderr string, err error) {
	shown := c.p.goesOut("program " + strings.Join(argv, " "))
	if code, stdout, stderr, err = c.programs.start(argv, stdin, c.where); err != nil {
		shown(err.Error())
	} else {
		shown(strconv.Itoa(code))
	}
	return code, stdout, stderr, err
}

func (p *programs) start(argv []string, stdin, where string) (code int, stdout, stderr string, err error) {
	name := argv[0]
	if len(argv) == 3 && argv[0] == "/bin/sh" && argv[1] == "-c" {
		if words := strings.Fields(argv[2]); len(words) > 0 {
			name = words[0]
		}
	}
	p.tree.mu.Lock()
	known := name
	answer, ok := p.rows[known]
	if !ok {
		known = filepath.Base(name)
		answer, ok = p.rows[known]
	}
	p.tree.mu.Unlock()
	p.tree.use("program", known)
	if !ok {
		return 0, "", "", p.tree.blameAt(where, fmt.Errorf("the spec has no fake for the program %s: fake.program(%q, {stdout = \"\"})", name, name))
	}
	if answer.fn != nil {
		answer, err = p.ask(answer.fn, argv, stdin)
	}
	return answer.code, answer.stdout, answer.stderr, err
}

// ask has a function of the test say what a program does.
func (p *programs) ask(fn *lua.LFunction, argv []string, stdin string) (answer programAnswer, err error) {
	p.tree.askDo(func(L *lua.LState) error {
		list := L.NewTable()
		for _, arg := range argv {
			list.Append(lua.LString(arg))
		}
		if err = L.CallByParam(lua.P{Fn: fn, NRet: 1, Protect: true}, list, lua.LString(stdin)); err != nil {
			return err
		}
		defer L.Pop(1)
		switch given := L.Get(-1).(type) {
		case *lua.LNilType:
		case *lua.LTable:
			answer, err = readProgram(given)
		default:
			err = errors.New("the function of fake.program gave no table such as {stdout = \"\"}")
		}
		return err
	})
	return answer, err
}

// outside gives the sandbox of the test's calls, which read no file of the machine
// that the test does not know of.
func (t *tree) outside() *luabind.Sandbox {
	box := *t.sandbox
	box.Scripts = append([]string{filepath.Dir(t.file.Path)}, t.file.suite.Folders...)
	box.Outside = func(path string) error {
		err := fmt.Errorf("the script reads a file of this machine, and the spec has no fake for it: fake.file(%q, \"...\")", path)
		t.blame(err)
		return err
	}
	return &box
}

// fakeFile puts a file where the script finds it.
func (t *tree) fakeFile(a luabind.Args) int {
	if t.sandbox.Apart == nil {
		a.Misuse("it belongs into a test, or into before_each")
	}
	name := a.Text(1)
	full := name
	if !filepath.IsAbs(full) {
		if !filepath.IsLocal(name) {
			a.Misuse("%q leads out of the data folder: name the file by its full path", name)
		}
		full = filepath.Join(t.data, name)
	}
	if a.L.Get(2) == lua.LFalse {
		if filepath.IsAbs(name) {
			t.sandbox.Apart.Hide(filepath.Clean(full))
		} else {
			_ = os.Remove(full) // one that is not there is fine
		}
		return 0
	}
	content := a.Text(2)
	var err error
	if filepath.IsAbs(name) {
		err = t.sandbox.Apart.Write(full, []byte(content))
	} else {
		err = writeIn(full, content)
	}
	a.Check(err)
	return 0
}

// writeIn writes a file, and makes the folders that it is in.
func writeIn(path, content string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o644)
}

var outcomeType = luabind.Type{
	Name: "outcome",
	Doc:  "What a faked program does.",
	Members: []luabind.Field{
		{Name: "code", Type: "integer?", Doc: "Its exit code (0)."},
		{Name: "stderr", Type: "string?", Doc: "What it writes to its standard error."},
		{Name: "stdout", Type: "string?", Doc: "What it writes to its standard output."},
	},
}
