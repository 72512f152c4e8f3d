package manual

import (
	"fmt"
	"strings"

	"goagi/luabind"
)

// File is a file of definitions for an editor.
type File struct{ Name, Text string }

// Mark begins the second line of each file of definitions, behind ---@meta: who
// writes them anew may overwrite no other.
const Mark = "-- Written by goagi types"

// Definitions gives the definitions of all modules that lua-language-server reads, a
// file each, and one of what Lua's own functions do otherwise in goagi. version is
// goagi's.
func Definitions(version string) []File {
	all := Modules()
	files := make([]File, 0, len(all)+1)
	for _, m := range all {
		d := definitions{Module: m, names: names{all}}
		files = append(files, File{m.Name + ".lua", d.file(version)})
	}
	return append(files, File{"lua.lua", meta("_", version) + luaItself})
}

func meta(name, version string) string {
	return fmt.Sprintf("---@meta %s\n%s (goagi %s): do not edit.\n\n", name, Mark, version)
}

// definitions writes those of one module.
type definitions struct {
	*luabind.Module
	names
	b strings.Builder
}

func (d *definitions) file(version string) string {
	require := d.Name
	if ofSpecs(d.Module) {
		require = "_" // nobody can require it
	}
	d.b.WriteString(meta(require, version))
	owner := "goagi." + d.Name
	for i := range d.Funcs {
		d.options(owner, d.Funcs, i)
	}
	for _, t := range d.Types {
		d.object(t)
	}
	d.module()
	for i := range d.Funcs {
		fn := &d.Funcs[i]
		d.function(prefix(d.Module)+fn.Name, fn, optionsClass(owner, d.Funcs, fn))
	}
	if d.Name == "assert" {
		d.chains()
	}
	if require != "_" {
		fmt.Fprintf(&d.b, "return %s\n", d.Name)
	}
	return d.b.String()
}

// module begins the module's own table. The functions of specs are globals, and
// assert's stand beside Lua's own function.
func (d *definitions) module() {
	if d.Name == "spec" || d.Name == "assert" {
		return
	}
	text := d.Doc
	if d.Ending != "" {
		text += "\n\nAt a hangup: " + d.Ending
	}
	if d.Example != "" {
		text += "\n\n```lua\n" + strings.Trim(d.Example, "\n") + "\n```"
	}
	d.prose(text)
	fmt.Fprintf(&d.b, "---@class goagi.%s\n", d.Name)
	for i := range d.Fields {
		d.field(&d.Fields[i])
	}
	local := "local "
	if d.Name == "agi" || d.Name == "fake" {
		local = ""
	}
	fmt.Fprintf(&d.b, "%s%s = {}\n\n", local, d.Name)
}

// options writes the class of a function's table of options, unless an earlier
// function has the same.
func (d *definitions) options(owner string, funcs []luabind.Func, i int) {
	fn := &funcs[i]
	if len(fn.Options) == 0 || sameOptions(funcs[:i], fn.Options) != nil {
		return
	}
	fmt.Fprintf(&d.b, "---Options of %s%s.\n---@class %s\n", prefix(d.Module), fn.Name, optionsClass(owner, funcs, fn))
	for _, o := range fn.Options {
		d.field(&luabind.Field{Name: o.Name + "?", Type: o.Type, Doc: o.Doc})
	}
	if strings.Contains(fn.Params, "string[]|table") {
		d.b.WriteString("---@field [integer] string\n") // it is a list, too
	}
	d.b.WriteString("\n")
}

// optionsClass gives the class of a function's options, which its owner's where
// several functions share it.
func optionsClass(owner string, funcs []luabind.Func, fn *luabind.Func) string {
	if len(fn.Options) == 0 {
		return ""
	}
	shared := 0
	for i := range funcs {
		if sameOptions(funcs[i:i+1], fn.Options) != nil {
			shared++
		}
	}
	if shared > 1 {
		return owner + ".options"
	}
	return owner + "." + fn.Name + ".options"
}

// field writes a field of a class; one that may be nil may be left out of a table, too.
func (d *definitions) field(f *luabind.Field) {
	name, kind := f.Name, f.Type
	if without, ok := strings.CutSuffix(kind, "?"); ok {
		name, kind = name+"?", without
	}
	fmt.Fprintf(&d.b, "---@field %s %s %s\n", name, d.write(d.Module, kind, ""), oneLine(f.Doc))
}

// object writes the class of an object, or of a plain table.
func (d *definitions) object(t *luabind.Type) {
	for i := range t.Methods {
		d.options(className(d.Module, t.Name), t.Methods, i)
	}
	d.prose(t.Doc)
	fmt.Fprintf(&d.b, "---@class %s\n", className(d.Module, t.Name))
	for i := range t.Members {
		d.field(&t.Members[i])
	}
	if t.Other != nil {
		fmt.Fprintf(&d.b, "---@field [string] fun(self: %s, ...: any): any, string?\n", className(d.Module, t.Name))
	}
	if len(t.Methods) == 0 {
		d.b.WriteString("\n")
		return
	}
	fmt.Fprintf(&d.b, "local %s = {}\n\n", t.Name)
	for i := range t.Methods {
		fn := &t.Methods[i]
		d.function(t.Name+":"+fn.Name, fn, optionsClass(className(d.Module, t.Name), t.Methods, fn))
	}
}

// function writes a function or, with a colon in its name, a method. options is the
// class of its options.
func (d *definitions) function(name string, fn *luabind.Func, options string) {
	d.prose(fn.Doc)
	var params []string
	all := luabind.Variables(fn.Params)
	for i, v := range all {
		params = append(params, v.Name)
		if v.Optional {
			v.Name += "?"
		}
		table := ""
		if i == lastTable(all) {
			table = options
		}
		fmt.Fprintf(&d.b, "---@param %s %s\n", v.Name, d.write(d.Module, v.Type, table))
	}
	for _, v := range luabind.Variables(fn.Returns) {
		fmt.Fprintf(&d.b, "---@return %s %s\n", d.write(d.Module, v.Type, ""), v.Name)
	}
	fmt.Fprintf(&d.b, "function %s(%s) end\n\n", name, strings.Join(params, ", "))
}

// lastTable gives the place of the parameter that takes options.
func lastTable(params []luabind.Variable) int {
	last := -1
	for i, v := range params {
		for _, word := range words(v.Type) {
			if word == "table" {
				last = i
			}
		}
	}
	return last
}

// prose writes paragraphs as comments, which the server shows as Markdown.
func (d *definitions) prose(text string) {
	text = strings.TrimSpace(text)
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, "-") {
			line = " " + line // more than three dashes are no documentation
		}
		d.b.WriteString("---" + line + "\n")
	}
	if strings.HasSuffix(text, "```") {
		d.b.WriteString("---\n")
	}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
