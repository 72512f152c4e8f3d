package std

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"
	"time"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"goagi/luabind"
)

// csvModule is require "csv".
var csvModule = luabind.Module{
	Name: "csv",
	Doc: "Reads tables of spreadsheets, and writes rows for them. Fields are quoted where they must be, and are the bytes that stand in the file: text.clean " +
		"makes UTF-8 of those of an older program.\n\n" +
		"Any number of calls may append to a file and read it at the same time, in one process or in many: a row is written whole or not at all, and the " +
		"header once. For this the file is locked, as flock(2) does, for that moment; other programs that write it without a lock are not kept away.\n\n" +
		"A text that begins with =, +, -, @, a tab or the end of a line would be a formula to a spreadsheet, and what callers send may be one. It is therefore written with a ' before " +
		"it, which csv.read gives, too; numbers and telephone numbers, such as -5 or \"+49 30 1234\", stay as they are.",
	Ending: "Nothing is waited for but another that holds the file: this ends at once, and nothing was written. A row that need not wait is written although the caller has hung up.",
	Example: `
local csv = require "csv"

local file = os.tmpname()
assert(csv.append(file, {time = os.time(), caller = "+493012345", choice = "sales"}, {header = {"time", "caller", "name", "choice"}}))
assert(csv.append(file, {os.time(), "unknown", '=HYPERLINK("http://example.com")', "support"}))

local rows = assert(csv.read(file))
assert(#rows == 2 and rows[1].caller == "+493012345" and rows[1].name == "")
assert(rows[2].name == "'=HYPERLINK(\"http://example.com\")")
os.remove(file)
`,
	Funcs: []luabind.Func{
		{
			Name: "append", Params: "path: string, row: table, options?: table", Returns: "done: boolean?, message: string?",
			Options: []luabind.Option{
				{Name: "header", Type: "string[]", Doc: "The names of the columns. They are written first where the file is new, and must be those of the file where it is not (none)."},
				separatorOption,
				{Name: "formulas", Type: "boolean", Doc: "Writes texts as they are, formulas too (false)."},
				lockOption,
			},
			Doc: "Writes a row at the end of a file, which is made where it is not there. The row is a list of texts, numbers and booleans, or a table with the names of " +
				"the header's columns, given here or in the file. What is nil, and what a list lacks of the file's first row, is an empty field. Gives true; nil and why where the file could not be written.",
			Call: csvAppend,
		},
		{
			Name: "read", Params: "path: string, options?: table", Returns: "rows: table[]?, message: string?",
			Options: []luabind.Option{
				{Name: "header", Type: "boolean", Doc: "The first row has the names of the columns: rows are tables with these as keys. Without, they are lists (true)."},
				separatorOption,
				{Name: "limit", Type: "number", Doc: "Only so many rows are read. A file with more than 100000 needs one."},
				{Name: "max_size", Type: "number", Doc: "Bytes that the file may have (16777216)."},
				lockOption,
			},
			Doc: "Reads a file's rows, all fields as texts; nil and why where it cannot be read, or is not such a file, with the line. Each row must have as many fields as the first. " +
				"Empty lines, and columns without a name, are left out.",
			Call: csvRead,
		},
	},
}

var (
	separatorOption = luabind.Option{Name: "separator", Type: "string", Doc: "The character between fields, such as \";\" or \"\\t\" (\",\")."}
	lockOption      = luabind.Option{Name: "timeout", Type: "number", Doc: "Seconds to wait for another that holds the file (5)."}
)

// separatorOf reads the option separator.
func separatorOf(o luabind.Options) rune {
	text := o.Text("separator", ",")
	char, width := utf8.DecodeRuneInString(text)
	if width != len(text) || char == utf8.RuneError || char == 0 || char == '"' || char == '\r' || char == '\n' {
		o.Refuse("separator", "one character, and no quote or end of a line")
	}
	return char
}

// openLocked opens a file and locks it, for readers or for one who writes. The
// file is the caller's to close, which unlocks it. Where there is none, it has
// pushed why.
func openLocked(vm *luabind.VM, a luabind.Args, o luabind.Options, flag, lock int) *os.File {
	path, timeout := a.Text(1), o.Seconds("timeout", 5*time.Second)
	// Not to wait for who opens the other end of a pipe.
	f, err := vm.Sandbox().Open(path, flag|syscall.O_NONBLOCK, fileMode)
	if errors.Is(err, luabind.ErrSandbox) {
		a.Check(err)
	}
	if err != nil {
		refused(a, err)
		return nil
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		refused(a, fmt.Errorf("%+q is no file with rows", path))
		return nil
	}
	err = syscall.Flock(int(f.Fd()), lock|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = waitForLock(vm, a, f, lock, timeout)
	}
	if err != nil {
		f.Close()
		refused(a, fmt.Errorf("%+q: %w", path, err))
		return nil
	}
	return f
}

// waitForLock waits for a lock that another has. There is no way to be told:
// flock(2) itself cannot be ended.
func waitForLock(vm *luabind.VM, a luabind.Args, f *os.File, lock int, timeout time.Duration) error {
	waited := false
	defer func() {
		if !waited { // a hangup was raised
			f.Close()
		}
	}()
	call := vm.Waiting(a.L)
	ctx, cancel := context.WithTimeout(call, timeout)
	defer cancel()
	for pause := time.Millisecond; ; pause = min(2*pause, 10*time.Millisecond) {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			if call.Err() != nil {
				a.Check(context.Cause(call))
			}
			waited = true
			return fmt.Errorf("another holds the file, after %v", timeout)
		}
		if err := syscall.Flock(int(f.Fd()), lock|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
			waited = true
			return err
		}
	}
}

// byteOrderMark begins what some programs write as UTF-8.
var byteOrderMark = []byte("\xef\xbb\xbf")

// csvReader reads rows.
func csvReader(text []byte, separator rune) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, byteOrderMark)))
	r.Comma, r.FieldsPerRecord = separator, -1
	return r
}

func csvRead(vm *luabind.VM, a luabind.Args) int {
	o := a.Options(2)
	header, separator := o.Truth("header", true), separatorOf(o)
	limit, most := int(o.Number("limit", -1)), int64(o.Number("max_size", 16<<20))
	if o.Set("limit") && limit < 1 {
		o.Refuse("limit", "1 or more")
	}
	if most < 1 {
		o.Refuse("max_size", "1 or more")
	}
	f := openLocked(vm, a, o, os.O_RDONLY, syscall.LOCK_SH)
	if f == nil {
		return 2
	}
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	f.Close()
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%+q has over %d bytes, the most that max_size allows", a.Text(1), most)
	}
	if err != nil {
		return refused(a, err)
	}
	rows, err := readRows(a, csvReader(text, separator), header, limit)
	if err != nil {
		return refused(a, fmt.Errorf("%+q: %w", a.Text(1), err))
	}
	a.L.Push(rows)
	return 1
}

// readRows makes a list of rows, of so many at most; a negative limit is none.
func readRows(a luabind.Args, r *csv.Reader, header bool, limit int) (*lua.LTable, error) {
	rows, ctx := a.L.NewTable(), a.L.Context()
	var names []string
	fields := -1
	for rows.Len() != limit {
		if ctx != nil && ctx.Err() != nil {
			a.Check(context.Cause(ctx))
		}
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, fmt.Errorf("line %d, column %d: %w", wrong.Line, wrong.Column, wrong.Err)
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		switch {
		case fields < 0:
			fields = len(record)
			if header {
				if names, err = columns(record); err != nil {
					return nil, err
				}
				continue
			}
		case len(record) != fields:
			return nil, fmt.Errorf("line %d: it has %d fields, and the first row has %d", line, len(record), fields)
		case rows.Len() == mostParts && limit < 0:
			return nil, fmt.Errorf("it has more than %d rows: give a limit", mostParts)
		}
		rows.Append(rowTable(a, names, record))
	}
	return rows, nil
}

// rowTable makes a row: a list where there are no names.
func rowTable(a luabind.Args, names, record []string) *lua.LTable {
	row := a.L.NewTable()
	for i, field := range record {
		switch {
		case names == nil:
			row.Append(lua.LString(field))
		case names[i] != "":
			row.RawSetString(names[i], lua.LString(field))
		}
	}
	return row
}

// columns looks at a header: a name that is there twice would hide a column.
func columns(header []string) ([]string, error) {
	for i, name := range header {
		if name != "" && slices.Contains(header[:i], name) {
			return nil, fmt.Errorf("the column %+q is there twice", name)
		}
	}
	return header, nil
}
