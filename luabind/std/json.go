package std

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// jsonModule is require "json".
var jsonModule = luabind.Module{
	Name: "json",
	Doc: "Reads and writes JSON. Objects and arrays become tables, and stay what they were when written again; null becomes `json.null`, " +
		"since a table of Lua cannot hold nil. Whole numbers that Lua's numbers cannot hold exactly, such as the ids of some services, become " +
		"objects that print, compare and are written as they stood.",
	Example: `
local json = require "json"

local order, why = json.decode('{"id": 9007199254740993, "items": [{"sku": "A-1", "count": 2}], "note": null}')
assert(order, why)
assert(tostring(order.id) == "9007199254740993")
assert(order.items[1].count == 2)
assert(order.note == json.null)

assert(json.encode{digits = "0042", tags = json.array{}} == '{"digits":"0042","tags":[]}')
`,
	Funcs: []luabind.Func{
		{
			Name: "array", Params: "table: table", Returns: "table: table",
			Doc:  "Marks a table as an array, and gives it back: an empty one is written as [], and not as {}.",
			Call: func(_ *luabind.VM, a luabind.Args) int { return mark(a, arrayMark) },
		},
		{
			Name: "decode", Params: "text: string", Returns: "value: any, message: string?",
			Doc: "Reads one value. Gives nil and what is wrong, with its line and column, where the text is no JSON.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				value, err := decodeJSON(vm, []byte(a.Text(1)))
				if err != nil {
					return refused(a, err)
				}
				a.L.Push(value)
				return 1
			},
		},
		{
			Name: "encode", Params: "value: any, options?: table", Returns: "text: string",
			Options: []luabind.Option{{Name: "indent", Type: "number", Doc: "So many blanks for each depth, on lines of their own (0: all in one line)."}},
			Doc: "Writes a value, the keys of objects in order. A table with the keys 1 to n is an array, any other an object; an empty one is an object " +
				"unless it is marked. Raises an error for what JSON cannot hold: functions, NaN, a table with both kinds of keys, one that holds itself. " +
				"Bytes that are no UTF-8 are replaced by U+FFFD.",
			Call: func(vm *luabind.VM, a luabind.Args) int {
				indent := a.Options(2).Number("indent", 0)
				if indent < 0 || indent > 16 {
					a.Misuse("option indent must be from 0 to 16")
				}
				text, err := encodeJSON(vm, a, a.L.Get(1), int(indent))
				if err != nil {
					a.Misuse("%s", err)
				}
				a.PushText(string(text))
				return 1
			},
		},
		{
			Name: "object", Params: "table: table", Returns: "table: table",
			Doc:  "Marks a table as an object, and gives it back: one with the keys 1 to n is written with these as texts.",
			Call: func(_ *luabind.VM, a luabind.Args) int { return mark(a, objectMark) },
		},
	},
	Fields: []luabind.Field{{
		Name: "null", Type: "null", Doc: "JSON's null. It is no nil: compare with it.",
		Get: func(vm *luabind.VM) lua.LValue { return null(vm) },
	}},
	Types: []*luabind.Type{&integerType, &nullType},
}

// nullType is of what stands for null in tables.
var nullType = luabind.Type{Name: "null", Doc: "What `json.null` is.", Text: func(any) string { return "null" }}

// integerType is of whole numbers beyond those of Lua.
var integerType = luabind.Type{
	Name: "integer", Doc: "A whole number that a number of Lua cannot hold exactly. tostring gives its digits.",
	Text: func(value any) string { return string(value.(json.Number)) },
}

// isNull is the value of json.null.
type isNull struct{}

// null gives what stands for null in tables.
func null(vm *luabind.VM) *lua.LUserData { return vm.Object(&nullType, isNull{}) }

// Marks of tables: what json.decode made them from, or the script wants. A mark
// is the value of a key of the metatable, and leaves those of others alone.
const (
	markKey    = "__json"
	arrayMark  = lua.LString("array")
	objectMark = lua.LString("object")
)

func mark(a luabind.Args, as lua.LString) int {
	table, ok := a.L.Get(1).(*lua.LTable)
	if !ok {
		a.Fail(1, "a table")
	}
	markTable(a.L, table, as)
	a.L.Push(table)
	return 1
}

func markTable(L *lua.LState, table *lua.LTable, as lua.LString) {
	meta, ok := table.Metatable.(*lua.LTable)
	if ok {
		others := 0
		meta.ForEach(func(_, _ lua.LValue) { others++ })
		if _, marked := tableMark(table); marked {
			others--
		}
		ok = others > 0 // the script's own; else one that a decoded text's arrays share
	}
	if !ok {
		meta = L.CreateTable(0, 1)
		table.Metatable = meta
	}
	meta.RawSetString(markKey, as)
}

// deepest is how deep values may be nested.
const deepest = 500

// decodeJSON reads a text that is one value. The error has a position.
func decodeJSON(vm *luabind.VM, text []byte) (lua.LValue, error) {
	d := &jsonReader{vm: vm, decoder: json.NewDecoder(bytes.NewReader(text))}
	d.decoder.UseNumber()
	var whole json.RawMessage
	err := json.Unmarshal(text, &whole) // it knows where a mistake is, as the decoder of tokens does not
	if err == nil {
		var value lua.LValue
		if value, err = d.value(0); err == nil {
			return value, nil
		}
	}
	at, message := d.decoder.InputOffset(), err.Error()
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = syntax.Offset - 1
		if strings.HasPrefix(message, "unexpected end") {
			at, message = syntax.Offset, "the text ends too early"
		}
	}
	before := text[:at]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return nil, fmt.Errorf("line %d, column %d: %s", line, column, message)
}

// jsonReader makes values of Lua from tokens.
type jsonReader struct {
	vm      *luabind.VM
	decoder *json.Decoder
	arrays  *lua.LTable // the metatable that arrays share
}

func (d *jsonReader) value(depth int) (lua.LValue, error) {
	token, err := d.decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case string:
		return lua.LString(token), nil
	case bool:
		return lua.LBool(token), nil
	case json.Number:
		return d.number(token)
	case json.Delim:
		if depth == deepest {
			return nil, fmt.Errorf("nested deeper than %d", deepest)
		}
		if token == '[' {
			return d.array(depth + 1)
		}
		return d.object(depth + 1)
	}
	return null(d.vm), nil
}

func (d *jsonReader) number(text json.Number) (lua.LValue, error) {
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return nil, fmt.Errorf("the number %s is out of range", text)
	}
	if math.Abs(f) >= 1<<53 && !strings.ContainsAny(string(text), ".eE") && strconv.FormatFloat(f, 'f', 0, 64) != string(text) {
		return d.vm.Object(&integerType, text), nil
	}
	return lua.LNumber(f), nil
}

func (d *jsonReader) array(depth int) (lua.LValue, error) {
	table := d.vm.L.NewTable()
	if d.arrays == nil {
		markTable(d.vm.L, table, arrayMark)
		d.arrays = table.Metatable.(*lua.LTable)
	}
	table.Metatable = d.arrays
	for d.decoder.More() {
		value, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		table.Append(value)
	}
	_, err := d.decoder.Token() // ]
	return table, err
}

func (d *jsonReader) object(depth int) (lua.LValue, error) {
	table := d.vm.L.NewTable()
	for d.decoder.More() {
		key, err := d.decoder.Token()
		if err != nil {
			return nil, err
		}
		value, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		table.RawSetString(key.(string), value) // an object's keys are strings
	}
	_, err := d.decoder.Token() // }
	return table, err
}
