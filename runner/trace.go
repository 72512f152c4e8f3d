package runner

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"goagi/spec"
)

// trace writes the wire down, a line of it at a time, with the process's id,
// since calls may share a file:
//
//	2026-11-23 12:34:56.789012 4711 > ANSWER
//	2026-11-23 12:34:56.791877 4711 < 200 result=0
type trace struct {
	mu sync.Mutex
	to io.Writer
}

// traced puts a trace between the dialog and the program where the settings
// ask for one. Where its file cannot be opened, the error comes with the dialog
// as it is.
func traced(set *settings, in io.Reader, out io.Writer) (io.Reader, io.Writer, error) {
	if set.trace == "" {
		return in, out, nil
	}
	t := &trace{to: stderr}
	if set.trace != "stderr" {
		file, err := openAppend(set.trace)
		if err != nil {
			return in, out, &usageError{"--trace: " + err.Error(), whereToWrite}
		}
		t.to = file
	}
	return &tracedReader{Reader: in, lines: tracedLines{trace: t, mark: '<'}},
		&tracedWriter{Writer: out, lines: tracedLines{trace: t, mark: '>'}}, nil
}

func openAppend(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
}

// tracedLines gathers one direction's bytes into lines.
type tracedLines struct {
	*trace
	mark byte
	rest []byte
}

// maxTraced is as much of one line as is written down.
const maxTraced = 10000

func (l *tracedLines) add(p []byte) {
	l.rest = append(l.rest, p...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 {
			if len(l.rest) <= maxTraced {
				return
			}
			i = maxTraced
			l.rest = append(l.rest[:i], append([]byte("\n"), l.rest[i:]...)...)
		}
		l.line(l.rest[:i])
		l.rest = l.rest[i+1:]
	}
}

func (l *tracedLines) line(text []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.to, "%s %d %c %s\n", time.Now().Format("2006-01-02 15:04:05.000000"), os.Getpid(), l.mark, visible(text))
}

// visible gives text with what is not printable escaped: it comes from
// callers, and goes to a terminal.
func visible(text []byte) []byte { return spec.Visible(text) }

type tracedReader struct {
	io.Reader
	lines tracedLines
}

func (r *tracedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.lines.add(p[:n])
	if err != nil && len(r.lines.rest) > 0 {
		r.lines.add([]byte("\n")) // a line that was cut off is the one to look at
	}
	return n, err
}

// Waiting passes on what the dialog knows.
func (r *tracedReader) Waiting() bool {
	w, ok := r.Reader.(interface{ Waiting() bool })
	return ok && w.Waiting()
}

// SetReadDeadline passes on what the dialog can.
func (r *tracedReader) SetReadDeadline(t time.Time) error {
	if d, ok := r.Reader.(interface{ SetReadDeadline(time.Time) error }); ok {
		return d.SetReadDeadline(t)
	}
	return nil
}

type tracedWriter struct {
	io.Writer
	lines tracedLines
}

func (w *tracedWriter) Write(p []byte) (int, error) {
	w.lines.add(p)
	return w.Writer.Write(p)
}
