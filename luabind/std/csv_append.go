package std

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

const (
	// longestFirst is how much of a file is read for its first row.
	longestFirst = 64 << 10
	// mostColumns is how many a spreadsheet has.
	mostColumns = 16384
)

// row is one that a script wants to be written: a list, or fields by name.
type row struct {
	list   []string
	byName map[string]string // nil for a list
}

// rowOf reads the second argument.
func rowOf(a luabind.Args, formulas bool) row {
	table, ok := a.L.Get(2).(*lua.LTable)
	if !ok {
		a.Fail(2, "a table")
	}
	var r row
	table.ForEach(func(key, value lua.LValue) {
		field := fieldOf(a, key, value, formulas)
		switch key := key.(type) {
		case lua.LString:
			if r.byName == nil {
				r.byName = make(map[string]string)
			}
			r.byName[string(key)] = field
			return
		case lua.LNumber:
			if i := int(key); lua.LNumber(i) == key && i >= 1 && i <= mostColumns {
				for len(r.list) < i { // what is nil is not in the table
					r.list = append(r.list, "")
				}
				r.list[i-1] = field
				return
			}
		}
		a.Misuse("the row has the key %s: it is a list of %d fields at most, or has names for keys", key.String(), mostColumns)
	})
	switch {
	case r.byName == nil && len(r.list) == 0:
		a.Misuse("the row is empty")
	case r.byName != nil && len(r.list) > 0:
		a.Misuse("the row has both names and numbers for keys")
	}
	return r
}

// fieldOf gives a field's text.
func fieldOf(a luabind.Args, key, value lua.LValue, formulas bool) string {
	switch value.Type() {
	case lua.LTNumber, lua.LTBool:
		return value.String()
	case lua.LTString:
		if formulas {
			return value.String()
		}
		return noFormula(value.String())
	}
	a.Misuse("the field %s of the row must be a string, a number or a boolean, not a %s", key.String(), value.Type())
	return ""
}

// fields gives the row's fields in the order of a file's first row; of a list that
// is this row itself, as they are.
func (r row) fields(header []string) ([]string, error) {
	if header == nil {
		return r.list, nil
	}
	if len(r.list) > len(header) {
		return nil, fmt.Errorf("the row has %d fields, and the first row of the file has %d", len(r.list), len(header))
	}
	fields := make([]string, len(header))
	copy(fields, r.list)
	for i, name := range header {
		if field, ok := r.byName[name]; ok {
			fields[i] = field
		}
	}
	for name := range r.byName {
		if !slices.Contains(header, name) {
			return nil, fmt.Errorf("the header has no column %+q: it has %s", name, strings.Join(header, ", "))
		}
	}
	return fields, nil
}

// noFormula has a text be none to a spreadsheet.
func noFormula(text string) string {
	first, rest := "", text
	for _, char := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} {
		if after, ok := strings.CutPrefix(text, char); ok {
			first, rest = char, after
		}
	}
	number := (first == "+" || first == "-") && strings.Trim(rest, "0123456789 ().,/-") == ""
	if first == "" || number {
		return text
	}
	return "'" + text
}

func csvAppend(vm *luabind.VM, a luabind.Args) int {
	o := a.Options(3)
	separator, header := separatorOf(o), o.Texts("header")
	row := rowOf(a, o.Truth("formulas", false))
	if _, err := columns(header); err != nil || header != nil && (len(header) == 0 || slices.Contains(header, "")) {
		o.Refuse("header", "a list of names, each of them once")
	}
	if _, err := vm.Sandbox().Stat(a.Text(1)); row.byName != nil && header == nil && errors.Is(err, fs.ErrNotExist) {
		a.Misuse("%s", noHeader) // and no empty file is left behind
	}
	f := openLocked(vm, a, o, os.O_RDWR|os.O_APPEND|os.O_CREATE, syscall.LOCK_EX)
	if f == nil {
		return 2
	}
	defer f.Close() // unlocks it
	err := appendRow(f, row, header, separator)
	if misuse, ok := errors.AsType[*rowError](err); ok {
		a.Misuse("%s", misuse.message)
	}
	if err != nil {
		return refused(a, fmt.Errorf("%+q: %w", a.Text(1), err))
	}
	a.PushTruth(true)
	return 1
}

const noHeader = `the file has no header yet: give one, as in {header = {"time", "caller"}}`

// rowError is the error of a row that does not belong in the file.
type rowError struct{ message string }

func (e *rowError) Error() string { return e.message }

// appendRow writes a row to a file that is locked, by one write, behind a header
// where the file is empty.
func appendRow(f *os.File, r row, header []string, separator rune) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	w.Comma = separator
	switch {
	case size > 0:
		first, err := firstRow(f, separator)
		if err != nil {
			return err
		}
		if header != nil && !slices.Equal(first, header) {
			return fmt.Errorf("its header is %s, not %s", strings.Join(first, ", "), strings.Join(header, ", "))
		}
		header = first
	case header != nil:
		_ = w.Write(header) // a buffer takes everything
	case r.byName != nil:
		return &rowError{noHeader}
	}
	if size > 0 { // somebody may have written the last line without its end
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, size-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			text.WriteByte('\n')
		}
	}
	fields, err := r.fields(header)
	if err != nil {
		return &rowError{err.Error()}
	}
	if len(fields) == 1 && fields[0] == "" {
		w.Flush()
		text.WriteString(`""` + "\n") // or it would be an empty line, which is no row
	} else if err := w.Write(fields); err != nil {
		return err
	}
	w.Flush()
	if _, err := f.Write(text.Bytes()); err != nil {
		// The disk is full: half a row would spoil the next one.
		return errors.Join(err, f.Truncate(size))
	}
	return nil
}

// firstRow reads the first row of a file, which says how many fields the others
// have.
func firstRow(f *os.File, separator rune) ([]string, error) {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, longestFirst))
	if err != nil {
		return nil, err
	}
	r := csvReader(text, separator)
	first, err := r.Read()
	switch {
	case err != nil:
		return nil, fmt.Errorf("its first row cannot be read: %w", err)
	case r.InputOffset() >= longestFirst-int64(len(byteOrderMark)): // it goes on
		return nil, fmt.Errorf("its first row has over %d bytes", longestFirst)
	}
	return first, nil
}
