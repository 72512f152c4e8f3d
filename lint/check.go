package lint

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"

	"goagi/luabind"
)

// Checker looks for mistakes. Its fields are not to be changed once it checks, and
// then it may be used by several goroutines at once.
type Checker struct {
	Modules []*luabind.Module   // agi, those that require gives, and those of specs
	Globals map[string][]string // luabind.Globals
	// Sound reports whether a prompt is there, by its name; nil where nobody knows.
	Sound func(name string) bool
	// File gives the file that require finds for a script, its path and what is in it;
	// "" where there is none. It is nil where nobody knows.
	File func(script, module string) (path string, source []byte)
}

// SpecEnding is how the names of spec files end, which have more globals.
const SpecEnding = "_spec.lua"

// mostFindings is as many of each level as a file gets: one that is no call flow at
// all would have thousands.
const mostFindings = 200

// Check looks for mistakes in a file. It does not run it.
func (c *Checker) Check(path string, source []byte) []Finding {
	w := &walk{Checker: c, path: path, lines: strings.Split(string(source), "\n"), types: make(map[string]*luabind.Type), written: make(map[string]bool),
		added: make(map[string]bool), changing: make(map[string]bool), recorded: make(map[string]bool), found: make(map[Level]int),
		facts: make(map[string]*local), jumped: make(map[*local]value)}
	if err := compiles(source, path); err != nil {
		if e, ok := errors.AsType[*luabind.ScriptError](err); ok {
			if w.find(e.Line, Error, "syntax", "", "%s", e.Message); len(w.findings) > 0 {
				w.findings[0].Column = e.Column
			}
		} else {
			w.find(1, Error, "syntax", "", "%s", err)
		}
		return w.findings
	}
	tree, err := parse.Parse(bytes.NewReader(body(source)), path)
	if err != nil {
		w.find(1, Error, "syntax", "", "%s", err)
		return w.findings
	}
	w.begin(tree)
	return sorted(w.findings)
}

// large is from how many bytes on a file may be one of data.
const large = 100_000

// compiles gives the error of source that is no Lua. The time that it takes to compile
// grows with the square of the number of different constants, of which a file of data
// may have many thousands: such a file is compiled without them.
func compiles(source []byte, path string) error {
	if len(source) > large {
		if tree, err := parse.Parse(bytes.NewReader(body(source)), path); err == nil {
			for expr := range expressions(tree) {
				switch e := expr.(type) {
				case *ast.StringExpr:
					e.Value = "x"
				case *ast.NumberExpr:
					e.Value = "1"
				}
			}
			if _, err := lua.Compile(tree, path); err == nil {
				return nil
			}
		}
	}
	_, err := luabind.Compile(source, path)
	return err
}

// body is source as the parser takes it: without a mark, and with a first line that
// begins with # blank.
func body(source []byte) []byte {
	text := bytes.TrimPrefix(source, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(text, []byte("#")) {
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			return text[end:]
		}
		return nil
	}
	return text
}

// begin walks through a file.
func (w *walk) begin(tree []ast.Stmt) {
	w.spec = strings.HasSuffix(w.path, SpecEnding)
	for _, m := range w.Modules {
		for _, t := range m.Types {
			if _, ok := w.types[t.Name]; !ok {
				w.types[t.Name] = t
			}
		}
		if m.Name == "spec" && w.spec {
			w.words = m
		}
	}
	w.shadows(tree)
	w.gather(tree)
	w.block(tree, &scope{})
	w.missing()
}

// shadows tells of a module of the user's own that bears the name of one of
// goagi's.
func (w *walk) shadows(tree []ast.Stmt) {
	name := strings.TrimSuffix(filepath.Base(w.path), ".lua")
	if w.module(name) == nil || len(tree) == 0 {
		return
	}
	if last, ok := tree[len(tree)-1].(*ast.ReturnStmt); ok && len(last.Exprs) > 0 {
		w.find(1, Warning, "own-module", "", "require %q gives this file to all scripts here, and not goagi's module %s", name, name)
	}
}

// module gives one of goagi's modules that require gives, nil where there is none.
func (w *walk) module(name string) *luabind.Module {
	for _, m := range w.Modules {
		if m.Name == name && (w.spec || !ofSpecs(m)) {
			return m
		}
	}
	return nil
}

func ofSpecs(m *luabind.Module) bool {
	return m.Name == "spec" || m.Name == "fake" || m.Name == "assert"
}
