package runner

import (
	"fmt"
	"io"
	"log/slog"
	"os"
)

// openLog makes the logger that the settings ask for. It writes one line a
// record, values escaped, to stderr or at the end of a file.
func openLog(set *settings) (*slog.Logger, error) {
	var w io.Writer = os.Stderr
	if set.logFile != "" {
		file, err := openAppend(set.logFile)
		if err != nil {
			return nil, fmt.Errorf("--log-file: %w", err)
		}
		w = file
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: set.logLevel})), nil
}
