package runner_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal opens a new terminal: what the person at it holds, and what the
// program does.
func terminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("this machine has no terminals to give: %v", err)
	}
	t.Cleanup(func() { person.Close() })
	check(t, unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	check(t, err)
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	check(t, err)
	return person, program
}

// At a terminal nobody speaks AGI: the program says what was meant, at once.
func TestStdinIsATerminal(t *testing.T) {
	t.Parallel()
	a := &asterisk{t: t}
	_, tty := terminal(t)
	far, near := pipe(t)
	out, stdout := pipe(t)
	far.Close()
	p := a.startOn(tty, stdout, near, out, "hello.lua")
	if code := p.exit(); code != 2 {
		t.Errorf("exit code %d", code)
	}
	contains(t, "stderr", p.stderr.String(), "goagi: error: stdin is a terminal, and no Asterisk\n", "goagi: hint: goagi try hello.lua ")
}

// Keys typed at a terminal are pressed at once, without a newline, and the
// terminal is afterwards what it was before.
func TestTryAtATerminal(t *testing.T) {
	t.Parallel()
	a := &asterisk{t: t}
	person, tty := terminal(t)
	before, err := unix.IoctlGetTermios(int(person.Fd()), unix.TCGETS)
	check(t, err)
	hold, err := os.OpenFile(tty.Name(), os.O_RDWR|unix.O_NOCTTY, 0) // keeps it after the program's end
	check(t, err)
	defer hold.Close()
	far, near := pipe(t)
	far.Close()
	out, stdout := pipe(t)
	p := a.startOn(tty, stdout, near, out, "try", own(t, `agi.answer() agi.stream_file("a")
		agi.var.KEY = agi.wait_for_digit(20000) agi.wait_for_digit(20000)`))
	lines := bufio.NewReader(p.out)
	said := ""
	for !strings.Contains(said, "hears     a") {
		line, err := lines.ReadString('\n')
		check(t, err)
		said += line
	}
	contains(t, "stdout", said, "type keys 0-9 * # to press them, h to hang up\n")
	io.WriteString(person, "wwwx5")
	for !strings.Contains(said, "presses   5") {
		line, err := lines.ReadString('\n')
		check(t, err)
		said += line
	}
	io.WriteString(person, "h")
	rest, err := io.ReadAll(lines)
	check(t, err)
	if code := p.exit(); code != 0 || p.stderr.Len() > 0 {
		t.Errorf("exit code %d, %s", code, p.stderr.String())
	}
	contains(t, "stdout", string(rest), "hung up\n", "KEY = 5\n")
	after, err := unix.IoctlGetTermios(int(person.Fd()), unix.TCGETS)
	check(t, err)
	if *after != *before {
		t.Errorf("the terminal is %+v, was %+v", after, before)
	}
}
