// Package layout_test holds the code to the rules of how it is laid out: which
// package may import which, what must be documented, and how long a file gets.
package layout_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "goagi"

// maxLines is as long as a file gets before it is two.
const maxLines = 400

// allowed says which of our packages each of them may import. A package that
// is not here has no place yet: give it one when its first code comes.
//
//	agi  eagi  asr  sim  pbx         nothing of ours
//	 └─┬───┘         │
//	luabind ◀─ std   │
//	 └─┬──▶ call     │
//	   └──────┴──▶ spec, runner ◀── fastagi, ami, lint
var allowed = map[string][]string{
	"":            {"runner"},
	"agi":         {},
	"eagi":        {},
	"asr":         {"spell"},
	"spell":       {},
	"cache":       {},
	"redis":       {},
	"sim":         {},
	"pbx":         {},
	"fastagi":     {"agi"},
	"ami":         {"agi"},
	"doctor":      {"ami", "spell"},
	"luabind":     {"agi", "eagi", "spell"},
	"luabind/std": {"luabind", "agi", "eagi", "asr", "cache", "redis"},
	"call":        {"agi", "eagi", "luabind"},
	"spec":        {"call", "sim", "pbx", "luabind", "agi", "eagi", "asr", "spell"},
	"lint":        {"luabind", "spell"},
	"manual":      {"luabind", "luabind/std", "spec", "asr"},
	"runner":      {"*"},
}

// tools are the folders of tests and measurements: nothing imports them but
// each other, and they may import everything.
var tools = []string{"test", "bench"}

// listed is what go list says of a package.
type listed struct {
	ImportPath, Name, Dir              string
	GoFiles, TestGoFiles, XTestGoFiles []string
	Imports                            []string
	Incomplete                         bool
}

// name is the package's path in the module, "" for its root.
func (p *listed) name() string { return ours(p.ImportPath) }

func ours(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func isOurs(importPath string) bool {
	return importPath == module || strings.HasPrefix(importPath, module+"/")
}

func isTool(name string) bool {
	return slices.ContainsFunc(tools, func(dir string) bool { return name == dir || strings.HasPrefix(name, dir+"/") })
}

// packages asks the go command for all packages of the module.
func packages(t *testing.T) []*listed {
	t.Helper()
	list := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Dir,GoFiles,TestGoFiles,XTestGoFiles,Imports,Incomplete", "./...")
	list.Dir = root(t)
	var stderr bytes.Buffer
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []*listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(listed)
		if err := decoder.Decode(p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 5 {
		t.Fatalf("go list found %d packages", len(all))
	}
	return all
}

// root is the folder of go.mod.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The arrows between packages point one way, as the map of packages has them.
func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) == 0 || isTool(p.name()) {
			continue
		}
		may, known := allowed[p.name()]
		if !known {
			t.Errorf("package %s has no place in the map of packages", p.name())
			continue
		}
		for _, path := range p.Imports {
			name := ours(path)
			switch {
			case !isOurs(path):
			case isTool(name):
				t.Errorf("%s imports %s, which is for tests only", p.ImportPath, path)
			case !slices.Contains(may, name) && !slices.Contains(may, "*"):
				t.Errorf("%s imports %s: it may import %s", p.ImportPath, path, orNothing(may))
			}
		}
	}
}

func orNothing(names []string) string {
	if len(names) == 0 {
		return "nothing of ours"
	}
	return strings.Join(names, ", ")
}

// Each package says what it is for, in more than its name, and each exported
// name what it does.
func TestDocs(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) == 0 {
			continue
		}
		documented := parsed(t, p)
		if text := strings.TrimSpace(documented.Doc); len(strings.Fields(text)) < 6 {
			t.Errorf("package %s has no doc that says what it is for: %q", p.ImportPath, text)
		} else if want := "Package " + p.Name + " "; p.Name != "main" && !strings.HasPrefix(text, want) {
			t.Errorf("the doc of package %s does not begin with %q", p.ImportPath, want)
		}
		if p.Name == "main" {
			continue
		}
		for _, name := range undocumented(documented) {
			t.Errorf("%s.%s has no doc comment", p.ImportPath, name)
		}
	}
}

func parsed(t *testing.T, p *listed) *doc.Package {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	documented, err := doc.NewFromFiles(fset, files, p.ImportPath)
	if err != nil {
		t.Fatal(err)
	}
	return documented
}

// undocumented lists the exported names that have no comment.
func undocumented(p *doc.Package) (names []string) {
	funcs := func(prefix string, list []*doc.Func) {
		for _, f := range list {
			if f.Doc == "" {
				names = append(names, prefix+f.Name)
			}
		}
	}
	funcs("", p.Funcs)
	names = append(names, values(p.Consts)...)
	names = append(names, values(p.Vars)...)
	for _, typ := range p.Types {
		if typ.Doc == "" {
			names = append(names, typ.Name)
		}
		funcs("", typ.Funcs)
		funcs(typ.Name+".", typ.Methods)
		names = append(names, values(typ.Consts)...)
		names = append(names, values(typ.Vars)...)
	}
	return names
}

// values lists the constants and variables without a comment of their own, in
// front or behind, and without one for their group.
func values(groups []*doc.Value) (names []string) {
	for _, group := range groups {
		for _, spec := range group.Decl.Specs {
			spec, ok := spec.(*ast.ValueSpec)
			if !ok || group.Doc != "" || spec.Doc != nil || spec.Comment != nil {
				continue
			}
			for _, name := range spec.Names {
				if name.IsExported() {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}

// A file holds one noun, and stays short enough to read.
func TestLengthOfFiles(t *testing.T) {
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(text, []byte("\n")); n > maxLines {
				t.Errorf("%s has %d lines, over %d", path.Join(p.name(), name), n, maxLines)
			}
		}
	}
}

// The simulator must not share code with what it tests: one mistake would hide
// the other. Its tests may import what is for tests only, and no more.
func TestSimulatorStandsAlone(t *testing.T) {
	for _, p := range packages(t) {
		if p.name() != "sim" {
			continue
		}
		for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range file.Imports {
				if path := strings.Trim(spec.Path.Value, `"`); isOurs(path) && ours(path) != "sim" && !isTool(ours(path)) {
					t.Errorf("sim/%s imports %s", name, path)
				}
			}
		}
		return
	}
	t.Fatal("there is no package sim")
}

// What these tests find is found: code that breaks each rule.
func TestTheRulesThemselves(t *testing.T) {
	const source = `package x
type T struct{}
func (T) M() {}
func F() {}
const A = 1
var (
	// B is said.
	B = 1
	C = 1
	D = 1 // D is said
)
`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "x.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	documented, err := doc.NewFromFiles(fset, []*ast.File{file}, "x")
	if err != nil {
		t.Fatal(err)
	}
	got := undocumented(documented)
	slices.Sort(got)
	if want := []string{"A", "C", "F", "T", "T.M"}; !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", fmt.Sprint(got), want)
	}
}
