package runner

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// audioPipe is as many bytes as the pipe of the caller's audio is made to hold,
// where the kernel allows it: Asterisk drops what does not fit. It is what a
// user may have by default (/proc/sys/fs/pipe-max-size).
const audioPipe = 1 << 20

// openAudio opens the caller's audio, which Asterisk gives to EAGI programs as
// fd 3. It is called where the environment says that there is some: elsewhere fd
// 3 is the runtime's own. No program that the script starts gets it.
func openAudio() (io.ReadCloser, error) {
	if _, err := unix.FcntlInt(3, unix.F_GETFD, 0); err != nil {
		return nil, fmt.Errorf("fd 3, the caller's audio: %w", err)
	}
	unix.CloseOnExec(3)
	// The goroutines of a call that listens take turns: to wake another processor
	// for each costs more than it brings.
	runtime.GOMAXPROCS(1)
	_, _ = unix.FcntlInt(3, unix.F_SETPIPE_SZ, audioPipe) // smaller is no fault
	if err := unix.SetNonblock(3, true); err != nil {
		return nil, fmt.Errorf("fd 3, the caller's audio: %w", err)
	}
	return &frames{fd: 3}, nil
}

// frames is the pipe of the caller's audio. It is looked at from time to time,
// and kept from the runtime's poller, which would be woken by each frame.
type frames struct {
	mu     sync.Mutex // never held across a wait
	fd     int
	closed bool // and fd is perhaps another's
}

// Read gives what is there, 0 where nothing is.
func (f *frames) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for !f.closed {
		switch n, err := unix.Read(f.fd, p); {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			return 0, nil
		case err != nil:
			return 0, fmt.Errorf("reading the caller's audio: %w", err)
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
	return 0, io.EOF
}

// Close closes the pipe. A second Close does nothing.
func (f *frames) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	return unix.Close(f.fd)
}
