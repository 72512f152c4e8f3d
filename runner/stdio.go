package runner

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// stdio is the dialog of process AGI: private copies of file descriptors 0
// and 1. Its reads block in the kernel, and Close cannot end one; the process
// that Asterisk started ends instead.
type stdio struct {
	in, out  int
	armed    func()    // waits until signals are caught
	deadline time.Time // of a Read, zero for none
	closed   atomic.Bool
}

// take takes the dialog away from fds 0 and 1, so that nothing else in
// the process can read from it or put a byte into it: fd 0 then is /dev/null,
// and fd 1 the same as stderr.
func (s *stdio) take() (err error) {
	if s.in, err = unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 10); err != nil {
		return fmt.Errorf("stdin is closed: %w", err)
	}
	if s.out, err = unix.FcntlInt(1, unix.F_DUPFD_CLOEXEC, 10); err != nil {
		return fmt.Errorf("stdout is closed: %w", err)
	}
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("opening /dev/null: %w", err)
	}
	defer unix.Close(null)
	log := 2
	if _, err := unix.FcntlInt(2, unix.F_GETFD, 0); err != nil {
		log = null
	}
	for _, move := range [...]struct{ from, to int }{{null, 0}, {log, 1}} {
		if err := unix.Dup3(move.from, move.to, 0); err != nil {
			return fmt.Errorf("moving file descriptor %d: %w", move.to, err)
		}
	}
	return nil
}

// SetReadDeadline bounds the reads that begin from now on; zero takes that
// back.
func (s *stdio) SetReadDeadline(t time.Time) error {
	s.deadline = t
	return nil
}

// Read reads from Asterisk.
func (s *stdio) Read(p []byte) (int, error) {
	for {
		if !s.deadline.IsZero() && !s.readable(time.Until(s.deadline)) {
			return 0, os.ErrDeadlineExceeded
		}
		n, err := unix.Read(s.in, p)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 0, fmt.Errorf("reading from Asterisk: %w", err)
		case n == 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

// Write writes to Asterisk, in one write where the kernel takes it whole. No
// command goes out before signals are caught: a SIGHUP would end the process.
func (s *stdio) Write(p []byte) (int, error) {
	if s.closed.Load() {
		return 0, os.ErrClosed
	}
	s.armed()
	for done := 0; ; {
		n, err := unix.Write(s.out, p[done:])
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return done, fmt.Errorf("writing to Asterisk: %w", err)
		}
		if done += n; done == len(p) {
			return done, nil
		}
	}
}

// gone reports whether Asterisk has closed its end of the dialog. Any goroutine
// may ask.
func (s *stdio) gone() bool {
	if s.closed.Load() {
		return false // it is us who closed
	}
	fds := [2]unix.PollFd{{Fd: int32(s.in)}, {Fd: int32(s.out)}}
	n, err := unix.Poll(fds[:], 0)
	return err == nil && n > 0 && (fds[0].Revents|fds[1].Revents)&(unix.POLLHUP|unix.POLLERR) != 0
}

// Waiting reports whether bytes, or the end of the dialog, can be read now.
func (s *stdio) Waiting() bool { return s.readable(0) }

// readable waits until bytes or the end can be read, at most for d. A timer of
// the runtime would do the same, and start its poller first.
func (s *stdio) readable(d time.Duration) bool {
	fds := [1]unix.PollFd{{Fd: int32(s.in), Events: unix.POLLIN}}
	until := time.Now().Add(d)
	for {
		n, err := unix.Poll(fds[:], int(max(0, time.Until(until)).Milliseconds()))
		if !errors.Is(err, unix.EINTR) {
			return err == nil && n > 0
		}
	}
}

// Close closes the way to Asterisk, which ends the session there. The other
// way stays open for a read that may still be in it.
func (s *stdio) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	return unix.Close(s.out)
}
