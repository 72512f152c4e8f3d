package runner_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// onlyAGI says what else than AGI commands went over fd 1.
func onlyAGI(t *testing.T, p *placed) {
	t.Helper()
	for line := range strings.Lines(p.said) {
		if !agiLine.MatchString(line) {
			t.Errorf("fd 1 got %q", line)
		}
	}
	for line := range strings.Lines(p.replied) {
		if strings.HasPrefix(line, "510") || strings.HasPrefix(line, "520") {
			t.Errorf("Asterisk answered %q to:\n%s", line, p.said)
		}
	}
}

// agiLine is a whole command: its name bare, what follows in quotes.
var agiLine = regexp.MustCompile(`^[A-Z]+( [A-Z]+)*( "([^"\\\n]|\\.)*")*\n$`)

// Whatever a script prints, by whatever way, fd 1 of the process holds AGI and
// nothing else.
func TestStdoutIsAsterisks(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what, source string
		console      string // what is seen on Asterisk's console, "" for nothing
	}{
		{"print", `print("X", 1, nil, {} ~= nil)`, "verbose X\t1\tnil\ttrue"},
		{"print of lines", `print("A\nB\r\nC")`, "verbose A|verbose B|verbose C"},
		{"print of a command", `print("HANGUP\nfailure")`, "verbose HANGUP|verbose failure"},
		{"print of any bytes", `print("a\0b\27[2J\255\"\\")`, "verbose a b [2J\xff\"\\"},
		{"print of much", `print(("x"):rep(1e6))`, "verbose xxx"},
		{"io.write", `io.write("X", 2, "\n")`, "verbose X2"},
		{"io.write without a newline", `io.write("X") io.write("Y")`, "verbose XY"},
		{"io.stdout", `io.stdout:write("X\n") io.stdout:flush() io.stdout:setvbuf("no")`, "verbose X"},
		{"io.output", `io.output():write("X\n")`, "verbose X"},
		{"io.stdout closed", `io.stdout:close() io.write("X\n")`, "verbose X"},
		{"io.stdin", `assert(io.read() == nil and io.read("*a") ~= "x" and io.stdin:read() == nil) for l in io.lines() do error(l) end`, ""},
		{"io.stderr", `io.stderr:write("X\n")`, ""},
		{"os.execute", `assert(os.execute("echo X; cat; echo Y >&2") == 0)`, ""},
		{"io.popen", `assert(io.popen("echo X"):read() == "X")`, ""},
		{"io.popen that reads", `assert(io.popen("cat; echo X"):read("*a") == "X\n")`, ""},
		{"io.popen for writing", `local p = io.popen("cat; echo X", "w") p:write("Y\n") p:close()`, ""},
		{"a file on stdout", `local f = io.open("/dev/stdout", "w") if f then f:write("X\n") f:close() end`, ""},
		{"dofile of stdin", `pcall(dofile) pcall(loadfile)`, ""},
		{"agi.log", `agi.log("info", "X") agi.log("debug", "Y") agi.log("error", "HANGUP\nHANGUP")`, "log X|"},
		{"debug", `print(debug.traceback("X")) pcall(debug.getinfo, 1)`, "verbose X|"},
		{"_printregs", `if _printregs then _printregs() end`, ""},
		{"an error", `error("X\nHANGUP")`, "log goagi: "},
		{"an error in a coroutine", `coroutine.wrap(function() error("X") end)()`, "log goagi: "},
		{"an error in a resumed coroutine", `print(coroutine.resume(coroutine.create(function() error("X") end)))`, "verbose false\t"},
		{"a warning of the compiler", `goto done do local x end ::done:: print("X")`, "verbose X"},
		{"os.exit with text waiting", `io.write("X") os.exit(0)`, "verbose X"},
		{"a variable of any bytes", `agi.var.X = 'a"b\\c\255\9d' assert(agi.var.X == 'a"b\\c\255\9d')`, ""},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			a := newAsterisk(t)
			p := a.run(row.source)
			onlyAGI(t, p)
			contains(t, "what Asterisk saw", p.heard, row.console)
			if row.console == "" && p.heard != "" {
				t.Errorf("Asterisk saw %q", p.heard)
			}
			if !strings.HasPrefix(row.what, "an error") && p.code != 0 || p.vars["GOAGI_STATUS"] == "" {
				t.Errorf("exit code %d, %q; %s", p.code, p.vars, p.stderr)
			}
		})
	}
}

// What a script starts gets /dev/null to read from, and neither the dialog nor
// the audio.
func TestProgramsGetNoDialog(t *testing.T) {
	t.Parallel()
	for what, way := range map[string]string{
		"execute": `os.execute(CMD)`, "popen": `io.popen(CMD):read("*a")`, "popen for writing": `io.popen(CMD, "w"):close()`,
	} {
		for _, eagi := range []bool{false, true} {
			if eagi {
				what += " in EAGI"
			}
			t.Run(what, func(t *testing.T) {
				t.Parallel()
				a := newAsterisk(t)
				if eagi {
					audio, frames := pipe(t)
					defer audio.Close()
					defer frames.Close()
					a.fd3, a.call.Enhanced = audio, true
				}
				list := filepath.Join(t.TempDir(), "fds")
				p := a.run(`CMD = "ls -l /proc/$$/fd > '` + list + `'; true" ` + way)
				got, err := os.ReadFile(list)
				if err != nil || p.code != 0 {
					t.Fatalf("%v, exit code %d, %s", err, p.code, p.stderr)
				}
				for line := range strings.Lines(string(got)) {
					link, file, ok := strings.Cut(strings.TrimSpace(line), " -> ")
					fd := link[strings.LastIndexByte(link, ' ')+1:]
					switch {
					case !ok:
					case fd == "0" && file != "/dev/null" && !strings.Contains(way, `"w"`):
						t.Errorf("stdin is %s", file)
					case fd == "3", strings.Contains(p.pipes, file):
						t.Errorf("fd %s is %s", fd, file)
					}
				}
				if !strings.Contains(string(got), "0 -> ") {
					t.Errorf("the list is %q", got)
				}
			})
		}
	}
}

// A program that the script starts finds signals as they usually are.
func TestProgramsGetUsualSignals(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	out := filepath.Join(t.TempDir(), "status")
	p := a.run(`os.execute("grep -E '^Sig(Ign|Blk)' /proc/self/status > '` + out + `'")`)
	got, err := os.ReadFile(out)
	if err != nil || p.code != 0 {
		t.Fatalf("%v, exit code %d, %s", err, p.code, p.stderr)
	}
	for line := range strings.Lines(string(got)) {
		if name, mask, _ := strings.Cut(strings.TrimSpace(line), ":"); strings.Trim(mask, "\t0") != "" {
			t.Errorf("%s is %s", name, mask)
		}
	}
}
