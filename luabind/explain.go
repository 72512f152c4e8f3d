package luabind

import (
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"goagi/spell"
)

// explain adds the name that the VM's own message leaves out, found in the
// source line: which function is nil, which table is. source is that line, all
// the whole script, in which the name may be a local.
func (vm *VM) explain(message, source, all string) string {
	switch {
	case strings.HasPrefix(message, "attempt to call a non-function object"):
		return message + vm.noFunction(namesBefore(source, "(\"'{["), all)
	case strings.HasPrefix(message, "attempt to index a non-table object(nil) with key "):
		name := ""
		key := strings.Trim(strings.TrimPrefix(message, "attempt to index a non-table object(nil) with key "), "'")
		for _, path := range namesBefore(source, "") {
			for _, mark := range []string{".", ":"} {
				if before, ok := strings.CutSuffix(path, mark+key); ok {
					name = before
				} else if before, _, ok := strings.Cut(path, mark+key+"."); ok {
					name = before
				}
			}
		}
		if name != "" {
			return message + ": " + name + " is nil" + vm.suggestionFor(name, all)
		}
	case message == "__len undefined":
		message = "attempt to get the length of what is neither a string nor a table"
		if _, after, ok := strings.Cut(source, "#"); ok && !strings.Contains(after, "#") {
			if names := namesBefore(after, ""); len(names) > 0 && strings.HasPrefix(after, names[0]) {
				message += ": " + names[0]
			}
		}
	}
	return message
}

// noFunction says which of the names that are called is nil, or no function.
func (vm *VM) noFunction(names []string, all string) string {
	found, what := "", ""
	for _, name := range names {
		said := ""
		if isLocal(name, all) {
			said = " is no function"
		} else if value := vm.global(name); value == lua.LNil {
			said = " is nil" + vm.suggestionFor(name, all)
		} else if value.Type() != lua.LTFunction {
			said = " is no function"
		}
		if said != "" {
			if found != "" {
				return "" // one of them, and nobody knows which
			}
			found, what = name, said
		}
	}
	if found == "" {
		return ""
	}
	return ": " + found + what
}

// global gives what a name with dots leads to, from the globals.
func (vm *VM) global(name string) lua.LValue {
	var value lua.LValue = vm.L.G.Global
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '.' || r == ':' }) {
		table, ok := value.(*lua.LTable)
		if !ok {
			break
		}
		value = table.RawGetString(part)
	}
	return value
}

// isLocal reports whether the script declares a name of its own: what that holds is
// not known here.
func isLocal(name, all string) bool {
	name, _, _ = strings.Cut(strings.ReplaceAll(name, ":", "."), ".")
	words := tokens(all)
	for i, word := range words {
		if word.kind != isName {
			continue
		}
		next := i + 1 // of the first name that is declared
		switch word.text {
		case "local", "for":
			if next < len(words) && words[next].text == "function" {
				next++
			}
		case "function":
			for next < len(words) && (words[next].kind == isName || words[next].text == "." || words[next].text == ":") {
				if words[next].text == ":" && name == "self" {
					return true
				}
				next++
			}
			next++ // behind the bracket
		default:
			continue
		}
		for ; next < len(words) && words[next].kind == isName; next += 2 { // a comma stands between them
			if words[next].text == name {
				return true
			}
			if next+1 < len(words) && words[next+1].text != "," {
				break
			}
		}
	}
	return false
}

// suggestionFor is for a name that is no local: another global of nearly that
// name.
func (vm *VM) suggestionFor(name, all string) string {
	if isLocal(name, all) {
		return ""
	}
	if vm.host.Known != nil && slices.Contains(vm.host.Known(), name) {
		return ": it is a module, local " + name + " = require \"" + name + "\""
	}
	var names []string
	vm.openBasics(libAll) // those that no script has named are not there yet
	vm.L.G.Global.ForEach(func(key, _ lua.LValue) { names = append(names, key.String()) })
	return spell.DidYouMean(name, names)
}

// namesBefore gives the names in a line, with their dots and colons, that are
// followed by one of the marks; by anything where marks is empty. What stands in
// quotes is left out, as are Lua's own words.
func namesBefore(line, marks string) []string {
	var names []string
	for i := 0; i < len(line); {
		if line[i] == '"' || line[i] == '\'' {
			if end := strings.IndexByte(line[i+1:], line[i]); end >= 0 {
				i += end + 1
			}
			i++
			continue
		}
		if !isWord(line[i]) || '0' <= line[i] && line[i] <= '9' || line[i] == '.' {
			i++
			continue
		}
		start := i
		for i < len(line) && (isWord(line[i]) || line[i] == ':') {
			i++
		}
		rest := strings.TrimLeft(line[i:], " \t")
		if isReserved(line[start:i]) {
			continue // function() and if (...) call nothing
		}
		if marks == "" || rest != "" && strings.IndexByte(marks, rest[0]) >= 0 {
			names = append(names, strings.TrimRight(line[start:i], ".:"))
		}
	}
	return names
}

func quotedName(name string) string { return oneLine(cut(name, 40)) }
