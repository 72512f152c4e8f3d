package manual

import (
	"strings"

	"goagi/luabind"
)

// names finds what the words of a type stand for in the definitions: objects and
// plain tables are classes, "goagi." with their module's name and theirs.
type names struct{ modules []*luabind.Module }

// class gives the class of a word that is the name of one of a module's types, or of
// another's, "" where it is none.
func (n names) class(m *luabind.Module, word string) string {
	for _, other := range append([]*luabind.Module{m}, n.modules...) {
		for _, t := range other.Types {
			if t.Name == word {
				return className(other, t.Name)
			}
		}
	}
	return ""
}

func className(m *luabind.Module, name string) string { return "goagi." + m.Name + "." + name }

// luaTypes are the words that mean in a type what they mean to the language server.
const luaTypes = " any boolean false fun function integer nil number string table true "

// write gives a type of a module's function in the server's words; options is the
// class that table stands for, "" for any table.
func (n names) write(m *luabind.Module, kind, options string) string {
	return eachWord(kind, func(word string) string {
		switch {
		case word == "table" && options != "":
			return options
		case strings.Contains(luaTypes, " "+word+" "):
			return word
		}
		if class := n.class(m, word); class != "" {
			return class
		}
		return word
	})
}

// words lists the words of a type that name types.
func words(kind string) []string {
	var all []string
	eachWord(kind, func(word string) string {
		all = append(all, word)
		return word
	})
	return all
}

// eachWord replaces the words of a type that name types, which those in quotes and the
// names of keys and parameters do not.
func eachWord(kind string, replace func(string) string) string {
	var b strings.Builder
	for i := 0; i < len(kind); {
		end := i + 1
		switch {
		case kind[i] == '"':
			end = i + 2 + strings.IndexByte(kind[i+1:], '"')
			b.WriteString(kind[i:end])
		case isWord(kind[i]):
			for end < len(kind) && isWord(kind[end]) {
				end++
			}
			behind := strings.TrimPrefix(kind[end:], "?")
			if word := kind[i:end]; strings.HasPrefix(behind, ":") {
				b.WriteString(word)
			} else {
				b.WriteString(replace(word))
			}
		default:
			b.WriteByte(kind[i])
		}
		i = end
	}
	return b.String()
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}
