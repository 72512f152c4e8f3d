package std

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// mostExact is the largest whole number up to which Lua's hold all.
const mostExact = 1 << 53

// give reads the values of the placeholders, from the nth argument on.
func (q *question) give(a luabind.Args, n int) {
	given := a.L.GetTop() - n + 1
	if given < 0 {
		given = 0
	}
	if given != q.places {
		a.Misuse("the statement has %s, and %s given", counted(q.places, "place for a value (?)", "places for values (?)"), counted(given, "value was", "values were"))
	}
	q.values = make([]driver.NamedValue, given)
	for i := range q.values {
		q.values[i] = driver.NamedValue{Ordinal: i + 1, Value: q.parameter(a, n+i)}
	}
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// parameter gives the nth argument as drivers take it.
func (q *question) parameter(a luabind.Args, n int) driver.Value {
	switch value := a.L.Get(n).(type) {
	case *lua.LNilType:
		return nil
	case lua.LBool:
		return bool(value)
	case lua.LString:
		text := string(value)
		if q.blobs && (!utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0) {
			return []byte(text)
		}
		return text
	case lua.LNumber:
		if f := float64(value); f != math.Trunc(f) || math.Abs(f) > mostExact {
			return f
		}
		return int64(value)
	case *lua.LUserData:
		switch data := value.Value.(type) {
		case isNull:
			return nil
		case json.Number:
			if whole, err := strconv.ParseInt(string(data), 10, 64); err == nil {
				return whole
			}
			return string(data)
		}
	}
	what := "a " + a.L.Get(n).Type().String()
	if a.L.Get(n).Type() == lua.LTUserData {
		what = "an object such as an utterance"
	}
	a.Misuse("a value must be a string, a number, a boolean or json.null, not %s", what)
	return nil
}

// wholeNumber gives a whole number, as an object where Lua's cannot hold it.
func wholeNumber(vm *luabind.VM, n int64) lua.LValue {
	if n >= -mostExact && n <= mostExact {
		return lua.LNumber(n)
	}
	return vm.Object(&integerType, json.Number(strconv.FormatInt(n, 10)))
}

// errTooLarge is the error of an answer larger than max_size.
var errTooLarge = errors.New("the answer is too large")

// overhead is what a value takes beside its own bytes, about.
const overhead = 40

// rowReader makes the rows of an answer values of Lua.
type rowReader struct {
	c       *statementRun
	rows    driver.Rows
	columns []string
	values  []driver.Value // of the row that is read
	size    int            // of the answer so far
}

// row gives the row as a table.
func (r *rowReader) row() (lua.LValue, error) {
	table := r.c.a.L.CreateTable(0, len(r.columns))
	r.size += overhead
	for i, name := range r.columns {
		value, err := r.value(i)
		if err != nil {
			return nil, err
		}
		table.RawSetString(name, value)
	}
	return table, nil
}

// value gives a column of the row.
func (r *rowReader) value(i int) (lua.LValue, error) {
	if i >= len(r.values) {
		return lua.LNil, nil // of a statement without columns
	}
	var value lua.LValue = lua.LNil
	r.size += overhead
	switch v := r.values[i].(type) {
	case int64:
		return wholeNumber(r.c.vm, v), r.limit()
	case uint64:
		return r.unsigned(strconv.FormatUint(v, 10)), r.limit()
	case float64:
		value = lua.LNumber(v)
	case float32:
		f, _ := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64) // 0.1 stays 0.1
		value = lua.LNumber(f)
	case bool:
		value = lua.LBool(v)
	case string:
		r.size += len(v)
		value = lua.LString(v)
	case []byte:
		r.size += len(v)
		if r.kind(i) == "UNSIGNED BIGINT" {
			value = r.unsigned(string(v))
		} else {
			value = lua.LString(v)
		}
	case time.Time:
		value = lua.LString(moment(v, r.kind(i)))
	}
	return value, r.limit()
}

func (r *rowReader) limit() error {
	if r.size > r.c.maxSize {
		return errTooLarge
	}
	return nil
}

// unsigned gives a whole number beyond those of int64.
func (r *rowReader) unsigned(digits string) lua.LValue {
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return wholeNumber(r.c.vm, n)
	}
	return r.c.vm.Object(&integerType, json.Number(digits))
}

// kind is the database's name for a column's type, "" where it has none.
func (r *rowReader) kind(i int) string {
	if named, ok := r.rows.(driver.RowsColumnTypeDatabaseTypeName); ok {
		return named.ColumnTypeDatabaseTypeName(i)
	}
	return ""
}

// moment writes a date or time of PostgreSQL, whose driver reads them, as the
// other databases do.
func moment(t time.Time, kind string) string {
	switch kind {
	case "DATE":
		return t.Format("2006-01-02")
	case "TIME":
		return t.Format("15:04:05.999999")
	case "TIMETZ":
		return t.Format("15:04:05.999999Z07:00")
	case "TIMESTAMPTZ":
		return t.UTC().Format("2006-01-02 15:04:05.999999Z")
	}
	return t.Format("2006-01-02 15:04:05.999999")
}
