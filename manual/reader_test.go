package manual

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// editor is what a language server knows that has read the definitions.
type editor struct {
	modules map[string]string // what require takes, and the class it gives
	classes map[string]*class
	globals map[string]*member
	used    map[string]string // names of classes that types have, and where
}

// class is a class: a module, an object, a plain table, or a table of options.
type class struct {
	members map[string]*member
	open    bool // any other name may be there, too
}

// member is a function, a method or another field.
type member struct {
	kind     string // "function", "method" or "field"
	of       string // the type of a field
	texts    []string
	optional bool
	params   []param
	results  []string // their types
}

type param struct {
	name, of string
	optional bool
}

var (
	metaLine   = regexp.MustCompile(`^---@meta (\w+)$`)
	classLine  = regexp.MustCompile(`^---@class (goagi[.\w]+)$`)
	fieldLine  = regexp.MustCompile(`^---@field (\w+|\[integer\]|\[string\])(\??) (.*)$`)
	paramLine  = regexp.MustCompile(`^---@param (\w+|\.\.\.)(\??) (.*)$`)
	tableLine  = regexp.MustCompile(`^(local )?(\w+) = \{\}$`)
	funcLine   = regexp.MustCompile(`^function (?:(\w+)([.:]))?(\w+)\(([\w, .]*)\) end$`)
	chainLine  = regexp.MustCompile(`^assert\.(\w+) = nil$`)
	returnLine = regexp.MustCompile(`^return (\w+)$`)
)

// reader reads one file of definitions, line by line.
type reader struct {
	*editor
	name    string // of the file
	meta    string
	class   string            // the class whose fields follow
	tables  map[string]string // the classes of the file's tables
	pending member            // what stands before a function
	kind    string            // what stands before a value
}

// read reads a file of definitions. Every line must be of one of the kinds that there
// are, and stand where it means something.
func (e *editor) read(name, text string) (errs []error) {
	r := &reader{editor: e, name: name, tables: make(map[string]string)}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if err := r.line(i, line); err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w: %s", name, i+1, err, line))
		}
	}
	return errs
}

func (r *reader) line(i int, line string) error {
	begun := len(r.pending.params) + len(r.pending.results)
	switch {
	case i == 0:
		m := metaLine.FindStringSubmatch(line)
		if m == nil {
			return fmt.Errorf("no ---@meta")
		}
		r.meta = m[1]
	case i == 1:
		if !strings.HasPrefix(line, Mark) {
			return fmt.Errorf("no mark of who wrote it")
		}
	case line == "":
		if begun > 0 || r.kind != "" {
			return fmt.Errorf("what stands above belongs to nothing")
		}
		r.class = ""
	case strings.HasPrefix(line, "---@"):
		return r.annotation(line)
	case strings.HasPrefix(line, "---"):
		if strings.HasPrefix(line, "----") || begun > 0 || r.class != "" {
			return fmt.Errorf("a text that belongs to nothing")
		}
	default:
		return r.code(line)
	}
	return nil
}

func (r *reader) annotation(line string) error {
	if m := classLine.FindStringSubmatch(line); m != nil {
		if r.classes[m[1]] != nil {
			return fmt.Errorf("a second class of that name")
		}
		r.class = m[1]
		r.classes[r.class] = &class{members: make(map[string]*member)}
		return nil
	}
	if m := fieldLine.FindStringSubmatch(line); m != nil {
		if r.class == "" {
			return fmt.Errorf("a field of nothing")
		}
		g, err := r.typed(m[3], described)
		if err != nil {
			return err
		}
		if m[1][0] == '[' {
			r.classes[r.class].open = true
			return nil
		}
		return r.add(r.classes[r.class], m[1], &member{kind: "field", of: g.text, texts: g.texts, optional: m[2] != ""})
	}
	if m := paramLine.FindStringSubmatch(line); m != nil {
		if len(r.pending.results) > 0 {
			return fmt.Errorf("a parameter behind a result")
		}
		g, err := r.typed(m[3], described)
		r.pending.params = append(r.pending.params, param{m[1], g.text, m[2] != ""})
		return err
	}
	if rest, ok := strings.CutPrefix(line, "---@return "); ok {
		g, err := r.typed(rest, named)
		r.pending.results = append(r.pending.results, g.text)
		return err
	}
	if rest, ok := strings.CutPrefix(line, "---@type "); ok {
		g, err := r.typed(rest, described)
		r.kind = g.text
		return err
	}
	return fmt.Errorf("no such annotation")
}

// named reads the name of a result, and what is said of it.
func named(rest string) error {
	if !regexp.MustCompile(`^ (\w+|\.\.\.)( [^,].*)?$`).MatchString(rest) {
		return fmt.Errorf("a result needs a name, not %q", rest)
	}
	return nil
}

type typed struct {
	text  string
	texts []string
}

// typed reads a type, and what is behind it.
func (r *reader) typed(text string, behind func(string) error) (typed, error) {
	g, rest, err := readType(text)
	if err == nil {
		err = behind(rest)
	}
	for _, name := range g.names {
		if !isKnown(name) {
			r.used[name] = r.name
		}
	}
	return typed{strings.TrimSuffix(text, rest), g.texts}, err
}

func (r *reader) add(c *class, name string, m *member) error {
	if c.members[name] != nil {
		return fmt.Errorf("a second %s", name)
	}
	c.members[name] = m
	return nil
}

func (r *reader) code(line string) error {
	if m := tableLine.FindStringSubmatch(line); m != nil {
		if r.class == "" {
			return fmt.Errorf("a table of no class")
		}
		r.tables[m[2]], r.class = r.class, ""
		if m[1] == "" {
			r.globals[m[2]] = &member{kind: "field", of: r.tables[m[2]]}
		}
		return nil
	}
	if m := funcLine.FindStringSubmatch(line); m != nil {
		return r.function(m[1], m[2], m[3], m[4])
	}
	if m := chainLine.FindStringSubmatch(line); m != nil && r.kind != "" {
		r.globals["assert."+m[1]] = &member{kind: "field", of: r.kind}
		r.kind = ""
		return nil
	}
	if m := returnLine.FindStringSubmatch(line); m != nil && m[1] == r.meta && r.tables[m[1]] != "" {
		r.modules[r.meta] = r.tables[m[1]]
		return nil
	}
	return fmt.Errorf("no such line")
}

func (r *reader) function(owner, mark, name, list string) error {
	fn := r.pending
	r.pending = member{}
	fn.kind = "function"
	if mark == ":" {
		fn.kind = "method"
	}
	var names []string
	for i, p := range fn.params {
		names = append(names, p.name)
		if i > 0 && fn.params[i-1].optional && !p.optional && p.name != "..." {
			return fmt.Errorf("%s must be there, and what stands before it may be left out", p.name)
		}
	}
	if strings.Join(names, ", ") != list {
		return fmt.Errorf("the parameters are not those above: %v", names)
	}
	switch class := r.classes[r.tables[owner]]; {
	case class != nil:
		return r.add(class, name, &fn)
	case owner == "":
		r.globals[name] = &fn
	case slices.Contains([]string{"assert", "os"}, owner):
		r.globals[owner+"."+name] = &fn
	default:
		return fmt.Errorf("a function of nothing")
	}
	return nil
}
