package e2e

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"goagi/pbx"
)

// patience is how long a process may take to end after its session has.
const patience = 15 * time.Second

// leavesNothing fails if a process that runs the script is there, and does not
// end by itself soon.
func leavesNothing(t *testing.T, a *pbx.Asterisk, script string) {
	t.Helper()
	for _, pid := range processes(t, script) {
		if !ends(t, pid, patience) {
			t.Errorf("process %d still runs %s", pid, script)
			unix.Kill(pid, unix.SIGKILL)
		}
	}
}

// explain logs where the processes that still run a script are stuck: the
// runtime of Go writes that to stderr on this signal.
func explain(t *testing.T, a *pbx.Asterisk, script string) {
	for _, pid := range processes(t, script) {
		unix.Kill(pid, unix.SIGQUIT)
		if ends(t, pid, patience) {
			t.Logf("process %d ran %s:\n%s", pid, script, a.Stderr())
		}
	}
}

// processes lists those that have a word on their command line.
func processes(t *testing.T, word string) (pids []int) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(line, []byte(word+"\x00")) {
			continue // it may have ended
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// ends waits until a process has ended.
func ends(t *testing.T, pid int, within time.Duration) bool {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return true
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	until := time.Now().Add(within)
	for {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, int(max(0, time.Until(until)).Milliseconds()))
		if !errors.Is(err, unix.EINTR) {
			return n > 0
		}
	}
}

// kill ends processes that a script has left on purpose.
func kill(pids []int) {
	for _, pid := range pids {
		unix.Kill(pid, unix.SIGKILL)
	}
}
