package runner_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
)

// block is an environment block up to its empty line.
const block = "agi_request: goagi\nagi_channel: Local/1@x-1;1\nagi_language: en\nagi_type: Local\n" +
	"agi_uniqueid: 1.1\nagi_version: 22.10.1~dfsg\nagi_callerid: 5551234\nagi_calleridname: Ann\n" +
	"agi_callingpres: 0\nagi_callingani2: 0\nagi_callington: 0\nagi_callingtns: 0\nagi_dnid: unknown\n" +
	"agi_rdnis: unknown\nagi_context: ivr\nagi_extension: 100\nagi_priority: 2\nagi_enhanced: 0.0\n" +
	"agi_accountcode: \nagi_threadid: 1407\nagi_arg_1: t.lua\n\n"

// What is no environment block ends the program with a line that says what
// came and what to do.
func TestBadEnvironment(t *testing.T) {
	t.Parallel()
	garbage := make([]byte, 1<<20)
	noise := rand.New(rand.NewPCG(1, 2))
	for i := range garbage {
		garbage[i] = byte(noise.Uint32())
	}
	for _, row := range []struct {
		what, sent string
		stay       bool // Asterisk's end stays open
		wanted     string
	}{
		{"nothing", "", false, "no AGI environment came"},
		{"cut in a line", "agi_request: goagi\nagi_chan", false, `ended before its empty line, after "agi_chan"`},
		{"cut between lines", block[:len(block)-1], false, "ended before its empty line"},
		{"cut after a byte", "a", false, `ended before its empty line, after "a"`},
		{"binary garbage", string(garbage), false, "the AGI environment"},
		{"binary garbage from one who stays", string(garbage), true, "the AGI environment"},
		{"zeros", string(make([]byte, 1<<20)), true, `it begins "\x00\x00`},
		{"without an end", strings.Repeat("agi_x: y\n", 5000), true, "no empty line within 1000 lines"},
		{"one line without an end", "agi_x: " + strings.Repeat("y", 1<<20), true, "lines of at most 65536 bytes"},
		{"only empty lines", "\n\n\n", true, "no line begins with agi_"},
		{"something else", "GET / HTTP/1.1\nHost: x\n\n", true, "no line begins with agi_"},
		{"lines of CRLF", strings.ReplaceAll(block, "\n", "\r\n"), false, "ended before its empty line"},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			a := newAsterisk(t)
			a.file("scripts/t.lua", `agi.answer()`)
			p := a.start("t.lua")
			if n, err := io.WriteString(p.in, row.sent); err != nil && !errors.Is(err, syscall.EPIPE) {
				t.Errorf("after %d bytes: %v", n, err)
			}
			if !row.stay {
				p.in.Close()
			}
			said, _ := io.ReadAll(p.out)
			code, stderr := p.exit(), p.stderr.String()
			if code != 2 || len(said) > 0 {
				t.Errorf("exit code %d, fd 1 got %q", code, said)
			}
			contains(t, "stderr", stderr, "goagi: error: ", row.wanted, "goagi: hint: ", "goagi try")
			if strings.Count(stderr, "\n") != 2 || len(stderr) > 1000 || strings.ContainsFunc(stderr, func(r rune) bool { return r < ' ' && r != '\n' }) {
				t.Errorf("stderr: %q", stderr)
			}
		})
	}
}

// One who says nothing is not waited for.
func TestSilentPeer(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	var programs []*program
	for _, sent := range []string{"", "agi_request: goagi\n", "agi_req"} {
		p := a.start("t.lua")
		io.WriteString(p.in, sent)
		programs = append(programs, p)
	}
	for _, p := range programs {
		if code := p.exit(); code != 2 {
			t.Errorf("exit code %d", code)
		}
		contains(t, "stderr", p.stderr.String(), "goagi: error: no AGI environment came within 5s", "goagi: hint: ", "goagi try")
	}
}

// peer holds a dialog by hand: it reads one command at a time.
type peer struct {
	*program
	commands *bufio.Reader
}

// dialled starts a script of this text and sends it the environment.
func dialled(t *testing.T, source string, words ...string) *peer {
	t.Helper()
	a := newAsterisk(t)
	a.file("scripts/t.lua", source)
	words = append(words, "t.lua")
	p := a.start(words...)
	env := strings.TrimSuffix(block, "agi_arg_1: t.lua\n\n")
	for i, word := range words {
		env += fmt.Sprintf("agi_arg_%d: %s\n", i+1, word)
	}
	io.WriteString(p.in, env+"\n")
	return &peer{p, bufio.NewReader(p.out)}
}

// expect reads a command that begins so.
func (p *peer) expect(begin string) {
	p.t.Helper()
	line, err := p.commands.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, begin) {
		p.t.Fatalf("got %q, %v, want %s", line, err, begin)
	}
}

// all answers the commands that are left with a line, and gives them.
func (p *peer) all(reply string) (said string) {
	for {
		line, err := p.commands.ReadString('\n')
		said += line
		if err != nil {
			return said
		}
		io.WriteString(p.in, reply)
	}
}

// The end of the dialog is a hangup, wherever it comes.
func TestEndOfTheDialog(t *testing.T) {
	t.Parallel()
	const script = `agi.on_hangup(function() os.execute("echo cleaned up >&2") end) agi.answer() agi.sleep(60) agi.answer()`
	for what, end := range map[string]func(*peer){
		"stdout is closed before the first command": func(p *peer) { p.out.Close() },
		"both are closed before the first command":  func(p *peer) { p.close() },
		"stdin is closed before a reply":            func(p *peer) { p.expect("ANSWER"); p.in.Close() },
		"stdin is closed in the middle of a reply":  func(p *peer) { p.expect("ANSWER"); io.WriteString(p.in, "200 resu"); p.in.Close() },
		"stdin is closed in a usage text": func(p *peer) {
			p.expect("ANSWER")
			io.WriteString(p.in, "520-Invalid\nUsage")
			p.in.Close()
		},
		"stdin is closed in a sleep":  func(p *peer) { p.expect("ANSWER"); io.WriteString(p.in, "200 result=0\n"); p.in.Close() },
		"both are closed in a sleep":  func(p *peer) { p.expect("ANSWER"); io.WriteString(p.in, "200 result=0\n"); p.close() },
		"both are closed for a reply": func(p *peer) { p.expect("ANSWER"); p.close() },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			p := dialled(t, script, "--grace=20", "--log-level=error")
			end(p)
			if code := p.exit(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if said := p.stderr.String(); said != "cleaned up\n" {
				t.Errorf("stderr: %q", said)
			}
		})
	}
}

// Replies that are none end the script with a clear error.
func TestBadReplies(t *testing.T) {
	t.Parallel()
	for what, row := range map[string]struct{ reply, wanted string }{
		"2 MB without a newline":            {strings.Repeat("x", 2<<20), "a reply over 1048576 bytes"},
		"2 MB of a value without a newline": {"200 result=1 (" + strings.Repeat("x", 2<<20), "a reply over 1048576 bytes"},
		"2 MB of lines":                     {"200 result=1 (" + strings.Repeat("x\n", 1<<20), "a reply over 1048576 bytes"},
		"a usage text of 2 MB":              {"520-Invalid\n" + strings.Repeat("x\n", 1<<20), "a reply over 1048576 bytes"},
		"no result":                         {"200 fine\n", `Asterisk sent "200 fine"`},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			p := dialled(t, "agi.answer()\nagi.get_variable('X')")
			p.expect("ANSWER")
			io.WriteString(p.in, "200 result=0\n")
			p.expect("GET VARIABLE")
			go io.WriteString(p.in, row.reply) // ends when it is read, or the pipe breaks
			p.all("")
			if code := p.exit(); code != 1 && code != 2 {
				t.Errorf("exit code %d", code)
			}
			stderr := p.stderr.String()
			contains(t, "stderr", stderr, "goagi: error: ", "t.lua:2: GET VARIABLE: not the AGI protocol: ", row.wanted)
			if len(stderr) > 2000 {
				t.Errorf("stderr has %d bytes", len(stderr))
			}
		})
	}
}

// Lines that nobody asked for are dropped.
func TestNoise(t *testing.T) {
	t.Parallel()
	p := dialled(t, `agi.answer() assert(agi.get_variable("X") == "y")`)
	p.expect("ANSWER")
	io.WriteString(p.in, strings.Repeat("noise\xff\x00\n", 1000)+"\n\n100 Trying\n200 result=0\n")
	p.expect("GET VARIABLE")
	io.WriteString(p.in, "200 result=1 (y)\n")
	p.expect("SET VARIABLE \"GOAGI_STATUS\" \"OK\"")
	io.WriteString(p.in, "200 result=1\n")
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d: %s", code, p.stderr.String())
	}
}

// Replies that lie there before their commands are no dialog: they could be what a
// caller's name forges.
func TestRepliesBeforeCommands(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	a.file("scripts/t.lua", "agi.answer()")
	in, err := os.Open(a.file("in", block+"200 result=0\n200 result=1\n"))
	check(t, err)
	out, err := os.Create(a.file("out", ""))
	check(t, err)
	far, near := pipe(t)
	p := a.startOn(in, out, near, far, "t.lua")
	code := p.exit()
	said, _ := os.ReadFile(a.bin + "/out")
	if code != 2 || len(said) > 0 {
		t.Errorf("exit code %d, said %q; %s", code, said, p.stderr.String())
	}
	contains(t, "stderr", p.stderr.String(), "before any command", "goagi try")
}

// Without stdin or stdout at all there is nothing to do, and nothing breaks.
func TestNoFiles(t *testing.T) {
	t.Parallel()
	a := newAsterisk(t)
	a.path = "/bin/sh"
	for _, closed := range []string{"<&-", ">&-", "<&- >&-", "<&- >&- 2>&-"} {
		stdin, in := pipe(t)
		out, stdout := pipe(t)
		p := a.startOn(stdin, stdout, in, out, "-c", testBinary(t)+" t.lua "+closed)
		p.in.Close()
		if code := p.exit(); code == 0 || p.stderr.Len() == 0 && !strings.Contains(closed, "2>&-") {
			t.Errorf("%s: exit code %d, stderr %q", closed, code, p.stderr.String())
		}
	}
}

// A script that is busy when Asterisk goes away, without a signal and without a
// command to tell it, ends all the same.
func TestBusyScriptLosesItsDialog(t *testing.T) {
	t.Parallel()
	for what, lose := range map[string]func(*peer){
		"stdin":  func(p *peer) { p.in.Close() },
		"stdout": func(p *peer) { p.out.Close() },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			p := dialled(t, `agi.answer() while true do end`, "--grace=0.2")
			p.expect("ANSWER")
			io.WriteString(p.in, "200 result=0\n")
			lose(p)
			if code := p.exit(); code != 0 {
				t.Errorf("exit code %d: %s", code, p.stderr.String())
			}
		})
	}
}
