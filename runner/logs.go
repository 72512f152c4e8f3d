package runner

import (
	"io"
	"log/slog"
	"os"
)

// openLog makes the logger that the settings ask for. It writes one line a
// record, values escaped, to stderr or at the end of a file. Where that cannot be
// opened, the error comes with a logger to stderr.
func openLog(set *settings) (*slog.Logger, error) {
	var w io.Writer = os.Stderr
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

const whereToWrite = "Asterisk's user must be able to write there"
