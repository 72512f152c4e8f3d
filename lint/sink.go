package lint

import (
	"path"
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

// sink is where a text is more than a text.
type sink struct {
	given []value // what must not come from a caller
	shell bool    // a shell gets it
	mend  string  // what to do instead
}

// withoutShell is how a program is run with a text of a stranger's.
const withoutShell = "process.run{\"/path/of/program\", argument} has no shell"

// sinks tells of what a caller sent in a place where it is more than a text.
func (w *walk) sinks(e *ast.FuncCallExpr, name string, given []value) {
	switch name {
	case "agi.command":
		name, given = command(given)
		w.sinks(e, name, given)
		return
	case "agi.get_variable", "agi.set_variable":
		w.names(e.Line(), calledAs(e), name, nth(given, 0))
		return
	}
	into := sinkOf(name, given)
	hostile, keys := tainted(into.given...)
	switch database, ok := strings.CutPrefix(name, "database:"); {
	case hostile == "":
	case !keys:
		w.find(e.Line(), Error, "hostile-text", calledAs(e), "%s holds what a caller sent, %s: %s", name, hostile, into.mend)
	case into.shell:
		w.find(e.Line(), Warning, "hostile-text", calledAs(e), "%s holds keys that a caller pressed, and * and # mean something to a shell: %s", name, withoutShell)
	case ok:
		w.find(e.Line(), Warning, "hostile-text", calledAs(e), "%s holds keys that a caller pressed, which may be none, or * and #: db:%s(\"... where pin = ?\", value) hands them over apart", name, database)
	}
}

// calledAs gives the last word of what is called, as it is written.
func calledAs(e *ast.FuncCallExpr) string {
	switch fn := e.Func.(type) {
	case *ast.IdentExpr:
		return fn.Value
	case *ast.AttrGetExpr:
		if key, ok := fn.Key.(*ast.StringExpr); ok {
			return key.Value
		}
	}
	return e.Method
}

// command gives the function that does what a command of AGI does, and its arguments.
func command(given []value) (name string, rest []value) {
	first := nth(given, 0)
	if first.hostile != "" {
		return "a command", given
	}
	for i, word := range strings.Fields(first.begins) {
		if name += " " + strings.ToUpper(word); i == 0 && name == " EXEC" {
			name = ""
			for _, word := range strings.Fields(first.begins)[1:] {
				rest = append(rest, value{text: true, begins: word, whole: true})
			}
			return "agi.exec", append(rest, given[1:]...)
		}
	}
	switch given = given[min(1, len(given)):]; name {
	case " GET VARIABLE":
		return "agi.get_variable", given
	case " SET VARIABLE":
		return "agi.set_variable", given
	case " GET FULL VARIABLE":
		return "agi.get_full_variable", given
	}
	return "", nil
}

// sinkOf gives what of a function's arguments must not come from a caller.
func sinkOf(name string, given []value) sink {
	first := given[:min(1, len(given))]
	switch name {
	case "a command":
		return sink{first, false, "a blank in it begins the next word: agi.command(name, value) sends each further argument as it stands"}
	case "agi.get_full_variable":
		return sink{first, false, "Asterisk evaluates it, so ${SHELL(...)} in it would be run: agi.get_variable(\"DB(names/\" .. value .. \")\") evaluates nothing in the value"}
	case "agi.exec":
		if application := nth(given, 0); application.hostile != "" {
			return sink{first, false, "System is an application, too: look it up in a table of those that may be run"}
		} else if application.whole {
			// Its arguments are often one text.
			return applicationSink(application.begins, given[1:], len(given) == 2)
		}
	case "os.execute", "io.popen":
		return sink{first, true, "a shell runs what is in it: " + withoutShell}
	case "process.run":
		if list := nth(given, 0).list; list != nil && len(*list) > 2 && shell((*list)[0].begins) && strings.HasPrefix((*list)[1].begins, "-") {
			return sink{(*list)[2:3], true, "a shell runs what is in it: " + withoutShell}
		}
	case "load", "loadstring":
		return sink{first, false, "Lua runs what is in it: look it up in a table of functions"}
	case "dofile", "loadfile", "require":
		return sink{first, false, "it names a file that is run: look it up in a table of those that may be"}
	case "http.get", "http.post", "http.put", "http.patch", "http.delete", "http.head":
		return sink{first, false, query}
	case "http.request":
		return sink{given[min(1, len(given)):min(2, len(given))], false, query}
	}
	if application, ok := strings.CutPrefix(name, "agi.app."); ok {
		return applicationSink(application, given, len(given) == 1)
	}
	if method, ok := strings.CutPrefix(name, "database:"); ok && method != "transaction" {
		return sink{first, false, "it may hold SQL: db:" + method + "(\"... where number = ?\", value) hands it over apart"}
	}
	return sink{}
}

const query = "it may hold a slash or a ?: http's option query = {name = value} escapes it"

// shell reports whether a program is a shell.
func shell(program string) bool {
	switch path.Base(program) {
	case "sh", "ash", "bash", "dash", "ksh", "zsh":
		return true
	}
	return false
}

// applicationSink is sinkOf for the arguments of an application of the dialplan, of
// which several are escaped, and one is not.
func applicationSink(name string, given []value, single bool) sink {
	first := given[:min(1, len(given))]
	switch strings.ToLower(name) {
	case "system", "trysystem":
		return sink{given, true, "a shell runs what is in it: " + withoutShell}
	case "log", "verbose", "noop", "set", "sendtext":
		return sink{} // which take a text as it is
	case "dial", "page":
		return sink{first, false, "& in it calls a second phone: ask for a pattern first, as in if value:match(\"^%d+$\") then"}
	}
	if !single {
		return sink{}
	}
	return sink{first, false, "it may hold a comma, which begins the next argument: agi.app." + name + "(first, second) escapes each of several, and the second may be nil"}
}
