package manual

import (
	"strings"
	"testing"

	"github.com/yuin/gopher-lua/parse"

	"goagi/luabind"
	"goagi/test/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

// newEditor reads all definitions.
func newEditor(t *testing.T) *editor {
	t.Helper()
	e := &editor{make(map[string]string), make(map[string]*class), make(map[string]*member), make(map[string]string)}
	for _, file := range Definitions("v1") {
		for _, err := range e.read(file.Name, file.Text) {
			t.Error(err)
		}
	}
	return e
}

// An editor reads every line of the definitions as it was meant: one that it does not
// understand it leaves out without a word, and completes less.
func TestDefinitions(t *testing.T) {
	e := newEditor(t)
	for name, file := range e.used {
		if e.classes[name] == nil {
			t.Errorf("%s has the type %s, which is none", file, name)
		}
	}
	for _, file := range Definitions("v1") {
		if _, err := parse.Parse(strings.NewReader(file.Text), file.Name); err != nil {
			t.Errorf("%s is no Lua: %v", file.Name, err)
		}
	}
}

// What a script can use an editor knows, and the other way round.
func TestDefinitionsAreWhole(t *testing.T) {
	e := newEditor(t)
	for _, m := range Modules() {
		members := make(map[string]*member)
		switch {
		case m.Name == "spec" || m.Name == "assert":
			for _, fn := range m.Funcs {
				if known := e.globals[strings.TrimPrefix(prefix(m)+fn.Name, "spec.")]; known != nil {
					members[fn.Name] = known
				}
			}
		case m.Name == "fake":
			members = e.classes[e.globals["fake"].of].members
		default:
			members = e.classes[e.modules[m.Name]].members
		}
		if len(members) != len(m.Funcs)+len(m.Fields) {
			t.Errorf("%s has %d members, and the editor knows %d", m.Name, len(m.Funcs)+len(m.Fields), len(members))
		}
		for i := range m.Funcs {
			checkFunction(t, e, m.Name+"."+m.Funcs[i].Name, &m.Funcs[i], members[m.Funcs[i].Name])
		}
		for _, object := range m.Types {
			class := e.classes[className(m, object.Name)]
			if class == nil || len(class.members) != len(object.Methods)+len(object.Members) {
				t.Errorf("%s.%s: the editor knows %v", m.Name, object.Name, class)
				continue
			}
			for i := range object.Methods {
				checkFunction(t, e, object.Name+":"+object.Methods[i].Name, &object.Methods[i], class.members[object.Methods[i].Name])
			}
		}
	}
	if e.globals["agi"].of != e.modules["agi"] {
		t.Error("agi and require \"agi\" are not the same")
	}
}

// checkFunction compares a function with what the editor knows of it.
func checkFunction(t *testing.T, e *editor, name string, fn *luabind.Func, known *member) {
	t.Helper()
	params, results := luabind.Variables(fn.Params), luabind.Variables(fn.Returns)
	if known == nil || len(known.params) != len(params) || len(known.results) != len(results) {
		t.Errorf("%s: the editor knows %+v", name, known)
		return
	}
	if len(fn.Options) == 0 {
		return
	}
	for _, p := range known.params {
		for _, word := range strings.FieldsFunc(p.of, func(r rune) bool { return r == '|' }) {
			class := e.classes[word]
			if class == nil || !strings.HasSuffix(word, ".options") {
				continue
			}
			for _, o := range fn.Options {
				if m := class.members[o.Name]; m == nil || !m.optional {
					t.Errorf("%s: the editor does not know the option %s", name, o.Name)
				}
			}
			return
		}
	}
	t.Errorf("%s: no parameter has its options: %+v", name, known.params)
}

// The checker itself finds what is wrong.
func TestGrammar(t *testing.T) {
	for _, text := range []string{
		"string", "string?", "goagi.agi.env[]", `"a"|"b, c"|nil`, "{[string]: any}[]?", "{a: string; b?: integer|nil}", "(string|false)[]",
		"fun()", "fun(a: string, ...: any): integer?", "fun(): (a: string?, b: number)", "string|(fun(): any)",
	} {
		if _, rest, err := readType(text); err != nil || rest != "" {
			t.Errorf("%s: %v, %q is left", text, err, rest)
		}
	}
	for _, text := range []string{"", "string?|number", "string|", "{a}", "{a: string", `"a`, "fun(", "fun(a)", "string|fun(): any", "list of strings", "(string", "a.", "string, number", "{a: string, b: string}"} {
		if _, rest, err := readType(text); err == nil && rest == "" {
			t.Errorf("%s is a type", text)
		}
	}
	const good = "---@meta _\n-- Written by goagi types (goagi v1): do not edit.\n\n"
	for text, want := range map[string]string{
		"local x = {}":                                                  "a table of no class",
		"---@param a string\nfunction f(b) end":                         "the parameters are not those above",
		"---@param a string\n\nfunction f(a) end":                       "belongs to nothing",
		"---@param a? string\n---@param b string\nfunction f(a, b) end": "may be left out",
		"---@return string\nfunction f() end":                           "needs a name",
		"---@field a string":                                            "a field of nothing",
		"---@class goagi.a\n---@field a string|":                        "a name is missing",
		"---@class goagi.a\n---@field a string ?or not":                 "would belong to it",
		"---@class goagi.a\n---@field a any\n---@field a any":           "a second a",
		"---- no documentation":                                         "belongs to nothing",
		"---@parm a string":                                             "no such annotation",
		"print()":                                                       "no such line",
	} {
		e := &editor{make(map[string]string), make(map[string]*class), make(map[string]*member), make(map[string]string)}
		if errs := e.read("x.lua", good+text); len(errs) == 0 || !strings.Contains(errs[0].Error(), want) {
			t.Errorf("%q: %v, want %q", text, errs, want)
		}
	}
}
