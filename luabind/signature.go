package luabind

import "strings"

// Variable is a parameter or a result of a documented function.
type Variable struct {
	Name string // "..." for any number of them
	// Type is written as lua-language-server reads it: "string[]", "\"on\"|\"off\"",
	// "{[string]: number}", and the name of a [Type] for what that describes. That of
	// a result that may be nil ends in "?".
	Type     string
	Optional bool // a parameter that may be left out
}

// Variables reads Params or Returns of a function.
func Variables(list string) []Variable {
	var all []Variable
	for list != "" {
		var item string
		item, list = cutVariable(list)
		name, kind, _ := strings.Cut(item, ": ")
		name, optional := strings.CutSuffix(name, "?")
		all = append(all, Variable{name, kind, optional})
	}
	return all
}

// cutVariable cuts a list behind its first variable, whose type may have commas
// of its own in brackets.
func cutVariable(list string) (first, rest string) {
	depth := 0
	for i := range len(list) {
		switch list[i] {
		case '(', '{':
			depth++
		case ')', '}':
			depth--
		case ',':
			if depth == 0 {
				return list[:i], strings.TrimPrefix(list[i+1:], " ")
			}
		}
	}
	return list, ""
}
