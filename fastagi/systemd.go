package fastagi

import (
	"fmt"
	"net"
	"os"
	"strconv"
)

// firstFD is where systemd puts the first of its sockets (sd_listen_fds(3)).
const firstFD = 3

// maxFDs is more than anybody has.
const maxFDs = 1024

// FromSystemd gives the sockets that systemd has opened for this process, as a
// goagi.socket unit asks for; none where it was started in another way. They are
// kept from child processes, and so is what the environment says of them: the
// variables are removed. It is called once, before the process opens many files.
func FromSystemd() ([]net.Listener, error) {
	pid, number := os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS")
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		if err := os.Unsetenv(name); err != nil {
			return nil, err
		}
	}
	if number == "" || pid != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n > maxFDs {
		return nil, fmt.Errorf("systemd's LISTEN_FDS is %q", number)
	}
	return fromFDs(firstFD, n)
}

// fromFDs makes listeners of n file descriptors, and closes those.
func fromFDs(first, n int) ([]net.Listener, error) {
	var all []net.Listener
	var failed error
	for fd := first; fd < first+n; fd++ {
		file := os.NewFile(uintptr(fd), "LISTEN_FD_"+strconv.Itoa(fd))
		l, err := net.FileListener(file) // with a copy that no child process gets
		_ = file.Close()
		if err != nil {
			failed = fmt.Errorf("file descriptor %d of systemd is no listening socket for streams: %w", fd, err)
			continue
		}
		if unix, ok := l.(*net.UnixListener); ok {
			unix.SetUnlinkOnClose(false) // the file is systemd's
		}
		all = append(all, l)
	}
	if failed != nil {
		closeAll(all)
		return nil, failed
	}
	return all, nil
}

// Notify tells systemd how the service is: "READY=1" once calls are accepted,
// "STOPPING=1" when it begins to drain. It does nothing where nobody wants to
// know, and does not block.
func Notify(state string) error {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("tell systemd %s: %w", state, err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(state)); err != nil {
		return fmt.Errorf("tell systemd %s: %w", state, err)
	}
	return nil
}
