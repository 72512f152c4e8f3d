package runner_test

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// traceLine is one line of the wire with its time.
var traceLine = regexp.MustCompile(`^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} \d+ )[<>] [[:print:]é]*\n$`)

// isTrace says what of a trace is none, and gives its lines without times.
func isTrace(t *testing.T, text string) string {
	t.Helper()
	var plain strings.Builder
	for line := range strings.Lines(text) {
		parts := traceLine.FindStringSubmatch(line)
		if parts == nil {
			t.Errorf("the trace holds %q", line)
			continue
		}
		plain.WriteString(strings.TrimPrefix(line, parts[1]))
	}
	return plain.String()
}

// The trace shows the wire, both ways and in order, wherever it goes.
func TestTrace(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what, env string
		words     []string
		file      bool
	}{
		{"to stderr", "", []string{"--trace"}, false},
		{"to stderr by variable", "GOAGI_TRACE=1", nil, false},
		{"to a file", "", []string{"--trace=FILE"}, true},
		{"to a file by variable", "GOAGI_TRACE=FILE", nil, true},
		{"to a file, the flag beats the variable", "GOAGI_TRACE=1", []string{"--trace=FILE"}, true},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			a := newAsterisk(t)
			path := a.file("trace", "2026-01-02 00:00:00.000000 1 > what was there\n")
			for i := range row.words {
				row.words[i] = strings.ReplaceAll(row.words[i], "FILE", path)
			}
			if row.env != "" {
				a.env = []string{strings.ReplaceAll(row.env, "FILE", path)}
			}
			a.call.CallerName = "\x1b[2JAndré\xff\r\x7f\u202e"
			p := a.run(`agi.answer() agi.var.X = "\27\9"`, row.words...)
			if p.code != 0 {
				t.Errorf("exit code %d: %s", p.code, p.stderr)
			}
			trace, _ := os.ReadFile(path)
			text := string(trace)
			if !row.file {
				text = p.stderr
			} else if p.stderr != "" {
				t.Errorf("stderr: %q", p.stderr)
			}
			plain := isTrace(t, text)
			contains(t, "the trace", plain,
				"< agi_request: goagi\n", `< agi_calleridname: \x1b[2JAndré\xff\x0d\x7f\xe2\x80\xae`+"\n", "t.lua\n< \n",
				"> ANSWER\n< 200 result=0\n", `> SET VARIABLE "X" "\x1b\x09"`+"\n< 200 result=1\n",
				"> SET VARIABLE \"GOAGI_STATUS\" \"OK\"\n")
			if row.file && !strings.HasPrefix(plain, "> what was there\n") {
				t.Errorf("the trace begins %.100q", plain)
			}
		})
	}
}

func TestNoTrace(t *testing.T) {
	t.Parallel()
	for _, off := range []string{"--trace=0", "--trace=false", "--trace="} {
		a := newAsterisk(t)
		a.env = []string{"GOAGI_TRACE=1"}
		if p := a.run(`agi.answer()`, off); p.code != 0 || p.stderr != "" {
			t.Errorf("%s: exit code %d: %s", off, p.code, p.stderr)
		}
	}
}

// What came last, without its newline, is often why one looks at a trace.
func TestTraceOfACutReply(t *testing.T) {
	t.Parallel()
	p := dialled(t, `agi.answer()`, "--trace")
	p.expect("ANSWER")
	io.WriteString(p.in, "200 resu")
	p.in.Close()
	p.exit()
	contains(t, "the trace", p.stderr.String(), "> ANSWER\n", "< 200 resu\n")
}

// A line without an end is written down in pieces, not kept.
func TestTraceOfALongLine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "trace")
	p := dialled(t, `agi.answer()`, "--trace="+path)
	p.expect("ANSWER")
	go io.WriteString(p.in, strings.Repeat("x", 2<<20))
	p.all("")
	p.exit()
	trace, err := os.ReadFile(path)
	check(t, err)
	if n := strings.Count(isTrace(t, string(trace)), "x"); n < 1<<20 {
		t.Errorf("the trace has %d of the bytes", n)
	}
}

// The log says so much as its level asks for, a line a record.
func TestLogLevel(t *testing.T) {
	t.Parallel()
	const script = `for _, level in ipairs{"debug", "info", "warn", "error"} do agi.log(level, "at " .. level) end print("printed")`
	for _, row := range []struct {
		words          []string
		env            string
		wanted, absent []string
	}{
		{nil, "", []string{"level=INFO msg=\"at info\"", "level=WARN", "level=ERROR", "level=INFO msg=printed"}, []string{"DEBUG"}},
		{[]string{"--log-level=debug"}, "", []string{"level=DEBUG msg=\"at debug\"", "msg=\"call ended\""}, nil},
		{[]string{"--log-level", "WARN"}, "", []string{"level=WARN", "level=ERROR"}, []string{"INFO", "DEBUG"}},
		{nil, "GOAGI_LOG_LEVEL=error", []string{"level=ERROR"}, []string{"INFO", "DEBUG", "WARN"}},
		{[]string{"--log-level=error"}, "GOAGI_LOG_LEVEL=debug", []string{"level=ERROR"}, []string{"INFO", "DEBUG", "WARN"}},
	} {
		a := newAsterisk(t)
		a.env = []string{row.env}
		p := a.run(script, row.words...)
		contains(t, "the log", p.stderr, row.wanted...)
		for _, absent := range row.absent {
			if strings.Contains(p.stderr, absent) {
				t.Errorf("%v %s: the log has %q:\n%s", row.words, row.env, absent, p.stderr)
			}
		}
		// What is printed is on the console whatever is logged.
		contains(t, "the console", p.heard, "verbose printed")
	}
}

// A log file is added to, and nothing that a caller or a script says can forge
// a record in it.
func TestLogFile(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	log := a.file("goagi.log", "what was there\n")
	a.call.CallerName = "\x1b]0;x\x07\" level=ERROR msg=forged"
	source := `print(agi.env.calleridname) agi.log("info", "two\nlines\r\27[2J") print("two\nlines")`
	for range 2 {
		if p := a.run(source, "--log-file", log); p.code != 0 || p.stderr != "" {
			t.Errorf("exit code %d: %s", p.code, p.stderr)
		}
	}
	p := a.run("error('gone\\27\\nwrong')", "--log-file", log)
	contains(t, "stderr", p.stderr, "t.lua:1: gone", "error('gone")
	text, err := os.ReadFile(log)
	check(t, err)
	begin, records, _ := strings.Cut(string(text), "\n")
	if begin != "what was there" {
		t.Errorf("the log begins %q", begin)
	}
	for line := range strings.Lines(records) {
		if !logLine.MatchString(line) {
			t.Errorf("the log holds %q", line)
		}
	}
	if n := strings.Count(records, "\n"); n != 2*4+1 {
		t.Errorf("%d records:\n%s", n, records)
	}
	contains(t, "the log", records, `level=INFO msg="two\nlines\r\x1b[2J" script=`+a.bin+`/scripts/t.lua call=1700000000.1`,
		`level=ERROR msg="call failed" call=1700000000.1 script=`+a.bin+`/scripts/t.lua status=ERROR error="`+a.bin+`/scripts/t.lua:1: gone`,
		`source=error('gone`, `traceback="`+a.bin+`/scripts/t.lua:1: in main chunk`)
}

// logLine is one record of printable text.
var logLine = regexp.MustCompile(`^time=\S+ level=[A-Z]+ msg=("([^"\\]|\\.)*"|[^" ]+)( \w+=("([^"\\]|\\.)*"|[^" ]+))*\n$`)

// A disk that is full takes nothing from the call.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	p := a.run(`print("x") agi.answer()`, "--log-file=/dev/full", "--trace=/dev/full")
	if p.code != 0 || p.vars["GOAGI_STATUS"] != "OK" {
		t.Errorf("exit code %d, %q; %s", p.code, p.vars, p.stderr)
	}
}

// Nobody reads stderr under Asterisk: none at all, or a pipe that has broken
// there, takes nothing from the call.
func TestNoStderr(t *testing.T) {
	t.Parallel()
	for what, redirect := range map[string]string{"closed": "2>&-", "broken": "2>&3 3>&-"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			a := newAsterisk(t)
			a.env = []string{"GOAGI=" + testBinary(t)}
			a.path = a.file("sh", "#!/bin/sh\nexec \"$GOAGI\" \"$@\" "+redirect+"\n")
			check(t, os.Chmod(a.path, 0o755))
			broken, w := pipe(t)
			broken.Close()
			defer w.Close()
			a.fd3 = w
			p := a.run(`print("x") io.write("y\n") io.stderr:write("z\n") os.execute("echo X; echo Y >&2") agi.answer()`, "--trace")
			if p.code != 0 || p.vars["GOAGI_STATUS"] != "OK" {
				t.Errorf("exit code %d, %q", p.code, p.vars)
			}
			onlyAGI(t, p)
		})
	}
}
