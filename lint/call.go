package lint

import (
	"slices"
	"strings"

	"github.com/yuin/gopher-lua/ast"

	"goagi/luabind"
)

// call walks through a call, and gives its results.
func (w *walk) call(e *ast.FuncCallExpr, s *scope) []value {
	if w.depth++; w.depth > deepest {
		w.depth--
		return nil
	}
	defer func() { w.depth-- }()
	if e.Method != "" {
		return w.methodCall(e, s)
	}
	fn := w.expr(e.Func, s)
	if fn.global == "type" && len(e.Args) == 1 {
		w.asked = e.Args[0]
	}
	given := w.arguments(e.Args, fn.fn, s)
	switch {
	case fn.fn != nil && fn.method:
		w.find(e.Line(), Error, "dot-for-colon", "", "a method is called with a colon: object:%s(...)", fn.fn.Name)
		return nil
	case fn.fn != nil:
		w.checkCall(e, fn, given)
		return w.results(fn, given)
	case strings.HasPrefix(fn.name, "agi.app."):
		w.misspelt(e.Line(), strings.TrimPrefix(fn.name, "agi.app."))
		w.application(e, strings.TrimPrefix(fn.name, "agi.app."), e.Args)
		w.sinks(e, fn.name, given)
		return nil
	}
	if fn.global == "assert" && len(e.Args) > 0 {
		w.narrow(e.Args[0], true, s)
	}
	return w.luaCall(e, fn.global, e.Args, given)
}

// methodCall walks through receiver:method(...).
func (w *walk) methodCall(e *ast.FuncCallExpr, s *scope) []value {
	object := w.expr(e.Receiver, s)
	switch {
	case object.module != nil:
		w.arguments(e.Args, nil, s)
		w.find(e.Line(), Error, "colon-for-dot", e.Method, "a function of a module is called with a dot: %s.%s(...)", object.module.Name, e.Method)
		return nil
	case object.text:
		return w.textCall(e, object, s)
	case object.global == "io.stdin" && (e.Method == "read" || e.Method == "lines"):
		w.arguments(e.Args, nil, s)
		w.readsDialog(e, "io.stdin:"+e.Method)
		return nil
	case object.object == nil:
		w.arguments(e.Args, nil, s)
		return nil
	}
	t := object.object
	fn := funcOf(t.Methods, e.Method)
	given := w.arguments(e.Args, fn, s)
	if fn == nil {
		if t.Other == nil {
			w.find(e.Line(), Error, "unknown-member", e.Method, "%s has no %s%s", a(t), e.Method, w.didYouMean(e.Method, membersOf(t)))
		}
		return nil
	}
	called := value{fn: fn, name: t.Name + ":" + fn.Name, method: true}
	w.checkCall(e, called, given)
	return w.results(called, given)
}

// arguments walks through arguments. Functions among them get what fn hands them.
func (w *walk) arguments(args []ast.Expr, fn *luabind.Func, s *scope) []value {
	var params []luabind.Variable
	if fn != nil {
		params = luabind.Variables(fn.Params)
	}
	var given []value
	for i, arg := range args {
		if callback, ok := arg.(*ast.FunctionExpr); ok {
			w.function(callback, s, false, w.handed(params, i))
			given = append(given, value{})
			continue
		}
		given = append(given, w.expr(arg, s))
	}
	return given
}

// handed says what the nth parameter, a function, is called with.
func (w *walk) handed(params []luabind.Variable, n int) []value {
	if n >= len(params) {
		return nil
	}
	list, ok := strings.CutPrefix(params[n].Type, "fun(")
	if !ok {
		return nil
	}
	list, _, _ = strings.Cut(list, ")")
	var given []value
	for _, p := range luabind.Variables(list) {
		given = append(given, w.typed(p.Type))
	}
	return given
}

// results gives what a function of goagi's gives.
func (w *walk) results(fn value, given []value) []value {
	var results []value
	for _, r := range luabind.Variables(fn.fn.Returns) {
		results = append(results, w.typed(r.Type))
	}
	sent(fn, given, results)
	return results
}

// checkCall looks at a call of one of goagi's functions.
func (w *walk) checkCall(e *ast.FuncCallExpr, fn value, given []value) {
	params := luabind.Variables(fn.fn.Params)
	w.counts(e, fn, params)
	for i, arg := range e.Args {
		if i >= len(params) {
			break
		}
		if table, ok := arg.(*ast.TableExpr); ok && i == optionsOf(params) && len(fn.fn.Options) > 0 {
			w.options(table, fn)
		}
		w.argument(arg, fn, params[i])
	}
	for i, arg := range e.Args {
		for _, sound := range w.sounds(arg, fn, params, i) {
			w.prompts = append(w.prompts, prompt{arg.Line(), sound})
		}
	}
	switch application, literal := e.Args, fn.name == "agi.exec" && len(e.Args) > 0; {
	case literal:
		if name, ok := application[0].(*ast.StringExpr); ok {
			w.application(e, name.Value, application[1:])
		}
	case fn.name == "agi.command" && len(e.Args) > 1:
		if name, ok := e.Args[0].(*ast.StringExpr); ok && strings.EqualFold(name.Value, "EXEC") {
			w.inName(e.Args[1])
		}
	}
	w.sinks(e, fn.name, given)
}

// optionsOf gives which parameter takes options: the last that takes a table.
func optionsOf(params []luabind.Variable) int {
	for i := len(params) - 1; i >= 0; i-- {
		if strings.Contains(params[i].Type, "table") {
			return i
		}
	}
	return -1
}

// counts looks at how many arguments there are.
func (w *walk) counts(e *ast.FuncCallExpr, fn value, params []luabind.Variable) {
	open := false // the last one may stand for several
	if n := len(e.Args); n > 0 {
		switch e.Args[n-1].(type) {
		case *ast.FuncCallExpr, *ast.Comma3Expr:
			open = true
		}
	}
	least, any := 0, false
	for i, p := range params {
		if p.Name == "..." {
			any = true
		} else if !p.Optional {
			least = i + 1
		}
	}
	switch {
	case len(e.Args) < least && !open:
		w.find(e.Line(), Error, "too-few-arguments", fn.fn.Name, "%s wants %s: it is %s(%s)", fn.name, params[len(e.Args)].Name, fn.name, fn.fn.Params)
	case len(e.Args) > len(params) && !any && !(open && len(e.Args) == len(params)+1):
		w.find(e.Line(), Error, "too-many-arguments", fn.fn.Name, "%s takes %d: it is %s(%s)", fn.name, len(params), fn.name, fn.fn.Params)
	}
}

// options looks at a table of options that is written out.
func (w *walk) options(table *ast.TableExpr, fn value) {
	var names []string
	for _, o := range fn.fn.Options {
		names = append(names, o.Name)
	}
	for _, field := range table.Fields {
		key, ok := field.Key.(*ast.StringExpr)
		if !ok {
			continue
		}
		i := slices.Index(names, key.Value)
		if i < 0 {
			w.find(key.Line(), Error, "unknown-option", key.Value, "%s has no option %s%s", fn.name, key.Value, w.didYouMean(key.Value, names))
			continue
		}
		w.argument(field.Value, fn, luabind.Variable{Name: key.Value, Type: fn.fn.Options[i].Type})
	}
}
