package std

import (
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// textModule is require "text".
var textModule = luabind.Module{
	Name: "text",
	Doc: "What call flows do with texts that Lua's string library does not: it knows bytes, and here are letters, in UTF-8. " +
		"Where a text is no UTF-8, such as a caller's name from an old telephone system, `text.clean` makes it so; the others count a byte of no letter as one.",
	Example: `
local text = require "text"

-- What a caller's telephone and a web form send.
assert(text.trim(text.clean("  J\246rg ")) == "Jörg")
assert(text.digits("+49 (0)30 1234-56") == "+4930123456")

agi.log("info", "calling back " .. text.mask("+4930123456"))
assert(text.mask("+4930123456") == "*******3456")

for i, name in ipairs(text.split("sales, support", ",")) do
    assert(text.trim(name) == ({"sales", "support"})[i])
end
`,
	Funcs: []luabind.Func{
		{
			Name: "clean", Params: "text: string", Returns: "text: string",
			Doc: "Gives the text as UTF-8. One that is no UTF-8 is taken for Windows-1252, which holds Latin-1; but if it has letters of UTF-8, too, it is UTF-8 that " +
				"was damaged, and the bytes that do not belong become U+FFFD.",
			Call: func(_ *luabind.VM, a luabind.Args) int { a.PushText(cleanText(a.Text(1))); return 1 },
		},
		{
			Name: "digits", Params: "text: string", Returns: "number: string",
			Doc:  "Gives a telephone number without what people write between its digits: the digits, and a + where it begins with one. The (0) of \"+49 (0)30\" goes, too.",
			Call: func(_ *luabind.VM, a luabind.Args) int { a.PushText(dialled(a.Text(1))); return 1 },
		},
		{
			Name: "ends_with", Params: "text: string, ending: string", Returns: "yes: boolean",
			Doc: "Tells whether the text ends with another, byte by byte.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				a.PushTruth(strings.HasSuffix(a.Text(1), a.Text(2)))
				return 1
			},
		},
		{
			Name: "length", Params: "text: string", Returns: "characters: integer",
			Doc:  "Gives how many characters it has.",
			Call: func(_ *luabind.VM, a luabind.Args) int { a.PushNumber(utf8.RuneCountInString(a.Text(1))); return 1 },
		},
		{
			Name: "lines", Params: "text: string, limit?: integer", Returns: "lines: string[]",
			Doc: "Gives a list of its lines, without their ends, LF or CR LF; of limit lines at most, the last of which is all the rest." + limitDoc,
			Call: func(_ *luabind.VM, a luabind.Args) int {
				text := strings.ReplaceAll(a.Text(1), "\r\n", "\n")
				return parts(a, strings.TrimSuffix(text, "\n"), "\n", limitOf(a, 2), text == "")
			},
		},
		{
			Name: "lower", Params: "text: string", Returns: "text: string",
			Doc:  "Gives it in small letters, Ä as ä.",
			Call: func(_ *luabind.VM, a luabind.Args) int { a.PushText(strings.ToLower(a.Text(1))); return 1 },
		},
		{
			Name: "mask", Params: "text: string, keep?: integer", Returns: "text: string",
			Doc: "Gives it with a * for each character but the last ones, 4 or as many as keep, for a log. A text that has no more than these is masked as a whole.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				text, keep := a.Text(1), a.OptInteger(2, 4)
				if keep < 0 {
					a.Fail(2, "0 or more")
				}
				a.PushText(masked(text, keep))
				return 1
			},
		},
		{
			Name: "split", Params: "text: string, separator: string, limit?: integer", Returns: "parts: string[]",
			Doc: "Gives a list of what stands between the separators, which are a plain text; of limit parts at most, the last of which is all the rest. " +
				"re.split takes a pattern." + limitDoc,
			Call: func(_ *luabind.VM, a luabind.Args) int {
				text, separator := a.Text(1), a.Text(2)
				if separator == "" {
					a.Fail(2, "a text that is not empty")
				}
				return parts(a, text, separator, limitOf(a, 3), false)
			},
		},
		{
			Name: "starts_with", Params: "text: string, beginning: string", Returns: "yes: boolean",
			Doc: "Tells whether the text begins with another, byte by byte.",
			Call: func(_ *luabind.VM, a luabind.Args) int {
				a.PushTruth(strings.HasPrefix(a.Text(1), a.Text(2)))
				return 1
			},
		},
		{
			Name: "trim", Params: "text: string", Returns: "text: string",
			Doc:  "Gives it without the blanks, tabs and ends of lines around it.",
			Call: func(_ *luabind.VM, a luabind.Args) int { a.PushText(strings.TrimSpace(a.Text(1))); return 1 },
		},
		{
			Name: "upper", Params: "text: string", Returns: "text: string",
			Doc:  "Gives it in capital letters, ä as Ä.",
			Call: func(_ *luabind.VM, a luabind.Args) int { a.PushText(strings.ToUpper(a.Text(1))); return 1 },
		},
	},
}

// parts pushes a list of what stands between separators.
func parts(a luabind.Args, text, separator string, limit int, none bool) int {
	list := a.L.NewTable()
	for found := !none; found; {
		part := text
		if list.Len()+1 != limit {
			part, text, found = strings.Cut(text, separator)
		} else {
			found = false
		}
		roomIn(a, list, limit)
		list.Append(lua.LString(part))
	}
	a.L.Push(list)
	return 1
}

// windows1252 is what the bytes from 0x80 to 0x9f are in it; the others are their
// own numbers.
var windows1252 = [32]rune{
	'€', utf8.RuneError, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', utf8.RuneError, 'Ž', utf8.RuneError,
	utf8.RuneError, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', utf8.RuneError, 'ž', 'Ÿ',
}

// cleanText gives a text as UTF-8.
func cleanText(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	for rest := text; rest != ""; {
		_, width := utf8.DecodeRuneInString(rest)
		if width > 1 {
			return strings.ToValidUTF8(text, "\uFFFD")
		}
		rest = rest[width:]
	}
	var b strings.Builder
	for i := range len(text) {
		char := rune(text[i])
		if char >= 0x80 && char < 0xa0 {
			char = windows1252[char-0x80]
		}
		b.WriteRune(char)
	}
	return b.String()
}

// dialled gives the digits of a telephone number, and its +.
func dialled(text string) string {
	text = strings.TrimSpace(text)
	var b strings.Builder
	if strings.HasPrefix(text, "+") {
		b.WriteByte('+')
		text = strings.Replace(text, "(0)", "", 1)
	}
	for i := range len(text) {
		if text[i] >= '0' && text[i] <= '9' {
			b.WriteByte(text[i])
		}
	}
	return b.String()
}

// masked gives a text with only so many of its last characters.
func masked(text string, keep int) string {
	length := utf8.RuneCountInString(text)
	if length <= keep {
		keep = 0
	}
	at := len(text)
	for range keep {
		_, width := utf8.DecodeLastRuneInString(text[:at])
		at -= width
	}
	return strings.Repeat("*", length-keep) + text[at:]
}
