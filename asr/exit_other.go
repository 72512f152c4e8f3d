//go:build !linux

package asr

import (
	"os"

	"golang.org/x/sys/unix"
)

// awaitExit blocks until a child process has ended, and leaves it a zombie.
func awaitExit(pid int) error {
	queue, err := unix.Kqueue()
	if err != nil {
		return os.NewSyscallError("kqueue", err)
	}
	defer unix.Close(queue)
	changes := make([]unix.Kevent_t, 1)
	unix.SetKevent(&changes[0], pid, unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT)
	changes[0].Fflags = unix.NOTE_EXIT
	for events := make([]unix.Kevent_t, 1); ; {
		_, err := unix.Kevent(queue, changes, events, nil)
		switch err {
		case unix.EINTR: // adding it again changes nothing
		case unix.ESRCH: // it has ended already
			return nil
		default:
			return os.NewSyscallError("kevent", err)
		}
	}
}
