package lint

import (
	"strconv"
	"strings"

	"github.com/yuin/gopher-lua/ast"

	"goagi/luabind"
)

// What a number of seconds or milliseconds is not likely to be.
const (
	leastMillis = 100  // a tenth of a second
	mostSeconds = 1000 // a quarter of an hour
)

// argument looks at one argument, or option, that is written out.
func (w *walk) argument(arg ast.Expr, fn value, p luabind.Variable) {
	switch arg := arg.(type) {
	case *ast.NumberExpr:
		n, err := strconv.ParseFloat(arg.Value, 64)
		switch {
		case err != nil:
		case strings.HasSuffix(p.Name, "_ms") && n > 0 && n < leastMillis:
			w.find(arg.Line(), Warning, "seconds-for-milliseconds", arg.Value, "%s of %s is in milliseconds, and %s is less than a tenth of a second: are seconds meant?", p.Name, fn.name, arg.Value)
		case n >= mostSeconds && (p.Name == "seconds" && fn.name == "agi.sleep" || p.Name == "timeout"):
			w.find(arg.Line(), Warning, "milliseconds-for-seconds", arg.Value, "%s of %s is in seconds: are milliseconds meant?", p.Name, fn.name)
		}
	case *ast.StringExpr:
		if choices := choicesOf(p.Type); len(choices) > 0 && !contains(choices, arg.Value) {
			w.find(arg.Line(), Error, "unknown-value", arg.Value, "%s of %s is %s, not %q", p.Name, fn.name, strings.Join(quoted(choices), " or "), arg.Value)
		}
		if fn.name == "agi.exec" && p.Name == "application" {
			if name, args, ok := strings.Cut(arg.Value, "("); ok {
				w.find(arg.Line(), Error, "arguments-in-name", arg.Value, "an application's arguments stand apart: agi.exec(%q, %q)", name, strings.TrimSuffix(args, ")"))
			}
		}
	}
}

// choicesOf gives the texts that a type is one of, none where it may be anything
// else.
func choicesOf(kind string) []string {
	var choices []string
	for _, part := range strings.Split(strings.TrimSuffix(kind, "?"), "|") {
		text, err := strconv.Unquote(part)
		if err != nil {
			if part == "boolean" || part == "nil" || part == "table" {
				continue // no text
			}
			return nil
		}
		choices = append(choices, text)
	}
	return choices
}

func contains(list []string, text string) bool {
	for _, item := range list {
		if item == text {
			return true
		}
	}
	return false
}

func quoted(list []string) []string {
	all := make([]string, len(list))
	for i, text := range list {
		all[i] = strconv.Quote(text)
	}
	return all
}

// sounds gives the prompts that the nth argument of a call names.
func (w *walk) sounds(arg ast.Expr, fn value, params []luabind.Variable, n int) []string {
	if n >= len(params) {
		return nil
	}
	name := params[n].Name
	switch {
	case strings.HasPrefix(fn.name, "agi.") && fn.name != "agi.record_file" && (name == "file" || name == "prompt"):
	case strings.HasPrefix(fn.name, "audio.") && name == "files":
	default:
		return nil
	}
	return textsOf(arg)
}

// textsOf gives the texts that an expression is, or a list of.
func textsOf(e ast.Expr) []string {
	switch e := e.(type) {
	case *ast.StringExpr:
		return []string{e.Value}
	case *ast.TableExpr:
		var all []string
		for _, field := range e.Fields {
			if text, ok := field.Value.(*ast.StringExpr); ok && field.Key == nil {
				all = append(all, text.Value)
			}
		}
		return all
	}
	return nil
}

// sinks tells of what a caller sent in a place where it is more than a text.
func (w *walk) sinks(e *ast.FuncCallExpr, name string, given value) {
	if given.hostile == "" {
		return
	}
	mend := ""
	switch name {
	case "agi.get_full_variable":
		mend = "Asterisk evaluates it, so a name such as ${SHELL(...)} would be run: agi.get_variable(name), or agi.var[name], evaluates nothing"
	case "agi.exec":
		mend = "it may hold a comma, or what the application evaluates: agi.app.NAME(first, second) escapes each argument"
	case "os.execute", "io.popen":
		mend = "a shell runs what is in it: process.run{\"/path/of/program\", argument} has no shell"
	case "http.get", "http.post", "http.put", "http.patch", "http.delete", "http.head":
		mend = "it may hold a slash or a ?: http's option query = {name = value} escapes it"
	default:
		method, ok := strings.CutPrefix(name, "database:")
		if !ok || method == "transaction" {
			return
		}
		mend = "it may hold SQL: db:" + method + "(\"... where number = ?\", value) hands it over apart"
	}
	w.find(e.Line(), Error, "hostile-text", "", "%s holds what a caller sent, %s: %s", name, given.hostile, mend)
}
