package std

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// encodeJSON writes a value of Lua as JSON, with so many blanks for each depth. The
// error says where in the value something stands that JSON cannot hold, or that it is
// too long. What ends the call meanwhile is raised.
func encodeJSON(vm *luabind.VM, a luabind.Args, value lua.LValue, indent int) ([]byte, error) {
	w := jsonWriter{most: vm.Host().MaxString, ctx: a.L.Context()}
	if w.most == 0 {
		w.most = luabind.DefaultMaxString
	}
	err := w.value(value, 0)
	if err == nil {
		err = w.room(w.blanks(indent))
	}
	if err != nil {
		if w.ctx != nil && w.ctx.Err() != nil {
			a.Check(context.Cause(w.ctx))
		}
		return nil, err
	}
	if indent == 0 {
		return w.text, nil
	}
	var b bytes.Buffer
	err = json.Indent(&b, w.text, "", strings.Repeat(" ", indent))
	return b.Bytes(), err
}

// jsonWriter adds values to a text.
type jsonWriter struct {
	text   []byte
	path   []string        // the keys down to the value that is written
	most   int             // bytes of text
	ctx    context.Context // of the call
	values int             // so far
}

// lookAgain is after how many values the call's end is looked for.
const lookAgain = 4096

// room says that the text has no room for so many bytes more: tables that share
// others may have far more than they take.
func (w *jsonWriter) room(n int) error {
	if len(w.text)+n <= w.most {
		return nil
	}
	w.path = nil
	return w.fail("the text would have over %d bytes, the most that --max-string allows", w.most)
}

// blanks counts what json.Indent would add.
func (w *jsonWriter) blanks(indent int) (n int) {
	depth, quoted := 0, false
	for i := 0; i < len(w.text) && indent > 0; i++ {
		switch c := w.text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case (c == '{' || c == '[') && w.text[i+1] == c+2: // of an empty one
			i++
		case c == '{' || c == '[':
			depth++
			n += 1 + depth*indent
		case c == '}' || c == ']':
			depth--
			n += 1 + depth*indent
		case c == ',':
			n += 1 + depth*indent
		case c == ':':
			n++
		}
	}
	return n
}

func (w *jsonWriter) fail(format string, values ...any) error {
	message := fmt.Sprintf(format, values...)
	if len(w.path) > 0 {
		return fmt.Errorf("value%s: %s", strings.Join(w.path[:min(len(w.path), 8)], ""), message)
	}
	return fmt.Errorf("%s", message)
}

func (w *jsonWriter) value(value lua.LValue, depth int) error {
	if err := w.room(0); err != nil {
		return err
	}
	if w.values++; w.values%lookAgain == 0 && w.ctx != nil && w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	switch value := value.(type) {
	case *lua.LNilType:
		w.text = append(w.text, "null"...)
	case lua.LBool:
		w.text = strconv.AppendBool(w.text, bool(value))
	case lua.LString:
		if err := w.room(len(value)); err != nil {
			return err
		}
		w.string(string(value))
	case lua.LNumber:
		return w.number(float64(value))
	case *lua.LUserData:
		switch data := value.Value.(type) {
		case isNull:
			w.text = append(w.text, "null"...)
		case json.Number:
			w.text = append(w.text, data...)
		default:
			return w.fail("JSON cannot hold an object such as an utterance")
		}
	case *lua.LTable:
		if depth == deepest {
			w.path = nil
			return w.fail("tables are nested deeper than %d: does one hold itself?", deepest)
		}
		return w.table(value, depth+1)
	default:
		return w.fail("JSON cannot hold a %s", value.Type())
	}
	return nil
}

// string writes a text as encoding/json does, but for <, > and &, which stay.
func (w *jsonWriter) string(text string) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string can always be written
	w.text = append(w.text, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

func (w *jsonWriter) number(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return w.fail("JSON cannot hold the number %v", f)
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<63 {
		w.text = strconv.AppendInt(w.text, int64(f), 10)
		return nil
	}
	w.text = strconv.AppendFloat(w.text, f, 'g', -1, 64)
	return nil
}

// table writes a table as an array or an object.
func (w *jsonWriter) table(table *lua.LTable, depth int) error {
	var keys []string
	values := make(map[string]lua.LValue)
	counted, mixed := 0, false
	as, _ := tableMark(table)
	table.ForEach(func(key, value lua.LValue) {
		switch key := key.(type) {
		case lua.LString:
			keys = append(keys, string(key))
			values[string(key)] = value
		case lua.LNumber:
			counted++
			if as == objectMark {
				keys = append(keys, key.String())
				values[key.String()] = value
			}
		default:
			mixed = true
		}
	})
	switch {
	case mixed:
		return w.fail("a key of an object must be a string")
	case as == objectMark:
	case counted > 0 && len(keys) > 0:
		return w.fail("a table has both the key %q and numbers for keys; JSON has arrays and objects", keys[0])
	case as == arrayMark && len(keys) > 0:
		return w.fail("an array has the key %q", keys[0])
	case as == arrayMark, counted > 0:
		return w.array(table, counted, depth)
	}
	slices.Sort(keys)
	w.text = append(w.text, '{')
	for i, key := range keys {
		if i > 0 {
			w.text = append(w.text, ',')
		}
		w.string(key)
		w.text = append(w.text, ':')
		w.path = append(w.path, "."+key)
		if err := w.value(values[key], depth); err != nil {
			return err
		}
		w.path = w.path[:len(w.path)-1]
	}
	w.text = append(w.text, '}')
	return nil
}

func (w *jsonWriter) array(table *lua.LTable, count, depth int) error {
	w.text = append(w.text, '[')
	for i := 1; i <= count; i++ {
		value := table.RawGetInt(i)
		if value == lua.LNil {
			return w.fail("an array has no value at %d of %d: use json.null there, or json.object for the whole", i, count)
		}
		if i > 1 {
			w.text = append(w.text, ',')
		}
		w.path = append(w.path, "["+strconv.Itoa(i)+"]")
		if err := w.value(value, depth); err != nil {
			return err
		}
		w.path = w.path[:len(w.path)-1]
	}
	w.text = append(w.text, ']')
	return nil
}

// tableMark gives a table's mark, if it has one.
func tableMark(table *lua.LTable) (lua.LString, bool) {
	meta, ok := table.Metatable.(*lua.LTable)
	if !ok {
		return "", false
	}
	mark, ok := meta.RawGetString(markKey).(lua.LString)
	return mark, ok
}
