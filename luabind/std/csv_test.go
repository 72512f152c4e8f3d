package std

import (
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"goagi/luabind"
)

// inFolder gives a caller whose files are in a folder of the test's.
func inFolder(t *testing.T, files map[string]string) (who caller, dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		check(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return caller{notEAGI: true, sandbox: &luabind.Sandbox{Name: "standard", Data: dir, Inside: true}}, dir
}

// A spreadsheet is read as it stands in it.
func TestCSVRead(t *testing.T) {
	who, dir := inFolder(t, map[string]string{
		"a.csv":      "\xef\xbb\xbfname,number\r\nJörg,0042\r\n\r\n\"Smith, \"\"J\"\"\",\"a\nb\"\r\n",
		"german.csv": "name;;ext\nM\xfcller;x;100\n",
		"empty.csv":  "",
		"head.csv":   "a,b\n",
		"long.csv":   strings.Repeat("x\n", mostParts+1),
		"short.csv":  "a,b\n1,2\n\n3\n",
		"quote.csv":  "a,b\n1,x\"y\n",
		"open.csv":   "a,b\n1,\"2\n",
		"twice.csv":  "a,b,a\n",
	})
	check(t, os.Mkdir(filepath.Join(dir, "folder"), 0o755))
	check(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
	gives(t, who, "csv", [][2]string{
		{`csv.read("a.csv")`, `[{"name":"Jörg","number":"0042"},{"name":"Smith, \"J\"","number":"a\nb"}]`},
		{`csv.read("a.csv", {header = false, limit = 2})`, `[["name","number"],["Jörg","0042"]]`},
		{`csv.read("a.csv", {limit = 1})`, `[{"name":"Jörg","number":"0042"}]`},
		{`local rows = csv.read("german.csv", {separator = ";"}) return rows[1].ext, #rows[1].name, rows[1][""]`, `"100" 6 null`},
		{`#csv.read("empty.csv"), #csv.read("head.csv")`, `0 0`},

		{`csv.read("none.csv")`, `~no such file or directory`},
		{`csv.read("folder")`, `null "\"folder\" is no file with rows"`},
		{`csv.read("pipe")`, `null "\"pipe\" is no file with rows"`},
		{`csv.read("short.csv")`, `null "\"short.csv\": line 4: it has 1 fields, and the first row has 2"`},
		{`csv.read("quote.csv")`, `null "\"quote.csv\": line 2, column 4: bare \" in non-quoted-field"`},
		{`csv.read("open.csv")`, `~line 2, column 6: extraneous or missing \" in quoted-field`},
		{`csv.read("twice.csv")`, `null "\"twice.csv\": the column \"a\" is there twice"`},
		{`#csv.read("long.csv", {header = false, limit = 7})`, `7`},
		{`csv.read("long.csv", {header = false})`, `~it has more than 100000 rows: give a limit`},
		{`csv.read("a.csv", {max_size = 20})`, `null "\"a.csv\" has over 20 bytes, the most that max_size allows"`},
		{`csv.read("../a.csv")`, `~the sandbox standard forbids it`},
		{`csv.read("/etc/passwd", {separator = ":"})`, `~error: `},
		{`csv.read("a.csv", {separator = "::"})`, `~option separator must be one character, and no quote or end of a line`},
		{`csv.read("a.csv", {separator = "\""})`, `~option separator must be one character`},
		{`csv.read("a.csv", {limit = 0})`, `~option limit must be 1 or more`},
		{`csv.read("a.csv", {seperator = ";"})`, `~there is no option seperator, did you mean separator?`},
	})
}

// What a call appends is read again as it was, by goagi and by a spreadsheet.
func TestCSVAppend(t *testing.T) {
	who, dir := inFolder(t, map[string]string{
		"old.csv":   "time;caller\n1;x", // a line without its end
		"other.csv": "a,b\n",
		"bad.csv":   "\"a\n",
		"blank.csv": "\n",
		"wide.csv":  strings.Repeat("x,", 40000) + "x\n",
	})
	gives(t, who, "csv", [][2]string{
		{`csv.append("new.csv", {2.5, "J, \"x\"", true, "a\nb"}, {header = {"n", "name", "ok", "text", "more"}})`, `true`},
		{`csv.append("new.csv", {name = "0042", n = -1})`, `true`},
		{`csv.append("new.csv", {nil, nil, false})`, `true`},
		{`csv.append("new.csv", {name = "x"}, {header = {"n", "name", "ok", "text", "more"}})`, `true`},
		{`csv.append("old.csv", {caller = "y;z"}, {separator = ";"})`, `true`},
		{`csv.append("one.csv", {""})`, `true`},
		{`csv.append("one.csv", {"b"})`, `true`},
		{`csv.read("one.csv", {header = false})`, `[[""],["b"]]`},

		{`csv.append("new.csv", {nmae = "x"})`, `~error: `},
		{`csv.append("new.csv", {nmae = "x"})`, `~csv.append: the header has no column "nmae": it has n, name, ok, text, more`},
		{`csv.append("other.csv", {1, 2, 3}, {header = {"a", "b"}})`, `~the row has 3 fields, and the first row of the file has 2`},
		{`csv.append("other.csv", {1, 2, 3})`, `~the row has 3 fields, and the first row of the file has 2`},
		{`csv.append("other.csv", {a = 1}, {header = {"b", "a"}})`, `null "\"other.csv\": its header is a, b, not b, a"`},
		{`csv.append("bad.csv", {a = 1})`, `~\"bad.csv\": its first row cannot be read: `},
		{`csv.append("blank.csv", {a = 1})`, `~\"blank.csv\": its first row cannot be read: EOF`},
		{`csv.append("wide.csv", {1})`, `null "\"wide.csv\": its first row has over 65536 bytes"`},
		{`csv.append("fresh.csv", {a = 1})`, `~the file has no header yet: give one`},
		{`csv.append("new.csv", {})`, `~the row is empty`},
		{`csv.append("new.csv", {1, a = 2})`, `~the row has both names and numbers for keys`},
		{`csv.append("new.csv", {[1.5] = 2})`, `~the row has the key 1.5`},
		{`csv.append("new.csv", {[1e9] = 2})`, `~the row has the key 1000000000`},
		{`csv.append("new.csv", {{}})`, `~the field 1 of the row must be a string, a number or a boolean, not a table`},
		{`csv.append("new.csv", "a,b")`, `~argument 2 (row) must be a table`},
		{`csv.append("new.csv", {1}, {header = {"a", "a"}})`, `~option header must be a list of names, each of them once`},
		{`csv.append("folder/new.csv", {1})`, `~no such file or directory`},
		{`csv.append("/etc/new.csv", {1})`, `~the sandbox standard forbids it`},
	})
	for name, want := range map[string]string{
		"new.csv": "n,name,ok,text,more\n2.5,\"J, \"\"x\"\"\",true,\"a\nb\",\n-1,0042,,,\n,,false,,\n,x,,,\n",
		"old.csv": "time;caller\n1;x\n;\"y;z\"\n",
	} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		check(t, err)
		if string(got) != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// What a caller calls himself is no formula for who opens the file.
func TestCSVFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "@SUM(A1)": "'@SUM(A1)", "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0", "-2+3": "'-2+3", "\tx": "'\tx", "\r=1": "'\r=1",
		"＝1": "'＝1", "＋1": "'＋1", "-A1": "'-A1",
		"": "", "-": "-", "-5": "-5", "+49 (0)30/12-34": "+49 (0)30/12-34", "1=1": "1=1", "a": "a", "'=1": "'=1",
	} {
		if got := noFormula(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	who, dir := inFolder(t, nil)
	gives(t, who, "csv", [][2]string{
		{`csv.append("f.csv", {"=1", -5, "+493012"})`, `true`},
		{`csv.append("f.csv", {"=1"}, {formulas = true})`, `true`},
	})
	got, err := os.ReadFile(filepath.Join(dir, "f.csv"))
	check(t, err)
	if string(got) != "'=1,-5,+493012\n=1,,\n" {
		t.Errorf("%q", got)
	}
}

// A row that does not fit on the disk leaves none of it: the next one would stand
// behind half of it.
func TestCSVFull(t *testing.T) {
	f, err := os.OpenFile(filepath.Join(t.TempDir(), "f.csv"), os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o644)
	check(t, err)
	defer f.Close()
	check(t, appendRow(f, row{list: []string{"a"}}, nil, ','))
	var was syscall.Rlimit
	check(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was))
	check(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1000, Max: was.Max}))
	defer func() { check(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was)) }()
	err = appendRow(f, row{list: []string{strings.Repeat("x", 2000)}}, nil, ',')
	if info, _ := f.Stat(); err == nil || info.Size() != 2 {
		t.Errorf("%v, %d bytes", err, info.Size())
	}
}

// Many calls in many processes append to one new file: each row is there, whole,
// and one header.
func TestCSVTogether(t *testing.T) {
	const processes, calls, rows = 2, 3, 10
	if dir := os.Getenv("GOAGI_TEST_CSV"); dir != "" { // one of the processes
		var all sync.WaitGroup
		for n := range calls {
			all.Go(func() {
				e := placed(t, caller{notEAGI: true, sandbox: &luabind.Sandbox{Name: "standard", Data: dir, Inside: true}}, fmt.Sprintf(`
					for i = 1, %d do
						assert(require "csv".append("f.csv", {pid = "%d", call = %d, row = i, text = ("x\n"):rep(1000)},
							{header = {"pid", "call", "row", "text"}, timeout = 60}))
						if i %% 5 == 0 then assert(require "csv".read("f.csv")) end
					end`, rows, os.Getpid(), n))
				if e.Err != nil {
					t.Error(e.Err)
				}
			})
		}
		all.Wait()
		return
	}
	dir := t.TempDir()
	var all sync.WaitGroup
	for range processes {
		all.Go(func() {
			program := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCSVTogether$")
			program.Env = append(os.Environ(), "GOAGI_TEST_CSV="+dir)
			if out, err := program.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	all.Wait()
	f, err := os.Open(filepath.Join(dir, "f.csv"))
	check(t, err)
	defer f.Close()
	got, err := csv.NewReader(f).ReadAll() // each row as long as the first
	check(t, err)
	seen := make(map[string]bool)
	for i, row := range got {
		if (i == 0) != (row[0] == "pid") || i > 0 && len(row[3]) != 2000 {
			t.Errorf("row %d is %.40q", i, row)
		}
		seen[strings.Join(row[:3], " ")] = true
	}
	if len(got) != 1+processes*calls*rows || len(seen) != len(got) {
		t.Errorf("%d rows, %d of them different", len(got), len(seen))
	}
}

// Where another program holds the file, a call waits for it: not for ever, and
// not for a caller who has hung up. What it does after the hangup still works.
func TestCSVWaits(t *testing.T) {
	who, dir := inFolder(t, map[string]string{"f.csv": "a\n"})
	held, err := os.Open(filepath.Join(dir, "f.csv"))
	check(t, err)
	defer held.Close()
	check(t, syscall.Flock(int(held.Fd()), syscall.LOCK_EX))
	gives(t, who, "csv", [][2]string{
		{`csv.append("f.csv", {1})`, `null "\"f.csv\": another holds the file, after 5s"`},
		{`csv.read("f.csv", {timeout = 0.5})`, `null "\"f.csv\": another holds the file, after 500ms"`},
		{`csv.append("f.csv", {1}, {timeout = 0})`, `~another holds the file, after 0s`},
	})
	who.hangsUp = time.Second
	for _, wait := range []string{`csv.append("f.csv", {1}, {timeout = 60})`, `csv.read("f.csv", {timeout = 60})`} {
		e := place(t, who, `local csv = require "csv"
			local ok, why = pcall(function() `+wait+` end)
			agi.var.WHY = tostring(ok) .. " " .. why.kind
			agi.var.NEXT = tostring(csv.append("g.csv", {1}))
			agi.var.LAST = select(2, csv.append("f.csv", {1}, {timeout = 1}))
			agi.answer()`)
		e.check(t, map[string]string{"WHY": "false hangup", "NEXT": "true", "LAST": "~another holds the file", "GOAGI_STATUS": "HANGUP"})
		if e.took > 3*time.Second {
			t.Errorf("%s ended after %v", wait, e.took)
		}
	}
	check(t, syscall.Flock(int(held.Fd()), syscall.LOCK_UN))
	got, err := os.ReadFile(filepath.Join(dir, "f.csv"))
	check(t, err)
	if string(got) != "a\n" {
		t.Errorf("written all the same: %q", got)
	}
}

// A call whose turn comes goes on.
func TestCSVTurn(t *testing.T) {
	who, dir := inFolder(t, map[string]string{"f.csv": "a\n"})
	held, err := os.Open(filepath.Join(dir, "f.csv"))
	check(t, err)
	check(t, syscall.Flock(int(held.Fd()), syscall.LOCK_EX))
	release := time.AfterFunc(50*ms, func() { held.Close() })
	defer release.Stop()
	e := placed(t, who, `assert(require "csv".append("f.csv", {1}, {timeout = 60}))`)
	if e.Err != nil {
		t.Error(e.Err)
	}
}

// A row that is refused for want of a header leaves no empty file behind, in which
// the next row would be the header.
func TestAppendWithoutHeader(t *testing.T) {
	e := place(t, caller{notEAGI: true}, `
		local csv, fs = require "csv", require "fs"
		local ok, why = pcall(csv.append, "calls.csv", {caller = "1"})
		agi.var.WHY = tostring(why)
		agi.var.THERE = tostring(fs.exists("calls.csv"))`)
	e.check(t, map[string]string{"WHY": "~the file has no header yet", "THERE": "false"})
}
