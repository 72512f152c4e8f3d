package std

import (
	"context"
	"regexp"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

const (
	limitDoc = " Where there may be more than 100000 of them, a limit must be given."
	// mostParts is how many matches or parts of a text a script gets without a limit.
	mostParts = 100000
)

// reModule is require "re".
var reModule = luabind.Module{
	Name: "re",
	Doc: "Regular expressions, for what patterns of Lua cannot say: alternatives, repeated groups, letters beyond ASCII. They are those of Go's package regexp " +
		"(https://pkg.go.dev/regexp/syntax), Perl's without back references and look-around, so that matching takes a time that grows with the text only. " +
		"Write them in long brackets, [[\\d+]], where a backslash is one, or in [=[[[:alpha:]]+]=] where it has ]]. Texts are UTF-8; positions count bytes from 1, as those of the string library.\n\n" +
		"A match is a table: `m[0]` is all of it, `m[1]` and on the groups, and those with a name, `(?P<name>...)`, stand at their name, too. A " +
		"group that took no part is nil. A pattern that is wrong raises an error that says where. Patterns are compiled once in a process.",
	Example: `
local re = require "re"

local number = [[^(?:\+|00)(?P<country>49|43|41)(?P<rest>\d{4,14})$]]
local m = re.match("+493012345", number)
assert(m.country == "49" and m[2] == "3012345")
assert(re.match("12345", number) == nil)

-- What is said of a card must not be in the log.
local text = re.replace("card 4111 1111 1111 1111 of Mr. X", [[\d(?:[ -]?\d){11,18}]], function(m)
    return ("*"):rep(#m[0] - 4) .. m[0]:sub(-4)
end)
assert(text == "card ***************1111 of Mr. X")

assert(table.concat(re.split("100,  200;300", [[[,;]\s*]]), " ") == "100 200 300")
`,
	Funcs: []luabind.Func{
		{
			Name: "escape", Params: "text: string", Returns: "pattern: string",
			Doc:  "Gives the pattern that matches a text as it stands.",
			Call: func(_ *luabind.VM, a luabind.Args) int { a.PushText(regexp.QuoteMeta(a.Text(1))); return 1 },
		},
		{
			Name: "find", Params: "text: string, pattern: string, init?: integer", Returns: "first: integer?, last: integer?, match: {[integer|string]: string}?",
			Doc: "Looks for the first match, and gives its positions and the match; nil where there is none. It begins at the byte init, from the end where that is " +
				"negative; ^ is the beginning of the text all the same.",
			Call: reFind,
		},
		{
			Name: "find_all", Params: "text: string, pattern: string, limit?: integer", Returns: "matches: {[integer|string]: string}[]",
			Doc:  "Gives a list of all matches that do not overlap, or of the first ones, as many as limit." + limitDoc,
			Call: reFindAll,
		},
		{
			Name: "match", Params: "text: string, pattern: string", Returns: "match: {[integer|string]: string}?",
			Doc: "Gives the first match, nil where there is none. ^ and $ have it be the whole text.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				text, p := a.Text(1), patternOf(a)
				pushMatch(a, p, text, p.find(text, 0))
				return 1
			},
		},
		{
			Name: "replace", Params: "text: string, pattern: string, with: string|(fun(match: {[integer|string]: string}): string|number|false|nil), limit?: integer", Returns: "text: string, count: integer",
			Doc: "Puts something else in the place of each match, or of as many as limit, and gives the text and their number. In a string, $1 or ${1} is a group, ${name} a named " +
				"one, $0 the match, $$ a $. A function gets the match and gives the text; nil or false leaves it as it is.",
			Call: reReplace,
		},
		{
			Name: "split", Params: "text: string, pattern: string, limit?: integer", Returns: "parts: string[]",
			Doc: "Gives a list of what stands between the matches; of limit parts at most, the last of which is all the rest." + limitDoc,
			Call: func(_ *luabind.VM, a luabind.Args) int {
				text, p, limit := a.Text(1), patternOf(a), limitOf(a, 3)
				list, at := a.L.NewTable(), 0
				eachMatch(a, p, text, func(places []int) bool {
					if places[1] == 0 || places[0] == len(text) && places[0] == places[1] {
						return true // an empty match at either end parts nothing
					}
					if list.Len()+1 == limit {
						return false
					}
					roomIn(a, list, limit)
					list.Append(lua.LString(text[at:places[0]]))
					at = places[1]
					return true
				})
				list.Append(lua.LString(text[at:]))
				a.L.Push(list)
				return 1
			},
		},
	},
}

// limitOf reads a limit, -1 where it was left out.
func limitOf(a luabind.Args, n int) int {
	if !a.Has(n) {
		return -1
	}
	limit := a.Integer(n)
	if limit < 1 {
		a.Fail(n, "1 or more")
	}
	return limit
}

// roomIn raises that a list is too long for one without a limit.
func roomIn(a luabind.Args, list *lua.LTable, limit int) {
	if limit < 0 && list.Len() == mostParts {
		a.Misuse("there are more than %d of them: give a limit", mostParts)
	}
}

// patternOf reads the second argument, as a pattern for the text that is the
// first.
func patternOf(a luabind.Args) *pattern {
	p, err := patterns.compiled(a.Text(2))
	if err != nil {
		a.Misuse("argument 2 (pattern): %s", err)
	}
	if err := p.fits(a.Text(1)); err != nil {
		a.Misuse("%s", err)
	}
	return p
}

// eachMatch gives the places of each match, until do gives false. It ends with
// the call, too.
func eachMatch(a luabind.Args, p *pattern, text string, do func(places []int) bool) {
	ctx := a.L.Context()
	p.each(text, func(places []int) bool {
		if ctx != nil && ctx.Err() != nil {
			a.Check(context.Cause(ctx))
		}
		return do(places)
	})
}

// matchTable makes a match's table.
func matchTable(a luabind.Args, p *pattern, text string, places []int) *lua.LTable {
	table := a.L.CreateTable(len(places)/2, len(p.names))
	for i := range len(places) / 2 {
		if from := places[2*i]; from >= 0 {
			value := lua.LString(text[from:places[2*i+1]])
			table.RawSetInt(i, value)
			if p.names[i] != "" {
				table.RawSetString(p.names[i], value)
			}
		}
	}
	return table
}

// pushMatch pushes a match, nil for none.
func pushMatch(a luabind.Args, p *pattern, text string, places []int) {
	if places == nil {
		a.PushNil()
		return
	}
	a.L.Push(matchTable(a, p, text, places))
}

func reFind(_ *luabind.VM, a luabind.Args) int {
	text, p, init := a.Text(1), patternOf(a), a.OptInteger(3, 1)
	switch {
	case init < 0:
		init = max(0, len(text)+init)
	case init > 0:
		init--
	}
	places := p.find(text, min(init, len(text)))
	if places == nil {
		a.PushNil()
		return 1
	}
	a.PushNumber(places[0] + 1)
	a.PushNumber(places[1])
	pushMatch(a, p, text, places)
	return 3
}

func reFindAll(_ *luabind.VM, a luabind.Args) int {
	text, p, limit := a.Text(1), patternOf(a), limitOf(a, 3)
	list := a.L.NewTable()
	eachMatch(a, p, text, func(places []int) bool {
		roomIn(a, list, limit)
		list.Append(matchTable(a, p, text, places))
		return list.Len() != limit
	})
	a.L.Push(list)
	return 1
}

func reReplace(vm *luabind.VM, a luabind.Args) int {
	text, p, limit := a.Text(1), patternOf(a), limitOf(a, 4)
	fn, isFunction := a.L.Get(3).(*lua.LFunction)
	var parts []templatePart
	if !isFunction {
		var err error
		if parts, err = p.template(a.Text(3)); err != nil {
			a.Misuse("argument 3 (with): %s", err)
		}
	}
	most := vm.Host().MaxString
	if most == 0 {
		most = luabind.DefaultMaxString
	}
	var out strings.Builder
	at, count := 0, 0
	add := func(text string) {
		if out.Len()+len(text) > most {
			a.Misuse("the text would have over %d bytes, the most that --max-string allows", most)
		}
		out.WriteString(text)
	}
	eachMatch(a, p, text, func(places []int) bool {
		add(text[at:places[0]])
		at = places[1]
		if isFunction {
			add(replacement(a, fn, p, text, places))
		}
		for _, part := range parts {
			add(part.literal)
			if from := places[2*part.group]; part.literal == "" && from >= 0 {
				add(text[from:places[2*part.group+1]])
			}
		}
		count++
		return count != limit
	})
	add(text[at:])
	a.PushText(out.String())
	a.PushNumber(count)
	return 2
}

// replacement gives what a function of the script makes of a match.
func replacement(a luabind.Args, fn *lua.LFunction, p *pattern, text string, places []int) string {
	value := lua.LValue(lua.LNil)
	if results := a.Callback(fn, matchTable(a, p, text, places)); len(results) > 0 {
		value = results[0]
	}
	switch value.Type() {
	case lua.LTString, lua.LTNumber:
		return value.String()
	}
	if lua.LVAsBool(value) {
		a.Misuse("the function must give a string, or nil or false to leave the match, not a %s", value.Type())
	}
	return text[places[0]:places[1]]
}
