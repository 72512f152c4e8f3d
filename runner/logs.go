package runner

import (
	"io"
	"log/slog"

	"golang.org/x/sys/unix"
)

// openLog makes the logger that the settings ask for. It writes one line a
// record, values escaped, to stderr or at the end of a file. Where that cannot be
// opened, the error comes with a logger to stderr.
func openLog(set *settings) (*slog.Logger, error) {
	var w io.Writer = stderr
	var wrong error
	if set.logFile != "" {
		file, err := openAppend(set.logFile)
		if err == nil {
			w = file
		} else {
			wrong = &usageError{"--log-file: " + err.Error(), whereToWrite}
		}
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: set.logLevel})), wrong
}

// openServerLog makes the logger of a server: a line of JSON for each record.
func openServerLog(set *settings) (*slog.Logger, error) {
	w := stderr
	if set.logFile != "" {
		file, err := openAppend(set.logFile)
		if err != nil {
			return nil, &usageError{"--log-file: " + err.Error(), "the server's user must be able to write there"}
		}
		w = file
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: set.logLevel})), nil
}

const whereToWrite = "Asterisk's user must be able to write there"

// stderr writes to fd 2 without package os, whose write to a broken pipe would
// end the process. What cannot be written is lost.
var stderr io.Writer = rawStderr{}

type rawStderr struct{}

func (rawStderr) Write(p []byte) (int, error) {
	_, _ = unix.Write(2, p)
	return len(p), nil
}
