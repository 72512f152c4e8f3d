package eagi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// errStopped ends a recording that is to stop.
var errStopped = errors.New("the recording was stopped")

// Recording is the caller's audio on its way into a file, while the call goes
// on. All methods may be called from any goroutine.
type Recording struct {
	path string
	file *os.File // under another name until it is whole
	kind fileKind

	reader *Reader
	stop   context.CancelCauseFunc
	done   chan struct{} // closed when the file is whole, or given up
	length time.Duration
	err    error
}

// Record begins to write the caller's audio into a file, as the extension of
// path says; see [Utterance.Save]. It goes on, on a goroutine of its own, until
// Stop, for max where that is not zero, or to the end of the audio. The file
// appears whole when the recording has ended. earlier is so much from before now
// that is part of it. Stop must be called.
func (a *Audio) Record(path string, max, earlier time.Duration) (*Recording, error) {
	kind, err := kindOf(path)
	if err != nil {
		return nil, fmt.Errorf("record %s: %w", path, err)
	}
	r := &Recording{path: path, kind: kind, done: make(chan struct{})}
	if r.reader, err = a.NewReader(earlier); err != nil {
		return nil, fmt.Errorf("record %s: %w", path, err)
	}
	if r.file, err = os.CreateTemp(filepath.Dir(path), ".goagi-*"); err != nil {
		r.reader.Close()
		return nil, fmt.Errorf("record %s: %w", path, withoutPath(err))
	}
	var ctx context.Context
	ctx, r.stop = context.WithCancelCause(context.Background())
	go func() {
		defer close(r.done)
		defer r.reader.Close()
		if err := r.run(ctx, max); err != nil {
			os.Remove(r.file.Name())
			r.err = fmt.Errorf("record %s: %w", path, withoutPath(err))
		}
	}()
	return r, nil
}

// Stop ends the recording, waits until its file is whole, and gives its length.
// A further Stop gives the same again.
func (r *Recording) Stop() (time.Duration, error) {
	r.stop(errStopped)
	<-r.done
	return r.length, r.err
}

// run writes the file.
func (r *Recording) run(ctx context.Context, max time.Duration) error {
	defer r.file.Close()
	from, to := r.reader.Rate(), r.kind.rate
	if to == 0 {
		to = from
	}
	resampler := NewResampler(from, to)
	out := bufio.NewWriterSize(r.file, 32<<10)
	if r.kind.wav {
		if _, err := out.Write(AppendWAVHeader(nil, 0, to)); err != nil {
			return err
		}
	}
	frame := make([]int16, from/50)
	most := -1
	if max > 0 {
		most = int(max.Seconds() * float64(to))
	}
	written, samples, data := 0, []int16(nil), []byte(nil)
	for over := false; !over; {
		n, err := r.reader.Read(ctx, frame)
		samples = resampler.Append(samples[:0], frame[:n])
		if err != nil {
			over = true // stopped, or the audio's end
			samples = resampler.Flush(resampler.Append(samples, r.reader.Rest()))
		}
		if most >= 0 && written+len(samples) >= most {
			over = true
			samples = samples[:most-written]
		}
		data = Format{coding: r.kind.coding}.AppendBytes(data[:0], samples)
		if _, err := out.Write(data); err != nil {
			return err
		}
		written += len(samples)
	}
	r.length = lasting(int64(written), to)
	return r.finish(out, written, to)
}

// finish makes the file whole and gives it its name.
func (r *Recording) finish(out *bufio.Writer, samples, rate int) error {
	if err := out.Flush(); err != nil {
		return err
	}
	if r.kind.wav {
		if _, err := r.file.WriteAt(AppendWAVHeader(nil, samples, rate), 0); err != nil {
			return err
		}
	}
	if err := r.file.Chmod(0o644); err != nil {
		return err
	}
	if err := r.file.Close(); err != nil {
		return err
	}
	return os.Rename(r.file.Name(), r.path)
}
