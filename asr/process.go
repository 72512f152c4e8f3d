package asr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	maxOutput = 1 << 20 // bytes of a program's stdout
	maxStderr = 4 << 10 // bytes of a program's stderr that are kept, the last

	// letGo is how long a program that has ended may keep us waiting through
	// others that it started and that hold its stdout.
	letGo = 500 * time.Millisecond
)

var errTooLong = errors.New("output too long")

// runProgram runs a program, without a shell, and gives what it wrote to
// stdout. It blocks until the program has ended or ctx does, which kills the
// program. However it ended, what it started and left in its process group is
// killed as well. stdin is what the program reads, nil for nothing. It has no
// terminal, no dialog and no audio: its fd 3, which in a program that Asterisk
// started is the caller's voice, is /dev/null.
func runProgram(ctx context.Context, engine string, argv []string, stdin []byte) ([]byte, error) {
	doing := "run " + argv[0]
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, &Error{Kind: ErrUnavailable, Engine: engine, Doing: doing, Message: err.Error(), cause: err}
	}
	defer null.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stdout, stderr := &head{over: func() { cancel(errTooLong) }}, &tail{}
	program := exec.Command(argv[0], argv[1:]...)
	if stdin != nil {
		program.Stdin = bytes.NewReader(stdin)
	}
	program.ExtraFiles = []*os.File{null}
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	program.WaitDelay = letGo
	if err = ctx.Err(); err == nil {
		err = finish(ctx, program, stdout, stderr)
	}
	if err == nil {
		return stdout.kept, nil
	}
	return nil, broken(ctx, err, engine, doing, stderr.String())
}

// finish starts a program and waits until it and its group are gone. Whoever
// left the group and holds its output is let go.
func finish(ctx context.Context, program *exec.Cmd, stdout, stderr io.Writer) error {
	out, err := program.StdoutPipe()
	if err != nil {
		return err
	}
	errs, err := program.StderrPipe()
	if err != nil {
		_ = out.Close()
		return err
	}
	if err := program.Start(); err != nil {
		return err
	}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		var both sync.WaitGroup
		both.Go(func() { _, _ = io.Copy(stdout, out) })
		both.Go(func() { _, _ = io.Copy(stderr, errs) })
		both.Wait()
	}()
	exited := make(chan error, 1)
	go func() { exited <- awaitExit(program.Process.Pid) }()
	// Until Wait the program is at least a zombie, so that the number of its
	// group is nobody else's.
	kill := func() { _ = syscall.Kill(-program.Process.Pid, syscall.SIGKILL) }
	select {
	case blind := <-exited:
		if blind != nil { // it may run on
			kill()
			_ = program.Wait()
			<-copied
			return blind
		}
		over := time.NewTimer(letGo)
		defer over.Stop()
		select {
		case <-copied:
		case <-over.C:
		case <-ctx.Done():
		}
		kill()
	case <-ctx.Done():
		kill()
		<-exited
	}
	err = program.Wait() // closes out and errs
	<-copied
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it ended well, and somebody holds its stdin
	}
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// broken says why a program did not end well.
func broken(ctx context.Context, err error, engine, doing, stderr string) *Error {
	e := &Error{Engine: engine, Doing: doing, Output: stderr, cause: err}
	exit := (*exec.ExitError)(nil)
	switch said := telling(stderr); {
	case errors.Is(context.Cause(ctx), errTooLong):
		e.Kind, e.Message = ErrAnswer, fmt.Sprintf("it wrote more than %d KiB to stdout", maxOutput>>10)
	case ctx.Err() != nil:
		ended := ended(ctx, engine, doing)
		ended.Output = stderr
		return ended
	case errors.As(err, &exit):
		e.Kind, e.Code, e.Message = ErrRefused, max(0, exit.ExitCode()), exitText(exit)
		if said != "" {
			e.Message += ": " + said
		}
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		e.Kind, e.Message = ErrUnavailable, "there is no such program; a script needs the one that its first line names, too"
	case errors.Is(err, fs.ErrPermission):
		e.Kind, e.Message = ErrUnavailable, "it may not be executed"
	default:
		e.Kind, e.Message = ErrUnavailable, err.Error()
	}
	return e
}

func exitText(exit *exec.ExitError) string {
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return "ended by signal: " + status.Signal().String()
	}
	return fmt.Sprintf("exit code %d", exit.ExitCode())
}

// telling gives the line of a program's stderr that says most likely what went
// wrong: the last that speaks of an error, or else the last.
func telling(stderr string) string {
	last := ""
	lines := strings.Split(stderr, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		line := clean(lines[i])
		lower := strings.ToLower(line)
		if strings.Contains(lower, "error") || strings.Contains(lower, "fatal") {
			last = line
			break
		}
		if last == "" {
			last = line
		}
	}
	last, cut := shortened(last, 300)
	if cut {
		last += "..."
	}
	return last
}

// head keeps the first maxOutput bytes written to it, and calls over when more
// come. It is no bytes.Buffer, whose ReadFrom would take all there is.
type head struct {
	kept []byte
	over func()
}

func (h *head) Write(b []byte) (int, error) {
	if len(h.kept)+len(b) > maxOutput {
		h.over()
		return 0, errTooLong
	}
	h.kept = append(h.kept, b...)
	return len(b), nil
}

// tail keeps the last maxStderr bytes written to it.
type tail struct{ kept []byte }

func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b[max(0, len(b)-maxStderr):]...)
	t.kept = t.kept[max(0, len(t.kept)-maxStderr):]
	return len(b), nil
}

func (t *tail) String() string { return strings.ToValidUTF8(string(t.kept), "\uFFFD") }
