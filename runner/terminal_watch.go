package runner

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"syscall"

	"golang.org/x/sys/unix"
)

// A watch is a second process that waits for this one's end and mends the
// terminal where this one could not: after a kill -9, a panic in any goroutine,
// a fault of the runtime. It is told of a crash what the runtime says, and shows
// it once there is a screen to show it on.
//
//	goagi try ── pipe: terminal's state, what a crash says, goodbye ──▶ goagi try --watch-terminal
type watch struct {
	pipe *os.File
	cmd  *exec.Cmd
}

const (
	watchWord = "--watch-terminal" // what the second process is started as
	// What it is told: the terminal is the program's, the shell's, or needs no
	// watching any more.
	taken   = "\x00taken"
	left    = "\x00left"
	goodbye = "\x00goodbye"
)

// startWatch starts the second process, nil where it cannot: try goes on without.
// whole says that the program takes the whole screen.
func startWatch(whole bool) *watch {
	state, err := unix.IoctlGetTermios(0, unix.TCGETS)
	if err != nil {
		return nil
	}
	program, err := os.Executable()
	if err != nil {
		return nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil
	}
	defer r.Close()
	cmd := exec.Command(program, "try", watchWord)
	if whole {
		cmd.Stdout = os.Stdout
	}
	cmd.Stdin, cmd.Stderr = r, os.Stderr
	cmd.ExtraFiles = []*os.File{os.Stdin}                // the terminal, as fd 3
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // out of reach of Ctrl-C and Ctrl-Z
	if cmd.Start() != nil {
		w.Close()
		return nil
	}
	_ = binary.Write(w, binary.NativeEndian, state)
	_ = debug.SetCrashOutput(w, debug.CrashOptions{})
	return &watch{w, cmd}
}

// tell says whose the terminal is. The watch may be nil.
func (w *watch) tell(what string) {
	if w != nil {
		_, _ = w.pipe.WriteString(what)
	}
}

// close lets the second process go, and waits for its end. It may be nil.
func (w *watch) close() {
	if w == nil {
		return
	}
	_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
	w.tell(goodbye)
	w.pipe.Close()
	_ = w.cmd.Wait()
}

// watchTerminal is the second process.
func watchTerminal() int {
	said, _ := io.ReadAll(os.Stdin)
	state := new(unix.Termios)
	n, err := binary.Decode(said, binary.NativeEndian, state)
	if err != nil || bytes.HasSuffix(said, []byte(goodbye)) {
		return exitDone
	}
	crash := said[n:]
	mend := true
	for {
		if rest, ok := bytes.CutPrefix(crash, []byte(taken)); ok {
			crash, mend = rest, true
		} else if rest, ok := bytes.CutPrefix(crash, []byte(left)); ok {
			crash, mend = rest, false
		} else {
			break
		}
	}
	if mend {
		if isTerminal(1) {
			_, _ = os.Stdout.WriteString(shellAgain)
		}
		_ = unix.IoctlSetTermios(3, unix.TCSETS, state)
	}
	if isTerminal(2) { // else the runtime's own words have gone where they are kept
		_, _ = os.Stderr.Write(crash)
	}
	return exitFailed
}
