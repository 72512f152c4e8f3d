package luabind

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// explain adds the name that the VM's own message leaves out, found in the
// source line: which function is nil, which table is.
func (vm *VM) explain(message, source string) string {
	var name string
	switch {
	case strings.HasPrefix(message, "attempt to call a non-function object"):
		name = vm.nilAmong(namesBefore(source, "(\"'{["))
	case strings.HasPrefix(message, "attempt to index a non-table object(nil) with key "):
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
	}
	if name == "" {
		return message
	}
	return message + ": " + name + " is nil" + suggestionFor(vm, name)
}

// suggestionFor is for a name that is no local: another global of nearly that
// name.
func suggestionFor(vm *VM, name string) string {
	var names []string
	vm.L.G.Global.ForEach(func(key, _ lua.LValue) { names = append(names, key.String()) })
	return nearest(name, names)
}

// nilAmong gives the one name that leads to nothing, or the only one there is.
func (vm *VM) nilAmong(names []string) string {
	found := ""
	for _, name := range names {
		var value lua.LValue = vm.L.G.Global
		for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '.' || r == ':' }) {
			table, ok := value.(*lua.LTable)
			if !ok {
				break
			}
			value = table.RawGetString(part)
		}
		if value == lua.LNil {
			if found != "" {
				return ""
			}
			found = name
		}
	}
	return found
}

// namesBefore gives the names in a line, with their dots and colons, that are
// followed by one of the marks; by anything where marks is empty. What stands in
// quotes is left out.
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
		if marks == "" || rest != "" && strings.IndexByte(marks, rest[0]) >= 0 {
			names = append(names, strings.TrimRight(line[start:i], ".:"))
		}
	}
	return names
}

// nearest is ", did you mean NAME?" for a name that is only a little off.
func nearest(name string, names []string) string {
	best, least := "", 3
	for _, other := range names {
		if d := distance(name, other); d < least && d > 0 {
			best, least = other, d
		}
	}
	if best == "" {
		return ""
	}
	return ", did you mean " + best + "?"
}

// distance counts the letters to add, drop or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		above := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := above
			if a[i] != b[j] {
				change++
			}
			above = row[j+1]
			row[j+1] = min(change, row[j]+1, above+1)
		}
	}
	return row[len(b)]
}

func quotedName(name string) string { return oneLine(cut(name, 40)) }
