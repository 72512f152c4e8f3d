package doctor

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What another has put into the agi-bin must not take root's memory.
func TestTooMuchOutput(t *testing.T) {
	out, err := run(t.Context(), usualPath, nil, "/bin/sh", []string{"-c", "exec yes"})
	if !errors.Is(err, errTooMuch) || len(out) > mostOutput || len(out) == 0 {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

// A program that does not end is ended with all that it has started.
func TestGroupEnds(t *testing.T) {
	told := t.TempDir() + "/pid"
	if err := unix.Mkfifo(told, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	child := make(chan string, 1)
	go func() {
		text, _ := os.ReadFile(told) // when the child is there
		child <- strings.TrimSpace(string(text))
		cancel(errors.New("it was long enough"))
	}()
	_, err := run(ctx, usualPath, nil, "/bin/sh", []string{"-c", "sleep 1000 & echo $! > " + told + "; wait"})
	if err == nil || err.Error() != "it was long enough" {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(<-child)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return
	} else if err != nil {
		t.Skip("what became of a process cannot be asked: " + err.Error())
	}
	defer unix.Close(fd)
	n := 0
	for err = unix.EINTR; err == unix.EINTR; {
		n, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 10_000)
	}
	if n != 1 {
		t.Errorf("it lives on: %v", err)
		_ = unix.Kill(pid, unix.SIGKILL)
	}
}

// A finding is a line that can be read.
func TestLongText(t *testing.T) {
	x := &exam{}
	x.ok(strings.Repeat("ä", 100_000))
	if n := len(x.found[0].Text); n > 1100 {
		t.Errorf("%d bytes", n)
	}
}
