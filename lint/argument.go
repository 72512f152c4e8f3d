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
		case strings.HasPrefix(fn.name, "agi.") && strings.HasSuffix(p.Name, "_ms") && n > 0 && n < leastMillis:
			w.find(arg.Line(), Warning, "seconds-for-milliseconds", arg.Value, "%s of %s is in milliseconds, and %s is less than a tenth of a second: are seconds meant?", p.Name, fn.name, arg.Value)
		case n >= mostSeconds && (fn.name == "agi.sleep" || strings.HasSuffix(p.Name, "timeout") || p.Name == "silence"):
			w.find(arg.Line(), Warning, "milliseconds-for-seconds", arg.Value, "%s of %s is in seconds: are milliseconds meant?", p.Name, fn.name)
		}
	case *ast.StringExpr:
		if choices := choicesOf(p.Type); len(choices) > 0 && !contains(choices, arg.Value) {
			w.find(arg.Line(), Error, "unknown-value", arg.Value, "%s of %s is %s, not %q", p.Name, fn.name, strings.Join(quoted(choices), " or "), arg.Value)
		}
		if fn.name == "agi.exec" && p.Name == "application" {
			w.inName(arg)
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

// inName tells of an application's name with its arguments, as the dialplan has it,
// and of one that is misspelt.
func (w *walk) inName(e ast.Expr) {
	text, ok := e.(*ast.StringExpr)
	if !ok {
		return
	}
	if name, args, ok := strings.Cut(text.Value, "("); ok {
		w.find(text.Line(), Error, "arguments-in-name", text.Value, "an application's arguments stand apart: agi.exec(%q, %q)", name, strings.TrimSuffix(args, ")"))
		return
	}
	w.misspelt(text.Line(), text.Value)
}

// application looks at the prompts that an application of the dialplan is to play.
func (w *walk) application(e *ast.FuncCallExpr, name string, args []ast.Expr) {
	switch strings.ToLower(name) {
	case "playback", "background":
	default:
		return
	}
	if len(args) == 0 {
		return
	}
	text, ok := args[0].(*ast.StringExpr)
	if !ok {
		return
	}
	names, _, _ := strings.Cut(text.Value, ",")
	for _, sound := range strings.Split(names, "&") {
		w.prompts = append(w.prompts, prompt{e.Line(), sound})
	}
}

// missing tells of prompts that no file is there for, that the script does not record
// itself, and that Asterisk does not fetch from a web server.
func (w *walk) missing() {
	for _, p := range w.prompts {
		elsewhere := w.recorded[p.name] || strings.Contains(p.name, "${") || strings.Contains(p.name, "://")
		if w.Sound != nil && p.name != "" && !elsewhere && !w.Sound(p.name) {
			w.find(p.line, Warning, "unknown-sound", p.name, "there is no sound file of the name %s", p.name)
		}
	}
}
