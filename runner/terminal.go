package runner

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// isTerminal reports whether a file descriptor is a terminal.
func isTerminal(fd int) bool {
	_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil
}

// immediateKeys has a terminal hand over each key when it is typed, and not
// show it; Ctrl-C stays what it is. restore puts the terminal back.
func immediateKeys(fd int) (restore func()) {
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return func() {}
	}
	now := *before
	now.Lflag &^= unix.ICANON | unix.ECHO
	now.Cc[unix.VMIN], now.Cc[unix.VTIME] = 1, 0
	if unix.IoctlSetTermios(fd, unix.TCSETS, &now) != nil {
		return func() {}
	}
	return func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, before) }
}

// What a terminal is told: to give the whole of itself to the program, without a
// cursor, and to take that back. It keeps what stood there before.
const (
	wholeScreen = "\x1b[?1049h\x1b[?25l\x1b[2J"
	shellAgain  = "\x1b[0m\x1b[?25h\x1b[?1049l"
)

// terminal is the terminal on fds 0 and 1. Its methods are for one goroutine at a
// time.
type terminal struct {
	plain   bool   // it is not to be taken as a whole: only keys come at once
	restore func() // nil while the terminal is the shell's
	watch   *watch
}

// take takes the terminal, for good or after leave.
func (t *terminal) take() {
	if t.restore != nil {
		return
	}
	if t.watch == nil {
		t.watch = startWatch(!t.plain)
	}
	t.watch.tell(taken)
	t.restore = immediateKeys(0)
	if !t.plain {
		t.write(wholeScreen)
	}
}

// leave gives the terminal back as it was.
func (t *terminal) leave() {
	if t.restore == nil {
		return
	}
	if !t.plain {
		t.write(shellAgain)
	}
	t.restore()
	t.restore = nil
	t.watch.tell(left)
}

// close is leave for good.
func (t *terminal) close() {
	t.leave()
	t.watch.close()
	t.watch = nil
}

// stop stops the program, as Ctrl-Z does.
func (t *terminal) stop() {
	t.leave()
	_ = unix.Kill(unix.Getpid(), unix.SIGSTOP)
}

// again takes the terminal after the program was stopped: a shell may have changed
// it.
func (t *terminal) again() {
	t.leave()
	t.take()
}

// die ends the program as the signal would have.
func (t *terminal) die(s syscall.Signal) {
	t.close()
	signal.Reset(s)
	_ = unix.Kill(unix.Getpid(), s)
}

// write writes to the terminal. What it does not take is lost: it has gone.
func (t *terminal) write(text string) { _, _ = os.Stdout.WriteString(text) }

// size gives the terminal's columns and rows.
func (t *terminal) size() (width, height int) {
	size, err := unix.IoctlGetWinsize(1, unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 || size.Row == 0 {
		return 80, 24
	}
	return int(size.Col), int(size.Row)
}
