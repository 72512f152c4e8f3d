package lint

import (
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

// tainted says what in some values came from a caller; keys says that it is no more
// than the keys of a telephone.
func tainted(values ...value) (hostile string, keys bool) {
	for _, v := range values {
		if v.hostile != "" && (hostile == "" || keys && !v.keys) {
			hostile, keys = v.hostile, v.keys
		}
	}
	return hostile, keys
}

// hostileField reports whether Asterisk hands something on as a caller's device
// sent it.
func hostileField(name string) bool {
	switch name {
	case "callerid", "calleridname", "rdnis", "dnid", "extension":
		return true
	}
	return false
}

// hostileVariable reports whether a dialplan function gives what a caller's device
// sent.
func hostileVariable(name string) bool {
	name, _, ok := strings.Cut(name, "(")
	switch strings.ToUpper(name) {
	case "CALLERID", "REDIRECTING", "CONNECTEDLINE", "PJSIP_HEADER", "PJSIP_RESPONSE_HEADER", "SIP_HEADER":
		return ok
	}
	return false
}

// sent marks a result of one of goagi's functions that a caller said or typed.
func sent(fn value, given []value, results []value) {
	if len(results) == 0 {
		return
	}
	switch fn.name {
	case "agi.receive_text", "agi.receive_char", "asr.transcribe", "stream:finish", "stream:partial":
		results[0].hostile = fn.name
	case "agi.get_data":
		results[0].hostile, results[0].keys = fn.name, true
	case "agi.get_variable":
		if len(given) > 0 && given[0].whole && hostileVariable(given[0].begins) {
			results[0].hostile = given[0].begins
		}
	}
}

// runs reports whether a dialplan function does something with its arguments that
// a stranger must not have a say in.
func runs(name string) bool {
	switch name = strings.ToUpper(strings.TrimSpace(name)); name {
	case "SHELL", "EVAL", "EXPRESSION", "CURL", "FILE", "REALTIME":
		return true
	}
	return strings.HasPrefix(name, "ODBC")
}

// names tells of the name of a variable that a caller has a say in: Asterisk takes
// SHELL(...) for one, and runs it.
func (w *walk) names(line int, what string, name value) {
	if name.hostile == "" || name.keys {
		return
	}
	fn, _, inside := strings.Cut(name.begins, "(")
	if inside && !runs(fn) {
		return // only an argument, in which nothing is evaluated
	}
	w.find(line, Error, "hostile-text", "", "%s names a variable by what a caller sent, %s: SHELL(...) is such a name, too, and Asterisk runs it; "+
		"begin the name yourself, as in \"DB(names/\" .. value .. \")\", or look the value up in a table of those that may be", what, name.hostile)
}

// sinks tells of what a caller sent in a place where it is more than a text.
func (w *walk) sinks(e *ast.FuncCallExpr, name string, given []value) {
	if name == "agi.get_variable" {
		w.names(e.Line(), name, nth(given, 0))
		return
	}
	at, shell, mend := sink(name, len(e.Args), given)
	if mend == "" {
		return
	}
	arg := nth(given, at)
	switch database, ok := strings.CutPrefix(name, "database:"); {
	case arg.hostile == "":
	case !arg.keys:
		w.find(e.Line(), Error, "hostile-text", "", "%s holds what a caller sent, %s: %s", name, arg.hostile, mend)
	case shell:
		w.find(e.Line(), Warning, "hostile-text", "", "%s holds keys that a caller pressed, and * and # mean something to a shell: %s", name, withoutShell)
	case ok:
		w.find(e.Line(), Warning, "hostile-text", "", "%s holds keys that a caller pressed, which may be none, or * and #: db:%s(\"... where pin = ?\", value) hands them over apart", name, database)
	}
}

// withoutShell is how a program is run with a text of a stranger's.
const withoutShell = "process.run{\"/path/of/program\", argument} has no shell"

// sink says which argument of a function must not come from a caller, from 0; whether
// a shell gets it; and what to do instead. mend is "" where all may.
func sink(name string, count int, given []value) (at int, shell bool, mend string) {
	const query = "it may hold a slash or a ?: http's option query = {name = value} escapes it"
	switch name {
	case "agi.get_full_variable":
		return 0, false, "Asterisk evaluates it, so ${SHELL(...)} in it would be run: agi.get_variable(\"DB(names/\" .. value .. \")\") evaluates nothing in the value"
	case "agi.exec":
		if application := nth(given, 0); application.hostile != "" {
			return 0, false, "System is an application, too: look it up in a table of those that may be run"
		} else if application.whole {
			return applicationSink(application.begins, 1, 1)
		}
		return 1, false, ""
	case "os.execute", "io.popen":
		return 0, true, "a shell runs what is in it: " + withoutShell
	case "http.get", "http.post", "http.put", "http.patch", "http.delete", "http.head":
		return 0, false, query
	case "http.request":
		return 1, false, query
	}
	if application, ok := strings.CutPrefix(name, "agi.app."); ok {
		return applicationSink(application, 0, count)
	}
	if method, ok := strings.CutPrefix(name, "database:"); ok && method != "transaction" {
		return 0, false, "it may hold SQL: db:" + method + "(\"... where number = ?\", value) hands it over apart"
	}
	return 0, false, ""
}

// applicationSink is sink for an application of the dialplan, whose arguments begin
// at one of the call's, and are so many: several are escaped.
func applicationSink(name string, at, count int) (_ int, shell bool, mend string) {
	switch strings.ToLower(name) {
	case "system", "trysystem":
		return at, true, "a shell runs what is in it: " + withoutShell
	case "log", "verbose", "noop", "set", "sendtext":
		return at, false, "" // which take a text as it is
	}
	if count != 1 {
		return at, false, ""
	}
	return at, false, "it may hold a comma, which begins the next argument: agi.app." + name + "(first, second) escapes each of several, and the second may be nil"
}
