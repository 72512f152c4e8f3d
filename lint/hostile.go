package lint

import "strings"

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
	name, argument, ok := strings.Cut(name, "(")
	switch strings.ToUpper(name) {
	case "EXTEN":
		return !ok
	case "CDR":
		switch argument, _, _ = strings.Cut(argument, ")"); argument {
		case "clid", "src", "dst":
			return true
		}
		return false
	case "MESSAGE", "MESSAGE_DATA", "CALLERID", "REDIRECTING", "CONNECTEDLINE", "PJSIP_HEADER", "PJSIP_RESPONSE_HEADER", "SIP_HEADER":
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
	case "agi.get_full_variable":
		for _, part := range strings.Split(nth(given, 0).begins, "${")[1:] {
			if name, _, _ := strings.Cut(part, "}"); hostileVariable(name) {
				results[0].hostile = name
			}
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
func (w *walk) names(line int, token, what string, name value) {
	if name.hostile == "" || name.keys {
		return
	}
	fn, _, inside := strings.Cut(name.begins, "(")
	if inside && !runs(fn) {
		return // only an argument, in which nothing is evaluated
	}
	w.find(line, Error, "hostile-text", token, "%s names a variable by what a caller sent, %s: SHELL(...) is such a name, too, and Asterisk runs it; "+
		"begin the name yourself, as in \"DB(names/\" .. value .. \")\", or look the value up in a table of those that may be", what, name.hostile)
}
