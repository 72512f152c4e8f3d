package runner

import (
	"fmt"
	"io"
	"os"

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
	_, _ = unix.FcntlInt(3, unix.F_SETPIPE_SZ, audioPipe) // smaller is no fault
	// So that Close ends a Read.
	if err := unix.SetNonblock(3, true); err != nil {
		return nil, fmt.Errorf("fd 3, the caller's audio: %w", err)
	}
	return os.NewFile(3, "the caller's audio"), nil
}
